"""Finds the moment at which the aggregator is inside a transaction of some kind, so that a kill hits it."""

import contextlib
import time

import psycopg2

ANY, COMMIT, FOLD = "any moment", "while an epoch commits", "while a fold runs"

# The last statement of a transaction that is still open.
_PATTERNS = {
    COMMIT: r"^\s*(COPY|COMMIT)|log_offsets|VALUES \(\$1::uuid, 0",
    FOLD: r"folded_by|INSERT INTO rollup_|least_bucket = \$2|SET LOCAL hll",
}
_SQL = """
SELECT 1 FROM pg_stat_activity
WHERE usename = 'playhead_writer' AND xact_start IS NOT NULL AND query ~ %s LIMIT 1
"""


def await_moment(suite, moment, rng, limit=7.0):
    """Whether the moment came within `limit` seconds; ANY: a random wait of up to 1.5 s."""
    if moment == ANY:
        time.sleep(rng.uniform(0, 1.5))
        return True
    deadline = time.monotonic() + limit
    try:
        with contextlib.closing(suite.connect()) as connection, connection.cursor() as cursor:
            while time.monotonic() < deadline:
                cursor.execute(_SQL, (_PATTERNS[moment],))
                if cursor.fetchone():
                    time.sleep(rng.choice((0, 0, rng.uniform(0, 0.01))))
                    return True
    except psycopg2.OperationalError:
        pass
    return False
