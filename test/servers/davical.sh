#!/usr/bin/env bash
# davical.sh PORT FOLDER : a private DAViCal on PHP's own web server on 127.0.0.1:PORT, with a PostgreSQL of its own on
# the next port, for the users jane and bob with password secret.
set -euo pipefail
. "$(dirname "$0")/ensure.sh"
. "$(dirname "$0")/postgres.sh"
port=$1 folder=$2
# php-cgi is a PHP that brings no Apache along
ensure php-cli php-cgi php-pgsql php-xml php-curl libyaml-perl libdbd-pg-perl davical curl

here=$(cd "$(dirname "$0")" && pwd)
postgres "$folder/postgres" "$((port + 1))"
export PGHOST=127.0.0.1 PGPORT=$((port + 1))
(
  export PGUSER=postgres
  cd /usr/share/davical/dba
  sh ./create-database.sh davical secret >"$folder/database.log" 2>&1 || { tail -20 "$folder/database.log" >&2; exit 1; }
  psql -q -v ON_ERROR_STOP=1 davical >/dev/null <<SQL
INSERT INTO usr (active, email_ok, updated, username, password, fullname, email)
  SELECT true, current_date, current_date, name, '**secret', name, name || '@example.com' FROM (VALUES ('jane'), ('bob')) AS users (name);
INSERT INTO principal (type_id, user_no, displayname, default_privileges)
  SELECT 1, user_no, username, 0::BIT(24) FROM usr WHERE username IN ('jane', 'bob');
SQL
)
start "$folder/server.log" env PHP_CLI_SERVER_WORKERS=4 \
  php -d opcache.enable_cli=1 -d memory_limit=1G -d max_execution_time=300 -S "127.0.0.1:$port" "$here/davical-router.php"
answers "http://127.0.0.1:$port/" || { tail -20 "$folder/server.log" >&2; exit 1; }
echo "URL=http://127.0.0.1:$port/"
echo "HOME=http://127.0.0.1:$port/caldav.php/jane/"
serve_until_told
