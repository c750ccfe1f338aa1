"""Bad input costs its sender an error, is counted by its reason, and costs nobody else anything."""
import collections
import http.client
import json
import time
import unittest

import grpc

from suite import TRACK, Suite, expected, new_partner, recording

PATH = "/api_v3/index.php?service=analytics&action=trackEvent"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def url(partner, event_type=3, entry="0_x", session="s"):
    return f"{PATH}&eventType={event_type}&partnerId={partner}&entryId={entry}&sessionId={session}"


def refused_beacons(partner):
    """(name, URL, body, headers, HTTP status, reason)."""
    good = url(partner)
    many = json.dumps({f"p{i}": i for i in range(300)}).encode()
    return [
        ("truncated JSON", good, b'{"position":1', JSON, 200, "malformed"),
        ("JSON of another kind", good, b'[1,2]', JSON, 200, "malformed"),
        ("not JSON", good, b'hello', JSON, 200, "malformed"),
        ("JSON too deep", good, b'{"a":' * 5000 + b"1" + b"}" * 5000, JSON, 200, "malformed"),
        ("invalid UTF-8 in a body", good, b'{"application":"\xff\xfe"}', JSON, 200, "invalid_utf8"),
        ("invalid UTF-8 in a URL", good + "&application=%ff", b"", {}, 200, "invalid_utf8"),
        ("NUL in a body", good, b'{"application":"a\\u0000b"}', JSON, 200, "nul_byte"),
        ("NUL in a URL", good + "&application=a%00b", b"", {}, 200, "nul_byte"),
        ("300 parameters", good, many, JSON, 200, "too_many_parameters"),
        ("10,000 parameters", good, b"&".join(b"a%d=1" % i for i in range(7000)) + b"&b" * 3000, FORM, 200,
         "too_many_parameters"),
        ("1 MB of body", good, b'{"application":"' + b"x" * 1_000_000 + b'"}', JSON, 413, "too_large"),
        ("no event type", f"{PATH}&partnerId={partner}&entryId=0_x", b"", {}, 200, "missing_event_type"),
        ("event type 0", url(partner, 0), b"", {}, 200, "missing_event_type"),
        ("event type below 0", url(partner, -3), b"", {}, 200, "missing_event_type"),
        ("event type of letters", url(partner, "play"), b"", {}, 200, "missing_event_type"),
        ("no entry", url(partner, entry=""), b"", {}, 200, "missing_entry"),
        ("no partner", f"{PATH}&eventType=3&entryId=0_x", b"", {}, 200, "bad_partner"),
        ("partner 0", url(0), b"", {}, 200, "bad_partner"),
        ("partner below 0", url(-5), b"", {}, 200, "bad_partner"),
        ("partner of letters", url("abc"), b"", {}, 200, "bad_partner"),
        ("partner of 33 bits", url(2**32), b"", {}, 200, "bad_partner"),
    ]


def accepted_beacons(partner):
    """(name, URL, body, headers): strange, but no reason to lose an event."""
    good = url(partner, session="odd")
    return [
        ("an unknown type", url(partner, 777), b"", {}),
        ("an empty session", url(partner, session=""), b"", {}),
        ("4 KB of custom variable", good, json.dumps({"customVar1": "v" * 4096}).encode(), JSON),
        ("256 parameters", f"{PATH}&eventType=3", json.dumps(
            {"partnerId": partner, "entryId": "0_x", **{f"p{i}": i for i in range(250)}}).encode(), JSON),
        ("numbers below 0", url(partner, 99), b'{"bufferTime":-5,"playTimeSum":-1,"eventIndex":-1}', JSON),
        ("a playTimeSum of 1e12", url(partner, 99), b'{"playTimeSum":1e12,"bufferTime":1e300}', JSON),
        ("numbers that are texts", url(partner, 99), b'{"playTimeSum":"many","bufferTime":"NaN"}', JSON),
        ("an infinite number", url(partner, 99) + "&playTimeSum=inf&bufferTime=1e999", b"", {}),
    ]


class BadInputTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Suite())

    def send(self, target, body, headers):
        connection = self.suite.beacon_connection()
        try:
            connection.request("POST" if body else "GET", target, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
            # The server may refuse, and close, before it has read everything: the answer is lost with it.
            return None, b""
        finally:
            connection.close()

    def test_beacons(self):
        partner, neighbour, before = new_partner(), new_partner(), self.suite.ledger()
        grown, good = collections.Counter(), recording("normal_mp4_60s")
        connection = self.suite.beacon_connection()
        for number, (name, target, body, headers, status, reason) in enumerate(refused_beacons(partner)):
            with self.subTest(name):
                got, answer = self.send(target, body, headers)
                self.assertIn(got, (status, None) if status == 413 else (status,))
                if status == 200:
                    self.assertIs(json.loads(answer)["viewEventsEnabled"], True)
            grown.update(["received", reason])
            if number < len(good):
                self.assertEqual(good[number].of_partner(neighbour).send(connection)[0], 200)
                grown.update(["received", "accepted"])
        connection.close()
        self.assertEqual(number + 1 >= len(good), True)
        for name, target, body, headers in accepted_beacons(partner):
            with self.subTest(name):
                self.assertEqual(self.send(target, body, headers)[0], 200)
            grown.update(["received", "accepted"])

        through, said = time.time(), expected()["normal_mp4_60s"]
        row = self.suite.report(neighbour, ["events", "plays", "play_time"], through=through).row
        self.assertEqual((row["events"], row["plays"], round(row["play_time"], 6)),
                         (said["beacons"], said["plays"], said["playTimeSumSec"]))
        row = self.suite.report(partner, ["events", "plays", "views", "play_time", "buffer_time"], through=through).row
        self.assertEqual(row, {"events": len(accepted_beacons(partner)), "plays": 3, "views": 4, "play_time": 0,
                               "buffer_time": 0})
        by_type = self.suite.report(partner, ["events"], ["event_type"], through=through).rows
        self.assertIn({"event_type": "777", "events": 1}, by_type)
        self.suite.wait_ledger(before + collections.Counter(grown))

    def test_the_head_of_a_request_has_limits(self):
        partner, before = new_partner(), self.suite.ledger()
        for name, target, headers in [("a long URL", url(partner) + "&x=" + "y" * 20_000, {}),
                                      ("long headers", url(partner), {"X-Long": "y" * 20_000})]:
            with self.subTest(name):
                self.assertIn(self.send(target, b"", headers)[0], (431, None))
        self.suite.wait_ledger(before + collections.Counter(received=2, too_large=2))

    def test_batches_of_grpc(self):
        partner, before = new_partner(), self.suite.ledger()
        event = {"event_type": 3, "partner_id": partner, "entry_id": "0_x", "session_id": "s"}
        for size in (0, 1001):
            with self.subTest(size=size):
                with self.assertRaises(grpc.RpcError) as raised:
                    self.suite.track([event] * size)
                self.assertEqual(raised.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertEqual(self.suite.track([event] * 1000), {"accepted_count": 1000})
        grown = collections.Counter(received=1000, accepted=1000)

        now = time.time()
        stamp = lambda seconds: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + seconds))
        bad = [({"event_type": 0}, "MISSING_EVENT_TYPE", "event_type"), ({"partner_id": 0}, "BAD_PARTNER", "partner_id"),
               ({"entry_id": ""}, "MISSING_ENTRY", "entry_id"),
               ({"occur_time": stamp(-7 * 86400 - 60)}, "TOO_LATE", "occur_time"),
               ({"occur_time": stamp(600)}, "CLOCK_SKEW", "occur_time"),
               ({"application": "a\0b"}, "NUL_BYTE", "application")]
        answer = self.suite.track([event] + [{**event, **change} for change, _, _ in bad] + [event])
        self.assertEqual(answer["accepted_count"], 2)
        said = [(r.get("index", 0), r["reason"].removeprefix("REJECTION_REASON_"), r["field"])
                for r in answer["rejections"]]
        self.assertEqual(said, [(i + 1, reason, field) for i, (_, reason, field) in enumerate(bad)])
        grown.update(received=2 + len(bad), accepted=2)
        grown.update(reason.lower() for _, reason, _ in bad)

        on_time = [{**event, "occur_time": stamp(-7 * 86400 + 120)}, {**event, "occur_time": stamp(240)}]
        self.assertEqual(self.suite.track(on_time), {"accepted_count": 2})
        grown.update(received=2, accepted=2)
        # Not in days: the last of them may be tomorrow's.
        minute = lambda seconds: time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(now + seconds))
        report = self.suite.report(partner, ["plays"], through=time.time(),
                                   time_range={"start_time": minute(-8 * 86400), "end_time": minute(600)})
        self.assertEqual(report.row, {"plays": 1004})
        self.suite.wait_ledger(before + collections.Counter(grown))

    def test_too_large_a_message_is_refused(self):
        event = {"event_type": 3, "partner_id": new_partner(), "entry_id": "0_x", "error_details": "x" * 2000}
        with self.assertRaises(grpc.RpcError) as raised:
            self.suite.track([event] * 1000)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)


if __name__ == "__main__":
    unittest.main(verbosity=2)
