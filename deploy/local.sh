#!/usr/bin/env bash
# Playhead on this machine: PostgreSQL and the three services, on loopback, for a developer or a first user.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
# shellcheck source=deploy/processes.sh
source "$here/processes.sh"
# shellcheck source=deploy/postgres.sh
source "$here/postgres.sh"

usage() {
  cat <<'USAGE'
local.sh up|down|status [--state DIR] [--port-base N] [--binaries DIR]
  up      installs missing packages, builds, starts everything that does not run, waits until it is healthy
  down    stops what up started; data stay in DIR
  status  says what runs; exit 0 when everything does
  --state DIR      where data, logs and pid files are (default: build/local)
  --port-base N    first of nine ports (default: 7070, or what DIR was started with)
  --binaries DIR   take the services from there: install and build nothing
A service's flags can be set by environment: PLAYHEAD_EPOCH_SECONDS=10 local.sh up
Databases of places that lie in DIR/geo as city.mmdb and asn.mmdb are given to ingest when it starts.
USAGE
}

fail() {
  echo "local.sh: $*" >&2
  exit 1
}

parse_arguments() {
  command=${1:-}
  case $command in
    up | down | status) shift ;;
    -h | --help | help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  state=$root/build/local given='' base=''
  while (($#)); do
    (($# >= 2)) || fail "$1 needs a value"
    case $1 in
      --state) state=$2 ;;
      --port-base) base=$2 ;;
      --binaries) given=$(cd "$2" && pwd) ;;
      *) usage >&2 && exit 2 ;;
    esac
    shift 2
  done
  [[ -z $base || $base =~ ^[0-9]{1,5}$ ]] || fail "--port-base $base is not a number"
  [[ -z $base ]] || ((10#$base >= 1024 && 10#$base <= 65527)) ||
    fail "--port-base $base is not between 1024 and 65527"
  binaries=${given:-$root/build/release}
}

# The ports of an existing state stay what they were, unless told otherwise while nothing runs.
settle_ports() {
  local recorded
  recorded=$(cat "$state/port_base" 2>/dev/null || true)
  base=$((10#${base:-${recorded:-7070}}))
  if [[ $command == up && -n $recorded && $recorded != "$base" ]] && any_running; then
    fail "this state runs at --port-base $recorded; stop it first: $(command_line down)"
  fi
}

command_line() {
  echo "deploy/local.sh $1$([[ $state == "$root/build/local" ]] || printf ' --state %q' "$state")"
}

port() { echo $((base + $1)); }

services=(ingest aggregator query)

any_running() {
  local name
  for name in "${services[@]}" postgres; do
    if running_pid "$state/$name.pid" >/dev/null; then return 0; fi
  done
  return 1
}

all_running() {
  local name
  for name in "${services[@]}" postgres; do
    running_pid "$state/$name.pid" >/dev/null || return 1
  done
}

build() {
  local jobs memory_jobs
  jobs=$(nproc)
  # A compiler may take 1.5 GB.
  memory_jobs=$(awk '/MemAvailable/ {print int($2 / 1572864)}' /proc/meminfo)
  ((jobs <= memory_jobs)) || jobs=$((memory_jobs > 0 ? memory_jobs : 1))
  mkdir -p "$root/build"
  (
    flock 8
    cd "$root"
    cmake --preset release -DBUILD_TESTING=OFF >"$root/build/configure.log" 2>&1 ||
      { cat "$root/build/configure.log" >&2; fail "cannot configure"; }
    echo "building; the first time takes minutes" >&2
    ninja -C build/release -j "$jobs" --quiet playhead-ingest playhead-aggregator playhead-query playhead >&2
  ) 8>"$root/build/build.lock" 9>&-
}

prepare() {
  if [[ -z $given ]]; then
    "$here/install_packages.sh" build run 9>&-
    build
  fi
  [[ -x $binaries/playhead-ingest ]] || fail "no playhead-ingest in $binaries"
}

migrate() {
  if [[ $(psql -d postgres -XAtc "SELECT 1 FROM pg_database WHERE datname = 'playhead'") != 1 ]]; then
    psql -d postgres -qXc 'CREATE DATABASE playhead'
  fi
  PGDATABASE=playhead "$here/migrate.sh" >"$state/migrate.log" 2>&1 9>&- ||
    { tail -n 20 "$state/migrate.log" >&2; fail "cannot migrate the database"; }
}

database() { echo "host=127.0.0.1 port=$(port 8) dbname=playhead user=$1"; }

start_service() {
  local name=$1
  shift
  if running_pid "$state/$name.pid" >/dev/null; then return 0; fi
  launch "$state/$name.pid" "$state/$name.log" "$binaries/playhead-$name" "$@"
}

geo_flags() {
  [[ -n ${PLAYHEAD_GEO_CITY:-} || ! -e $state/geo/city.mmdb ]] || echo "--geo_city=$state/geo/city.mmdb"
  [[ -n ${PLAYHEAD_GEO_ASN:-} || ! -e $state/geo/asn.mmdb ]] || echo "--geo_asn=$state/geo/asn.mmdb"
}

start_services() {
  local geo
  mapfile -t geo < <(geo_flags)
  start_service aggregator --listen="127.0.0.1:$(port 2)" --metrics_listen="127.0.0.1:$(port 6)" \
    --log_dir="$state/log" --database="$(database playhead_writer)"
  start_service ingest --beacon_listen="127.0.0.1:$(port 0)" --listen="127.0.0.1:$(port 1)" \
    --metrics_listen="127.0.0.1:$(port 5)" --aggregator="127.0.0.1:$(port 2)" \
    --accept_unknown_partners --reflection "${geo[@]}"
  start_service query --listen="127.0.0.1:$(port 3)" --metrics_listen="127.0.0.1:$(port 7)" \
    --database="$(database playhead_reader_all)" --aggregator="127.0.0.1:$(port 2)" \
    --allow_all_partners --reflection
}

is_healthy() {
  case $1 in
    ingest) "$binaries/playhead" health "127.0.0.1:$(port 1)" && listens "$(port 0)" ;;
    aggregator) "$binaries/playhead" health "127.0.0.1:$(port 2)" ;;
    query) "$binaries/playhead" health "127.0.0.1:$(port 3)" ;;
  esac >/dev/null 2>&1
}

listens() { (exec 7<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

wait_until_healthy() {
  local name deadline=$((SECONDS + 60))
  for name in aggregator ingest query; do
    until is_healthy "$name" && running_pid "$state/$name.pid" >/dev/null; do
      if ! running_pid "$state/$name.pid" >/dev/null || ((SECONDS >= deadline)); then
        echo "local.sh: $name is not healthy; the end of $state/$name.log:" >&2
        tail -n 20 "$state/$name.log" >&2
        exit 1
      fi
      sleep 0.2
    done
  done
}

print_endpoints() {
  cat <<ENDPOINTS
beacons     http://127.0.0.1:$(port 0)/api_v3/index.php
ingest      127.0.0.1:$(port 1)  gRPC playhead.v1.EventTracking
aggregator  127.0.0.1:$(port 2)  gRPC, internal
query       127.0.0.1:$(port 3)  gRPC playhead.v1.Reporting, playhead.v1.Metadata
metrics     http://127.0.0.1:$(port 5)/metrics  :$(port 6)  :$(port 7)
postgresql  $(database playhead_reader_all)
logs        $state/*.log
stop        $(command_line down)
ENDPOINTS
}

up() {
  if all_running && is_healthy aggregator && is_healthy ingest && is_healthy query; then
    print_endpoints
    return
  fi
  prepare
  echo "$base" >"$state/port_base"
  start_postgres "$state" "$(port 8)"
  migrate
  start_services
  wait_until_healthy
  print_endpoints
}

down() {
  local name
  # Against the flow, so that nothing is asked of a service that is gone.
  for name in ingest query aggregator; do stop "$state/$name.pid" TERM 30; done
  stop_postgres "$state"
}

status() {
  local name pid code=0
  for name in "${services[@]}" postgres; do
    if pid=$(running_pid "$state/$name.pid"); then
      echo "$name runs (process $pid)"
    else
      echo "$name does not run"
      code=1
    fi
  done
  ((code != 0)) || print_endpoints
  return "$code"
}

parse_arguments "$@"
[[ -r /proc/self/stat ]] || fail "/proc is not mounted"
if [[ $command != up && ! -d $state ]]; then
  [[ $command == down ]] && exit 0
  fail "nothing was started in $state"
fi
mkdir -p "$state"
state=$(cd "$state" && pwd)
if [[ $command != status ]]; then
  # Held by this script alone: what it starts does not inherit it.
  exec 9>"$state/lock"
  flock 9
fi
settle_ports
"$command"
