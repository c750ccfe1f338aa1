"""kill -9 of each service, of PostgreSQL and of all at once, under load, also while an epoch commits and while a fold runs;
PostgreSQL away for a minute; COMMITs whose request or reply is lost. Whatever happens, acked events count exactly once.

--rounds N: kills of each kind; --commits N: lost COMMITs of each kind; --away S: seconds without PostgreSQL. The defaults
are a small share; run.sh has the whole.
"""
import argparse
import contextlib
import pathlib
import random
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))

import psycopg2

from commit_proxy import CommitProxy
from load import Load, Reader, read_cells, read_ids
from suite import SERVICES, Suite, new_partner, until

options = argparse.Namespace(rounds=3, commits=5, away=15, seed=None)

# What runs in PostgreSQL while an epoch is committed, and while a fold runs.
COMMITTING = "COPY %"
FOLDING = "%folded_by%"


class KillTest(unittest.TestCase):
    def run_load(self, suite, disturb):
        """disturb(suite, load, reader) under load; then everything is compared."""
        partner = new_partner()
        load = Load(suite, partner)
        reader = Reader(suite, load)
        load.start()
        reader.start()
        try:
            until("load flows", lambda: load.acked() > 100)
            disturb(suite, load, reader)
            settled = load.acked()
            until("load flows on", lambda: load.acked() > settled + 100)
        finally:
            load.stop()
            reader.stop()
        self.compare(suite, load, reader, "from the tail")
        suite.restart_aggregator()
        self.compare(suite, load, reader, "stored")
        print(f"    {len(load.acked_at)} acked, {len(load.unknown)} unknown, {len(load.refused)} refused; "
              f"{reader.answers} answers read, {reader.errors} errors", flush=True)
        return load

    def compare(self, suite, load, reader, where):
        through = time.time()
        present = read_ids(suite, load.partner, through)
        cells, _ = read_cells(suite, load.partner, through)
        self.assertEqual(load.check(present, cells), [], where)
        self.assertEqual(reader.faults[:10], [], where)
        self.assertGreater(reader.answers, 0)
        # Coarser grains: from the folded tiers, as far as they are.
        for grain in ("quarter_hour", "day"):
            report = suite.report(load.partner, ["plays"], [grain], through=through, totals=True)
            self.assertEqual(report.totals["plays"], sum(present.values()), f"{where}, {grain}")

    def kills(self, victims, moment):
        chance = random.Random(options.seed)

        def disturb(suite, load, reader):
            for _ in range(options.rounds):
                moment(suite, chance)
                self.kill_and_restart(suite, victims, reader, chance)
                settled = load.acked()
                until("load flows again", lambda: load.acked() > settled + 20, 120)

        with Suite(epoch_seconds=1, fold_interval_seconds=1) as suite:
            return self.run_load(suite, disturb)

    def kill_and_restart(self, suite, victims, reader, chance):
        if "aggregator" in victims or "postgres" in victims:
            reader.aggregator_away = True
        for name in victims:
            suite.kill(name)
        time.sleep(chance.uniform(0, 0.5))
        for name in victims:
            suite.restart(name)
        for name in victims:
            if name != "postgres":
                suite.wait_healthy(name)
        reader.aggregator_back = time.time()
        reader.aggregator_away = False

    @staticmethod
    def at_random(suite, chance):
        time.sleep(chance.uniform(0.1, 1.5))

    @staticmethod
    def while_running(pattern):
        """As soon as the writer's session runs such a statement."""
        def moment(suite, chance):
            with contextlib.closing(psycopg2.connect(suite.superuser())) as connection:
                connection.autocommit = True
                cursor = connection.cursor()

                def running():
                    cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'playhead_writer' "
                                   "AND state = 'active' AND query ILIKE %s", (pattern,))
                    return cursor.fetchone()[0] > 0

                until(f"{pattern} runs", running, 60, 0)
        return moment

    def assert_no_beacon_failed(self, load):
        self.assertEqual(load.beacon_errors, [])

    def test_kill_ingest(self):
        self.kills(["ingest"], self.at_random)

    def test_kill_aggregator(self):
        self.assert_no_beacon_failed(self.kills(["aggregator"], self.at_random))

    def test_kill_aggregator_while_an_epoch_commits(self):
        self.assert_no_beacon_failed(self.kills(["aggregator"], self.while_running(COMMITTING)))

    def test_kill_aggregator_while_a_fold_runs(self):
        self.assert_no_beacon_failed(self.kills(["aggregator"], self.while_running(FOLDING)))

    def test_kill_postgresql(self):
        self.assert_no_beacon_failed(self.kills(["postgres"], self.at_random))

    def test_kill_postgresql_while_an_epoch_commits(self):
        self.assert_no_beacon_failed(self.kills(["postgres"], self.while_running(COMMITTING)))

    def test_kill_everything(self):
        self.kills(["postgres", *SERVICES], self.at_random)

    def test_postgresql_is_away(self):
        def disturb(suite, load, reader):
            reader.aggregator_away = True
            suite.kill("postgres")
            time.sleep(options.away)
            suite.restart("postgres")
            reader.aggregator_back, reader.aggregator_away = time.time(), False

        with Suite(epoch_seconds=1, fold_interval_seconds=1) as suite:
            self.assert_no_beacon_failed(self.run_load(suite, disturb))

    def lost_commits(self, mode):
        def disturb(suite, load, reader):
            # The tail may be left out while an epoch's outcome is not known.
            reader.aggregator_away = True
            self.proxy.lose(mode, options.commits)
            until("COMMITs are lost", lambda: self.proxy.lost >= options.commits, 600)
            reader.aggregator_back, reader.aggregator_away = time.time(), False

        suite = Suite(epoch_seconds=1, fold_interval_seconds=1)
        self.proxy = CommitProxy(suite.port(8))
        suite.database_port = self.proxy.port
        with suite, contextlib.closing(self.proxy):
            self.assert_no_beacon_failed(self.run_load(suite, disturb))

    def test_the_request_of_a_commit_is_lost(self):
        self.lost_commits("request")

    def test_the_reply_of_a_commit_is_lost(self):
        self.lost_commits("reply")


class OracleTest(unittest.TestCase):
    """The oracle itself can fail."""

    def load(self):
        load = Load(None, 1)
        load.acked_at = {1: 10.0, 2: 11.0}
        load.unknown, load.refused = {3}, {4}
        load.cells = {1: "a", 2: "a", 3: "b", 4: "b"}
        return load

    def test_it_accepts_unknown_events_once_or_not_at_all(self):
        self.assertEqual(self.load().check({1: 1, 2: 1}, {"a": (2, 3)}), [])
        self.assertEqual(self.load().check({1: 1, 2: 1, 3: 1}, {"a": (2, 3), "b": (1, 3)}), [])

    def test_it_sees_what_is_wrong(self):
        cases = [({1: 1}, {"a": (1, 1)}, "lost"), ({1: 1, 2: 2}, {"a": (2, 3)}, "not counted once"),
                 ({1: 1, 2: 1, 3: 2}, {"a": (2, 3), "b": (1, 3)}, "not counted once"),
                 ({1: 1, 2: 1, 4: 1}, {"a": (2, 3), "b": (1, 4)}, "refused"),
                 ({1: 1, 2: 1, 9: 1}, {"a": (2, 3)}, "never sent"),
                 ({1: 1, 2: 1}, {"a": (3, 4)}, "differ"), ({1: 1, 2: 1}, {"a": (2, 4)}, "differ"),
                 ({1: 1, 2: 1}, {}, "differ"), ({1: 1, 2: 1}, {"a": (2, 3), "z": (1, 0)}, "differ")]
        for present, cells, word in cases:
            with self.subTest(word, present=present, cells=cells):
                self.assertIn(word, " ".join(self.load().check(present, cells)))

    def test_the_reader_sees_a_doubled_a_missing_and_a_stale_answer(self):
        class Answer:
            def __init__(self, data_through, warnings=()):
                self.data_through, self.warnings = data_through, set(warnings)

        reader = Reader(None, self.load())
        reader._check_cells({"a": (2, 3)}, Answer(20.0))
        reader._check_cells({"a": (1, 1)}, Answer(10.5))
        reader._check_freshness(100.0, Answer(20.0))
        self.assertEqual(reader.faults, [])
        reader._check_cells({"a": (4, 6)}, Answer(20.0))
        reader._check_cells({"a": (1, 1)}, Answer(20.0))
        reader._check_freshness(100.0, Answer(19.0))
        reader._check_freshness(100.0, Answer(19.0, ["TAIL_OMITTED"]))
        self.assertEqual(len(reader.faults), 4, reader.faults)


def main():
    parser = argparse.ArgumentParser()
    for name, value in vars(options).items():
        parser.add_argument(f"--{name}", type=int, default=value)
    _, rest = parser.parse_known_args(namespace=options)
    if options.seed is None:
        options.seed = random.randrange(1 << 30)
    print(f"seed {options.seed}, {options.rounds} rounds", flush=True)
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
