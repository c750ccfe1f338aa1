#!/usr/bin/python3
"""The fault tests' own tools: an oracle that sees nothing would pass everything."""

import io
import socket
import threading
import unittest

import commit_proxy
import journal
import oracle


def make_book(states):
    book = journal.Book(5001, io.StringIO())
    for event_id, state in states.items():
        event = journal.Event(event_id, "0_a", 100)
        book.sending([event])
        book.ended([event], state)
    return book


class FakeConnection:
    """Answers every statement with the same rows."""

    def __init__(self, rows):
        self.rows = rows

    def cursor(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def execute(self, _text, _parameters):
        pass

    def fetchall(self):
        return self.rows


def fact(event_id, times=1, entry="0_a", minute=100):
    return (entry, minute, times, times * event_id, times)


class OracleTest(unittest.TestCase):
    STATES = {1: journal.ACKED, 2: journal.ACKED, 3: journal.UNKNOWN, 4: journal.REFUSED}

    def violations(self, *rows):
        return oracle._check_events(FakeConnection(rows), make_book(self.STATES))[1]

    def test_acked_once_and_doubtful_not_at_all_is_right(self):
        self.assertEqual(self.violations(fact(1), fact(2)), [])

    def test_acked_once_and_doubtful_once_is_right(self):
        self.assertEqual(self.violations(fact(1), fact(2), fact(3)), [])

    def test_an_acked_event_that_is_missing_is_lost(self):
        self.assertEqual(self.violations(fact(1)), ["LOST 1: ids 2"])

    def test_two_rows_of_an_event_are_a_double(self):
        self.assertEqual(self.violations(fact(1), fact(2), fact(2)), ["DOUBLE 1: ids 2"])

    def test_one_row_that_counts_two_is_a_double(self):
        self.assertEqual(self.violations(fact(1, times=2), fact(2)), ["DOUBLE 1: ids 1"])

    def test_a_doubtful_event_twice_is_a_double(self):
        self.assertEqual(self.violations(fact(1), fact(2), fact(3, times=2)), ["DOUBLE 1: ids 3"])

    def test_a_refused_event_is_invented(self):
        self.assertEqual(self.violations(fact(1), fact(2), fact(4)), ["INVENTED 1: ids 4"])

    def test_an_event_that_was_never_sent_is_invented(self):
        self.assertEqual(self.violations(fact(1), fact(2), fact(9)), ["INVENTED 1: ids 9"])

    def test_an_event_of_another_entry_or_minute_is_misplaced(self):
        self.assertEqual(self.violations(fact(1, entry="0_b"), fact(2, minute=101)), ["MISPLACED 2: ids 1, 2"])

    def test_cells_differ_by_count_or_by_sum(self):
        self.assertEqual(oracle._compare("x", {1: (2, 7)}, {1: [2, 7]}), [])
        for other in ({1: [2, 8]}, {1: [3, 7]}, {}, {1: [2, 7], 2: [1, 1]}):
            self.assertEqual(len(oracle._compare("x", {1: (2, 7)}, other)), 1, other)


class BookTest(unittest.TestCase):
    def test_doubt_ends_with_an_ack_but_not_with_a_refusal(self):
        book = make_book({1: journal.UNKNOWN, 2: journal.UNKNOWN})
        first, second = book.events[1], book.events[2]
        book.ended([first], journal.ACKED)
        book.ended([second], journal.REFUSED)
        self.assertEqual([first.state, second.state], [journal.ACKED, journal.UNKNOWN])

    def test_acks_are_counted_by_time(self):
        book = make_book({1: journal.ACKED, 2: journal.ACKED})
        self.assertEqual(book.acked_count_by(0), 0)
        self.assertEqual(book.acked_count_by(book.last_ack_time()), 2)


def query(text):
    return b"Q" + (len(text) + 5).to_bytes(4, "big") + text + b"\0"


class FramerTest(unittest.TestCase):
    STARTUP = (9).to_bytes(4, "big") + b"\0\3\0\0\0"

    def test_messages_are_found_however_the_stream_is_cut(self):
        stream = self.STARTUP + query(b"BEGIN") + query(b"COMMIT")
        for size in (1, 2, 5, len(stream)):
            framer = commit_proxy.Framer(has_startup=True)
            found = [m for i in range(0, len(stream), size) for m in framer.feed(stream[i:i + size])]
            self.assertEqual([kind for kind, _ in found], [None, b"Q", b"Q"])
            self.assertEqual(b"".join(message for _, message in found), stream)

    def test_a_commit_is_recognised_in_both_protocols(self):
        parse = b"P\0\0\0\0" + b"name\0" + b"COMMIT\0" + b"\0\0"
        for kind, message in ((b"Q", query(b"COMMIT")), (b"Q", query(b" commit; ")), (b"P", parse)):
            self.assertTrue(commit_proxy.is_commit(kind, message), message)
        for kind, message in ((b"Q", query(b"BEGIN")), (b"d", query(b"COMMIT")), (b"Q", query(b"SELECT 'COMMIT'"))):
            self.assertFalse(commit_proxy.is_commit(kind, message), message)


class FakeServer:
    """Takes one connection, answers a COMMIT, remembers what came."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.received = b""
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        connection, _ = self.listener.accept()
        with connection:
            while data := connection.recv(1000):
                self.received += data
                if b"COMMIT" in data:
                    connection.sendall(b"C\0\0\0\x0bCOMMIT\0")

    def close(self):
        self.thread.join(10)
        self.listener.close()


class CommitProxyTest(unittest.TestCase):
    def run_commit(self, way):
        """What the server received after the COPY, and what the client."""
        server = FakeServer()
        proxy = commit_proxy.CommitProxy(0, server.port)
        if way:
            proxy.arm(way, delay=0.01)
        with socket.create_connection(proxy.address(), timeout=10) as client:
            client.sendall(FramerTest.STARTUP + b"d\0\0\0\5x" + query(b"COMMIT"))
            reply = client.recv(1000)
        if way:
            self.assertTrue(proxy.await_cut(10))
        server.close()
        proxy.close()
        return b"COMMIT" in server.received, reply

    def test_unarmed_it_changes_nothing(self):
        self.assertEqual(self.run_commit(None), (True, b"C\0\0\0\x0bCOMMIT\0"))

    def test_before_the_commit_does_not_arrive(self):
        self.assertEqual(self.run_commit(commit_proxy.BEFORE), (False, b""))

    def test_after_the_commit_arrives_and_its_reply_is_lost(self):
        self.assertEqual(self.run_commit(commit_proxy.AFTER), (True, b""))

    def test_late_the_commit_arrives_after_its_sender_lost_the_connection(self):
        self.assertEqual(self.run_commit(commit_proxy.LATE), (True, b""))


if __name__ == "__main__":
    unittest.main()
