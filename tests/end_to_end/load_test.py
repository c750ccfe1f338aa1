"""playhead load: the reports say of a synthetic audience exactly what its own file says, and a second load changes nothing."""
import json
import pathlib
import subprocess
import tempfile
import time
import unittest

from suite import BINARIES, ROOT, Suite, new_partner

BY = {"entries": "entry", "countries": "country", "devices": "device", "browser_families": "browser_family"}
# Of the JSON in milliseconds, of reports in seconds.
TIMES = {"play_time_ms": "play_time", "buffer_time_ms": "buffer_time"}
# An estimate, however good.
SESSIONS = "unique_sessions"


class LoadTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="playhead-load-"))
        subprocess.run([ROOT / "tests/support/make_mmdb.py", ROOT / "tests/fixtures/geo/places.json", cls.folder], check=True)
        cls.suite = cls.enterClassContext(Suite())
        cls.suite.terminate("ingest")
        cls.suite.ingest_flags = {"geo_city": f"{cls.folder}/nested.mmdb"}
        cls.suite.start("ingest")
        cls.suite.wait_healthy("ingest")

    def load(self, partner, *words, to=None):
        return subprocess.run([BINARIES / "playhead", "load", "--to", to or f"127.0.0.1:{self.suite.port(1)}",
                               "--partner", str(partner), "--viewers", "400", "--entries", "25", *words],
                              capture_output=True, text=True, timeout=300)

    def loaded(self, partner, *words):
        """What the reports must say."""
        path = pathlib.Path(self.folder) / f"{partner}.json"
        done = self.load(partner, "--expect", str(path), *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("400 viewers accepted", done.stdout)
        self.assertIn(" 0 refused", done.stdout)
        return json.loads(path.read_text())

    def check(self, partner, want, through):
        names = [n for n in want["totals"] if n not in TIMES and n != SESSIONS]
        for group, dimension in {"totals": None, **BY}.items():
            groups = want[group] if dimension else {None: want[group]}
            rows = self.suite.report(partner, [*names, *TIMES.values(), SESSIONS], [dimension] if dimension else [],
                                     through=through).rows
            got = {}
            for row in rows:
                key = row[dimension] if dimension else None
                got[key] = {n: row[n] for n in names if row[n]}
                got[key] |= {n: round((row[m] or 0) * 1000) for n, m in TIMES.items()}
                sessions = groups[key].get(SESSIONS)
                self.assertLessEqual(abs(row[SESSIONS] - sessions), 0.1 * sessions + 0.5, (group, key))
            self.assertEqual(got, {k: {n: v for n, v in g.items() if n != SESSIONS} for k, g in groups.items()}, group)

    def test_reports_say_what_the_audience_did_and_a_second_load_changes_nothing(self):
        partner = new_partner()
        want = self.loaded(partner, "--seed", "20")
        self.assertGreater(want["totals"]["views"], 5000)
        self.assertGreater(len(want["countries"]), 12)
        self.assertIn("0_premiere", want["entries"])
        self.check(partner, want, time.time())
        again = self.loaded(partner, "--seed", "20")
        self.assertEqual(again, want)
        self.check(partner, want, time.time())
        other = self.loaded(new_partner(), "--seed", "21")
        self.assertNotEqual(other["totals"], want["totals"])

    def test_the_audience_is_spread_over_the_time_that_was_asked(self):
        partner = new_partner()
        want = self.loaded(partner, "--seed", "3", "--over", "3h")
        through = time.time()
        hours = self.suite.report(partner, ["impressions"], ["quarter_hour"], through=through,
                                  time_range={"relative": "4h"}).rows
        self.assertGreaterEqual(len(hours), 11)
        self.assertLessEqual(len(hours), 13)
        self.assertEqual(sum(row["impressions"] for row in hours), want["totals"]["impressions"])

    def test_what_cannot_be_sent_fails(self):
        done = self.load(new_partner(), "--seed", "1", to="127.0.0.1:1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("127.0.0.1:1", done.stderr)
        self.suite.terminate("ingest")
        self.suite.ingest_flags["accept_unknown_partners"] = "false"
        self.suite.start("ingest")
        self.suite.wait_healthy("ingest")
        done = self.load(new_partner(), "--seed", "1")
        self.suite.terminate("ingest")
        del self.suite.ingest_flags["accept_unknown_partners"]
        self.suite.start("ingest")
        self.suite.wait_healthy("ingest")
        self.assertEqual(done.returncode, 1)
        self.assertIn("0 events", done.stdout)
        self.assertIn("UNKNOWN_PARTNER", done.stderr)

    def test_a_bad_word_names_what_would_do(self):
        for words, says in ((("--viewers", "0"), "from 1 to 1000000"), (("--over", "9d"), "from 10m to 156h"),
                            (("--over", "soon"), "from 10m to 156h"), (("--veiwers", "3"), "closest: --viewers"),
                            (("--rate", "1"), "from 100 to 10000000"),
                            (("--expect", "/nonexistent/file"), "/nonexistent/file")):
            done = subprocess.run([BINARIES / "playhead", "load", *words], capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn(says, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
