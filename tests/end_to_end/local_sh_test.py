"""deploy/local.sh: idempotent, side by side, and gone without a trace."""
import os
import pathlib
import subprocess
import tempfile
import unittest

from suite import BINARIES, ROOT, free_port_base

NAMES = ("postgres", "aggregator", "ingest", "query")


def local(*words, check=True):
    return subprocess.run([ROOT / "deploy" / "local.sh", *map(str, words)], check=check, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)


def pids(state):
    return {name: (state / f"{name}.pid").read_text() for name in NAMES}


def processes_of(state):
    """Everything that runs with the state's path on its command line, but for this test."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(state) in line:
                found.append(line)
    return found


class LocalTest(unittest.TestCase):
    def setUp(self):
        self.states = []
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="playhead-local-")))
        self.folder.chmod(0o755)

    def tearDown(self):
        for state in self.states:
            local("down", "--state", state, check=False)

    def up(self, name, base=None):
        state = self.folder / name
        self.states.append(state)
        port = ("--port-base", base) if base else ()
        return state, local("up", "--state", state, *port, "--binaries", BINARIES).stdout

    def test_two_suites_side_by_side_and_a_second_up_and_down(self):
        first_base, second_base = free_port_base(), free_port_base()
        first, said = self.up("first", first_base)
        self.assertIn(f"http://127.0.0.1:{first_base}/api_v3/index.php", said)
        second, _ = self.up("second", second_base)

        before = pids(first)
        _, said_again = self.up("first")
        self.assertEqual(pids(first), before)
        self.assertEqual(said_again, said)

        run = subprocess.run([BINARIES / "playhead", "replay", "--to", f"http://127.0.0.1:{second_base}", "--preflights",
                              ROOT / "tests/fixtures/beacons/normal_mp4_60s.ndjson"], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(local("status", "--state", first).returncode, 0)

        local("down", "--state", first)
        self.assertEqual(processes_of(first), [])
        self.assertNotEqual(local("status", "--state", first, check=False).returncode, 0)
        self.assertEqual(local("status", "--state", second).returncode, 0)
        local("down", "--state", second)
        self.assertEqual(processes_of(second), [])

    def test_up_resumes_what_stopped_and_keeps_what_runs(self):
        state, _ = self.up("half", free_port_base())
        before = pids(state)
        os.kill(int(before["ingest"].split()[0]), 9)
        # The pid file stays behind; even when its pid comes again, the process is not taken for ours.
        self.up("half")
        after = pids(state)
        self.assertNotEqual(after.pop("ingest"), before.pop("ingest"))
        self.assertEqual(after, before)

    def test_the_demo_answers_its_questions(self):
        state, base = self.folder / "demo", free_port_base()
        self.states.append(state)
        # Runs without places, so the demo starts it again.
        self.up("demo", base)
        done = subprocess.run([ROOT / "deploy" / "demo.sh", "--state", state, "--binaries", BINARIES],
                              env={**os.environ, "COLUMNS": "80"}, capture_output=True, text=True, timeout=300)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        reports, what_next = done.stdout.split("Playhead is up:")
        reports = reports[reports.index("What is popular right now?"):]
        self.assertEqual([line for line in reports.splitlines() if len(line) > 80], [])
        self.assertIn("0_premiere", reports)
        self.assertIn("Lyon", reports)
        recorded = reports.split("And the recorded sessions alone?")[1].splitlines()
        self.assertTrue(any(line.split()[:2] == ["0_normal60", "1"] and "50.957" in line for line in recorded), recorded)
        for line in what_next.split("What next?")[1].splitlines():
            if line.startswith(f"  {BINARIES}"):
                subprocess.run(line, shell=True, check=True, stdout=subprocess.DEVNULL, timeout=300)

    def test_a_recycled_pid_is_not_killed(self):
        state = self.folder / "stale"
        state.mkdir()
        self.states.append(state)
        bystander = subprocess.Popen(["sleep", "600"])
        try:
            (state / "ingest.pid").write_text(f"{bystander.pid} 1 another-boot\n")
            local("down", "--state", state)
            self.assertIsNone(bystander.poll())
        finally:
            bystander.kill()
            bystander.wait()

    def test_wrong_words_are_refused(self):
        for words in ((), ("sideways",), ("up", "--port-base", "x"), ("up", "--port-base", "80"), ("up", "--state")):
            with self.subTest(words):
                self.assertNotEqual(local(*words, check=False).returncode, 0)

    def test_a_service_that_cannot_start_is_named_with_its_log(self):
        state = self.folder / "broken"
        self.states.append(state)
        fake = self.folder / "binaries"
        fake.mkdir()
        for name in ("playhead-aggregator", "playhead-ingest", "playhead-query"):
            (fake / name).write_text("#!/bin/sh\necho this is why\nexit 78\n")
            (fake / name).chmod(0o755)
        (fake / "playhead").symlink_to(BINARIES / "playhead")
        said = local("up", "--state", state, "--port-base", free_port_base(), "--binaries", fake, check=False)
        self.assertNotEqual(said.returncode, 0)
        self.assertIn("aggregator is not healthy", said.stdout)
        self.assertIn("this is why", said.stdout)
        local("down", "--state", state)
        self.assertEqual(processes_of(state), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
