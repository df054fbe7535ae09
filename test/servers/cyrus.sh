#!/usr/bin/env bash
# cyrus.sh PORT FOLDER : a private Cyrus httpd on 127.0.0.1:PORT, for the users jane and bob with password secret.
# Starts as root, because its master does; gives itself up to the user cyrus. An IMAP listener on the next port is
# used once, to make the users' mailboxes, without which Cyrus has no calendars.
set -euo pipefail
. "$(dirname "$0")/ensure.sh"
port=$1 folder=$2 imap=$(($1 + 1))
ensure cyrus-common cyrus-caldav cyrus-imapd sasl2-bin libsasl2-modules libsasl2-modules-db curl

mkdir -p "$folder"/{config,spool,sieve,run/proc,run/lock,run/socket}
cat >"$folder/imapd.conf" <<CONF
configdirectory: $folder/config
defaultpartition: main
partition-main: $folder/spool
sievedir: $folder/sieve
proc_path: $folder/run/proc
mboxname_lockpath: $folder/run/lock
lmtpsocket: $folder/run/socket/lmtp
idlesocket: $folder/run/socket/idle
notifysocket: $folder/run/socket/notify
servername: localhost
admins: cyrus
altnamespace: yes
unixhierarchysep: yes
autocreate_users: anyone
autocreate_quota: 0
httpmodules: caldav
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: $folder/sasldb2
sasl_mech_list: PLAIN
syslog_prefix: calweave-$port
CONF
cat >"$folder/cyrus.conf" <<CONF
START {
  recover cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -C $folder/imapd.conf -r"
}
SERVICES {
  imap cmd="/usr/lib/cyrus/bin/imapd -C $folder/imapd.conf" listen="127.0.0.1:$imap" prefork=0 maxchild=2
  http cmd="/usr/lib/cyrus/bin/httpd -C $folder/imapd.conf" listen="127.0.0.1:$port" prefork=1 maxchild=16
}
EVENTS {
  checkpoint cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -C $folder/imapd.conf -c" period=30
}
CONF
for user in jane bob; do printf 'secret' | saslpasswd2 -p -c -f "$folder/sasldb2" -u localhost "$user"; done
chown -R cyrus:mail "$folder"

start "$folder/server.log" cyrmaster -C "$folder/imapd.conf" -M "$folder/cyrus.conf" -p "$folder/run/master.pid"
answers "http://127.0.0.1:$port/" || { tail -20 "$folder/server.log" >&2; exit 1; }
for user in jane bob; do curl -s -o /dev/null --max-time 10 --user "$user:secret" "imap://127.0.0.1:$imap/"; done
echo "URL=http://127.0.0.1:$port/"
echo "HOME=http://127.0.0.1:$port/dav/calendars/user/jane/"
serve_until_told
