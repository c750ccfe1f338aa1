"""What the documents show: fenced blocks, of which `sh` are commands, and programs named with arguments in the text."""
import re
import subprocess
import textwrap

LANGUAGES = {"sh", "text", "html", "js"}
PROGRAMS = r"(?:playhead(?:-\w+)?|deploy/\S+|tests/\S+|grpcurl|curl|npm|tar|psql|createdb|apt(?:-get)?|python3|cmake|ctest)"


def blocks(text):
    """(language, content) of each fenced block. Blocks that are merely indented, or have another language, are refused:
    nobody could tell commands from what they print."""
    found, outside = [], []
    parts = re.split(r"^( *)```(\w*)\n(.*?)^\1```$", text, flags=re.S | re.M)
    for start in range(0, len(parts), 4):
        outside.append(parts[start])
        if start + 3 < len(parts):
            language, content = parts[start + 2], parts[start + 3]
            assert language in LANGUAGES, f"a block of {language or 'no language'}; there are {sorted(LANGUAGES)}"
            found.append((language, textwrap.dedent(content)))
    for paragraph in re.split(r"\n\s*\n", "\n".join(outside)):
        assert not paragraph.lstrip("\n").startswith("    "), f"an indented block; fence it:\n{paragraph}"
    return found


def commands(text):
    """The commands of a document in their order, those of several lines whole."""
    found = []
    for language, content in blocks(text):
        command = ""
        for line in content.splitlines() if language == "sh" else ():
            if not command and line.startswith("#"):
                continue
            command += line + "\n"
            if not line.endswith("\\") and _is_complete(command):
                found.append(command.strip())
                command = ""
        assert not command.strip(), f"an unfinished command: {command}"
    return found


def _is_complete(command):
    return subprocess.run(["bash", "-n", "-c", command], capture_output=True).returncode == 0


def inline_commands(text):
    """Programs with arguments in the text itself, as `deploy/local.sh up`."""
    text = re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.S | re.M)
    return [words for words in re.findall(r"`([^`]+)`", text) if re.match(PROGRAMS + r"\s+\S", words)]
