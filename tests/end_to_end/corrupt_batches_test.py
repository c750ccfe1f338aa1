"""Records of the log that are no valid EventBatch cost themselves: each is a row of rejected_batches, their neighbours
count exactly, and the aggregator goes on."""
import collections
import pathlib
import random
import subprocess
import tempfile
import time
import unittest

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from suite import ROOT, Suite, new_partner, until

APPEND = "/playhead.v1.Aggregation/AppendBatches"
PARTITION = 3
FLIPS = 60


def load_messages():
    """The messages of Aggregation by name; that door has no reflection."""
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["protoc", f"--proto_path={ROOT / 'proto'}", "--include_imports",
                        f"--descriptor_set_out={out.name}", "playhead/v1/aggregation.proto",
                        "playhead/v1/event_batch.proto"], check=True)
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(out.name).read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return {name: factory.GetPrototype(pool.FindMessageTypeByName(f"playhead.v1.{name}"))
            for name in ("EventBatch", "AppendBatchesRequest", "AppendBatchesResponse")}


class CorruptBatchesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.messages = load_messages()
        cls.suite = cls.enterClassContext(Suite())
        cls.channel = cls.enterClassContext(grpc.insecure_channel(f"127.0.0.1:{cls.suite.port(2)}"))
        cls.random = random.Random(4711)

    def batch(self, of_partner, **fields):
        """One event in columns, the last of them one that must be there; every batch has a producer of its own."""
        one = {"partner": of_partner, "event_type": 3, "door": 2, "session_high": 1, "session_low": 2, "viewer": 3}
        return self.messages["EventBatch"](**{
            "producer": self.random.randbytes(16), "sequence": 1, "event_count": 1, "dictionary": ["", "0_aaaa"],
            "base_time_ms": int(time.time() * 1000), **{name: [value] for name, value in one.items()}, **fields})

    def append(self, *records, partition=PARTITION):
        """Appends each record by a request of its own on one stream; returns when all are durable."""
        requests = [self.messages["AppendBatchesRequest"](
            request_id=number, batches=[{"partition": partition, "event_batch": record}])
            for number, record in enumerate(records, 1)]
        call = self.channel.stream_stream(APPEND, request_serializer=lambda m: m.SerializeToString(),
                                          response_deserializer=self.messages["AppendBatchesResponse"].FromString)
        answers = [answer.request_id for answer in call(iter(requests), timeout=60)]
        self.assertEqual(answers, [request.request_id for request in requests])

    def rejected(self):
        """(bytes, reason) of every row, in the order of the log."""
        return self.suite.query_database("""
            SELECT coalesce(json_agg(json_build_array(bytes, reason) ORDER BY record_offset), '[]')
            FROM rejected_batches WHERE partition = %s""", PARTITION)

    def check(self, corrupt, before, ledger):
        """Appends the corrupt records between valid ones; returns the rows of rejected_batches that this has made."""
        neighbour, said = new_partner(), self.rejected()
        valid = [self.batch(neighbour).SerializeToString() for _ in range(len(corrupt) + 1)]
        self.append(*(record for pair in zip(valid, corrupt) for record in pair), valid[-1])
        report = self.suite.report(neighbour, ["events"], through=time.time())
        self.assertEqual(report.row, {"events": len(valid)})
        ledger.update(received=len(valid), accepted=len(valid))
        self.suite.wait_ledger(before + ledger)
        self.assertIsNone(self.suite.processes["aggregator"].poll())
        return self.rejected()[len(said):]

    def corrupt_records(self):
        """(record, a part of the reason)."""
        partner = new_partner()
        make = lambda **fields: self.batch(partner, **fields).SerializeToString()
        rejected = {"minute": int(time.time() / 60), "door": 1, "reason": 1, "count": 1}
        valid = make()
        return [
            (b"", "producer"),
            (self.random.randbytes(300), ""),
            *((valid[:size], "") for size in range(1, len(valid), 7)),
            (valid.replace(b"0_aaaa", b"0_\xff\xfeaa"), ""),
            (make(dictionary=[""] + ["a\0b"]), "NUL"),
            (make(dictionary=["", "x" * 1025]), "over 1 KiB"),
            (make(dictionary=["0_aaaa"]), "empty string"),
            (make(dictionary=[""] + [str(i) for i in range(100_000)]), "dictionary is too long"),
            (make(dimensions=[{"dimension": 1, "values": [2]}]), "outside the dictionary"),
            (make(dimensions=[{"dimension": 1, "values": [2**32 - 1]}]), "outside the dictionary"),
            (make(dimensions=[{"dimension": 1, "values": [1, 1]}]), "a dimension has 2 values for 1"),
            (make(numbers=[{"number": 0, "values": [1, 1]}]), "a number has 2 values for 1"),
            (make(numbers=[{"number": 0, "values": [2**64 - 1]}]), "out of range"),
            (make(viewer=[]), "viewer has 0 values for 1"),
            (make(partner=[partner, partner]), "partner has 2 values for 1"),
            (make(event_count=2**32 - 1), "more than 1,000"),
            (make(event_count=1001), "more than 1,000"),
            (make(event_count=0), "values for 0 events"),
            (make(producer=b"x" * 15), "producer"),
            (make(sequence=0), "sequence"),
            (make(partner=[0]), "partner"),
            (make(event_type=[-1]), "event_type"),
            (make(door=[7]), "door"),
            (make(base_time_ms=0), "append time"),
            (make(base_time_ms=2**63 - 1, event_time_ms=[2**63 - 1]), "append time"),
            (make(rejected=[{**rejected, "count": 2**64 - 1}]), "rejected"),
            (make(rejected=[{**rejected, "reason": 999}]), "rejected"),
            (make(rejected=[rejected] * 10_001), "rejected is too long"),
        ]

    def test_each_corrupt_record_is_rejected_alone(self):
        before, count = self.suite.ledger(), self.suite.status().get("rejected_batch_count", 0)
        corrupt, reasons = zip(*self.corrupt_records())
        rows = self.check(corrupt, before, collections.Counter())
        self.assertEqual([size for size, _ in rows], [len(record) for record in corrupt])
        for (_, said), reason in zip(rows, reasons):
            self.assertIn(reason, said)
        self.assertEqual(int(self.suite.status()["rejected_batch_count"]), int(count) + len(corrupt))

    def test_a_flipped_bit_costs_at_most_its_own_batch(self):
        received = lambda: int(self.suite.query_database(
            "SELECT coalesce(sum(count), 0) FROM ledger WHERE outcome IN ('accepted', 'duplicate', 'rejected')"))
        # A flip makes it another partner, which is none of the other tests'.
        before, said, partner, flipped = received(), len(self.rejected()), 1_500_000_000, []
        for _ in range(FLIPS):
            record = bytearray(self.batch(partner).SerializeToString())
            bit = self.random.randrange(len(record) * 8)
            record[bit // 8] ^= 1 << bit % 8
            flipped.append(bytes(record))
        self.append(*flipped)
        # A flip in a value leaves a valid batch of one event, at any time of nine days.
        counts = lambda: (received() - before, len(self.rejected()) - said)
        until("every record is counted or rejected", lambda: sum(counts()) == FLIPS)
        self.assertGreater(min(counts()), 0)
        self.check([b"\xff"], self.suite.ledger(), collections.Counter())

    def test_what_the_log_cannot_take_ends_only_its_own_stream(self):
        before, said, valid = self.suite.ledger(), self.rejected(), self.batch(new_partner()).SerializeToString()
        for record, partition in [(valid, 16), (valid, -1), (valid, 2**31 - 1), (valid + b"\0" * (2 << 20), PARTITION)]:
            with self.subTest(partition=partition, size=len(record)):
                with self.assertRaises(grpc.RpcError) as raised:
                    self.append(record, partition=partition)
                self.assertEqual(raised.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        with self.assertRaises(grpc.RpcError) as raised:
            self.append(valid + b"\0" * (9 << 20))
        self.assertEqual(raised.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertEqual(self.check([b"\xff"], before, collections.Counter()), [[1, "event batch: not an EventBatch"]])
        self.assertEqual(len(self.rejected()), len(said) + 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
