"""Users that Kaltura sessions prove are counted as known; claims, forgeries and strangers' sessions are not."""
import subprocess
import time
import unittest

from suite import BINARIES, Suite, recording

SECRET = "0123456789abcdef0123456789abcdef"
PARTNER = 4711
COUNTS = ["unique_known_users", "unique_viewers"]


def session_string():
    """The one that the recorded player sent."""
    for beacon in recording("normal_mp4_60s"):
        _, found, rest = beacon.body.partition('"ks":"')
        if found:
            return rest.partition('"')[0]
    raise AssertionError("no recorded session string")


class VerifiedSuite(Suite):
    def command(self, name):
        if name != "ingest":
            return super().command(name)
        return [*super().command(name), f"--partner_secrets={self.write_secrets(f'# recordings{chr(10)}{PARTNER} {SECRET}')}"]

    def write_secrets(self, text, mode=0o600):
        path = self.state / "secrets"
        path.write_text(text)
        path.chmod(mode)
        return path


class VerifiedUsersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(VerifiedSuite())

    def known(self, dimensions=()):
        return self.suite.report(PARTNER, COUNTS, dimensions, through=time.time())

    def test_only_sessions_that_verify_make_known_users(self):
        plays = [{"event_type": 3, "partner_id": PARTNER, "entry_id": "0_claims", "session_id": f"s{i}",
                  "user_id": f"claimed{i}", "ks": ks}
                 for i, ks in enumerate(["", "nonsense", session_string()[:-4], "A" + session_string()[1:]])]
        self.assertEqual(self.suite.track(plays)["accepted_count"], len(plays))
        stranger = {**plays[0], "partner_id": PARTNER + 1, "ks": session_string()}
        self.assertEqual(self.suite.track([stranger])["accepted_count"], 1)
        row = self.known(["entry"]).rows
        self.assertEqual([r for r in row if r["entry"] == "0_claims"],
                         [{"entry": "0_claims", "unique_known_users": 0, "unique_viewers": len(plays)}])
        other = self.suite.report(PARTNER + 1, COUNTS, through=time.time()).row
        self.assertEqual(other, {"unique_known_users": 0, "unique_viewers": 1})

        # One person in three sessions, whatever the page claims.
        proven = [{**plays[0], "entry_id": "0_proven", "session_id": f"p{i}", "ks": session_string()} for i in range(3)]
        self.assertEqual(self.suite.track(proven)["accepted_count"], 3)
        rows = {r["entry"]: r for r in self.known(["entry"]).rows}
        self.assertEqual(rows["0_proven"], {"entry": "0_proven", "unique_known_users": 1, "unique_viewers": 1})

    def test_recorded_beacons_know_their_viewer(self):
        connection = self.suite.beacon_connection()
        for beacon in recording("normal_mp4_60s"):
            self.assertEqual(beacon.send(connection)[0], 200)
        connection.close()
        rows = {r["application"]: r for r in self.known(["application"]).rows if r["application"]}
        self.assertEqual([r["unique_known_users"] for r in rows.values()], [1])

    def test_a_wrong_file_stops_the_start_with_the_line_and_without_the_secret(self):
        for text, mode, expected in [(f"{PARTNER} {SECRET}\n{SECRET}", 0o600, "line 2: "),
                                     (f"{PARTNER} {SECRET}", 0o644, "mode 0644")]:
            with self.subTest(expected):
                path = self.suite.state / "wrong_secrets"
                path.write_text(text)
                path.chmod(mode)
                ended = subprocess.run([BINARIES / "playhead-ingest", f"--partner_secrets={path}"],
                                       capture_output=True, text=True, timeout=30)
                self.assertEqual(ended.returncode, 78)
                self.assertIn(expected, ended.stderr)
                self.assertEqual(len(ended.stderr.strip().splitlines()), 1)
                self.assertNotIn(SECRET, ended.stderr + ended.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
