#!/usr/bin/env bash
# demo.sh [local.sh's options]: starts Playhead, replays recorded player sessions into it, adds a synthetic audience of the
# last hours, and asks what a publisher asks.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
binaries=$root/build/release
state=$root/build/local
options=("$@")
while ((${#options[@]} >= 2)); do
  case ${options[0]} in
    --binaries) binaries=${options[1]} ;;
    --state) state=${options[1]} ;;
  esac
  options=("${options[@]:2}")
done

# Invented places for the addresses of the audience. A suite that runs without them starts again.
make_places() {
  [[ -z ${PLAYHEAD_GEO_CITY:-} && ! -e $state/geo/city.mmdb ]] || return 0
  "$here/install_packages.sh" demo
  mkdir -p "$state/geo"
  /usr/bin/python3 "$root/tests/support/make_mmdb.py" "$root/tests/fixtures/geo/places.json" "$state/geo/made"
  mv "$state/geo/made/asn-nested.mmdb" "$state/geo/asn.mmdb"
  mv "$state/geo/made/nested.mmdb" "$state/geo/city.mmdb"
  rm -r "$state/geo/made"
  "$here/local.sh" down "$@"
}

make_places "$@"
endpoints=$("$here/local.sh" up "$@")
beacons=$(sed -n 's|^beacons *\(http://[^/]*\).*|\1|p' <<<"$endpoints")
ingest=$(sed -n 's|^ingest *\([^ ]*\).*|\1|p' <<<"$endpoints")
query=$(sed -n 's|^query *\([^ ]*\).*|\1|p' <<<"$endpoints")

# Error codes are kept in the finest rows alone, which young data still have: no need to be warned.
ask() {
  "$binaries/playhead" report --query "$query" --partner 4711 "$@" 2> >(grep -v FACTS_SCANNED >&2)
}

question() { printf '\n\n%s\n\n' "$1"; }

# Whole seconds: data_through is compared with it.
data_through() {
  ask --range 24h --metrics plays --format json | sed -n 's/^ *"data_through": *\([0-9]*\).*/\1/p'
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
echo "Adding a synthetic audience of the last six hours"
"$binaries/playhead" load --to "$ingest" --partner 4711 --viewers 3000 --over 6h
wait_for_data "$@"

question "What is popular right now? (the last ten minutes)"
ask --range 10m --dimensions entry --limit 8 --order-by 'minutes_watched desc' \
  --metrics unique_viewers,peak_viewers,minutes_watched
question "And today? (the first eight videos; the total is of all)"
ask --range today --dimensions entry --limit 8 --order-by 'plays desc' --totals \
  --metrics plays,unique_viewers,minutes_watched,average_view_duration
question "How many watch at the same time? (the peak is a premiere)"
ask --range 6h --dimensions minute --metrics viewers --format chart
question "When was how much watched?"
ask --range 6h --dimensions hour --metrics plays,unique_viewers,minutes_watched
question "In which countries?"
ask --range 24h --dimensions country --metrics plays --format chart --order-by 'plays desc' --limit 12
question "In which cities?"
ask --range 24h --dimensions city,region,country --limit 8 --order-by 'plays desc' \
  --metrics plays,unique_viewers,minutes_watched
question "On what devices?"
ask --range 24h --dimensions device --order-by 'plays desc' --metrics plays,unique_viewers,minutes_watched
question "In which browsers?"
ask --range 24h --dimensions browser --metrics plays --format chart --order-by 'plays desc' --limit 8
question "How far do viewers get? (the premiere is live: it has no quarters)"
ask --range 24h --dimensions entry --limit 6 --order-by 'plays desc' --totals \
  --metrics impressions,plays,play_through_25,play_through_50,play_through_75,play_through_100
question "What quality do they get?"
ask --range 24h --dimensions device --order-by 'plays desc' --totals \
  --metrics plays,join_time,buffer_time,rebuffer_ratio,bitrate,error_rate
question "What goes wrong? (by the error codes of the player)"
ask --range 24h --dimensions error_code --order-by 'errors desc' --metrics errors
question "Where are videos embedded?"
ask --range 24h --dimensions domain --limit 8 --order-by 'plays desc' --metrics impressions,plays,play_ratio,minutes_watched
question "And the recorded sessions alone? (the first ten; the total is of all)"
ask --range 24h --dimensions entry --limit 10 --totals --filter 'domain = "127.0.0.1"' --order-by 'play_time desc' \
  --metrics plays,unique_viewers,play_time,average_view_duration

cat <<MORE


Playhead is up:

$endpoints

What next?
  $binaries/playhead report --query $query --partner 4711 --metrics plays --dimensions entry,day
  $binaries/playhead load --to $ingest --viewers 5000 --over 2d
  $binaries/playhead status --query $query
  grpcurl -plaintext -d '{"partner_id":4711,"metrics":["plays"],"dimensions":["entry"],"time_range":{"relative":"7d"}}' \\
    $query playhead.v1.Reporting/RunReport
  grpcurl -plaintext $query playhead.v1.Metadata/ListMetrics
MORE
