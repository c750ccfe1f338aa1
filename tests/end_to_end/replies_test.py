"""What a player in a browser needs of an answer, for every recorded request and for every form of the URL."""
import json
import time
import unittest

from suite import Beacon, Suite, expected, new_partner, recording


class RepliesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Suite())

    def words(self, headers, name):
        return {word.strip().lower() for word in headers.get(name, "").split(",")}

    def check_cors(self, headers):
        self.assertEqual(headers["Access-Control-Allow-Origin"], "*")
        self.assertIsNone(headers.get("Access-Control-Allow-Credentials"))

    def check_preflight(self, status, headers):
        self.assertIn(status, (200, 204))
        self.check_cors(headers)
        self.assertLessEqual({"post", "get", "options"}, self.words(headers, "Access-Control-Allow-Methods"))
        self.assertIn("content-type", self.words(headers, "Access-Control-Allow-Headers"))
        self.assertEqual(headers["Access-Control-Max-Age"], "86400")

    def check_answer(self, status, body, headers):
        self.assertEqual(status, 200, body)
        self.check_cors(headers)
        self.assertIn("application/json", headers["Content-Type"])
        self.assertTrue(headers["Access-Control-Expose-Headers"])
        answer = json.loads(body)
        self.assertIsInstance(answer["time"], int)
        self.assertLess(abs(answer["time"] - time.time()), 60)
        self.assertIs(answer["viewEventsEnabled"], True)

    def test_every_recorded_request_gets_what_its_player_needs(self):
        partner = new_partner()
        for scenario in sorted(expected()):
            connection = self.suite.beacon_connection()
            with self.subTest(scenario):
                for beacon in recording(scenario, preflights=True):
                    status, body, headers = beacon.of_partner(partner).send(connection)
                    if beacon.method == "OPTIONS":
                        self.check_preflight(status, headers)
                    else:
                        self.check_answer(status, body, headers)
            connection.close()

    def test_every_form_of_url_and_body_counts(self):
        partner = new_partner()
        fields = {"eventType": 3, "partnerId": partner, "entryId": "0_x", "sessionId": "s"}
        query = "&".join(f"{k}={v}" for k, v in fields.items())
        text = json.dumps(fields)
        json_type = {"Content-Type": "application/json"}
        requests = [
            ("GET", f"/api_v3/index.php?service=analytics&action=trackEvent&{query}", "", {}),
            ("GET", f"/api_v3/service/analytics/action/trackEvent?{query}", "", {}),
            ("GET", f"/?service=analytics&action=trackEvent&{query}", "", {}),
            ("POST", f"/api_v3/index.php?service=analytics&action=trackEvent&{query}", '{"position":1}', json_type),
            ("POST", "/api_v3/index.php?service=analytics&action=trackEvent", text, json_type),
            ("POST", "/api_v3/index.php?service=analytics&action=trackEvent", text, {"Content-Type": "text/plain"}),
            ("POST", "/api_v3/index.php?service=analytics&action=trackEvent", query,
             {"Content-Type": "application/x-www-form-urlencoded"}),
        ]
        connection = self.suite.beacon_connection()
        for method, url, body, headers in requests:
            with self.subTest(method=method, url=url, headers=headers):
                connection.request(method, url, body.encode() or None, headers)
                answer = connection.getresponse()
                self.check_answer(answer.status, answer.read(), answer.headers)
        connection.close()
        row = self.suite.report(partner, ["plays"], through=time.time()).row
        self.assertEqual(row, {"plays": len(requests)})

    def test_pipelined_beacons_are_answered_in_order_over_one_connection(self):
        import socket
        partner = new_partner()
        beacons = recording("get_method")
        with socket.create_connection(("127.0.0.1", self.suite.port(0)), timeout=30) as s:
            s.sendall(b"".join(f"GET {b.of_partner(partner).url} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
                               for b in beacons))
            received = b""
            while received.count(b"viewEventsEnabled") < len(beacons):
                piece = s.recv(65536)
                self.assertTrue(piece, received)
                received += piece
        self.assertEqual(received.count(b"HTTP/1.1 200"), len(beacons))
        row = self.suite.report(partner, ["events"], through=time.time()).row
        self.assertEqual(row["events"], len(beacons))


if __name__ == "__main__":
    unittest.main(verbosity=2)
