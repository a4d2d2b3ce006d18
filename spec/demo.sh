#!/usr/bin/env bash
# Runs ./dev demo as a person would, to the end and into Ctrl-C, and looks for what it left
# behind. Prints one "ok" or "not ok" line per check.
set -euo pipefail
set -m # each demo gets a process group of its own, as in a terminal
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source spec/checks.sh
story=$(mktemp)
trap 'rm -f "$story"' EXIT

# Succeeds when no process of group $1 is left.
is_empty() {
  local stat fields
  for stat in /proc/[0-9]*/stat; do
    { read -r fields <"$stat"; } 2>/dev/null || continue # it has just ended
    read -ra fields <<<"${fields##*) }"
    [[ ${fields[0]} == Z || ${fields[2]} != "$1" ]] || return 1
  done
}

tells() {
  grep -q "$1" "$story"
}

./dev demo >"$story" 2>&1 </dev/null &
group=$!
status=0
wait "$group" || status=$?
cat "$story"
check "the demo exits 0" test "$status" = 0
check "the demo leaves no process behind" is_empty "$group"
check "a guest was pending" tells PendingAcceptance
check "something was completed" tells Completed
check "a call operation was running" tells Running
check "no redeem link was printed whole" test -z "$(grep -o 'ticket=[0-9a-f-]\{36\}' "$story")"

for signal in INT TERM; do
  : >"$story"
  ./dev demo >"$story" 2>&1 </dev/null &
  group=$!
  for _ in {1..200}; do
    ! tells invite_guest.lua || break
    sleep 0.05
  done
  sleep 0.3
  kill "-$signal" -- "-$group" || true
  status=0
  wait "$group" || status=$?
  check "SIG$signal: the demo exits $((128 + $(kill -l "$signal")))" \
    test "$status" = "$((128 + $(kill -l "$signal")))"
  check "SIG$signal: the demo leaves no process behind" is_empty "$group"
done

: >"$story"
./dev demo >"$story" 2>&1 </dev/null &
group=$!
for _ in {1..200}; do
  ! tells invite_guest.lua || break
  sleep 0.05
done
kill -KILL "$group" || true # the script alone: nothing of it can clean up
wait "$group" || true
for _ in {1..200}; do
  ! is_empty "$group" || break
  sleep 0.05
done
check "SIGKILL: the server and the programs end by themselves" is_empty "$group"

((failures == 0))
