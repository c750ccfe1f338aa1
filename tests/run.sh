#!/usr/bin/env bash
# Every test: installs what is missing, builds, runs unit tests under sanitizers, tests on a private PostgreSQL cluster, end
# to end and under faults. Ends with one summary. Arguments go to ctest: tests/run.sh -L unit
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# shellcheck source=deploy/processes.sh
source deploy/processes.sh
# shellcheck source=deploy/postgres.sh
source deploy/postgres.sh

deploy/install_packages.sh build run test

jobs=${PLAYHEAD_JOBS:-$(nproc)}
# A compiler may take 1.5 GB.
memory_jobs=$(awk '/MemAvailable/ {print int($2 / 1572864)}' /proc/meminfo)
((jobs <= memory_jobs)) || jobs=$((memory_jobs > 0 ? memory_jobs : 1))

cmake --preset asan >/dev/null
cmake --build --preset asan -j "$jobs" --target unit_tests -- --quiet
cmake --preset release -DBUILD_TESTING=ON -DPLAYHEAD_ASAN_BUILD="$root/build/asan" >/dev/null
cmake --build --preset release -j "$jobs" -- --quiet

state=$(mktemp -d "${TMPDIR:-/tmp}/playhead-test-XXXXXX")
chmod 755 "$state"
cleanup() {
  stop_postgres "$state" || true
  rm -rf "$(cat "$state/postgres_home" 2>/dev/null || true)" "$state"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# Its data die with it.
postgres_options=(-c fsync=off -c full_page_writes=off)
start_postgres "$state" "$port"
export PLAYHEAD_TEST_DSN="host=$PGHOST port=$PGPORT user=postgres dbname=postgres"

ctest --preset release --no-tests=error -j "$jobs" "$@"
