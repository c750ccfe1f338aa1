"""Recorded sessions of a real player come out as exact reports: alone, together, in any order, displaced, sent twice; from
the tail, from stored minutes and from folded tiers alike."""
import concurrent.futures
import random
import time
import unittest

import oracle
from suite import Suite, expected, new_partner, recording

METRICS = {"impressions": "impressions", "play_requests": "playRequests", "plays": "plays", "resumes": "resumes",
           "play_through_25": "quartile25", "play_through_50": "quartile50", "play_through_75": "quartile75",
           "play_through_90": "reached90", "play_through_100": "quartile100", "views": "viewEvents", "pauses": "pauses",
           "seeks": "seeks", "replays": "replays", "buffer_starts": "bufferStarts", "errors": "errors",
           "unique_sessions": "uniqueSessions"}
NAMES = {1: "playerImpression", 2: "playRequested", 3: "play", 4: "resume", 11: "playThrough25", 12: "playThrough50",
         13: "playThrough75", 14: "playThrough100", 15: "playThrough90", 21: "shareClicked", 22: "shared",
         23: "downloadClicked", 24: "reportClicked", 25: "reportSubmitted", 31: "enterFullscreen",
         32: "exitFullscreen", 33: "pauseClicked", 34: "replay", 35: "seek", 36: "relatedClicked",
         37: "relatedSelected", 38: "captions", 39: "sourceSelected", 40: "info", 41: "speed", 42: "audioSelected",
         43: "flavorSwitch", 45: "bufferStart", 46: "bufferEnd", 98: "error", 99: "view", 10002: "buttonClicked",
         10003: "pageLoad", 10005: "apiCall"}
EXPECTED = expected()
SCENARIOS = sorted(EXPECTED)


def send(suite, beacons, copies=1):
    connection = suite.beacon_connection()
    for beacon in beacons:
        for _ in range(copies):
            status, body, _ = beacon.send(connection)
            assert status == 200, (status, body)
    connection.close()


def displaced(beacons, seed):
    """Each stretch shuffled so that no beacon is more than 6 places from where it was sent; stretches stay in order."""
    shuffled = list(beacons)
    places = {}
    for place, stretch in enumerate(oracle.stretches(beacons)):
        places.setdefault(stretch, []).append(place)
    chance = random.Random(seed)
    for own in places.values():
        order = sorted(range(len(own)), key=lambda i: i + chance.uniform(0, 6))
        for target, source in zip(own, order):
            shuffled[target] = beacons[own[source]]
    return shuffled


def sums(scenarios):
    """What expected.json says of several scenarios together."""
    total = {metric: sum(EXPECTED[s][name] for s in scenarios) for metric, name in METRICS.items()}
    # The buffer and play times are of whole milliseconds.
    total["play_time"] = round(sum(EXPECTED[s]["playTimeSumSec"] for s in scenarios), 3)
    total["buffer_time"] = round(sum(EXPECTED[s]["bufferTimeSec"] for s in scenarios), 3)
    types = {}
    for s in scenarios:
        for label, count in EXPECTED[s]["byEventType"].items():
            name = NAMES[int(label.split(":")[0])]
            types[name] = types.get(name, 0) + count
    entries = set().union(*(EXPECTED[s]["entries"] for s in scenarios))
    return total, types, entries


class RecordedScenariosTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Suite())

    def check(self, partner, scenarios, through, what):
        total, types, entries = sums(scenarios)
        row = self.suite.report(partner, [*METRICS, "play_time", "buffer_time"], through=through).row
        with self.subTest(what):
            self.assertEqual({k: round(v, 6) for k, v in row.items()}, total)
            by_type = self.suite.report(partner, ["events"], ["event_type"], through=through).rows
            self.assertEqual({r["event_type"]: r["events"] for r in by_type}, types)
            by_entry = self.suite.report(partner, ["events"], ["entry"], through=through).rows
            # Application events may have none.
            self.assertEqual({r["entry"] for r in by_entry} - {""}, entries)

    def test_each_scenario_alone(self):
        trials = {}
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for scenario in SCENARIOS:
                trials[scenario] = new_partner()
                beacons = [b.of_partner(trials[scenario]) for b in recording(scenario)]
                self.assertEqual(len(beacons), EXPECTED[scenario]["beacons"])
                pool.submit(send, self.suite, beacons).add_done_callback(lambda f: f.result())
        through = time.time()
        for scenario, partner in trials.items():
            self.check(partner, [scenario], through, scenario)

    def test_all_scenarios_together_in_any_order(self):
        for seed in range(3):
            partner, order = new_partner(), SCENARIOS[:]
            random.Random(seed).shuffle(order)
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                sent = [pool.submit(send, self.suite, [b.of_partner(partner) for b in recording(s)]) for s in order]
                for future in sent:
                    future.result()
            self.check(partner, order, time.time(), f"order {seed}")

    def test_displaced_by_up_to_six_places_within_a_stretch(self):
        trials = {}
        for seed in range(3):
            partner = trials[seed] = new_partner()
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                sent = [pool.submit(send, self.suite, displaced([b.of_partner(partner) for b in recording(s)], seed))
                        for s in SCENARIOS]
                for future in sent:
                    future.result()
        through = time.time()
        for seed, partner in trials.items():
            self.check(partner, SCENARIOS, through, f"seed {seed}")

    def test_each_beacon_twice_changes_nothing_but_application_events(self):
        trials = {s: new_partner() for s in SCENARIOS}
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            sent = [pool.submit(send, self.suite, [b.of_partner(p) for b in recording(s)], 2)
                    for s, p in trials.items()]
            for future in sent:
                future.result()
        through = time.time()
        for scenario, partner in trials.items():
            want = oracle.totals(recording(scenario), copies=2)
            row = self.suite.report(partner, ["play_time", "buffer_time"], through=through).row
            by_type = self.suite.report(partner, ["events"], ["event_type"], through=through).rows
            with self.subTest(scenario):
                self.assertEqual({r["event_type"]: r["events"] for r in by_type},
                                 {NAMES[t]: n for t, n in want.counts.items()})
                self.assertEqual((round(row["play_time"] * 1000), round(row["buffer_time"] * 1000)),
                                 (want.play_time_ms, want.buffer_time_ms))

    def test_the_oracle_agrees_with_what_was_recorded(self):
        for scenario in SCENARIOS:
            want, said = oracle.totals(recording(scenario)), EXPECTED[scenario]
            with self.subTest(scenario):
                self.assertEqual(want.play_time_ms, round(said["playTimeSumSec"] * 1000))
                self.assertEqual(want.buffer_time_ms, round(said["bufferTimeSec"] * 1000))
                self.assertEqual(len(want.sessions), said["uniqueSessions"])
                self.assertEqual(want.entries, set(said["entries"]))


class TiersTest(unittest.TestCase):
    """The same totals at every granularity, from the tail, from stored minutes, from folded tiers."""

    METRICS = [*METRICS, "play_time", "buffer_time", "events"]

    def granularities(self, suite, partner, through):
        for grain in ("minute", "quarter_hour", "hour", "day", "week", "month", "year"):
            report = suite.report(partner, self.METRICS, [grain], through=through, totals=True,
                                  time_range={"relative": "7d"})
            yield grain, report

    def check(self, suite, partner, through, what):
        total, types, _ = sums(SCENARIOS)
        total["events"] = sum(types.values())
        for grain, report in self.granularities(suite, partner, through):
            with self.subTest(what, grain=grain):
                self.assertEqual({k: round(v, 6) for k, v in report.totals.items()}, total)
                for metric in self.METRICS:
                    if metric != "unique_sessions":
                        rows = sum(row[metric] or 0 for row in report.rows)
                        self.assertEqual(round(rows, 6), total[metric], metric)

    def test_every_tier_says_the_same(self):
        partner = new_partner()
        # No epoch ends by itself, and nothing is folded, before the aggregator is told.
        with Suite(epoch_seconds=3600, fold_interval_seconds=3600) as suite:
            for scenario in SCENARIOS:
                send(suite, [b.of_partner(partner) for b in recording(scenario)])
            through = time.time()
            self.check(suite, partner, through, "tail")
            self.assertEqual(suite.query_database("SELECT count(*) FROM facts"), 0)

            suite.restart_aggregator()
            self.check(suite, partner, through, "stored minutes")

            suite.fold_everything()
            self.check(suite, partner, through, "folded tiers")


if __name__ == "__main__":
    unittest.main(verbosity=2)
