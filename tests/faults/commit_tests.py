#!/usr/bin/python3
"""COMMITs of epochs that never arrive, whose reply is lost, or that arrive while they are already tried again."""

import sys

import commit_proxy
import fault_run
import suite_processes

CUT_SECONDS = 20


class ProxiedSuite(suite_processes.FaultSuite):
    """The aggregator reaches PostgreSQL through the proxy alone."""

    proxy = None

    def start_postgres(self):
        super().start_postgres()
        if self.proxy is None:
            self.database_port = self.port(9)
            self.proxy = commit_proxy.CommitProxy(self.database_port, self.port_of("postgres"))

    def __exit__(self, kind, value, trace):
        super().__exit__(kind, value, trace)
        if self.proxy is not None:
            self.proxy.close()


def main():
    parser = fault_run.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each way (default: 5)")
    parser.add_argument("--check-every", type=int, default=25, help="rounds between checks (default: 25)")
    parser.add_argument("--until-red", action="store_true", help="ends with the first check that fails")
    arguments = parser.parse_args()
    with fault_run.running(arguments, ProxiedSuite()) as run:
        for way in (commit_proxy.LATE, commit_proxy.AFTER, commit_proxy.BEFORE):
            cut_rounds(run, way, arguments)
            if arguments.until_red and run.tally.failed:
                break
        else:
            run.check_all_again()
    return run.tally.end()


def cut_rounds(run, way, arguments):
    missed = []
    since_check = []
    for number in range(1, arguments.rounds + 1):
        run.suite.proxy.arm(way, delay=run.rng.uniform(0.05, 1.5))
        if not run.suite.proxy.await_cut(CUT_SECONDS):
            missed.append(f"round {number}: no COMMIT of an epoch within {CUT_SECONDS} s")
        run.await_progress()
        since_check.append(number)
        if number % arguments.check_every == 0 or number == arguments.rounds:
            name = f"COMMIT cut {way}, rounds {since_check[0]} to {since_check[-1]}"
            run.check(name, errors_allowed=False)
            since_check = []
            if arguments.until_red and run.tally.failed:
                return
    run.tally.check(f"COMMIT cut {way}: {arguments.rounds} times", missed)


if __name__ == "__main__":
    sys.exit(main())
