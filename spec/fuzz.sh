#!/usr/bin/env bash
# Runs the fuzzers of a build side by side. Prints one "ok" or "not ok" line for each, with
# the number of its executions. What they find and learn stays in BUILD/corpus. The first
# inputs are made by the modules in build/lua/5.4.
#   spec/fuzz.sh BUILD SECONDS [json|decode|call|crypto|http1]...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source spec/checks.sh
build=$1 seconds=$2
shift 2
targets=("$@")
((${#targets[@]} > 0)) || targets=(json decode call crypto http1)
corpus=$build/corpus

mkdir -p "$corpus"/{json,decode,call,crypto,http1,found}
LUA_CPATH="build/lua/5.4/?.so;;" lua5.4 spec/fuzz_seeds.lua "$corpus" spec/fixtures/*.json
for target in "${targets[@]}"; do
  # Lua's collector frees late, which looks like a leak in the middle of a run.
  "$build/fuzz_$target" -detect_leaks=0 -max_total_time="$seconds" -max_len=4096 \
    -dict="$corpus/words" -print_final_stats=1 -artifact_prefix="$corpus/found/$target-" \
    "$corpus/$target" >"$corpus/$target.log" 2>&1 &
  pids+=($!)
done

# Fails with the report of fuzzer $1, whose process is $2, when it has found something.
nothing_found() {
  wait "$2" && return
  grep -a '^fuzz: \|runtime error: ' -A 2 "$corpus/$1.log" || true
  grep -a 'ERROR: AddressSanitizer' -A 15 "$corpus/$1.log" || true
  tail -n 3 "$corpus/$1.log"
  return 1
}

for i in "${!targets[@]}"; do
  target=${targets[$i]} status=0
  nothing_found "$target" "${pids[$i]}" || status=$?
  runs=$(sed -n 's/^stat::number_of_executed_units: //p' "$corpus/$target.log")
  check "fuzz_$target: ${runs:-0} executions" test "$status" = 0
done

((failures == 0))
