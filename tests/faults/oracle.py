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
_GRAINS = {"minute": 60, "quarter_hour": 900, "hour": 3600, "day": 86_400}


def await_drained(suite, book, limit):
    """Waits until everything acked is stored; a violation when it is not within `limit` seconds."""
    asked = reports.Reports(suite)
    deadline = time.monotonic() + limit
    last_ack = book.last_ack_time()
    stored = 0.0
    try:
        while time.monotonic() < deadline:
            try:
                stored = reports.seconds_of(asked.status(book.partner, timeout=5).stored_through)
            except grpc.RpcError:
                pass
            if stored >= last_ack:
                return []
            time.sleep(0.1)
    finally:
        asked.close()
    return [f"not stored within {limit} s: stored_through is {last_ack - stored:.1f} s behind the last ack"]


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
    rows = _rows(connection, """
        SELECT entry, extract(epoch FROM bucket)::bigint / 60, plays, join_time_ms, join_count
        FROM facts WHERE partner = %s""", book.partner)
    seen = collections.Counter()
    cells = collections.defaultdict(lambda: [0, 0])
    wrong = collections.defaultdict(list)
    for entry, minute, plays, total, joins in rows:
        plays, total = plays or 0, total or 0
        event_id = total // plays if plays and total % plays == 0 and joins == plays else -total
        event = book.events.get(event_id)
        seen[event_id] += plays
        cells[entry, minute][0] += plays
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
    """Minute rows equal facts; each coarser tier equals the finer rows whose epochs it took."""
    violations = []
    for table, columns in (("rollup_entry_minute", "entry"), ("rollup_partner_minute", "''::text"),
                           ("rollup_domain_minute", "''::text")):
        found = {(entry, minute): [plays, total] for entry, minute, plays, total in _rows(connection, f"""
            SELECT {columns}, extract(epoch FROM bucket)::bigint / 60, sum(plays)::bigint, sum(join_time_ms)::bigint
            FROM {table} WHERE partner = %s GROUP BY 1, 2""", book.partner)}
        by_entry = columns == "entry"
        expected = _merge(facts, lambda key, e=by_entry: key if e else ("", key[1]))
        violations += _compare(table, expected, found)
    for finer, coarser in (("rollup_entry_minute", "rollup_entry_quarter_hour"),
                           ("rollup_entry_quarter_hour", "rollup_entry_day"),
                           ("facts", "rollup_entry_domain_page_quarter_hour")):
        violations += _check_fold(connection, book, finer, coarser)
    return violations


def _check_fold(connection, book, finer, coarser):
    totals = "SELECT coalesce(sum(plays), 0)::bigint, coalesce(sum(join_time_ms), 0)::bigint FROM"
    taken = _rows(connection, f"{totals} {finer} f JOIN epochs e USING (epoch_id) "
                  "WHERE f.partner = %s AND e.folded_by IS NOT NULL", book.partner)
    made = _rows(connection, f"{totals} {coarser} WHERE partner = %s", book.partner)
    return [] if taken == made else [f"{coarser} has {made[0]}, the {finer} rows that it took {taken[0]}"]


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
                       ("entry", "day"), ("minute",), ("day",), ("domain",), ("entry", "domain", "page")):
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
