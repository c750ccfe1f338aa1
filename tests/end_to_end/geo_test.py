"""Places of viewers behind a proxy: the recorded X-Forwarded-For headers through ingest come out as countries, regions, cities
and owners of networks, with databases of either layout; without any, and from strangers, they do not."""
import json
import pathlib
import subprocess
import tempfile
import time
import unittest

from suite import ROOT, Suite, new_partner, recording, until

FIXTURES = ROOT / "tests" / "fixtures" / "geo"
TRUSTED = "127.0.0.0/8,10.0.0.0/8"
LAYOUTS = {"nested": ("{0}/nested.mmdb", "{0}/asn-nested.mmdb"),
           "flat": ("{0}/flat-ipv4.mmdb,{0}/flat-ipv6.mmdb", "{0}/asn-flat-ipv4.mmdb,{0}/asn-flat-ipv6.mmdb")}


def places():
    """Of each of the six forwarded viewers."""
    known = {p["address"]: p for p in json.loads((FIXTURES / "expected.json").read_text())}
    viewers = {b.headers["x-forwarded-for"].split(",")[0] for b in recording("xff_geo")}
    assert len(viewers) == 6, viewers
    return [known[viewer] for viewer in viewers]


def sessions_by(keys):
    counts = {}
    for place in places():
        key = tuple(place[k] for k in keys)
        counts[key] = counts.get(key, 0) + 1
    return counts


class GeoTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.databases = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="playhead-geo-"))
        subprocess.run([ROOT / "tests" / "support" / "make_mmdb.py", FIXTURES / "places.json", cls.databases], check=True)
        cls.suite = cls.enterClassContext(Suite())

    def restart(self, **flags):
        self.suite.terminate("ingest")
        self.suite.ingest_flags = flags
        self.suite.start("ingest")
        self.suite.wait_healthy("ingest")

    def replay(self):
        partner = new_partner()
        connection = self.suite.beacon_connection()
        for beacon in recording("xff_geo"):
            status, body, _ = beacon.of_partner(partner).send(connection)
            self.assertEqual(status, 200, body)
        connection.close()
        return partner, time.time()

    def check(self, partner, through, keys, want, **request):
        rows = self.suite.report(partner, ["plays", "unique_sessions"], keys, through=through, **request).rows
        self.assertEqual({tuple(row[k] for k in keys): row["plays"] for row in rows}, want)
        self.assertEqual({tuple(row[k] for k in keys): row["unique_sessions"] for row in rows}, want)

    def test_both_layouts_find_the_six_viewers(self):
        for layout, (city, asn) in LAYOUTS.items():
            self.restart(geo_city=city.format(self.databases), geo_asn=asn.format(self.databases),
                         trusted_proxies=TRUSTED)
            partner, through = self.replay()
            with self.subTest(layout):
                for keys in (["country"], ["country", "region"], ["country", "region", "city"], ["city"], ["isp"]):
                    self.check(partner, through, keys, sessions_by(keys))
                self.check(partner, through, ["city"], {("Paris",): 1}, filter_string='country = "France"')

    def test_places_stay_unknown_without_files(self):
        self.restart(trusted_proxies=TRUSTED)
        partner, through = self.replay()
        self.check(partner, through, ["country", "region", "city"], {("", "", ""): 6})

    def test_headers_of_strangers_say_nothing(self):
        self.restart(geo_city=f"{self.databases}/nested.mmdb")
        partner, through = self.replay()
        self.check(partner, through, ["country"], {("",): 6})

    def test_a_header_in_several_lines_is_one_list(self):
        self.restart(geo_city=f"{self.databases}/nested.mmdb", trusted_proxies=TRUSTED)
        cases = {"FR": [("X-Forwarded-For", "8.8.8.8"), ("x-forwarded-for", "90.0.0.1"), ("X-Forwarded-For", "10.0.0.1")],
                 "DE": [("Forwarded", "for=8.8.8.8"), ("Forwarded", 'For="91.0.0.1:80";proto=https, for=10.0.0.1')]}
        partner = new_partner()
        connection = self.suite.beacon_connection()
        for country, headers in cases.items():
            connection.putrequest("GET", "/api_v3/index.php?service=analytics&action=trackEvent&eventType=3&entryId=0_x"
                                  f"&partnerId={partner}&sessionId={country}")
            for header in headers:
                connection.putheader(*header)
            connection.endheaders()
            answer = connection.getresponse()
            self.assertEqual((answer.status, bool(answer.read())), (200, True))
        connection.close()
        self.check(partner, time.time(), ["country"], {("FR",): 1, ("DE",): 1})

    def test_a_server_names_its_viewers(self):
        self.restart(geo_city=f"{self.databases}/nested.mmdb")
        partner = new_partner()
        events = [{"event_type": 3, "partner_id": partner, "entry_id": "0_x", "session_id": address, "client_ip": address}
                  for address in ("90.0.0.1", "::ffff:8.8.8.8", "2001:4860:4860::8888", "10.0.0.1", "garbage")]
        self.assertEqual(self.suite.track(events)["accepted_count"], 5)
        self.check(partner, time.time(), ["country"], {("FR",): 1, ("US",): 2, ("",): 2})
        self.restart(geo_city=f"{self.databases}/nested.mmdb", trusted_forwarders="192.0.2.0/24")
        partner = new_partner()
        self.suite.track([{**event, "partner_id": partner} for event in events])
        self.check(partner, time.time(), ["country"], {("",): 5})

    def test_a_file_is_replaced_while_it_runs(self):
        live = pathlib.Path(self.databases) / "live.mmdb"
        live.write_bytes((pathlib.Path(self.databases) / "flat-ipv6.mmdb").read_bytes())
        self.restart(geo_city=live)
        event = {"event_type": 3, "entry_id": "0_x", "client_ip": "90.0.0.1", "session_id": "s"}

        def country():
            partner = new_partner()
            self.suite.track([{**event, "partner_id": partner}])
            return self.suite.report(partner, ["plays"], ["country"], through=time.time()).row["country"]

        self.assertEqual(country(), "")
        log = self.suite.state / "ingest.log"
        replacement = live.with_suffix(".new")
        replacement.write_bytes((pathlib.Path(self.databases) / "nested.mmdb").read_bytes())
        replacement.rename(live)
        self.suite_says("geo file replaced")
        self.assertEqual(country(), "FR")
        live.write_bytes(b"corrupt")
        self.suite_says("geo file refused")
        self.assertEqual(country(), "FR")
        self.assertNotIn("90.0.0.1", log.read_text())

    def suite_says(self, line):
        until(line, lambda: line in (self.suite.state / "ingest.log").read_text())

    def test_a_bad_flag_stops_the_start(self):
        for flag, value, says in (("geo_city", "/nonexistent.mmdb", "/nonexistent.mmdb"),
                                  ("geo_asn", str(FIXTURES / "places.json"), "not a whole mmdb database"),
                                  ("trusted_proxies", "10.0.0.0/40", "`10.0.0.0/40`"),
                                  ("trusted_forwarders", "lan", "`lan`")):
            self.suite.ingest_flags = {flag: value}
            command = self.suite.command("ingest")
            self.suite.ingest_flags = {}
            ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
            self.assertEqual(ended.returncode, 78, ended.stderr)
            self.assertIn(f"--{flag}", ended.stderr)
            self.assertIn(says, ended.stderr)
            self.assertEqual(len(ended.stderr.splitlines()), 1, ended.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
