#!/usr/bin/env bash
# postgres-jobs.sh PORT FOLDER : a private PostgreSQL on 127.0.0.1:PORT that trusts the user postgres, for a job queue.
set -euo pipefail
. "$(dirname "$0")/ensure.sh"
. "$(dirname "$0")/postgres.sh"
port=$1 folder=$2
postgres "$folder/postgres" "$port"
echo "URL=postgres://postgres@127.0.0.1:$port/postgres"
serve_until_told
