#!/usr/bin/env bash
# sogo.sh PORT FOLDER : a private SOGo on 127.0.0.1:PORT, with a PostgreSQL and a memcached of its own on the next two
# ports, for the users jane and bob with password secret. It sends no mail. It always reads /etc/sogo/sogo.conf, which
# stays as it is: what is given here counts for more. One worker: several make its tables at the same time when they start,
# and one that came too late may refuse to make calendars later on.
set -euo pipefail
. "$(dirname "$0")/ensure.sh"
. "$(dirname "$0")/postgres.sh"
port=$1 folder=$2
ensure sogo sogo-common sope-bin memcached gnustep-base-runtime curl

postgres "$folder/postgres" "$((port + 1))"
psql -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$((port + 1))" -U postgres >/dev/null <<SQL
CREATE DATABASE sogo;
\\connect sogo
CREATE TABLE users (c_uid text PRIMARY KEY, c_name text, c_password text, c_cn text, mail text);
INSERT INTO users SELECT name, name, 'secret', name, name || '@example.com' FROM (VALUES ('jane'), ('bob')) AS names (name);
SQL

start "$folder/memcached.log" memcached -u nobody -l 127.0.0.1 -p "$((port + 2))" -m 32

mkdir -p "$folder/home"
[ "$(id -u)" -ne 0 ] || chown sogo:sogo "$folder/home"
become sogo
database=postgresql://postgres@127.0.0.1:$((port + 1))/sogo
source="{type=sql;id=users;viewURL=\"$database/users\";canAuthenticate=YES;isAddressBook=NO;userPasswordAlgorithm=plain;}"
cd "$folder/home"
start "$folder/server.log" env HOME="$folder/home" "${as[@]}" sogod -WONoDetach YES -WOUseWatchDog YES \
  -WOPort "127.0.0.1:$port" -WOLogFile - -WOPidFile "$folder/home/sogod.pid" -WOWorkersCount 1 -WOListenQueueSize 64 \
  -SxVMemLimit 2048 -SOGoMemcachedHost "127.0.0.1:$((port + 2))" -SOGoTimeZone UTC -SOGoUserSources "($source)" \
  -SOGoProfileURL "$database/sogo_user_profile" -OCSFolderInfoURL "$database/sogo_folder_info" \
  -OCSSessionsFolderURL "$database/sogo_sessions_folder" -OCSEMailAlarmsFolderURL "$database/sogo_alarms_folder" \
  -SOGoAppointmentSendEMailNotifications NO -SOGoEnableEMailAlarms NO
answers "http://127.0.0.1:$port/SOGo/dav/" || { tail -20 "$folder/server.log" >&2; exit 1; }
echo "URL=http://127.0.0.1:$port/SOGo/dav/"
echo "HOME=http://127.0.0.1:$port/SOGo/dav/jane/Calendar/"
serve_until_told
