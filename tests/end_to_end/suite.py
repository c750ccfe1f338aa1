"""A whole Playhead of its own for a test: PostgreSQL, aggregator, ingest, query, each of which can be killed."""
import collections
import contextlib
import datetime
import http.client
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import grpc

from grpc_client import Client

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("PLAYHEAD_BINARIES", ROOT / "build" / "release"))
FIXTURES = ROOT / "tests" / "fixtures" / "beacons"
REPORT = "playhead.v1.Reporting/RunReport"
STATUS = "playhead.v1.Metadata/GetDataStatus"
TRACK = "playhead.v1.EventTracking/TrackEvents"
SERVICES = ("aggregator", "ingest", "query")


def free_port_base():
    """Nine free ports in a row, below the range that the system gives to clients."""
    for _ in range(200):
        base = random.randrange(10240, 32000)
        with contextlib.ExitStack() as stack:
            try:
                for offset in range(9):
                    s = stack.enter_context(socket.socket())
                    s.bind(("127.0.0.1", base + offset))
                return base
            except OSError:
                continue
    raise RuntimeError("no nine free ports in a row")


def until(what, condition, seconds=60, pause=0.05):
    """Asks condition again and again until it gives something true; a bound, not a measure."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(pause)


def instant(text):
    """RFC 3339 of JSON's form of protos as Unix seconds; nanoseconds are cut to microseconds."""
    if text is None:
        return float("-inf")
    whole, _, fraction = text.rstrip("Z").partition(".")
    moment = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc)
    return moment.timestamp() + (float(f"0.{fraction}") if fraction else 0)


_partners = itertools.count(random.randrange(10_000, 1_000_000_000))


def new_partner():
    """A partner that no other trial has, so that one suite serves many."""
    return next(_partners)


class Suite:
    def __init__(self, **flags):
        """flags: of the aggregator, such as epoch_seconds=1; `database` may hold {port} for a proxy."""
        self.flags = {"epoch_seconds": 2, "fold_interval_seconds": 2, "max_unfolded_epochs": 2, "writers": 2, **flags}
        self.ingest_flags = {}  # more of them, for its next start
        self.state = pathlib.Path(tempfile.mkdtemp(prefix="playhead-suite-"))
        self.state.chmod(0o755)
        self.base = free_port_base()
        self.processes = {}
        self.database_port = None  # of a proxy between aggregator and PostgreSQL
        self._clients = {}

    def __enter__(self):
        try:
            self.start_all()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind, value, trace):
        for client in self._clients.values():
            client.close()
        if kind is not None:
            self.print_logs()
        for name in ("ingest", "query", "aggregator"):
            self.kill(name)
        if self.running("postgres"):
            self.kill_postgres()
        home = self.state / "postgres_home"
        if home.exists():
            shutil.rmtree(home.read_text().strip(), ignore_errors=True)
        shutil.rmtree(self.state, ignore_errors=True)

    def port(self, offset):
        return self.base + offset

    def print_logs(self, lines=15):
        for log in sorted(self.state.glob("*.log")):
            print(f"--- {log.name}")
            print("\n".join(log.read_text(errors="replace").splitlines()[-lines:]))

    # Processes.

    def start_all(self):
        self.start_postgres()
        self.migrate()
        for name in SERVICES:
            self.start(name)
        for name in SERVICES:
            self.wait_healthy(name)

    def _shell(self, script, **variables):
        text = f'set -euo pipefail; source "{ROOT}/deploy/processes.sh"; source "{ROOT}/deploy/postgres.sh"; {script}'
        subprocess.run(["bash", "-c", text], check=True, env={**os.environ, **variables})

    def start_postgres(self):
        self._shell(f'start_postgres "{self.state}" {self.port(8)}')

    def superuser(self, database="playhead"):
        """Connection words for libpq: by the socket, with every right."""
        home = (self.state / "postgres_home").read_text().strip()
        sockets = home if len(home) <= 80 else next(
            iter(subprocess.run(["bash", "-c", f'source "{ROOT}/deploy/postgres.sh"; postgres_socket_dir "{home}"'],
                                capture_output=True, text=True, check=True).stdout.split()))
        return f"host={sockets} port={self.port(8)} user=postgres dbname={database}"

    def migrate(self):
        import psycopg2
        with contextlib.closing(psycopg2.connect(self.superuser("postgres"))) as connection:
            connection.autocommit = True
            connection.cursor().execute("CREATE DATABASE playhead")
        words = dict(word.split("=", 1) for word in self.superuser().split())
        subprocess.run([ROOT / "deploy" / "migrate.sh"], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "PGHOST": words["host"], "PGPORT": words["port"],
                            "PGUSER": words["user"], "PGDATABASE": words["dbname"]})

    def query_database(self, sql, *parameters):
        """The first value of the first row, read as superuser."""
        import psycopg2
        with contextlib.closing(psycopg2.connect(self.superuser())) as connection:
            cursor = connection.cursor()
            cursor.execute(sql, parameters)
            return cursor.fetchone()[0]

    def restart_aggregator(self, **flags):
        """Drains, which commits, and starts it again with other flags."""
        code = self.terminate("aggregator")
        assert code == 0, code
        self.flags.update(flags)
        self.start("aggregator")
        self.wait_healthy("aggregator")

    def fold_everything(self):
        """Folds everything that is stored by now into days. Only what younger epochs crowd out is folded before its time,
        so others' events follow."""
        newest = self.query_database("SELECT coalesce(max(epoch_id), 0) FROM epochs WHERE tier = 0")
        self.restart_aggregator(epoch_seconds=1, fold_interval_seconds=1, max_unfolded_epochs=1)
        filler = {"event_type": 3, "partner_id": new_partner(), "entry_id": "0_filler"}

        def folded():
            self.track([{**filler, "session_id": f"s{i}"} for i in range(50)])
            return self.query_database("""
                SELECT count(*) FROM epochs e LEFT JOIN epochs q ON q.epoch_id = e.folded_by
                WHERE e.tier = 0 AND e.epoch_id <= %s AND (e.folded_by IS NULL OR q.folded_by IS NULL)""", newest) == 0

        until("everything is folded into days", folded, 120, 0.2)

    def database(self, role):
        port = self.database_port if role == "playhead_writer" and self.database_port else self.port(8)
        return f"host=127.0.0.1 port={port} dbname=playhead user={role}"

    def command(self, name):
        address = lambda offset: f"127.0.0.1:{self.port(offset)}"
        if name == "aggregator":
            flags = {"listen": address(2), "metrics_listen": address(6), "log_dir": self.state / "log",
                     "database": self.database("playhead_writer"), **self.flags}
        elif name == "ingest":
            flags = {"beacon_listen": address(0), "listen": address(1), "metrics_listen": address(5),
                     "aggregator": address(2), "accept_unknown_partners": "true", "reflection": "true",
                     **self.ingest_flags}
        else:
            flags = {"listen": address(3), "metrics_listen": address(7), "aggregator": address(2),
                     "database": self.database("playhead_reader_all"), "allow_all_partners": "true",
                     "reflection": "true"}
        return [str(BINARIES / f"playhead-{name}"), *(f"--{k}={v}" for k, v in flags.items())]

    def start(self, name):
        with open(self.state / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(self.command(name), stdin=subprocess.DEVNULL, stdout=log,
                                                    stderr=log, start_new_session=True)

    def wait_healthy(self, name, seconds=60):
        offset = {"ingest": 1, "aggregator": 2, "query": 3}[name]

        def healthy():
            code = self.processes[name].poll()
            assert code is None, f"{name} ended with {code}"
            return subprocess.run([BINARIES / "playhead", "health", f"127.0.0.1:{self.port(offset)}"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

        until(f"{name} is healthy", healthy, seconds)

    def running(self, name):
        if name == "postgres":
            return (self.state / "postgres.pid").exists()
        process = self.processes.get(name)
        return process is not None and process.poll() is None

    def kill(self, name):
        """kill -9."""
        if name == "postgres":
            self.kill_postgres()
        elif self.running(name):
            self.processes[name].kill()
            self.processes[name].wait()

    def terminate(self, name, seconds=60):
        """SIGTERM: drain. Returns the exit code."""
        self.processes[name].terminate()
        return self.processes[name].wait(seconds)

    def restart(self, name):
        if name == "postgres":
            self.start_postgres()
        else:
            self.start(name)

    def kill_postgres(self):
        """kill -9 of the postmaster and of everything that it started."""
        pid = int((self.state / "postgres.pid").read_text().split()[0])
        children = []
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                        children.append(int(entry.name))
        for victim in [pid, *children]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        (self.state / "postgres.pid").unlink(missing_ok=True)
        for victim in [pid, *children]:
            until("PostgreSQL is gone", lambda: not _alive(victim), 30, 0.01)

    # Doors.

    def client(self, service):
        offset = {"ingest": 1, "query": 3, "aggregator": 2}[service]
        if service not in self._clients:
            self._clients[service] = Client(f"127.0.0.1:{self.port(offset)}")
        return self._clients[service]

    def beacon_connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port(0), timeout=60)

    def track(self, events, **request):
        """TrackEvents; the answer as a dictionary."""
        return self.client("ingest").call(TRACK, {"events": events, **request})

    def status(self, **request):
        return self.client("query").call(STATUS, request)

    def ledger(self):
        """Totals by outcome, and of the rejected ones by reason."""
        total = self.status().get("ledger_total", {})
        counts = collections.Counter({k: int(total.get(k, 0)) for k in ("received", "accepted", "duplicate")})
        counts.update({k: int(v) for k, v in total.get("rejected", {}).items()})
        return counts

    def wait_ledger(self, want):
        """The ledger becomes exactly this; it is complete some seconds after the events."""
        try:
            until("the ledger is complete", lambda: self.ledger() == want, 90)
        except AssertionError:
            raise AssertionError(f"the ledger is {self.ledger()}, not {want}") from None

    def report(self, partner, metrics, dimensions=(), through=None, seconds=60, **request):
        """Rows as dictionaries by column. With `through` (Unix seconds): as soon as the report's own data_through has
        reached it. Waiting is by data_through alone."""
        request = {"partner_id": partner, "metrics": list(metrics), "dimensions": list(dimensions),
                   "time_range": {"relative": "24h"}, "page_size": 50_000, **request}

        def ask():
            try:
                answer = self.client("query").call_message(REPORT, request)
            except grpc.RpcError as error:
                if error.code() == grpc.StatusCode.UNAVAILABLE and through is not None:
                    return None
                raise
            if through is not None and answer.metadata.data_through.ToNanoseconds() / 1e9 < through:
                return None
            return answer

        return Report(until(f"data through {through}", ask, seconds))


def _alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Report:
    def __init__(self, message):
        self.message = message
        self.columns = [column.name for column in message.columns]
        self.rows = [dict(zip(self.columns, map(_value, row.values))) for row in message.rows]
        metrics = [column.name for column in message.columns if column.kind == 3]
        self.totals = dict(zip(metrics, map(_value, message.totals.values)))
        self.data_through = message.metadata.data_through.ToNanoseconds() / 1e9
        self.rollup = message.metadata.rollup
        self.warnings = {type(w).DESCRIPTOR.enum_types_by_name["Code"].values_by_number[w.code].name
                         for w in message.warnings}
        self.grains = {region.grain for region in message.metadata.plan.regions}

    @property
    def row(self):
        assert len(self.rows) == 1, self.rows
        return self.rows[0]


def _value(value):
    kind = value.WhichOneof("value")
    return None if kind in (None, "null_reason") else getattr(value, kind)


# Recordings.

class Beacon:
    """One recorded request, and how to send it."""

    def __init__(self, line):
        record = json.loads(line)
        self.method, self.url, self.body = record["method"], record["rawUrl"], record["body"]
        self.path = record["path"]
        self.headers = {k: v for k, v in record["headers"].items()
                        if k not in ("host", "connection", "content-length", "accept-encoding")}

    def of_partner(self, partner):
        copy = object.__new__(Beacon)
        copy.__dict__.update(self.__dict__)
        copy.url = self.url.replace("partnerId=4711", f"partnerId={partner}")
        copy.body = self.body.replace('"partnerId":4711', f'"partnerId":{partner}')
        return copy

    def send(self, connection):
        connection.request(self.method, self.url, self.body.encode() or None, self.headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers


def recording(scenario, preflights=False):
    lines = (FIXTURES / f"{scenario}.ndjson").read_text().splitlines()
    beacons = [Beacon(line) for line in lines]
    return [b for b in beacons
            if b.path == "/api_v3/index.php" and (preflights or b.method != "OPTIONS")]


def expected():
    return json.loads((FIXTURES / "expected.json").read_text())
