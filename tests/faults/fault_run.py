"""What every fault test needs: a suite under load with a reader, checks by the oracle, a count of what passed."""

import argparse
import contextlib
import os
import random
import signal
import sys
import time

import oracle
import suite_processes
from generator import Generator
from journal import Journal
from reader import Reader

DRAIN_SECONDS = 90
PROGRESS_SECONDS = 45
_SHOWN = 12


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, violations):
        if violations:
            self.failed += 1
            print(f"FAILED {name}", flush=True)
            for text in violations[:_SHOWN]:
                print(f"       {text}", flush=True)
            if len(violations) > _SHOWN:
                print(f"       and {len(violations) - _SHOWN} more", flush=True)
        else:
            self.passed += 1
            print(f"passed {name}", flush=True)

    def end(self):
        """The exit code."""
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0


class FaultRun:
    def __init__(self, suite, seed):
        self.suite = suite
        self.rng = random.Random(seed)
        self.tally = Tally()
        self.journal = Journal(suite.state / "journal.txt")
        self.generator = Generator(suite, self.journal, seed)
        self.reader = Reader(suite, self.journal)
        self.generator.resume()

    def await_progress(self):
        """Until something more is acked: the suite takes events again."""
        book = self.journal.book
        before = book.acked_attempts
        suite_processes.suite.until("events are acked again", lambda: book.acked_attempts > before, PROGRESS_SECONDS)

    def await_all_healthy(self):
        for name in suite_processes.PARTS:
            self.suite.wait_healthy(name)

    def check(self, name, errors_allowed):
        """Stops the load, waits until all is stored, compares everything, goes on with another partner."""
        self.generator.pause()
        book = self.journal.book
        violations = oracle.await_drained(self.suite, book, DRAIN_SECONDS)
        violations += oracle.check(self.suite, book)
        self.tally.check(f"{name}: {describe(book)}", violations)
        errors = self.generator.take_errors()
        if not errors_allowed:
            self.tally.check(f"{name}: no sender got an error", errors)
        self.tally.check(f"{name}: every answer of the reader", self.reader.take_violations())
        self.journal.next_book()
        self.generator.resume()

    def check_all_again(self):
        """Nothing that was checked has changed since."""
        self.generator.pause()
        violations = []
        for book in self.journal.books:
            violations += oracle.await_drained(self.suite, book, DRAIN_SECONDS)
            violations += oracle.check(self.suite, book)
        total = sum(len(book.events) for book in self.journal.books)
        self.tally.check(f"all partners again: {total} events", violations)

    def stop(self):
        self.generator.stop()
        self.reader.stop()
        self.journal.close()
        print(self.reader.summary(), flush=True)


def describe(book):
    counts = book.counts()
    return (f"{len(book.events)} events, {counts['ACKED']} acked, {counts['UNKNOWN']} in doubt, "
            f"{counts['REFUSED']} refused, {book.attempts - len(book.events)} sent again")


def parser(about):
    made = argparse.ArgumentParser(description=about)
    made.add_argument("--seed", type=int, default=None, help="of every choice; printed (default: random)")
    made.add_argument("--time-limit", type=int, default=3600, help="seconds; then everything is ended (default: 3600)")
    made.add_argument("--keep-logs", action="store_true", help="keeps the logs of a program that failed")
    return made


@contextlib.contextmanager
def running(arguments, suite):
    """A FaultRun; ends every process, also on SIGTERM and when the time limit is over."""
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"{os.path.basename(sys.argv[0])}: seed {seed}", flush=True)
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, _raise_exit)
    signal.alarm(arguments.time_limit)
    began = time.monotonic()
    with suite:
        run = FaultRun(suite, seed)
        try:
            yield run
        except BaseException:
            suite.keep_logs = arguments.keep_logs
            raise
        finally:
            run.stop()
            suite.keep_logs |= arguments.keep_logs and run.tally.failed > 0
    print(f"{os.path.basename(sys.argv[0])}: {time.monotonic() - began:.0f} s", flush=True)


def _raise_exit(number, _frame):
    raise SystemExit(f"ended by {signal.Signals(number).name}")
