#!/bin/sh
# Applies migrations/NNNN_*.sql in order, each once and in a transaction of its own. Applied files never change: their
# checksums are kept and a changed one is refused. Runners may run at the same time.
#
# usage: migrate.sh [CONNECTION]      CONNECTION: a libpq connection string; PG* variables fill the gaps
# PLAYHEAD_MIGRATIONS: another folder of migrations.
set -eu

fail() {
  echo "migrate.sh: $*" >&2
  exit 1
}

connection=${1:-}
folder=${PLAYHEAD_MIGRATIONS:-$(dirname "$0")/migrations}
for tool in psql sha256sum; do
  command -v "$tool" >/dev/null || fail "$tool is not installed"
done

run() {
  if [ -n "$connection" ]; then
    psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 --dbname "$connection" "$@"
  else
    psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 "$@"
  fi
}

# Waits for other runners (advisory lock 7071, 3) and applies the file unless one of them did.
apply() { # <file> <name> <checksum>
  run --set file="$1" --set name="$2" --set checksum="$3" <<'SQL'
SET client_min_messages = warning;
BEGIN;
SELECT pg_advisory_xact_lock(7071, 3) \g /dev/null
CREATE TABLE IF NOT EXISTS schema_migrations (
  name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
SELECT NOT EXISTS (SELECT FROM schema_migrations WHERE name = :'name') AS missing \gset
\if :missing
\echo applying :name
\i :file
RESET ROLE;
INSERT INTO schema_migrations (name, checksum) VALUES (:'name', :'checksum');
\endif
COMMIT;
SQL
}

known() { # prints "<name> <checksum>" lines; nothing on a new database
  is_known=$(run -c "SELECT to_regclass('public.schema_migrations') IS NOT NULL") || return 1
  if [ "$is_known" = t ]; then
    run -c "SELECT name || ' ' || checksum FROM schema_migrations ORDER BY name"
  fi
}

[ -d "$folder" ] || fail "no folder $folder"
applied=$(known) || fail "cannot read the database"
expected=1
for file in "$folder"/*.sql; do
  [ -f "$file" ] || fail "no migrations in $folder"
  name=$(basename "$file")
  case $name in
    "$(printf %04d "$expected")"_*.sql) ;;
    *) fail "$name: the next migration must be called $(printf %04d "$expected")_*.sql" ;;
  esac
  expected=$((expected + 1))
  checksum=$(sha256sum <"$file" | cut -d ' ' -f 1)
  before=$(printf '%s\n' "$applied" | sed -n "s/^$name //p")
  if [ -z "$before" ]; then
    apply "$file" "$name" "$checksum" || fail "$name: failed and was rolled back"
  elif [ "$before" != "$checksum" ]; then
    fail "$name: was changed after it had been applied; restore it and add a new migration instead"
  fi
done

for name in $(printf '%s\n' "$applied" | cut -d ' ' -f 1); do
  [ -f "$folder/$name" ] || fail "the database has $name, which this release does not have; use a newer release"
done
