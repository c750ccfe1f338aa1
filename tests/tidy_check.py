#!/usr/bin/python3
"""tidy_check.py [--all]: clang-tidy with the tree's .clang-tidy and the commands of the release build, which must be
built: its generated headers are included. --all checks every file, on all cores.

Without --all it checks what changed: since the merge base of HEAD with its main branch; on the main branch itself since
HEAD's first parent; and what is not committed. Where there is no parent (a checkout of one commit, a plain copy) nobody
knows what changed: then it checks a share of the tree that the commit's id chooses, so that the share differs from commit
to commit and is the same when one commit is checked again. A change of .clang-tidy checks that share, too.

For a changed header it checks the files that include it, its own .cc first. It checks at most 20 files, begins none after
2.5 minutes and works on none beyond 5; it names what it leaves out. Fails on a finding, and when it could check nothing of
what it had to. First shows that it can fail.
"""
import argparse
import concurrent.futures
import contextlib
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("common/", "services/", "tools/", "tests/")
MAX_FILES = 20
BEGIN_SECONDS = 150
END_SECONDS = 300
ALL_SECONDS = 6 * 3600
# What GCC may know and clang does not: warnings, code generation, debugging.
FLAGS_OF_GCC = re.compile(r" -[WfmOg]\S*")


def git(*arguments):
    """The lines that git prints; None when it fails."""
    try:
        ran = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return ran.stdout.splitlines() if ran.returncode == 0 else None


def sources(*suffixes):
    """Paths from the root."""
    found = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in suffixes)
    return sorted(str(path.relative_to(ROOT)) for path in found)


def share(seed):
    def place(path):
        return hashlib.sha256(f"{seed} {path}".encode()).digest()

    return sorted(sources(".cc"), key=place)[:MAX_FILES]


def base():
    """The commit since which things changed; None when that is not known."""
    head = git("rev-parse", "--verify", "HEAD")
    for main in ("origin/HEAD", "origin/main", "main"):
        merge_base = git("merge-base", "HEAD", main)
        if merge_base and merge_base != head:
            return merge_base[0]
    parent = git("rev-parse", "--verify", "HEAD^1")
    return parent[0] if parent else None


def including(headers):
    """The headers' own .cc files, then others that include one of them, if need be through a header."""
    found = [f"{header[:-2]}.cc" for header in headers if (ROOT / f"{header[:-2]}.cc").exists()]
    texts = {path: (ROOT / path).read_text() for path in sources(".cc", ".h")}
    wave, seen = list(headers), set(headers)
    while wave:
        lines = [f'#include "{header}"\n' for header in wave]
        wave = [path for path, text in texts.items() if path not in seen and any(line in text for line in lines)]
        seen.update(wave)
        found += (path for path in wave if path.endswith(".cc"))
        wave = [path for path in wave if path.endswith(".h")]
    return found


def chosen():
    """Paths to check, most important first."""
    since = base()
    if since is None:
        print("no history to compare with: checking a share of the tree")
        return share(git("rev-parse", "HEAD") or "")
    changed = git("diff", "--name-only", "--diff-filter=d", since) + git("ls-files", "--others", "--exclude-standard")
    code = [path for path in changed if path.startswith(FOLDERS)]
    paths = [path for path in code if path.endswith(".cc")]
    paths += including([path for path in code if path.endswith(".h")])
    if any(path.endswith(".clang-tidy") for path in changed):
        paths += share(since)
    return list(dict.fromkeys(paths))


def write_database(folder, commands):
    stripped = [{**command, "command": FLAGS_OF_GCC.sub("", command["command"])} for command in commands]
    (pathlib.Path(folder) / "compile_commands.json").write_text(json.dumps(stripped))


def tidy(database, path, timeout, *options):
    """What clang-tidy finds in a file; empty: nothing. Raises subprocess.TimeoutExpired."""
    ran = subprocess.run(["clang-tidy-14", "--quiet", "-p", database, *options, path],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout)
    return f"{path}: exit {ran.returncode}\n{ran.stdout}" if ran.returncode != 0 else ""


class Run:
    def __init__(self, database, begin_seconds, end_seconds):
        self.database = database
        self.started = time.monotonic()
        self.begin_seconds, self.end_seconds = begin_seconds, end_seconds
        self.lock = threading.Lock()
        self.late, self.failed = [], []

    def check(self, path):
        passed = time.monotonic() - self.started
        findings = None
        if passed < self.begin_seconds:
            with contextlib.suppress(subprocess.TimeoutExpired):
                findings = tidy(self.database, str(ROOT / path), self.end_seconds - passed)
        with self.lock:
            if findings is None:
                self.late.append(path)
            elif findings:
                self.failed.append(path)
                print(findings, flush=True)


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/planted.cc"
        pathlib.Path(path).write_text("int bad_name() { return 0; }\n")
        write_database(folder, [{"directory": folder, "file": path,
                                 "command": f"g++ -fno-such-flag -Wno-such-warning -c {path}"}])
        findings = tidy(folder, path, END_SECONDS, f"--config-file={ROOT}/.clang-tidy")
    assert "readability-identifier-naming" in findings, f"the planted violation was not found: {findings}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="check every file")
    every = parser.parse_args().all
    self_test()
    binaries = pathlib.Path(os.environ.get("PLAYHEAD_BINARIES", ROOT / "build/release"))
    commands = json.loads((binaries / "compile_commands.json").read_text())
    built = {os.path.realpath(command["file"]) for command in commands}

    paths = sources(".cc") if every else chosen()
    left_out = [path for path in paths if str(ROOT / path) not in built]
    paths = [path for path in paths if path not in left_out]
    if not every:
        left_out += paths[MAX_FILES:]
        paths = paths[:MAX_FILES]
    with tempfile.TemporaryDirectory() as database:
        write_database(database, commands)
        run = Run(database, *((ALL_SECONDS, ALL_SECONDS) if every else (BEGIN_SECONDS, END_SECONDS)))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() if every else 2) as pool:
            list(pool.map(run.check, paths))

    left_out += run.late
    print(f"{len(paths) - len(run.late)} files checked, {len(run.failed)} with findings")
    if left_out:
        print("left out:", *sorted(left_out))
    if run.failed or (left_out and len(run.late) == len(paths)):
        sys.exit(1)


if __name__ == "__main__":
    main()
