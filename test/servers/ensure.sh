# Sourced by the server scripts: installs packages that are missing, and waits for a server.

# ensure PACKAGE... : fails when a package cannot be installed.
ensure() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ "${#missing[@]}" -eq 0 ] && return 0
  echo "installing ${missing[*]}" >&2
  export DEBIAN_FRONTEND=noninteractive
  local apt=(apt-get -q -o DPkg::Lock::Timeout=240)
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >&2 ||
    { "${apt[@]}" update >&2 && "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >&2; }
}

# answers URL : waits up to 20 s for any HTTP answer.
answers() {
  local try
  for ((try = 0; try < 200; try++)); do
    curl -s -o /dev/null --max-time 2 "$1" && return 0
    sleep 0.1
  done
  echo "no answer from $1" >&2
  return 1
}

# serve_until_told PID : says that the server is ready, and stops it when our own input ends, which also happens when
# the test process dies.
serve_until_told() {
  echo READY
  cat >/dev/null
  kill -TERM "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}
