#!/usr/bin/env bash
# Plants each fault of spec/fish in a build of its own and looks whether the net that is
# there for it catches it. Prints one "ok" or "not ok" line per fault.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source spec/checks.sh

# Builds target $3 of preset $2 with fault $1 planted.
build() {
  local configure=(--preset "$2" -B "build/fish/$1" -DGRAPHINVITE_FISH="$1" -DLUA_ABIS=5.4)
  # A build directory that was copied or moved holds the paths of its old place.
  cmake "${configure[@]}" || cmake --fresh "${configure[@]}" || return
  cmake --build "build/fish/$1" --parallel "$(nproc)" --target "$3"
}

# Runs a net. Succeeds when it fails and says $1.
catches() {
  local evidence=$1 log
  shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    echo "nothing was caught by: $*"
    rm "$log"
    return 1
  fi
  if ! grep -a "$evidence" "$log"; then
    cat "$log"
    rm "$log"
    return 1
  fi
  rm "$log"
}

# Fault, preset, target, what the net says, and how the net is run in the build directory.
fish() {
  local fault=$1 preset=$2 target=$3 evidence=$4
  shift 4
  if ! build "$fault" "$preset" "$target" >"build/fish/$fault.log" 2>&1; then
    cat "build/fish/$fault.log"
    false
  else
    catches "$evidence" "$@"
  fi
}

mkdir -p build/fish
check "an overflow is caught by the fuzzer" \
  fish overflow fuzz fuzz_json "AddressSanitizer: heap-buffer-overflow" \
  spec/fuzz.sh build/fish/overflow 60 json
check "a wrong digit is caught by the fuzzer" \
  fish digit fuzz fuzz_json "fuzz: another text came back" \
  spec/fuzz.sh build/fish/digit 60 json
check "half an answer is caught by the fuzzer" \
  fish pieces fuzz fuzz_http1 "fuzz: another answer came of pieces" \
  spec/fuzz.sh build/fish/pieces 60 http1
check "a leak is caught by the allocator that fails" \
  fish leak asan oom-5.4 "LeakSanitizer: detected memory leaks" \
  build/fish/leak/oom-5.4 spec/oom.lua "exchange: a request that is malformed"
check "an unchecked allocation is caught by the allocator that fails" \
  fish unchecked asan oom-5.4 "runtime error: null pointer\|AddressSanitizer: SEGV" \
  build/fish/unchecked/oom-5.4 spec/oom.lua "codec: encode many escapes"

((failures == 0))
