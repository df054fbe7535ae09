#!/usr/bin/env bash
# xandikos.sh PORT FOLDER : a private Xandikos on 127.0.0.1:PORT. It asks nobody for a password; everybody is jane.
set -euo pipefail
. "$(dirname "$0")/ensure.sh"
port=$1 folder=$2
ensure xandikos curl

start "$folder/server.log" env HOME="$folder" xandikos --directory "$folder/dav" --autocreate --defaults \
  --current-user-principal /jane/ --listen-address 127.0.0.1 --port "$port"
answers "http://127.0.0.1:$port/" || { tail -20 "$folder/server.log" >&2; exit 1; }
echo "URL=http://127.0.0.1:$port/"
echo "HOME=http://127.0.0.1:$port/jane/calendars/"
serve_until_told
