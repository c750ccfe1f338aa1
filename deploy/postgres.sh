# Sourced by the scripts: a private PostgreSQL cluster below a directory. Needs processes.sh.

# More options of the server.
postgres_options=()
postgres_bin=${PLAYHEAD_POSTGRES_BIN:-/usr/lib/postgresql/15/bin}

# as_postgres COMMAND...: without privileges; PostgreSQL refuses to run as root.
as_postgres() {
  if [[ $EUID -eq 0 ]]; then
    setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
  else
    "$@"
  fi
}

# postgres_home DIR: where the cluster of DIR lives: below it, unless PostgreSQL's user cannot reach it.
postgres_home() {
  local home=$1/postgres
  if [[ -f $1/postgres_home ]]; then
    cat "$1/postgres_home"
    return
  fi
  mkdir -p "$home"
  if [[ $EUID -eq 0 ]]; then
    chown postgres: "$home"
    if ! as_postgres test -w "$home"; then
      home=$(mktemp -d /var/lib/postgresql/playhead-XXXXXXXX)
      chown postgres: "$home"
    fi
  fi
  chmod 700 "$home"
  echo "$home" >"$1/postgres_home"
  echo "$home"
}

# postgres_socket_dir HOME: a socket's path is limited to 107 bytes.
postgres_socket_dir() {
  local sockets=$1
  if ((${#1} > 80)); then
    sockets=/tmp/playhead-$EUID-$(sha256sum <<<"$1" | cut -c 1-12)
    mkdir -m 700 "$sockets" 2>/dev/null || [[ -O $sockets || $EUID -eq 0 ]] || return 1
    [[ $EUID -ne 0 ]] || chown -h postgres: "$sockets"
  fi
  echo "$sockets"
}

# start_postgres DIR PORT: waits until it accepts connections. Sets PGHOST (its socket), PGPORT and PGUSER.
start_postgres() {
  local dir=$1 port=$2 home sockets
  home=$(postgres_home "$dir")
  sockets=$(postgres_socket_dir "$home")
  export PGHOST=$sockets PGPORT=$port PGUSER=postgres
  if [[ ! -f $home/data/PG_VERSION ]]; then init_postgres "$home"; fi
  if ! running_pid "$dir/postgres.pid" >/dev/null; then
    wait_until_reaped "$home/data"
    launch_postgres "$dir" "$home/data" "$sockets" "$port"
  fi
  for _ in {1..300}; do
    if "$postgres_bin/pg_isready" -q -t 2; then return 0; fi
    running_pid "$dir/postgres.pid" >/dev/null || break
    sleep 0.2
  done
  echo "PostgreSQL does not start; the end of $dir/postgres.log:" >&2
  tail -n 20 "$dir/postgres.log" >&2
  return 1
}

# A killed server that its parent has not yet reaped would be taken for a running one.
wait_until_reaped() {
  local pid
  pid=$(head -n 1 "$1/postmaster.pid" 2>/dev/null) || return 0
  for _ in {1..100}; do
    [[ -d /proc/$pid ]] && ! identity "$pid" >/dev/null || return 0
    sleep 0.1
  done
}

# The superuser comes in by the socket only, whose directory is private; services by loopback.
init_postgres() {
  rm -rf "$1/data.new"
  (cd / && as_postgres "$postgres_bin/initdb" -D "$1/data.new" -U postgres --auth=trust \
    --encoding=UTF8 --locale=C.UTF-8 >/dev/null)
  as_postgres tee "$1/data.new/pg_hba.conf" >/dev/null <<'HBA'
local all all trust
host all playhead_owner,playhead_writer,playhead_reader,playhead_reader_all 127.0.0.1/32 trust
HBA
  mv "$1/data.new" "$1/data"
}

launch_postgres() {
  local dir=$1 data=$2 sockets=$3 port=$4
  local as=()
  [[ $EUID -ne 0 ]] || as=(setpriv --reuid=postgres --regid=postgres --init-groups --)
  (
    cd /
    launch "$dir/postgres.pid" "$dir/postgres.log" "${as[@]}" "$postgres_bin/postgres" -D "$data" \
      -c "port=$port" -c listen_addresses=127.0.0.1 -c "unix_socket_directories=$sockets" \
      -c fsync=on -c synchronous_commit=on -c max_locks_per_transaction=256 -c max_connections=100 \
      -c shared_buffers=128MB -c max_wal_size=1GB -c timezone=UTC -c log_timezone=UTC \
      -c logging_collector=off -c "log_line_prefix=%m [%p] " "${postgres_options[@]}"
  )
}

stop_postgres() {
  stop "$1/postgres.pid" INT 60
}
