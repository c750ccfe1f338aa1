# Sourced by the scripts: processes that outlive their script, known by a pid file that a recycled pid cannot match.

processes_sh=$(realpath "${BASH_SOURCE[0]}")

# identity PID: what tells this process from every other one, also after a reboot; fails when there is none.
identity() {
  local stat state
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # After the name in parentheses: the state, and the start time in ticks as the 20th word.
  read -r -a stat <<<"${stat##*) }"
  state=${stat[0]}
  [[ $state != Z && $state != X ]] || return 1
  echo "$1 ${stat[19]} $(cat /proc/sys/kernel/random/boot_id)"
}

# running_pid FILE: the pid of the process that wrote FILE, if it still runs.
running_pid() {
  local recorded pid
  recorded=$(cat "$1" 2>/dev/null) || return 1
  pid=${recorded%% *}
  [[ $pid =~ ^[0-9]+$ && $(identity "$pid") == "$recorded" ]] || return 1
  echo "$pid"
}

# launch PIDFILE LOGFILE COMMAND...: starts it in a session of its own. The process records itself before it becomes
# COMMAND, so that an interrupted script leaves none that is unknown.
launch() {
  local pidfile=$1 logfile=$2
  shift 2
  rm -f "$pidfile"
  if [[ -f $logfile && $(stat -c %s "$logfile") -gt 67108864 ]]; then mv -f "$logfile" "$logfile.1"; fi
  setsid bash -c '
    source "$1"; identity $$ >"$2.new" && mv "$2.new" "$2" || exit 1
    shift 2; exec "$@"' launch "$processes_sh" "$pidfile" "$@" \
    </dev/null >>"$logfile" 2>&1 9>&- &
  for _ in {1..100}; do
    [[ -f $pidfile ]] && return 0
    sleep 0.05
  done
  echo "cannot start $1; see $logfile" >&2
  return 1
}

# stop PIDFILE SIGNAL SECONDS: asks with SIGNAL, waits, then kills.
stop() {
  local pid tenths=$(($3 * 10))
  pid=$(running_pid "$1") || { rm -f "$1"; return 0; }
  kill -s "$2" "$pid" 2>/dev/null || true
  while running_pid "$1" >/dev/null; do
    if ((tenths-- <= 0)); then
      echo "process $pid did not stop within $3 s and is killed" >&2
      kill -s KILL "$pid" 2>/dev/null || true
    fi
    ((tenths > -100)) || { echo "process $pid cannot be killed" >&2; return 1; }
    sleep 0.1
  done
  rm -f "$1"
}
