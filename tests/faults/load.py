"""Load with ids, and the oracle of what reports must say of it whatever is killed.

Every event is a PLAY whose id n (1, 2, 3, ...) is in three places: `customVar1` is n as text, `joinTime` is n milliseconds,
and the entry, its cell, is the second in which it was sent. So facts say which ids are there and how often (the rows of
custom_var_1), and every rollup says per cell how many and, as mean joinTime times count, the sum of their ids: a lost and
a doubled event do not make up for each other.

States: ACKED (exactly once), UNKNOWN (a failure after the first byte was sent: at most once), REFUSED (never sent whole:
not at all).
"""
import collections
import http.client
import itertools
import json
import threading
import time

import grpc

from grpc_client import Client
from suite import TRACK

PATH = "/api_v3/index.php?service=analytics&action=trackEvent"


class Load:
    """Sends until stopped: beacons once each, as players do; gRPC batches again until they are acked, as servers may."""

    def __init__(self, suite, partner, beacon_threads=4, grpc_threads=2, pause=0.002):
        self.suite, self.partner, self.pause = suite, partner, pause
        self.ids = itertools.count(1)
        self.lock = threading.Lock()
        self.sent_at, self.acked_at, self.unknown, self.cells = {}, {}, set(), {}
        self.refused = set()
        self.beacon_errors = []  # (time, what)
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._beacons) for _ in range(beacon_threads)]
        self.threads += [threading.Thread(target=self._batches) for _ in range(grpc_threads)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def acked(self):
        with self.lock:
            return len(self.acked_at)

    def _new(self, count=1):
        with self.lock:
            now = time.time()
            ids = [next(self.ids) for _ in range(count)]
            for n in ids:
                self.sent_at[n], self.cells[n] = now, f"c{int(now)}"
            return ids

    def _settle(self, ids, state):
        with self.lock:
            now = time.time()
            if state == "acked":
                self.acked_at.update((n, now) for n in ids)
            elif state == "unknown":
                self.unknown.update(ids)
            else:
                self.refused.update(ids)

    def _beacons(self):
        connection = None
        while not self.stopping.is_set():
            [n] = self._new()
            state, connected = "refused", False
            try:
                if connection is None:
                    connection = self.suite.beacon_connection()
                    connection.connect()
                connected = True
                target = (f"{PATH}&eventType=3&partnerId={self.partner}&entryId={self.cells[n]}&sessionId=s{n % 97}")
                body = json.dumps({"eventIndex": n, "customVar1": str(n), "joinTime": n / 1000})
                state = "unknown"
                connection.request("POST", target, body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    state = "acked"
                else:
                    # Held for too long: the log may still have taken it.
                    self.beacon_errors.append((time.time(), f"status {answer.status}"))
            except (OSError, http.client.HTTPException) as error:
                self.beacon_errors.append((time.time(), repr(error)))
                connection = connection and connection.close()
                if not connected:
                    time.sleep(0.05)
            self._settle([n], state)
            time.sleep(self.pause)

    def _batches(self):
        client = Client(f"127.0.0.1:{self.suite.port(1)}", timeout=20)
        while not self.stopping.is_set():
            ids = self._new(5)
            events = [{"event_type": 3, "partner_id": self.partner, "entry_id": self.cells[n], "session_id": f"g{n % 89}",
                       "event_id": f"g{n}", "custom_var_1": str(n), "join_time": n / 1000} for n in ids]
            self._settle(ids, self._send_again_and_again(client, events))
            time.sleep(self.pause * 5)
        client.close()

    def _send_again_and_again(self, client, events):
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            try:
                answer = client.call(TRACK, {"events": events})
                assert answer == {"accepted_count": len(events)}, answer
                return "acked"
            except grpc.RpcError:
                time.sleep(0.05)
            except LookupError:
                time.sleep(0.05)
        return "unknown"

    # The oracle.

    def check(self, present, cells):
        """present: {id: count} of facts; cells: {cell: (count, sum of ids)} of a rollup. Returns what is wrong."""
        faults = []
        doubled = {n: c for n, c in present.items() if c != 1}
        lost = [n for n in self.acked_at if n not in present]
        invented = [n for n in present if n not in self.acked_at and n not in self.unknown]
        if doubled:
            faults.append(f"{len(doubled)} ids are not counted once: {list(doubled.items())[:5]}")
        if lost:
            faults.append(f"{len(lost)} acked ids are lost: {lost[:5]}")
        if invented:
            faults.append(f"{len(invented)} ids that were refused or never sent are there: {invented[:5]}")
        want = collections.defaultdict(lambda: (0, 0))
        for n in present:
            if n in self.cells:
                count, total = want[self.cells[n]]
                want[self.cells[n]] = (count + 1, total + n)
        if dict(want) != cells:
            differing = [c for c in {*want, *cells} if want.get(c) != cells.get(c)]
            faults.append(f"{len(differing)} cells differ: "
                          f"{[(c, want.get(c), cells.get(c)) for c in differing[:5]]}")
        return faults


def read_cells(suite, partner, through=None, **request):
    """({cell: (count, sum of ids)}, report) of the rollup of entries."""
    report = suite.report(partner, ["plays", "join_time"], ["entry"], through=through, **request)
    cells = {}
    for row in report.rows:
        cells[row["entry"]] = (row["plays"], round((row["join_time"] or 0) * 1000 * row["plays"]))
    return cells, report


def read_ids(suite, partner, through=None, seconds=120, **request):
    """{id: count} of facts, of all pages."""
    present, token = collections.Counter(), ""
    while True:
        report = suite.report(partner, ["plays"], ["custom_var_1"], through=through, seconds=seconds,
                              page_token=token, order_by="custom_var_1", **request)
        for row in report.rows:
            present[int(row["custom_var_1"])] += row["plays"]
        token = report.message.next_page_token
        if not token:
            return present


class Reader:
    """Asks totals twice a second, all the while, and holds every answer against what was sent and acked."""

    def __init__(self, suite, load):
        self.suite, self.load = suite, load
        self.faults, self.answers, self.errors = [], 0, 0
        self.newest = 0.0
        self.aggregator_back = 0.0  # when the aggregator was last started
        self.aggregator_away = False
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def start(self):
        self.thread.start()

    def stop(self):
        self.stopping.set()
        self.thread.join()

    def _run(self):
        while not self.stopping.wait(0.5):
            asked = time.time()
            try:
                cells, report = read_cells(self.suite, self.load.partner)
            except grpc.RpcError:
                self.errors += 1  # PostgreSQL or query is away.
                continue
            except LookupError:
                self.errors += 1
                continue
            except Exception as error:  # The thread must not end unnoticed.
                self.faults.append(f"the reader failed: {error!r}")
                continue
            self.answers += 1
            self._check_cells(cells, report)
            self._check_freshness(asked, report)

    def _check_cells(self, cells, report):
        """At least what was acked by data_through, at most what was sent by now, in every cell, also by the ids' sum."""
        load, least, most = self.load, collections.Counter(), collections.Counter()
        least_sum, most_sum = collections.Counter(), collections.Counter()
        with load.lock:
            for n, cell in load.cells.items():
                if n in load.refused:
                    continue
                most[cell] += 1
                most_sum[cell] += n
                if load.acked_at.get(n, float("inf")) <= report.data_through:
                    least[cell] += 1
                    least_sum[cell] += n
        for cell in {*cells, *least}:
            count, total = cells.get(cell, (0, 0))
            if not (least[cell] <= count <= most[cell] and least_sum[cell] <= total <= most_sum[cell]):
                self.faults.append(f"cell {cell}: {count} events with sum {total}, not within {least[cell]} to "
                                   f"{most[cell]} and {least_sum[cell]} to {most_sum[cell]}; data through "
                                   f"{report.data_through}, warnings {sorted(report.warnings)}")

    def _check_freshness(self, asked, report):
        if report.data_through >= self.newest:
            self.newest = report.data_through
            return
        if "TAIL_OMITTED" not in report.warnings:
            self.faults.append(f"data_through went back from {self.newest} to {report.data_through} without a warning")
        elif not self.aggregator_away and asked > self.aggregator_back + 10:
            self.faults.append(f"data_through is still back {asked - self.aggregator_back:.1f} s after the aggregator's "
                               f"start: {self.newest} to {report.data_through}")
