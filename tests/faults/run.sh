#!/usr/bin/env bash
# Fault tests: kills, lost COMMITs and outages under load, with an exact oracle and a continuous reader.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
  cat <<'USAGE'
run.sh [--share | --full] [--negative] [--bin-dir DIR] [--seed N] [--keep-logs]
  --share       what every test run has, within 3 minutes (default)
  --full        50 kills each of ingest, aggregator, PostgreSQL and all at once; 100 COMMITs cut each way; 60 s outage;
                50 power cuts of the log on a loop-mounted ext4 (as root)
  --negative    a store without the compare-and-set, and a log that does not sync: shows that the oracles see them
  --bin-dir DIR the services (default: build/release)
USAGE
}

size=share negative='' bin_dir=$root/build/release options=()
while (($#)); do
  case $1 in
    --share | --full) size=${1#--} ;;
    --negative) negative=1 ;;
    --bin-dir) bin_dir=$(cd "$2" && pwd) && shift ;;
    --seed) options+=(--seed "$2") && shift ;;
    --keep-logs) options+=(--keep-logs) ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

passed=0 failed=0
output=$(mktemp)
child=''
trap 'rm -f "$output"' EXIT
trap '[[ -z $child ]] || kill -TERM "$child" 2>/dev/null || true; wait; exit 130' INT TERM

# test_program PROGRAM ARGUMENTS...: adds its last line, `N passed, N failed`, to the sums.
test_program() {
  local name=$1 counts
  shift
  [[ $name == power_cut.py ]] || set -- "$@" "${options[@]}"
  echo "--- $name $*"
  /usr/bin/python3 "$here/$name" "$@" > >(tee "$output") 2>&1 &
  child=$!
  wait "$child" || true
  child=''
  wait
  counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$output" | tail -n 1) || counts='0 passed, 1 failed'
  passed=$((passed + ${counts%% *}))
  counts=${counts#*, }
  failed=$((failed + ${counts%% *}))
}

# Only the aggregator differs; sets PLAYHEAD_BINARIES.
build_without_compare_and_set() {
  local build=$root/build/no_cas
  cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 \
    -DCMAKE_CXX_COMPILER_LAUNCHER="$(command -v ccache || true)" -DPLAYHEAD_NO_CAS=ON -DBUILD_TESTING=OFF >/dev/null
  cmake --build "$build" -j "${PLAYHEAD_JOBS:-$(nproc)}" --target playhead-aggregator -- --quiet
  PLAYHEAD_BINARIES=$build/suite
  mkdir -p "$PLAYHEAD_BINARIES"
  ln -sf "$bin_dir"/playhead{,-ingest,-query} "$build/playhead-aggregator" "$PLAYHEAD_BINARIES"
}

export PLAYHEAD_BINARIES=$bin_dir GRPC_ENABLE_FORK_SUPPORT=0 PYTHONDONTWRITEBYTECODE=1
if [[ -n $negative ]]; then
  build_without_compare_and_set
  test_program commit_tests.py --rounds 3 --check-every 3 --until-red --time-limit 300
  if ((failed == 0)) || ! grep -qE 'DOUBLE|LOST' "$output"; then
    echo "without the compare-and-set the oracle sees nothing: it is blind"
    echo "0 passed, 1 failed"
    exit 1
  fi
  echo "without the compare-and-set events are lost or counted twice, and the oracle sees it"
  passed=1 failed=0
  test_program power_cut.py --load "$bin_dir/tests/aggregator/power_cut_load" --rounds 20 --no-sync
  echo "$passed passed, $failed failed"
  exit $((failed > 0))
fi

if [[ $size == full ]]; then
  test_program kill_tests.py --target each --rounds 50 --check-every 5 --time-limit 3600
  test_program commit_tests.py --rounds 100 --check-every 25 --time-limit 1800
  test_program outage_test.py --seconds 60 --time-limit 600
  test_program power_cut.py --load "$bin_dir/tests/aggregator/power_cut_load" --rounds 50
else
  test_program kill_tests.py --target each --rounds 3 --check-every 3 --time-limit 200
  test_program commit_tests.py --rounds 5 --check-every 5 --time-limit 120
  test_program outage_test.py --seconds 15 --time-limit 100
fi
echo "$passed passed, $failed failed"
((failed == 0))
