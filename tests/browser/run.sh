#!/usr/bin/env bash
# Plays videos in headless Chromium against a Playhead of its own, and compares the reports with the beacons that the
# pages sent: with the real Kaltura Player, and with the pages for a <video> element and for hls.js that README.md and
# docs/players.md show. Not part of tests/run.sh: it needs a browser and the npm registry.
#
#   tests/browser/run.sh                     starts a Playhead (deploy/local.sh), tests, stops it: a minute and a half after the build
#   tests/browser/run.sh --port-base 9300    the same, on other ports than 7370..7378
#   tests/browser/run.sh --beacons 127.0.0.1:7070 --query 127.0.0.1:7073
#                                            tests a Playhead that runs already and accepts unknown partners
#
# It installs what is missing: Debian's chromium and ffmpeg (nodejs and npm too, Node 18 or newer), and, into
# build/browser, the packages of package-lock.json. Reports are asked with grpcurl where there is one, else with
# `playhead report`. The last line says `N passed, N failed`; the exit code is 0 when none failed.
#
# All play side by side. The Kaltura Player plays twice: once its beacons are GETs, as the analytics plugin on npm sends
# them, once POSTs with preflights: the same plugin over the sender that newer plugins use. The plugin is no part of the
# player's bundle. The player's own dependencies are in its bundle: package.json replaces them by a small package that is
# installed anyway, because the versions it names are not all published.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/build/browser
seconds=24
port_base=7370 beacons='' query=''

fail() {
  echo "tests/browser/run.sh: $*" >&2
  exit 1
}

parse_arguments() {
  while (($#)); do
    (($# >= 2)) || fail "$1 needs a value"
    case $1 in
      --port-base) port_base=$2 ;;
      --beacons) beacons=$2 ;;
      --query) query=$2 ;;
      *) fail "unknown option $1; there are --port-base, --beacons, --query" ;;
    esac
    shift 2
  done
  [[ -n $beacons && -n $query || -z $beacons && -z $query ]] || fail "--beacons and --query go together"
}

install_packages() {
  local missing=()
  [[ -x /usr/bin/chromium ]] || missing+=(chromium)
  command -v ffmpeg >/dev/null || missing+=(ffmpeg)
  command -v node >/dev/null || missing+=(nodejs)
  command -v npm >/dev/null || missing+=(npm)
  if ((${#missing[@]})); then
    echo "installing ${missing[*]}" >&2
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  fi
  (($(node -p 'process.versions.node.split(".")[0]') >= 18)) || fail "Node $(node -v) is too old: 18 is needed"
}

install_npm() {
  mkdir -p "$build"
  if ! cmp -s "$here/package-lock.json" "$build/installed-lock.json"; then
    cp "$here/package.json" "$here/package-lock.json" "$build"
    cp "$here/npmrc" "$build/.npmrc"
    (cd "$build" && timeout 300 npm ci --loglevel=error >&2)
    cp "$here/package-lock.json" "$build/installed-lock.json"
  fi
}

make_video() {
  [[ -s $build/video.mp4 ]] && return
  ffmpeg -hide_banner -loglevel error -y \
    -f lavfi -i testsrc=size=640x360:rate=25 -f lavfi -i sine=frequency=440:sample_rate=44100 -t "$seconds" \
    -c:v libx264 -preset veryfast -b:v 250k -pix_fmt yuv420p -g 50 -c:a aac -b:a 64k -movflags +faststart \
    "$build/making.mp4" </dev/null
  mv "$build/making.mp4" "$build/video.mp4"
}

# The same in two levels.
make_stream() {
  [[ -s $build/stream/stream.m3u8 ]] && return
  rm -rf "$build/making" "$build/stream"
  mkdir "$build/making"
  ffmpeg -hide_banner -loglevel error -y -i "$build/video.mp4" \
    -map 0:v -map 0:a -map 0:v -map 0:a -c:v libx264 -preset veryfast -pix_fmt yuv420p -g 50 -c:a aac -b:a 64k \
    -b:v:0 150k -s:v:0 320x180 -b:v:1 400k -s:v:1 640x360 \
    -f hls -hls_time 4 -hls_playlist_type vod -master_pl_name stream.m3u8 -var_stream_map 'v:0,a:0 v:1,a:1' \
    -hls_segment_filename "$build/making/%v-%d.ts" "$build/making/%v.m3u8" </dev/null
  mv "$build/making" "$build/stream"
}

start_playhead() {
  state=$(mktemp -d)
  # mktemp's directory is for its owner alone; PostgreSQL runs as a user of its own.
  chmod 755 "$state"
  trap stop_playhead EXIT
  trap 'exit 130' INT TERM
  "$root/deploy/local.sh" up --state "$state" --port-base "$port_base" >&2
  beacons=127.0.0.1:$port_base query=127.0.0.1:$((port_base + 3))
}

stop_playhead() {
  local code=$?
  if ((code != 0)); then tail -n 20 "$state"/*.log >&2 || true; fi
  "$root/deploy/local.sh" down --state "$state" >&2 || code=1
  rm -rf "$state"
  exit "$code"
}

parse_arguments "$@"
install_packages
install_npm
make_video
make_stream
[[ -n $beacons ]] || start_playhead
timeout --kill-after=10 240 node "$here/play.mjs" --root "$root" --service "http://$beacons/api_v3/index.php" --query "$query" \
  --playhead "$root/build/release/playhead" --build "$build" --seconds "$seconds"
