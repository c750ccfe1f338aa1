"""Asks totals twice a second while everything else happens, and checks every answer against the journal."""

import collections
import threading
import time

import grpc

import reports

INTERVAL_SECONDS = 0.5
GRACE_SECONDS = 10
_ROTATION = (("minute",), ("quarter_hour",), ("hour",), ("day",), ("entry",), ("entry", "minute"))
_MAY_BE_AWAY = ("postgres", "query")


class Reader:
    """A thread of its own, from construction until `stop`."""

    def __init__(self, suite, journal_):
        self._suite = suite
        self._journal = journal_
        self._lock = threading.Lock()
        self._violations = []
        self._greatest_through = 0.0
        self._back_since = None
        self._with_tail_at = time.time()
        self.answers = self.omitted = self.unanswered = 0
        self.longest_back = 0.0
        self.reasons = collections.Counter()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()

    def take_violations(self):
        with self._lock:
            violations, self._violations = self._violations, []
        return violations

    def stop(self):
        self._stopped.set()
        self._thread.join(timeout=30)

    def summary(self):
        return (f"reader: {self.answers} answers, {self.omitted} without the tail, {self.unanswered} not answered, "
                f"data_through back for at most {self.longest_back:.1f} s"
                + "".join(f"\n        {count} without the tail: {why}" for why, count in self.reasons.most_common(8)))

    def _loop(self):
        asked = reports.Reports(self._suite)
        turn = 0
        while not self._stopped.wait(INTERVAL_SECONDS):
            turn += 1
            for dimensions in ((), _ROTATION[turn % len(_ROTATION)]):
                self._ask(asked, dimensions)
        asked.close()

    def _ask(self, asked, dimensions):
        book = self._journal.book
        began = time.time()
        try:
            answer = asked.ask(book.partner, dimensions)
        except grpc.RpcError as error:
            self.unanswered += 1
            if not self._was_disturbed(_MAY_BE_AWAY, began):
                self._wrong(f"no answer by {dimensions}: {error.code().name} {error.details()}")
            return
        self.answers += 1
        self.omitted += bool(answer.tail_omitted)
        self._check_tail(answer)
        self._check_figures(book, dimensions, answer)
        self._check_through(answer)

    def _check_figures(self, book, dimensions, answer):
        least = book.acked_count_by(answer.data_through)
        greatest = book.sent_count()
        count = answer.total[0]
        where = f"by {dimensions or 'nothing'} at data_through {answer.data_through:.3f}"
        if count < least:
            self._wrong(f"{where}: {count} events, but {least} were acked by then")
        if count > greatest:
            self._wrong(f"{where}: {count} events, but only {greatest} were ever sent")
        rows = [sum(figures) for figures in zip(*answer.cells.values())] if answer.cells else [0, 0]
        if rows != list(answer.total):
            self._wrong(f"{where}: rows add up to {rows}, totals say {answer.total}")

    def _check_tail(self, answer):
        now = time.time()
        if not answer.tail_omitted:
            self._with_tail_at = now
            return
        self.reasons[answer.tail_omitted.rpartition(": ")[2]] += 1
        since = now - max(self._with_tail_at, self._disturbed_at())
        if since > GRACE_SECONDS:
            self._wrong(f"still no tail after {since:.1f} s: {answer.tail_omitted}")

    def _disturbed_at(self):
        """When the tail, or what it must join, was last away."""
        names = ("aggregator", "postgres")
        return time.time() if not all(map(self._suite.is_up, names)) else max(map(self._suite.started_at.get, names))

    def _check_through(self, answer):
        now = time.time()
        if answer.data_through >= self._greatest_through:
            self._greatest_through = answer.data_through
            self._back_since = None
            return
        self._back_since = self._back_since or now
        behind = f"data_through went back by {self._greatest_through - answer.data_through:.3f} s"
        if not answer.tail_omitted:
            self._wrong(f"{behind} without TAIL_OMITTED")
        back_for = now - max(self._back_since, self._disturbed_at())
        self.longest_back = max(self.longest_back, back_for)
        if back_for > GRACE_SECONDS:
            self._wrong(f"{behind}, for {back_for:.1f} s")

    def _was_disturbed(self, names, began):
        return any(not self._suite.is_up(n) or self._suite.started_at[n] + GRACE_SECONDS > began for n in names)

    def _wrong(self, text):
        with self._lock:
            if len(self._violations) < 50:
                self._violations.append(f"{time.strftime('%H:%M:%S')} {text}")
