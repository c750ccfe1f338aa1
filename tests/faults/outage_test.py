#!/usr/bin/python3
"""PostgreSQL is away for a while under load: nobody notices but readers, and everything is caught up."""

import sys
import time

import fault_run
import suite_processes


def main():
    parser = fault_run.parser(__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="how long (default: 60)")
    arguments = parser.parse_args()
    with fault_run.running(arguments, suite_processes.FaultSuite()) as run:
        run.await_progress()
        run.suite.stop_postgres()
        ends = time.monotonic() + arguments.seconds
        while time.monotonic() < ends:
            run.await_progress()
            time.sleep(0.5)
        run.suite.restart("postgres")
        run.await_all_healthy()
        run.await_progress()
        run.check(f"PostgreSQL away for {arguments.seconds} s", errors_allowed=False)
        run.check_all_again()
    return run.tally.end()


if __name__ == "__main__":
    sys.exit(main())
