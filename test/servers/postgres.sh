# Sourced by the servers that keep their data in PostgreSQL.

# A package of PostgreSQL that is new makes a cluster of its own, and starts it. Nobody wants that one.
if [ "$(id -u)" -eq 0 ] && ! dpkg-query -W -f '${Status}' postgresql-15 2>/dev/null | grep -q 'ok installed' &&
  [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
fi
ensure postgresql-15

# postgres FOLDER PORT [OPTION...] : a private cluster on 127.0.0.1:PORT that trusts everybody and never waits for the disk.
postgres() {
  local folder=$1 bin=/usr/lib/postgresql/15/bin as
  mkdir -p "$folder"
  [ "$(id -u)" -ne 0 ] || chown postgres "$folder"
  become postgres
  "${as[@]}" "$bin/initdb" -D "$folder/db" -U postgres --auth=trust -E UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log"
  postgres_again "$@"
}

# postgres_again FOLDER PORT [OPTION...] : starts a cluster that is there.
postgres_again() {
  local folder=$1 port=$2 bin=/usr/lib/postgresql/15/bin try as
  become postgres
  start "$folder/server.log" "${as[@]}" "$bin/postgres" -D "$folder/db" -p "$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories="$folder" -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
    "${@:3}"
  for ((try = 0; try < 200; try++)); do
    "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" && return 0
    sleep 0.1
  done
  tail -20 "$folder/server.log" >&2
  return 1
}
