# Sourced by the checks that are shell scripts; each ends with: ((failures == 0))
# shellcheck shell=bash
failures=0

# Runs a command as one counted check: prints "ok - NAME" or "not ok - NAME" after it.
check() {
  local name=$1
  shift
  if "$@"; then
    echo "ok - $name"
  else
    echo "not ok - $name"
    failures=$((failures + 1))
  fi
}
