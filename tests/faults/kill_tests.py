#!/usr/bin/python3
"""kill -9 of each service and of PostgreSQL under load, at chosen and at random moments, with an exact oracle."""

import collections
import signal
import sys
import time

import fault_run
import moments
import suite_processes

TARGETS = {"ingest": ("ingest",), "aggregator": ("aggregator",), "postgres": ("postgres",),
           "all": suite_processes.PARTS}
_MOMENTS = (moments.ANY, moments.COMMIT, moments.FOLD)
_LONG_PAUSE_SHARE = 0.15


def main():
    parser = fault_run.parser(__doc__)
    parser.add_argument("--target", action="append", choices=[*TARGETS, "each"], required=True)
    parser.add_argument("--rounds", type=int, default=5, help="kills of each target (default: 5)")
    parser.add_argument("--check-every", type=int, default=5, help="rounds between checks (default: 5)")
    parser.add_argument("--until-red", action="store_true", help="ends with the first check that fails")
    arguments = parser.parse_args()
    targets = list(TARGETS) if "each" in arguments.target else arguments.target
    with fault_run.running(arguments, suite_processes.FaultSuite()) as run:
        for target in targets:
            kill_rounds(run, target, arguments)
            if arguments.until_red and run.tally.failed:
                break
        else:
            run.check_all_again()
    return run.tally.end()


def kill_rounds(run, target, arguments):
    hits = collections.Counter()
    since_check = []
    for number in range(1, arguments.rounds + 1):
        moment = _MOMENTS[number % len(_MOMENTS)]
        is_hit = moments.await_moment(run.suite, moment, run.rng)
        kill_and_restart(run, TARGETS[target])
        hits[moment if is_hit else f"not {moment}"] += 1
        since_check.append(number)
        if number % arguments.check_every == 0 or number == arguments.rounds:
            name = f"{target} killed, rounds {since_check[0]} to {since_check[-1]}"
            run.check(name, errors_allowed="ingest" in TARGETS[target])
            since_check = []
            if arguments.until_red and run.tally.failed:
                return
    if target == "aggregator":
        drain_and_restart(run)
    print(f"kills of {target}: " + ", ".join(f"{count} {moment}" for moment, count in sorted(hits.items())), flush=True)


def kill_and_restart(run, names):
    names = run.rng.sample(names, len(names))
    for name in names:
        run.suite.kill(name)
    # Long epochs leave more to the tail, short ones commit all the time.
    run.suite.flags["epoch_seconds"] = run.rng.choice((1, 1, 6))
    time.sleep(run.rng.uniform(0.5, 3) if run.rng.random() < _LONG_PAUSE_SHARE else run.rng.uniform(0, 0.3))
    for name in run.rng.sample(names, len(names)):
        run.suite.restart(name)
    run.await_all_healthy()
    run.await_progress()


def drain_and_restart(run):
    """An orderly restart of the aggregator: a drain, no error of a sender either."""
    run.suite.processes["aggregator"].send_signal(signal.SIGTERM)
    code = run.suite.processes["aggregator"].wait(60)
    run.suite.restart("aggregator")
    run.await_all_healthy()
    run.await_progress()
    run.tally.check("aggregator drained: its exit code is 0", [] if code == 0 else [f"it is {code}"])
    run.check("aggregator drained", errors_allowed=False)


if __name__ == "__main__":
    sys.exit(main())
