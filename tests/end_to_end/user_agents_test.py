"""What a beacon's User-Agent says is in the reports; expressions that cannot be read stop the start."""
import pathlib
import subprocess
import tempfile
import time
import unittest

from suite import BINARIES, Suite, new_partner, recording

DIMENSIONS = ["device", "operating_system", "operating_system_family", "browser", "browser_family"]
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
# Of the header as recorded, and of headers in its place.
AGENTS = {
    None: ("computer", "Linux", "Linux", "HeadlessChrome 156", "HeadlessChrome"),
    "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
    "Mobile/15E148 Safari/604.1": ("tablet", "iOS 18", "iOS", "Mobile Safari 18", "Mobile Safari"),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0":
        ("computer", "Windows 10", "Windows", "Firefox 145", "Firefox"),
    CRAWLER: ("", "", "", "Googlebot 2", "Googlebot"),
}


class UserAgentsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Suite())

    def test_reports_say_what_the_user_agents_say(self):
        partner, connection = new_partner(), self.suite.beacon_connection()
        beacons = [b.of_partner(partner) for b in recording("normal_mp4_60s")]
        for number, agent in enumerate(AGENTS):
            for beacon in beacons:
                if agent is not None:
                    beacon.headers["user-agent"] = agent
                beacon.url = beacon.url.replace("entryId=", f"entryId={number}", 1)
                self.assertEqual(beacon.send(connection)[0], 200)
        connection.close()
        through = time.time()
        for dimension, column in zip(DIMENSIONS, zip(*AGENTS.values())):
            rows = self.suite.report(partner, ["events"], [dimension], through=through).rows
            want = {value: column.count(value) * len(beacons) for value in column}
            self.assertEqual({row[dimension]: row["events"] for row in rows}, want)
        for traffic, agents in ({"HUMAN": 3, "BOT": 1}).items():
            row = self.suite.report(partner, ["events"], through=through, traffic=[traffic]).row
            self.assertEqual(row["events"], agents * len(beacons), traffic)
        row = self.suite.report(partner, ["events"], through=through).row
        self.assertEqual(row["events"], len(AGENTS) * len(beacons))

    def test_expressions_that_cannot_be_read_stop_the_start(self):
        with tempfile.TemporaryDirectory() as folder:
            damaged = pathlib.Path(folder) / "damaged.yaml"
            damaged.write_text("user_agent_parsers:\n  - regex: '(a'\n")
            for path in (damaged, pathlib.Path(folder) / "missing.yaml"):
                done = subprocess.run([BINARIES / "playhead-ingest", f"--user_agent_regexes={path}"], timeout=60,
                                      capture_output=True, text=True)
                self.assertEqual(done.returncode, 78, done.stderr)
                self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
                self.assertIn(f"--user_agent_regexes={path}", done.stderr)


if __name__ == "__main__":
    unittest.main()
