#!/usr/bin/env bash
# run.sh [--negative]: every fault in full: 50 kills of each kind, 100 COMMITs lost each way, a minute without PostgreSQL,
# 50 power cuts. With --negative: builds without the compare-and-set, and without fdatasync, must fail; this shows that the
# tests see what they are for. Takes hours.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
deploy/install_packages.sh build run test

build() { # FOLDER OPTION...
  local folder=$1
  shift
  cmake --preset release -B "$folder" "$@" >/dev/null
  cmake --build "$folder" -- --quiet
}

kills() { # FOLDER ARGUMENT...
  PLAYHEAD_BINARIES=$root/$1 /usr/bin/python3 tests/faults/kill_test.py "${@:2}"
}

must_fail() {
  if "$@"; then
    echo "$* passed, and must not" >&2
    exit 1
  fi
  echo "failed, as it must: $*"
}

power_cuts() { # FOLDER
  ctest --test-dir "$1" -R '[Pp]ower_?[Cc]ut' --output-on-failure --no-tests=error
}

if [[ ${1:-} == --negative ]]; then
  build build/no_cas -DPLAYHEAD_NO_CAS=ON
  must_fail kills build/no_cas --rounds 20 --commits 20
  build build/no_fdatasync -DPLAYHEAD_NO_FDATASYNC=ON
  must_fail power_cuts build/no_fdatasync
  exit 0
fi
build build/release -DBUILD_TESTING=ON
kills build/release --rounds 50 --commits 100 --away 60
power_cuts build/release
