#!/usr/bin/env python3
"""Cuts the power of the embedded log's file system under load, and counts what was lost.

Each round mounts an ext4 image, lets power_cut_load append to a log on it, shuts the file system down without
flushing its journal (EXT4_IOC_SHUTDOWN, NOLOGFLUSH), kills the process, mounts again and compares the log with the
acks, which were written outside. Exit code 0: nothing that was acked is lost, nothing invented, nothing doubled, and no
gap.

An ack counts when it was written before the cut began. A process without power acks nothing, but this one lives on for
a moment, in which fdatasync may succeed on a file system that keeps nothing any more. What was lost of such acks is
printed apart (`after`).
 With --no-sync (fdatasync does nothing) 0 means that the test saw losses in at least three quarters of the rounds.
Needs root and loop devices; 77 when they are missing, 0 in that case with --optional.
"""

import argparse
import fcntl
import os
import random
import struct
import subprocess
import sys
import tempfile
import time

# _IOR('X', 125, __u32)
EXT4_IOC_SHUTDOWN = (2 << 30) | (4 << 16) | (ord("X") << 8) | 125
NOLOGFLUSH = 2
# As in power_cut_load.
IN_FLIGHT = 64


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def mount(image, point, options):
    run("mount", "-o", "loop," + options, image, point)


def shut_down(point):
    fd = os.open(point, os.O_RDONLY)
    try:
        fcntl.ioctl(fd, EXT4_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))
    finally:
        os.close(fd)


def acked_ids(path, size=None):
    """Of the first `size` bytes of the file; of all of it without."""
    with open(path, "rb") as file:
        # The kill, or `size`, may have cut the last line.
        return [int(line) for line in file.read(size).split(b"\n")[:-1]]


def wait_for_acks(path, process, count, limit_s=60):
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline and process.poll() is None:
        if os.path.exists(path) and os.path.getsize(path) >= count:
            return
        time.sleep(0.005)
    raise RuntimeError("power_cut_load acks nothing")


def one_round(args, paths, first_id):
    """Returns (ids in the log, gaps, bytes of acks before the cut); None for the ids: the log does not open."""
    mount(paths["image"], paths["mount"], args.mount_options)
    command = [args.load, "append", paths["log"], paths["acks"], str(first_id)]
    before = os.path.getsize(paths["acks"])
    process = subprocess.Popen(command + (["--no-sync"] if args.no_sync else []))
    try:
        wait_for_acks(paths["acks"], process, before + 1)
        time.sleep(random.uniform(0.05, 0.6))
        acked_bytes = os.path.getsize(paths["acks"])
        shut_down(paths["mount"])
    finally:
        process.kill()
        process.wait()
        run("umount", paths["mount"])
    mount(paths["image"], paths["mount"], args.mount_options)
    try:
        result = subprocess.run([args.load, "read", paths["log"]], capture_output=True, text=True)
        lines = result.stdout.split("\n")[:-1]
        if result.returncode != 0:
            print("  does not open:", result.stderr.strip())
            return None, [], acked_bytes
        found = [int(line) for line in lines if not line.startswith("gap")]
        return found, [line for line in lines if line.startswith("gap")], acked_bytes
    finally:
        run("umount", paths["mount"])


def could_be_sent(firsts, acked):
    """Each process sends ids from its first on without holes, so a window of ids beyond its last ack may be there."""
    sent = set()
    for first, after in zip(firsts, firsts[1:] + [float("inf")]):
        last = max((i for i in acked if first <= i < after), default=first - 1)
        sent.update(range(first, last + 1 + IN_FLIGHT))
    return sent


def check(firsts, acked, after, found, gaps):
    """`after`: the acked ones that were acked after a cut."""
    found_set = set(found or [])
    return {
        "lost": len(set(acked) - after - found_set),
        "doubled": len(found or []) - len(found_set),
        "invented": len(found_set - could_be_sent(firsts, acked)),
        "gaps": len(gaps),
    }


def rounds(args, paths):
    totals = {"lost": 0, "doubled": 0, "invented": 0, "gaps": 0}
    with_loss = 0
    all_acked = []
    firsts, after = [], set()
    for number in range(args.rounds):
        if args.no_sync or number % args.rounds_per_image == 0:
            run("mkfs.ext4", "-q", "-F", paths["image"])
            open(paths["acks"], "w", encoding="ascii").close()
            all_acked.append(0)
            firsts, after = [], set()
        acked = acked_ids(paths["acks"])
        firsts.append(max(acked, default=-1) + 1000)
        found, gaps, acked_bytes = one_round(args, paths, firsts[-1])
        acked = acked_ids(paths["acks"])
        after.update(acked[len(acked_ids(paths["acks"], acked_bytes)):])
        all_acked[-1] = len(acked)
        verdict = check(firsts, acked, after, found, gaps)
        with_loss += verdict["lost"] > 0
        for key, value in verdict.items():
            totals[key] += value
        print(f"round {number + 1}: {len(acked)} acked on this image, {verdict}; "
              f"after: {len(after)} acked, {len(after - set(found or []))} lost", flush=True)
    return totals, with_loss, sum(all_acked)


def prepare(directory, size_mib):
    paths = {name: os.path.join(directory, name) for name in ("image", "mount", "acks")}
    paths["log"] = os.path.join(paths["mount"], "log")
    os.mkdir(paths["mount"])
    with open(paths["image"], "wb") as image:
        image.truncate(size_mib << 20)
    run("mkfs.ext4", "-q", "-F", paths["image"])
    mount(paths["image"], paths["mount"], "defaults")
    run("umount", paths["mount"])
    return paths


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--load", required=True, help="the program power_cut_load")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--rounds-per-image", type=int, default=10, help="cuts that one log has to survive")
    parser.add_argument("--image-mib", type=int, default=1024)
    parser.add_argument("--mount-options", default="data=ordered")
    parser.add_argument("--no-sync", action="store_true", help="the negative control")
    parser.add_argument("--optional", action="store_true", help="succeed where loop mounts are not possible")
    parser.add_argument("--directory", default=tempfile.gettempdir(), help="where the image is made")
    args = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="power_cut_", dir=args.directory) as directory:
        try:
            paths = prepare(directory, args.image_mib)
        except (subprocess.CalledProcessError, OSError) as error:
            print("power_cut: no loop-mounted ext4 here:", getattr(error, "stderr", "") or error, file=sys.stderr)
            return 0 if args.optional else 77
        totals, with_loss, acked = rounds(args, paths)
    print(f"{args.rounds} power cuts, {acked} acked batches: {totals}, {with_loss} cuts with loss")
    passed = with_loss * 4 >= args.rounds * 3 if args.no_sync else not any(totals.values())
    print("1 passed, 0 failed" if passed else "0 passed, 1 failed")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
