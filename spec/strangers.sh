#!/usr/bin/env bash
# Runs clients of other hands (spec/strangers/) against the emulator's server over TLS, with the
# modules built in $1. Prints the lines of TAP that they print.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source spec/checks.sh
export LUA_PATH="$PWD/lua/?.lua;$PWD/lua/?/init.lua;;" LUA_CPATH="$PWD/$1/lua/5.4/?.so;;"
clients=$1/strangers

mkdir -p "$clients"
cp spec/strangers/* spec/strangers/.npmrc "$clients"
cd "$clients"

# Downloads what the lock file says, unless it is there.
download() {
  cmp -s package-lock.json installed.json && return
  npm ci --no-progress && cp package-lock.json installed.json
}

check "npm installs the clients" download
((failures == 0))

# The server ends with its standard input, and so with this script, however that ends.
mkfifo -m 600 "life.$$" "said.$$"
trap 'rm -f "life.$$" "said.$$"' EXIT
lua5.4 ../../lua/graphinvite/cli.lua emulator serve --tls --until-eof <"life.$$" >"said.$$" &
server=$!
exec 3>"life.$$" 4<"said.$$"
read -r greeting <&4
value() {
  [[ $greeting =~ \"$1\":\"([^\"]*)\" ]] && echo "${BASH_REMATCH[1]}"
}

NODE_EXTRA_CA_CERTS=$(value ca) node strangers.mjs "$(value url)" 3>&- 4<&-
exec 3>&-
wait "$server"
