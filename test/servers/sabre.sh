#!/usr/bin/env bash
# sabre.sh PORT FOLDER : SabreDAV as Debian has it, on SQLite and PHP's own web server, on 127.0.0.1:PORT, for the users
# jane and bob with password secret. It is old enough to have no sync-collection.
set -euo pipefail
. "$(dirname "$0")/ensure.sh"
port=$1 folder=$2
ensure php-cli php-sqlite3 php-xml php-mbstring php-sabre-dav curl

here=$(cd "$(dirname "$0")" && pwd)
SABRE_FOLDER=$folder php "$here/sabre-setup.php"
start "$folder/server.log" env SABRE_FOLDER="$folder" PHP_CLI_SERVER_WORKERS=4 \
  php -d opcache.enable_cli=1 -d memory_limit=1G -S "127.0.0.1:$port" "$here/sabre-router.php"
answers "http://127.0.0.1:$port/" || { tail -20 "$folder/server.log" >&2; exit 1; }
echo "URL=http://127.0.0.1:$port/"
echo "HOME=http://127.0.0.1:$port/calendars/jane/"
serve_until_told
