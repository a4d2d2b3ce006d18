#!/usr/bin/env bash
# Runs all specs with every log and hook on (spec/support/canary.lua), and looks for each secret
# that went by in all that people, programs, journals and recordings got to see.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source spec/checks.sh
export LUA_PATH="lua/?.lua;lua/?/init.lua;./?.lua;;" LUA_CPATH="$PWD/$1/lua/5.4/?.so;;"
out=$1/canary

# Runs the specs $2... with the net in directory $1.
watched() {
  local directory=$1
  shift
  mkdir -p "$directory"
  GRAPHINVITE_CANARY=$directory lua5.4 "$(command -v busted)" --helper=spec.support.canary \
    --output=TAP --pattern=_spec "$@" >"$directory/output" 2>&1
}

# Prints the secrets that can be seen in the texts and the output of a run.
leaks() {
  cut -f 2 "$1/secrets" >"$1/values"
  cat "$1/texts" "$1/output" | grep -aoF -f "$1/values" | sort | uniq -c
}

leaks_nothing() {
  ! leaks "$1"
}

rm -rf "$out"
check "the specs pass with every log and hook on" watched "$out/all" spec
[[ $failures == 0 ]] || grep -A 8 "^not ok" "$out/all/output" | sed 's/^not ok/failed:/'
for kind in bearer access_token refresh_token client_secret client_assertion device_code \
  inviteRedeemUrl ticket validationToken; do
  check "there is a secret of the kind $kind" grep -q "^$kind"$'\t' "$out/all/secrets"
done
size=$(cat "$out/all/texts" "$out/all/output" | wc -lc | awk '{ print $1 " texts, " $2 " bytes" }')
check "none of $(wc -l <"$out/all/secrets") secrets is in $size" leaks_nothing "$out/all"

# Without redaction the net must catch something.
GRAPHINVITE_CANARY_FISH=1 watched "$out/fish" spec/client_spec.lua spec/client_options_spec.lua || true
check "secrets are caught where nothing is redacted" leaks "$out/fish"

((failures == 0))
