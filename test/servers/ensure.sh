# Sourced by the server scripts: installs packages that are missing, waits for a server, and ends what was started.

# ensure PACKAGE... : fails when a package cannot be installed. Servers start at the same time, and apt does not queue.
ensure() {
  installed "$@" && return 0
  (
    flock 9
    installed "$@" && exit 0
    echo "installing ${absent[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt=(apt-get -q -o DPkg::Lock::Timeout=240)
    "${apt[@]}" install -y --no-install-recommends "${absent[@]}" >&2 ||
      { "${apt[@]}" update >&2 && "${apt[@]}" install -y --no-install-recommends "${absent[@]}" >&2; }
  ) 9>"${TMPDIR:-/tmp}/calweave-install.lock"
}

# installed PACKAGE... : puts into `absent` what is not; true when that is nothing.
installed() {
  local package
  absent=()
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || absent+=("$package")
  done
  [ "${#absent[@]}" -eq 0 ]
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

# The process groups of everything that was started, and what else to call at the end.
started=()

# start LOG COMMAND... : runs it in the background as a process group of its own, which end_all ends as a whole:
# several servers have children that outlive their parent.
start() {
  local log=$1
  shift
  setsid "$@" >"$log" 2>&1 </dev/null &
  started+=("$!")
}

# end_all : asks politely, the last one first, and not for long. What a server started has a session of its own at one of
# them (SOGo, whose master takes half a minute to leave), so children are ended by name, too.
end_all() {
  local index group try children
  for group in "${started[@]}"; do kill -TERM -- "-$group" 2>/dev/null || true; done
  for ((index = ${#started[@]} - 1; index >= 0; index--)); do
    group=${started[index]}
    for ((try = 0; try < 10; try++)); do
      kill -0 -- "-$group" 2>/dev/null || continue 2
      sleep 0.1
    done
    children=$(cat "/proc/$group/task/$group/children" 2>/dev/null || true)
    # shellcheck disable=SC2086 # a list of numbers
    kill -KILL -- "-$group" $children 2>/dev/null || true
  done
}
trap end_all EXIT

# become USER : puts into `as` what a command begins with that gives up root for USER; nothing where we are not root.
become() {
  as=()
  if [ "$(id -u)" -eq 0 ]; then as=(setpriv --reuid="$1" --regid="$1" --init-groups); fi
}

# serve_until_told : says that the server is ready, and returns when our own input ends, which also happens when the test
# process dies. Everything that was started is then ended.
serve_until_told() {
  echo READY
  cat >/dev/null
}
