#!/usr/bin/env bash
# Tells the story of three invitations: starts the emulator's server, runs the programs
# beside this file against it over HTTP, and plays the guest, who redeems what the mail holds.
#   examples/demo.sh LUA GRAPHINVITE...    an interpreter, and a command line of graphinvite
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lua=$1
shift

# Ends what still runs; the server ends by itself when its standard input closes.
clean_up() {
  local job
  for job in ${example:-} ${guest:-}; do
    kill "$job" 2>/dev/null || true
  done
  [[ -z ${to_server:-} ]] || exec {to_server}>&-
  wait
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Prints the text member $2 of the flat JSON object $1.
member() {
  sed -n 's/.*"'"$2"'" *: *"\([^"]*\)".*/\1/p' <<<"$1"
}

coproc SERVER { exec "$@" emulator serve --port 0 --until-eof; }
server=$SERVER_PID to_server=${SERVER[1]}
read -r -t 20 ready <&"${SERVER[0]}" || {
  echo "demo: the emulator's server did not start" >&2
  exit 1
}
url=$(member "$ready" url)
GRAPHINVITE_BASE_URL=$(member "$ready" graph)
export GRAPHINVITE_BASE_URL GRAPHINVITE_TOKEN=emulator
export GRAPHINVITE_DEADLINE=8 # should the tenant be gone, the guest never comes
echo "An emulated tenant listens at $url"

# The guest waits for a mail, then follows its link.
play_guest() {
  exec "$lua" - "$url" <<'END'
local emulator = require("graphinvite.emulator").connect(arg[1])
local sleep = require("graphinvite.sys").sleep
local mail
for _ = 1, 100 do
  mail = emulator:mailbox()[1]
  if mail then break end
  sleep(0.1)
end
assert(mail, "no mail came within 10 seconds")
sleep(1)
print("  (the guest follows the link in the mail)")
assert(emulator:redeem { id = mail.invitation })
END
}

# Runs one program. In the background, so that Ctrl-C is answered at once.
run() {
  printf '\n%s\n' "examples/$1.lua"
  "$lua" "$here/$1.lua" &
  example=$!
  [[ -z ${2:-} ]] || wait "$2" # whom the program waits for; if that fails, so do we
  wait "$example"
}

play_guest &
guest=$!
run invite_guest "$guest"
run invite_to_call
run linkedin_update
exec {to_server}>&-
to_server=
wait "$server"
printf '\n%s\n' "The tenant has closed."
