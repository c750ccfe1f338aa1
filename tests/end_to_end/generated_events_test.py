"""Generated events in any order, with copies and delays, against reports computed from the events themselves."""
import collections
import datetime
import random
import time
import unittest
import zoneinfo

from suite import Suite, new_partner
from recorded_scenarios_test import NAMES

COUNTS = {"impressions": 1, "play_requests": 2, "plays": 3, "resumes": 4, "play_through_25": 11, "play_through_100": 14,
          "share_clicks": 21, "pauses": 33, "seeks": 35, "buffer_starts": 45, "buffer_ends": 46, "errors": 98,
          "views": 99}
SUMS = ("play_time", "buffer_time")
UNIQUES = ("unique_viewers", "unique_sessions")
DIMENSIONS = ("entry", "domain", "page", "application", "playback_type", "custom_var_1", "user", "device",
              "browser_family")
# Always true, and of a dimension that no rollup has: the same report from facts.
FROM_FACTS = 'ui_conf != "no such value"'
# Sets of dimensions whose concurrent viewers are kept.
AUDIENCES = ((), ("entry",), ("domain",), ("application",), ("entry", "domain"), ("application", "entry"))
# By user agent: device and browser_family.
USER_AGENTS = {
    "": ("", ""),
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36":
        ("computer", "Chrome"),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 "
    "Mobile/15E148 Safari/604.1": ("mobile", "Mobile Safari"),
}


def generate(chance, now, sessions=100):
    """Sessions of events in sending order, as gRPC takes them, with what the oracle needs in plain sight."""
    all_sessions = []
    for number in range(sessions):
        # Minutes to 30 hours ago; a session's events lie 10 s apart.
        start = now - chance.uniform(1000, 30 * 3600)
        entry, site = f"0_e{chance.randrange(6)}", chance.randrange(4)
        base = {"entry_id": entry, "session_id": f"s{number}",
                "referrer": f"https://site{site}.example/p{chance.randrange(3)}" if site else "",
                "application": chance.choice(["", "portal", "päge, \"x\""]),
                "playback_type": chance.choice(["vod", "live"]), "custom_var_1": chance.choice(["", "a", "b"]),
                "user_id": chance.choice(["", f"u{number % 17}"]), "user_agent": chance.choice([*USER_AGENTS])}
        kinds = [1, 2, 3, 99, *chance.choices([99, 99, 99, 33, 4, 35, 45, 46, 11, 14, 21, 98], k=chance.randrange(25))]
        played, events = 0.0, []
        for index, kind in enumerate(kinds, 1):
            event = {**base, "event_type": kind, "event_index": index, "occur": start + 10 * index}
            if kind == 99:
                event["play_time_sum"] = played
                event["buffer_time"] = chance.choice([0, 0.25, 1.5])
                played = round(played + chance.uniform(5, 11), 3)
            if kind == 98:
                event["error_code"] = chance.choice(["1002", "3022"])
            if chance.random() < 0.2:
                event["event_id"] = f"id-{number}-{index}"
            events.append(event)
        all_sessions.append(events)
    return all_sessions


def on_the_wire(event, partner):
    moment = datetime.datetime.fromtimestamp(event["occur"], datetime.timezone.utc)
    sent = {k: v for k, v in event.items() if k != "occur"}
    return {**sent, "partner_id": partner, "occur_time": moment.isoformat().replace("+00:00", "Z")}


def displaced_streams(chance, all_sessions):
    """Sessions interleaved at random, each displaced by at most 6 places, some events sent again later."""
    queues = []
    for events in all_sessions:
        queues.append([events[i] for i in sorted(range(len(events)), key=lambda i: i + chance.uniform(0, 6))])
    stream = []
    while queues:
        queue = chance.choice(queues)
        event = queue.pop(0)
        stream.append(event)
        if chance.random() < 0.1:
            stream.append(event)
        if not queue:
            queues.remove(queue)
    return stream


def shuffled_stream(chance, all_sessions):
    stream = [event for events in all_sessions for event in events]
    stream += chance.sample(stream, len(stream) // 10)
    chance.shuffle(stream)
    return stream


# The oracle.

def value_of(event, dimension):
    referrer = event["referrer"].removeprefix("https://")
    return {"entry": event["entry_id"], "domain": referrer.split("/")[0], "page": referrer,
            "application": event["application"], "playback_type": event["playback_type"],
            "custom_var_1": event["custom_var_1"], "user": event["user_id"],
            "device": USER_AGENTS[event["user_agent"]][0], "browser_family": USER_AGENTS[event["user_agent"]][1],
            "event_type": NAMES[event["event_type"]], "error_code": event.get("error_code", "")}[dimension]


def bucket_of(event, grain, zone):
    local = datetime.datetime.fromtimestamp(event["occur"], zone)
    start = {"ten_seconds": lambda: local.replace(second=local.second // 10 * 10, microsecond=0),
             "minute": lambda: local.replace(second=0, microsecond=0),
             "quarter_hour": lambda: local.replace(minute=local.minute // 15 * 15, second=0, microsecond=0),
             "hour": lambda: local.replace(minute=0, second=0, microsecond=0),
             "day": lambda: local.replace(hour=0, minute=0, second=0, microsecond=0)}[grain]()
    return start.timestamp()


def credit(all_sessions):
    """The watched milliseconds of each event, by identity, when events arrive in sending order."""
    credits = {}
    for events in all_sessions:
        highest = 0
        for event in events:
            if event["event_type"] == 99:
                played = round(event["play_time_sum"] * 1000)
                credits[id(event)] = max(0, played - highest)
                highest = max(highest, played)
    return credits


def oracle(all_sessions, dimensions, grain=None, zone=datetime.timezone.utc, keep=lambda event: True):
    """{key: metrics} of all events, each counted once."""
    credits, rows, viewers, sessions = credit(all_sessions), {}, {}, {}
    for event in (e for events in all_sessions for e in events if keep(e)):
        key = tuple(value_of(event, d) for d in dimensions) + ((bucket_of(event, grain, zone),) if grain else ())
        row = rows.setdefault(key, dict.fromkeys((*COUNTS, *SUMS, "events"), 0))
        row["events"] += 1
        for metric, kind in COUNTS.items():
            row[metric] += event["event_type"] == kind
        row["play_time"] += credits.get(id(event), 0)
        if event["event_type"] == 99:
            row["buffer_time"] += round(event["buffer_time"] * 1000)
        sessions.setdefault(key, set()).add(event["session_id"])
        if event["event_type"] in (3, 4, 99):
            viewers.setdefault(key, set()).add("u" + event["user_id"] if event["user_id"] else event["session_id"])
    for key, row in rows.items():
        row["unique_sessions"] = len(sessions[key])
        row["unique_viewers"] = len(viewers.get(key, ()))
    return rows


def peaks(all_sessions, dimensions, grain, zone, keep):
    """{key: the most VIEWs in any ten seconds}."""
    views = collections.Counter()
    for event in (e for events in all_sessions for e in events if e["event_type"] == 99 and keep(e)):
        key = tuple(value_of(event, d) for d in dimensions) + ((bucket_of(event, grain, zone),) if grain else ())
        views[key, event["occur"] // 10] += 1
    greatest = {}
    for (key, _), count in views.items():
        greatest[key] = max(greatest.get(key, 0), count)
    return greatest


def asked(suite, partner, through, dimensions, grain=None, **request):
    metrics = [*COUNTS, *SUMS, *UNIQUES, "events"]
    report = suite.report(partner, metrics, [*dimensions, *([grain] if grain else [])], through=through,
                          time_range={"relative": "3d"}, **request)
    rows = {}
    for row in report.rows:
        key = [row[d] for d in dimensions]
        if grain:
            key.append(datetime.datetime.fromisoformat(row[grain].replace("Z", "+00:00")).timestamp())
        values = {m: row[m] or 0 for m in metrics}
        for metric in SUMS:
            values[metric] = round(values[metric] * 1000)
        rows[tuple(key)] = values
    return rows, report


class GeneratedEventsTest(unittest.TestCase):
    def send(self, suite, stream, partner):
        for start in range(0, len(stream), 200):
            answer = suite.track([on_the_wire(e, partner) for e in stream[start:start + 200]])
            self.assertEqual(answer, {"accepted_count": len(stream[start:start + 200])})

    def compare(self, got, want, without=()):
        drop = lambda rows: {k: {m: v for m, v in row.items() if m not in without} for k, row in rows.items()}
        self.assertEqual(drop(got), drop(want))

    def check(self, suite, partner, sessions, chance, without_by_bucket=(), without=()):
        """Reports over random sets of dimensions, grains, zones and filters."""
        through = time.time()
        got, _ = asked(suite, partner, through, [])
        self.compare(got, oracle(sessions, []), without)
        for trial in range(12):
            dimensions = chance.sample(DIMENSIONS, chance.randrange(3))
            grain = chance.choice([None, "minute", "quarter_hour", "hour", "day"])
            zone = chance.choice(["UTC", "Europe/Paris", "Asia/Kathmandu", "Australia/Lord_Howe", "Antarctica/Casey"])
            entry = f"0_e{chance.randrange(6)}"
            filters = chance.choice([("", lambda e: True), (f'entry != "{entry}"', lambda e: e["entry_id"] != entry)])
            skip = (*without, *(without_by_bucket if grain else ()))
            with self.subTest(trial=trial, dimensions=dimensions, grain=grain, zone=zone, filter=filters[0]):
                want = oracle(sessions, dimensions, grain, zoneinfo.ZoneInfo(zone), filters[1])
                got, _ = asked(suite, partner, through, dimensions, grain, time_zone=zone, filter_string=filters[0])
                self.compare(got, want, skip)
                forced = f"({filters[0]}) AND {FROM_FACTS}" if filters[0] else FROM_FACTS
                got, report = asked(suite, partner, through, dimensions, grain, time_zone=zone, filter_string=forced)
                self.assertEqual(report.rollup, "facts")
                self.compare(got, want, skip)

    def check_concurrency(self, suite, partner, sessions, chance):
        """Viewers of each ten seconds, and their peaks, of random audiences."""
        through = time.time()
        for trial in range(8):
            dimensions = list(chance.choice(AUDIENCES))
            grain = chance.choice([None, "ten_seconds", "minute", "quarter_hour", "hour", "day"])
            zone = chance.choice(["UTC", "Asia/Kathmandu"])
            site = chance.choice(["", "site1.example"]) if "domain" in dimensions else None
            filters = ("", lambda e: True) if site is None else (
                f'domain = "{site}"', lambda e: value_of(e, "domain") == site)
            with self.subTest(trial=trial, dimensions=dimensions, grain=grain, zone=zone, filter=filters[0]):
                report = suite.report(partner, ["peak_viewers"], [*dimensions, *([grain] if grain else [])],
                                      through=through, time_range={"relative": "3d"}, time_zone=zone,
                                      filter_string=filters[0], totals=True)
                got = {}
                for row in report.rows:
                    key = tuple(row[d] for d in dimensions)
                    if grain:
                        key += (datetime.datetime.fromisoformat(row[grain].replace("Z", "+00:00")).timestamp(),)
                    got[key] = row["peak_viewers"]
                want = peaks(sessions, dimensions, grain, zoneinfo.ZoneInfo(zone), filters[1])
                self.assertEqual(got, want)
                whole = peaks(sessions, [], None, None, filters[1])
                self.assertEqual(report.totals["peak_viewers"] or 0, whole.get((), 0))

    def test_reports_do_not_depend_on_order_copies_or_tier(self):
        seed = random.randrange(1 << 30)
        chance = random.Random(seed)
        sessions = generate(chance, time.time())
        trials = [(displaced_streams(chance, sessions), ("play_time",), ()),
                  (shuffled_stream(chance, sessions), (), ("play_time",))]
        with self.subTest(seed=seed), Suite(epoch_seconds=3600, fold_interval_seconds=3600) as suite:
            partners = [new_partner() for _ in trials]
            for partner, (stream, _, _) in zip(partners, trials):
                self.send(suite, stream, partner)
            for place in ("tail", "stored minutes", "folded tiers"):
                if place == "stored minutes":
                    suite.restart_aggregator()
                elif place == "folded tiers":
                    suite.fold_everything()
                for partner, (_, by_bucket, everywhere) in zip(partners, trials):
                    with self.subTest(place=place, partner=partners.index(partner)):
                        self.check(suite, partner, sessions, chance, by_bucket, everywhere)
                        self.check_concurrency(suite, partner, sessions, chance)


if __name__ == "__main__":
    unittest.main(verbosity=2)
