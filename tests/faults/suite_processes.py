"""The suite of the end to end tests, for faults: it knows since when what runs, and all of it dies with this one."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import psycopg2

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))

import suite  # noqa: E402

import contract  # noqa: E402

PARTS = ("postgres",) + suite.SERVICES
_PORTS = {"beacons": 0, "ingest": 1, "aggregator": 2, "query": 3, "postgres": 8}
_POSTGRES_BIN = os.environ.get("PLAYHEAD_POSTGRES_BIN", "/usr/lib/postgresql/15/bin")
_POSTGRES_OPTIONS = ("max_locks_per_transaction=256", "timezone=UTC", "log_timezone=UTC", "log_line_prefix=%m [%p] ",
                     "recovery_init_sync_method=syncfs")
_DIE_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL")


class FaultSuite(suite.Suite):
    """Processes are started and ended by one thread, which must outlive them; `is_up` and `started_at` are for any."""

    def __init__(self, **flags):
        super().__init__(**{"epoch_seconds": 1, "fold_interval_seconds": 1, "fold_grace_seconds": 0,
                            "max_unfolded_epochs": 4, **flags})
        self.started_at = {name: 0.0 for name in PARTS}
        self.keep_logs = False

    def __exit__(self, kind, value, trace):
        if self.keep_logs:
            kept = pathlib.Path(f"{self.state}-logs")
            shutil.copytree(self.state, kept, ignore=shutil.ignore_patterns("postgres"), dirs_exist_ok=True)
            print(f"logs, the journal and the embedded log are kept in {kept}", flush=True)
        super().__exit__(kind, value, trace)

    def port_of(self, name):
        return self.port(_PORTS[name])

    def is_up(self, name):
        process = self.processes.get(name)
        return process is not None and process.poll() is None

    running = is_up

    def connect(self):
        """A superuser's connection, in autocommit."""
        connection = psycopg2.connect(self.superuser(), connect_timeout=5)
        connection.autocommit = True
        return connection

    def command(self, name):
        return [*_DIE_WITH_PARENT, "--", *super().command(name)]

    def start(self, name):
        super().start(name)
        self.started_at[name] = time.time()

    def restart(self, name):
        """Starts what does not run; the services without waiting for their health."""
        if self.is_up(name):
            return
        if name == "postgres":
            self.start_postgres()
        else:
            self.start(name)

    def start_postgres(self):
        """As deploy/postgres.sh does, but as a child of this process."""
        home = self._create_cluster()
        sockets = self.superuser().split()[0].partition("=")[2]
        as_user = ("--reuid=postgres", "--regid=postgres", "--init-groups") if os.geteuid() == 0 else ()
        options = (*_POSTGRES_OPTIONS, f"port={self.port(8)}", "listen_addresses=127.0.0.1",
                   f"unix_socket_directories={sockets}")
        with open(self.state / "postgres.log", "ab") as log:
            self.processes["postgres"] = subprocess.Popen(
                [*_DIE_WITH_PARENT, *as_user, "--", f"{_POSTGRES_BIN}/postgres", "-D", f"{home}/data",
                 *(word for option in options for word in ("-c", option))],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/")
        self.started_at["postgres"] = time.time()
        suite.until("PostgreSQL accepts connections", lambda: self._is_ready(sockets), 60)

    def kill_postgres(self):
        """kill -9 of the postmaster and of everything that it started."""
        postmaster = self.processes["postgres"]
        # Stopped, so that it starts no more of them.
        os.kill(postmaster.pid, signal.SIGSTOP)
        suite.until("the postmaster stops", lambda: _stat(postmaster.pid)[0] in "TZ", 30, 0.001)
        victims = [postmaster.pid, *_children(postmaster.pid)]
        for pid in victims:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        postmaster.wait(30)
        suite.until("PostgreSQL is gone", lambda: not any(map(_is_alive, victims)), 30, 0.01)

    def stop_postgres(self):
        """A fast shutdown."""
        self.processes["postgres"].send_signal(signal.SIGINT)
        self.processes["postgres"].wait(60)

    def wait_healthy(self, name, seconds=60):
        if name == "postgres":
            return

        def healthy():
            assert self.is_up(name), f"{name} ended with {self.processes[name].returncode}"
            return contract.is_serving(self.port_of(name))

        suite.until(f"{name} is healthy", healthy, seconds, 0.02)

    def _create_cluster(self):
        home_file = self.state / "postgres_home"
        if not home_file.exists():
            self._shell(f'home=$(postgres_home "{self.state}"); postgres_socket_dir "$home" >/dev/null; '
                        'init_postgres "$home"')
        return home_file.read_text().strip()

    def _is_ready(self, sockets):
        assert self.is_up("postgres"), "PostgreSQL ended while it started"
        ask = [f"{_POSTGRES_BIN}/pg_isready", "-q", "-h", sockets, "-p", str(self.port(8)), "-U", "postgres", "-t", "2"]
        return subprocess.run(ask, timeout=30).returncode == 0


def _stat(pid):
    """State and parent of a process."""
    words = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return words[0], int(words[1])


def _is_alive(pid):
    try:
        return _stat(pid)[0] not in "ZX"
    except OSError:
        return False


def _children(pid):
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if _stat(entry.name)[1] == pid:
                found.append(int(entry.name))
        except OSError:
            continue
    return found
