#!/usr/bin/env bash
# postgres-server.sh PORT FOLDER [SETTING=VALUE...] : a private PostgreSQL on 127.0.0.1:PORT that trusts the user postgres. What was
# committed survives the death of its processes. Commands come on our own input, a line each, and are answered with READY: `kill` ends
# all of its processes at once, `start` starts it again on the same port. When the input ends, so does the server.
set -euo pipefail
. "$(dirname "$0")/ensure.sh"
. "$(dirname "$0")/postgres.sh"
port=$1 folder=$2
options=(-c synchronous_commit=on -c max_connections=100 -c deadlock_timeout=50ms)
for setting in "${@:3}"; do options+=(-c "$setting"); done

postgres "$folder/postgres" "$port" "${options[@]}"
echo "URL=postgres://postgres@127.0.0.1:$port/postgres"
echo READY
while read -r command; do
  case $command in
    kill)
      master=${started[-1]}
      # shellcheck disable=SC2046 # a list of numbers
      kill -KILL "$master" $(cat "/proc/$master/task/$master/children") || true
      wait "$master" 2>/dev/null || true
      ;;
    start)
      rm -f "$folder/postgres/db/postmaster.pid"
      postgres_again "$folder/postgres" "$port" "${options[@]}"
      ;;
  esac
  echo READY
done
