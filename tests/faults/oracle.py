"""Holds the store and the reports to the journal: every acked event once, every doubtful one at most once, no other."""

import collections
import contextlib
import time

import grpc

import journal
import reports

# How long after a restart an answer may lack the tail.
TAIL_SECONDS = 10
_SHOWN = 8
_STORED_GRAINS = ("minute", "quarter_hour", "day")
_AUDIENCE_DIMENSIONS = "entry, country, region, city, domain, application"
# Of a row of facts or of a rollup: events, and the sum of their ids.
_COUNT = "(coalesce(plays, 0) + coalesce(views, 0))"
_SUM_OF_IDS = "(coalesce(join_time_ms, 0) + coalesce(buffer_time_ms, 0))"
_GRAINS = {"minute": 60, "quarter_hour": 900, "hour": 3600, "day": 86_400}


def await_drained(suite, book, limit):
    """Waits until the whole log is stored; a violation when it is not within `limit` seconds."""
    asked = reports.Reports(suite)
    deadline = time.monotonic() + limit
    last_ack = book.last_ack_time()
    behind = "no answer"
    try:
        while time.monotonic() < deadline:
            try:
                behind = _behind(asked.status(book.partner, timeout=5), last_ack)
            except grpc.RpcError as error:
                behind = f"{error.code().name} {error.details()}"
            if not behind:
                return []
            time.sleep(0.1)
    finally:
        asked.close()
    return [f"not stored within {limit} s: {behind}"]


def _behind(status, last_ack):
    """What is missing; empty: nothing."""
    if not status.aggregator_reachable:
        return "the aggregator is not reached"
    # Through moves with records alone: the stored one of a quiet partition may stay behind.
    through = reports.seconds_of(status.data_through)
    if through < last_ack:
        return f"data_through is {last_ack - through:.1f} s behind the last ack"
    lagging = [p.partition for p in status.partitions if p.log_next < 0 or p.committed_next < p.log_next]
    return f"partitions {lagging} are not stored to their end" if lagging else ""


def check(suite, book):
    """Violations, as text. The load must be paused and everything stored."""
    with contextlib.closing(suite.connect()) as connection:
        # Folds go on meanwhile.
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True, autocommit=False)
        facts, violations = _check_events(connection, book)
        violations += _check_tables(connection, book, facts)
        violations += _check_ledger_rows(connection, book, facts)
    asked = reports.Reports(suite)
    try:
        violations += _check_reports(asked, book, facts)
        violations += _check_status(asked, book, facts)
    except grpc.RpcError as error:
        violations.append(f"a report failed: {error.code().name} {error.details()}")
    asked.close()
    return violations


def _check_events(connection, book):
    """Facts hold one event per row: which, where and how often. Returns {(entry, minute): [count, sum of ids]}."""
    rows = _rows(connection, f"""
        SELECT entry, extract(epoch FROM bucket)::bigint / 60, {_COUNT}, {_SUM_OF_IDS}, coalesce(join_count, 0)
               + coalesce(views, 0)
        FROM facts WHERE partner = %s""", book.partner)
    seen = collections.Counter()
    cells = collections.defaultdict(lambda: [0, 0])
    wrong = collections.defaultdict(list)
    for entry, minute, count, total, carriers in rows:
        event_id = total // count if count and total % count == 0 and carriers == count else -total
        event = book.events.get(event_id)
        seen[event_id] += count
        cells[entry, minute][0] += count
        cells[entry, minute][1] += total
        if event is None or event.state == journal.REFUSED:
            wrong["INVENTED"].append(event_id)
        elif entry != event.entry or not _is_minute_of(event, minute):
            wrong["MISPLACED"].append(event_id)
    wrong["DOUBLE"] = [i for i, count in seen.items() if count > 1]
    wrong["LOST"] = [e.id for e in book.events.values() if e.state == journal.ACKED and e.id not in seen]
    return cells, [_name(kind, ids) for kind, ids in wrong.items() if ids]


def _is_minute_of(event, minute):
    if event.minute is not None:
        return minute == event.minute
    return int(event.sent_at // 60) <= minute <= int(event.done_at // 60)


def _name(kind, ids):
    ids = sorted(ids)
    return f"{kind} {len(ids)}: ids {', '.join(map(str, ids[:_SHOWN]))}{', ...' if len(ids) > _SHOWN else ''}"


def _check_tables(connection, book, facts):
    """Minute rows of every rollup equal facts; each coarser tier equals the finer rows whose epochs it took."""
    violations = []
    rollups = collections.defaultdict(set)
    for (table,) in _rows(connection, "SELECT name FROM partitioned_tables WHERE starts_with(name, 'rollup_')"):
        name, grain = next(table.rsplit("_" + g, 1)[:1] + [g] for g in _STORED_GRAINS if table.endswith("_" + g))
        if not name.endswith("_events"):
            rollups[name].add(grain)
    for name, grains in rollups.items():
        finest = f"{name}_minute" if "minute" in grains else "facts"
        if "minute" in grains:
            violations += _check_minutes(connection, book, finest, facts)
        violations += _check_fold(connection, book, finest, f"{name}_quarter_hour")
        violations += _check_fold(connection, book, f"{name}_quarter_hour", f"{name}_day")
    return violations + _check_audiences(connection, book)


def _check_minutes(connection, book, table, facts):
    (has_entry,), = _rows(connection, "SELECT count(*) FROM information_schema.columns "
                          "WHERE table_name = %s AND column_name = 'entry'", table)
    entry = "entry" if has_entry else "''::text"
    found = {(entry, minute): [int(count), int(total)] for entry, minute, count, total in _rows(connection, f"""
        SELECT {entry}, extract(epoch FROM bucket)::bigint / 60, sum({_COUNT}), sum({_SUM_OF_IDS})
        FROM {table} WHERE partner = %s GROUP BY 1, 2""", book.partner)}
    return _compare(table, _merge(facts, lambda key: key if has_entry else ("", key[1])), found)


def _check_fold(connection, book, finer, coarser):
    totals = f"SELECT coalesce(sum({_COUNT}), 0)::bigint, coalesce(sum({_SUM_OF_IDS}), 0)::bigint FROM"
    taken = _rows(connection, f"{totals} {finer} f JOIN epochs e USING (epoch_id) "
                  "WHERE f.partner = %s AND e.folded_by IS NOT NULL", book.partner)
    made = _rows(connection, f"{totals} {coarser} WHERE partner = %s", book.partner)
    return [] if taken == made else [f"{coarser} has {made[0]}, the {finer} rows that it took {taken[0]}"]


def _check_audiences(connection, book):
    """Every audience has every VIEW in its minute; peaks of quarter hours that are folded are those of its rows."""
    views = dict(_rows(connection, """
        SELECT extract(epoch FROM bucket)::bigint / 60, sum(views)::bigint FROM facts
        WHERE partner = %s AND views > 0 GROUP BY 1""", book.partner))
    tens = collections.defaultdict(collections.Counter)
    minutes = collections.defaultdict(collections.Counter)
    for audience, second, count, *dimensions in _rows(connection, f"""
            SELECT audience, extract(epoch FROM bucket)::bigint, views, {_AUDIENCE_DIMENSIONS}
            FROM audience_ten_seconds WHERE partner = %s""", book.partner):
        tens[audience, *dimensions][second] += count
        minutes[audience][second // 60] += count
    violations = [f"audience {name}: VIEWs by minute are not those of facts"
                  for name, found in minutes.items() if found != views]
    if views and not minutes:
        violations.append("audience_ten_seconds is empty")
    open_ranges = _rows(connection, """
        SELECT extract(epoch FROM least_bucket)::bigint / 900, extract(epoch FROM greatest_bucket)::bigint / 900
        FROM epochs WHERE tier = 0 AND folded_by IS NULL AND least_bucket IS NOT NULL""")
    expected = collections.Counter()
    for key, seconds in tens.items():
        for second, count in seconds.items():
            quarter = second // 900
            if not any(least <= quarter <= greatest for least, greatest in open_ranges):
                expected[key, quarter] = max(expected[key, quarter], count)
    stored = {(tuple(key), quarter): peak for quarter, peak, *key in _rows(connection, f"""
        SELECT extract(epoch FROM bucket)::bigint / 900, max(peak_viewers), audience, {_AUDIENCE_DIMENSIONS}
        FROM peak_quarter_hour WHERE partner = %s GROUP BY 1, audience, {_AUDIENCE_DIMENSIONS}""", book.partner)}
    wrong = [k for k, peak in expected.items() if stored.get(k) != peak]
    if wrong:
        violations.append(f"peak_quarter_hour: {len(wrong)} of {len(expected)} differ; {wrong[0]} is "
                          f"{stored.get(wrong[0])} for {expected[wrong[0]]}")
    return violations


def _check_ledger_rows(connection, book, facts):
    outcomes = dict(_rows(connection, """
        SELECT outcome, sum(count)::bigint FROM ledger WHERE partner = %s GROUP BY 1""", book.partner))
    violations = []
    stored = sum(count for count, _ in facts.values())
    accepted, duplicate = outcomes.get("accepted", 0), outcomes.get("duplicate", 0)
    if accepted != stored:
        violations.append(f"ledger: {accepted} accepted, but epochs hold {stored}")
    if outcomes.get("rejected", 0):
        violations.append(f"ledger: {outcomes['rejected']} rejected of valid events")
    if not book.acked_attempts <= accepted + duplicate <= book.attempts:
        violations.append(f"ledger: {accepted} accepted + {duplicate} duplicate is not between the "
                          f"{book.acked_attempts} acked and the {book.attempts} sent, resends included")
    return violations


def _check_status(asked, book, facts):
    total = asked.status(book.partner).ledger_total
    parts = total.accepted + total.duplicate + sum(total.rejected.values())
    stored = sum(count for count, _ in facts.values())
    if total.received != parts or total.accepted != stored:
        return [f"GetDataStatus: received {total.received}, accepted {total.accepted}, duplicate {total.duplicate}; "
                f"epochs hold {stored}"]
    return []


def _check_reports(asked, book, facts):
    violations = []
    total = _merge(facts, lambda _: ())
    for dimensions in ((), ("entry",), ("entry", "minute"), ("entry", "quarter_hour"), ("entry", "hour"),
                       ("entry", "day"), ("minute",), ("day",), ("domain",), ("entry", "domain", "page"),
                       ("operating_system", "browser"), ("application", "playback_context"),
                       ("playback_type", "day"), ("entry", "custom_var_1", "custom_var_2"),
                       ("entry", "device", "operating_system_family"), ("custom_var_2", "quarter_hour")):
        answer = _ask_with_tail(asked, book, dimensions)
        time_dimension = next((d for d in dimensions if d in _GRAINS), None)
        found = _merge(answer.cells, lambda key, d=dimensions: _shared_key(key, d))
        expected = _merge(facts, lambda key, d=dimensions, t=time_dimension: _expected_key(key, d, t))
        if answer.tail_omitted:
            violations.append(f"report by {dimensions} in a quiet suite: {answer.tail_omitted}")
        name = f"report by {', '.join(dimensions) or 'nothing'}"
        violations += _compare(name, expected, {k: v for k, v in found.items() if v[0]})
        violations += _compare(f"totals of the {name}", total, {(): list(answer.total)} if facts else {})
    return violations


def _ask_with_tail(asked, book, dimensions):
    """Asks again for a while when the tail is missing: after a restart it may be, for a moment."""
    deadline = time.monotonic() + TAIL_SECONDS
    while True:
        answer = asked.ask(book.partner, dimensions)
        if not answer.tail_omitted or time.monotonic() > deadline:
            return answer
        time.sleep(0.2)


def _shared_key(key, dimensions):
    return tuple(value for value, name in zip(key, dimensions) if name == "entry" or name in _GRAINS)


def _expected_key(key, dimensions, time_dimension):
    entry, minute = key
    made = (entry,) if "entry" in dimensions else ()
    if time_dimension:
        made += (minute * 60 // _GRAINS[time_dimension] * _GRAINS[time_dimension],)
    return made


def _merge(cells, key_of):
    merged = collections.defaultdict(lambda: [0, 0])
    for key, (count, total) in cells.items():
        merged[key_of(key)][0] += count
        merged[key_of(key)][1] += total
    return dict(merged)


def _compare(name, expected, found):
    wrong = [k for k in expected.keys() | found.keys() if list(expected.get(k, (0, 0))) != list(found.get(k, (0, 0)))]
    if not wrong:
        return []
    first = min(wrong, key=str)
    return [f"{name}: {len(wrong)} of {len(expected)} cells differ; {first} is {found.get(first)} for "
            f"{expected.get(first)} (count, sum of ids)"]


def _rows(connection, text, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        return cursor.fetchall()
