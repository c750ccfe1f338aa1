"""A client that knows nothing in advance can list, describe and call every public service."""
import shutil
import subprocess
import time
import unittest

import grpc

from grpc_client import Client
from suite import Suite, new_partner

PUBLIC = {"ingest": ["playhead.v1.EventTracking"], "query": ["playhead.v1.Metadata", "playhead.v1.Reporting"]}


class ReflectionTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Suite())

    def test_services_are_listed_described_and_healthy(self):
        for name, services in PUBLIC.items():
            client = self.suite.client(name)
            listed = client.list_services()
            for service in [*services, "grpc.health.v1.Health"]:
                with self.subTest(service):
                    self.assertIn(service, listed)
                    self.assertTrue(client.describe(service).methods)
            for service in ["", *services]:
                self.assertEqual(client.call("grpc.health.v1.Health/Check", {"service": service}),
                                 {"status": "SERVING"})
            with self.assertRaises(grpc.RpcError) as raised:
                client.call("grpc.health.v1.Health/Check", {"service": "no.such.Service"})
            self.assertEqual(raised.exception.code(), grpc.StatusCode.NOT_FOUND)

    def test_the_internal_door_says_nothing(self):
        client = Client(f"127.0.0.1:{self.suite.port(2)}")
        with self.assertRaises(grpc.RpcError) as raised:
            client.list_services()
        self.assertEqual(raised.exception.code(), grpc.StatusCode.UNIMPLEMENTED)
        client.close()

    def test_every_service_is_called(self):
        partner = new_partner()
        answer = self.suite.track([{"event_type": 3, "partner_id": partner, "entry_id": "0_x"}])
        self.assertEqual(answer, {"accepted_count": 1})
        self.assertEqual(self.suite.report(partner, ["plays"], through=time.time()).row, {"plays": 1})
        query = self.suite.client("query")
        names = {d["name"] for d in query.call("playhead.v1.Metadata/ListDimensions", {})["dimensions"]}
        self.assertLessEqual({"entry", "country", "domain", "page", "minute", "day"}, names)
        metrics = {m["name"]: m for m in query.call("playhead.v1.Metadata/ListMetrics", {})["metrics"]}
        self.assertLessEqual({"plays", "play_time", "unique_viewers", "buffer_time"}, set(metrics))
        self.assertEqual(metrics["play_time"]["unit"], "s")
        self.assertTrue(query.call("playhead.v1.Metadata/ListRollups", {})["rollups"])
        self.assertTrue(query.call("playhead.v1.Metadata/GetDataStatus", {})["partitions"])
        check = {"report": {"partner_id": partner, "metrics": ["plas"], "time_range": {"relative": "7d"}}}
        error = query.call("playhead.v1.Reporting/CheckReport", check)["error"]
        self.assertEqual((error["reason"], error["metadata"]["closest"]), ("UNKNOWN_METRIC", "plays"))

    def test_a_stream_of_events_is_answered_in_order(self):
        partner = new_partner()
        event = {"event_type": 3, "partner_id": partner, "entry_id": "0_x"}
        requests = [{"events": [event] * n} for n in (1, 5, 2)]
        answers = list(self.suite.client("ingest").stream("playhead.v1.EventTracking/StreamEvents", requests))
        self.assertEqual([a["accepted_count"] for a in answers], [1, 5, 2])
        self.assertEqual(self.suite.report(partner, ["plays"], through=time.time()).row, {"plays": 8})

    def test_grpcurl_where_it_is_installed(self):
        grpcurl = shutil.which("grpcurl")
        if grpcurl is None:
            return  # The tests above say the same by an own client.
        address = f"127.0.0.1:{self.suite.port(3)}"
        run = lambda *words: subprocess.run([grpcurl, "-plaintext", *words], capture_output=True, text=True, check=True)
        self.assertIn("playhead.v1.Reporting", run(address, "list").stdout)
        self.assertIn("rpc RunReport", run(address, "describe", "playhead.v1.Reporting").stdout)
        said = run("-d", '{"partner_id":4711,"metrics":["plays"],"time_range":{"relative":"7d"}}', address,
                   "playhead.v1.Reporting/RunReport").stdout
        self.assertIn('"plays"', said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
