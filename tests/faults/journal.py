"""What was sent and what became of it: the truth that the oracle and the reader hold the suite to."""

import bisect
import threading
import time

SENT, ACKED, REFUSED, UNKNOWN = "SENT", "ACKED", "REFUSED", "UNKNOWN"

# An id is carried as join_time or buffer_time in milliseconds, which are valid up to a day.
GREATEST_ID = 86_400_000 - 1


class Event:
    """`minute` is the Unix minute of its occur_time; None: it is counted when it is received."""

    __slots__ = ("id", "entry", "minute", "sent_at", "done_at", "state")

    def __init__(self, event_id, entry, minute):
        self.id = event_id
        self.entry = entry
        self.minute = minute
        self.sent_at = 0.0
        self.done_at = 0.0
        self.state = None


class Book:
    """Every event of one partner. Safe to call from many threads."""

    def __init__(self, partner, file):
        self.partner = partner
        self.events = {}
        self.attempts = 0
        self.acked_attempts = 0
        self._file = file
        self._lock = threading.Lock()
        self._ack_times = []

    def sending(self, events):
        """Before every attempt to send them."""
        now = time.time()
        with self._lock:
            self.attempts += len(events)
            for event in events:
                if event.state is None:
                    event.sent_at = now
                    event.state = SENT
                    self.events[event.id] = event
            self._write("SENT", events, now)

    def ended(self, events, state):
        """After every attempt. What was once UNKNOWN may still become ACKED, but not REFUSED."""
        with self._lock:
            now = time.time()
            if state == ACKED:
                self.acked_attempts += len(events)
            for event in events:
                if state == REFUSED and event.state == UNKNOWN:
                    continue
                event.state = state
                event.done_at = now
                if state == ACKED:
                    self._ack_times.append(now)
            self._write(state, events, now)

    def sent_count(self):
        with self._lock:
            return len(self.events)

    def acked_count_by(self, when):
        """Events whose ack had come at `when`."""
        with self._lock:
            return bisect.bisect_right(self._ack_times, when)

    def last_ack_time(self):
        with self._lock:
            return self._ack_times[-1] if self._ack_times else 0.0

    def counts(self):
        with self._lock:
            found = {SENT: 0, ACKED: 0, REFUSED: 0, UNKNOWN: 0}
            for event in self.events.values():
                found[event.state] += 1
            return found

    def _write(self, state, events, now):
        self._file.write("".join(f"{state} {self.partner} {e.id} {e.entry} {now:.6f}\n" for e in events))
        self._file.flush()


class Journal:
    """Books of one run, one open at a time; ids are unique over all of them."""

    def __init__(self, path, first_partner=5001):
        self._file = open(path, "w", encoding="ascii")
        self._lock = threading.Lock()
        self._next_id = 1
        self.books = [Book(first_partner, self._file)]

    @property
    def book(self):
        return self.books[-1]

    def next_book(self):
        self.books.append(Book(self.book.partner + 1, self._file))
        return self.book

    def take_ids(self, count):
        with self._lock:
            first = self._next_id
            self._next_id += count
        if self._next_id > GREATEST_ID:
            raise OverflowError("too many events for one run")
        return range(first, first + count)

    def close(self):
        self._file.close()
