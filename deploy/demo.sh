#!/usr/bin/env bash
# demo.sh [local.sh's options]: starts Playhead, replays recorded player sessions into it, and asks what a publisher asks.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
endpoints=$("$here/local.sh" up "$@")
binaries=$root/build/release
options=("$@")
while ((${#options[@]})); do
  [[ ${options[0]} != --binaries ]] || binaries=${options[1]}
  options=("${options[@]:2}")
done
beacons=$(sed -n 's|^beacons *\(http://[^/]*\).*|\1|p' <<<"$endpoints")
query=$(sed -n 's|^query *\([^ ]*\).*|\1|p' <<<"$endpoints")

report() {
  local title=$1
  shift
  printf '\n%s\n\n' "$title"
  "$binaries/playhead" report --query "$query" --partner 4711 --range 24h "$@"
}

# Whole seconds: data_through is compared with it.
data_through() {
  "$binaries/playhead" report --query "$query" --partner 4711 --range 24h --metrics plays --format json |
    sed -n 's/^ *"data_through": *\([0-9]*\).*/\1/p'
}

wait_for_data() {
  local sent deadline=$((SECONDS + 60)) through
  sent=$(($(date +%s) + 1))
  until through=$(data_through) && ((${through:-0} >= sent)); do
    ((SECONDS < deadline)) || { echo "demo.sh: the data do not arrive; see $("$here/local.sh" status "$@")" >&2; exit 1; }
    sleep 0.2
  done
}

echo "Replaying recorded sessions of a real player"
"$binaries/playhead" replay --to "$beacons" --preflights "$root"/tests/fixtures/beacons/*.ndjson
wait_for_data "$@"

report "Which videos are watched most?" --dimensions entry --limit 10 --totals \
  --metrics plays,unique_viewers,play_time,minutes_watched,average_view_duration --order-by 'play_time desc'
report "How far do viewers get?" \
  --metrics impressions,plays,play_through_25,play_through_50,play_through_75,play_through_100,completion_rate
report "What quality do they get?" --dimensions playback_type \
  --metrics plays,join_time,buffer_time,rebuffer_ratio,bitrate,errors
report "What goes wrong?" --dimensions error_code,entry --metrics errors --filter 'event_type = "98"'
report "Where are videos embedded?" --dimensions domain,page --limit 10 --metrics impressions,plays,play_time
report "When do they watch?" --dimensions minute --metrics plays,views,unique_sessions

cat <<MORE

Playhead is up:

$endpoints

Ask more:
  $binaries/playhead report --query $query --partner 4711 --metrics plays --dimensions entry,day
  $binaries/playhead status --query $query
  grpcurl -plaintext -d '{"partner_id":4711,"metrics":["plays"],"dimensions":["entry"],"time_range":{"relative":"7d"}}' \\
    $query playhead.v1.Reporting/RunReport
  grpcurl -plaintext $query playhead.v1.Metadata/ListMetrics
MORE
