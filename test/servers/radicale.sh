#!/usr/bin/env bash
# radicale.sh PORT FOLDER : a private Radicale on 127.0.0.1:PORT, for user jane with password secret.
set -euo pipefail
. "$(dirname "$0")/ensure.sh"
port=$1 folder=$2
ensure radicale curl

printf 'jane:secret\n' >"$folder/users"
cat >"$folder/radicale.conf" <<CONF
[server]
hosts = 127.0.0.1:$port
[auth]
type = htpasswd
htpasswd_filename = $folder/users
htpasswd_encryption = plain
delay = 0
[rights]
type = owner_only
[storage]
filesystem_folder = $folder/storage
[web]
type = none
[logging]
mask_passwords = True
CONF

start "$folder/server.log" radicale --config "$folder/radicale.conf"
answers "http://127.0.0.1:$port/" || { tail -20 "$folder/server.log" >&2; exit 1; }
echo "URL=http://127.0.0.1:$port/"
echo "HOME=http://127.0.0.1:$port/jane/"
serve_until_told
