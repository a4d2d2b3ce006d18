#!/usr/bin/env bash
# Installs by LuaRocks and by CMake into empty trees and runs examples/ from each of them.
# Prints one "ok" or "not ok" line per check. Uses no network: LuaRocks has no server to ask.
#   spec/install.sh BUILD    the build directory that CMake installs from
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/spec/checks.sh"
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

unset "${!LUA_PATH@}" "${!LUA_CPATH@}" "${!LUAROCKS_CONFIG@}"
export HOME=$work LUAROCKS_CONFIG=$work/config.lua
cat >"$LUAROCKS_CONFIG" <<'END'
rocks_servers = {}
rocks_provided = { ["lua-cjson"] = "2.1.0-1", argparse = "0.7.1-1" } -- as Debian packages them
END

# LuaRocks for the Lua $1 on the tree $2.
rocks() {
  local abi=$1 tree=$2
  shift 2
  luarocks --lua-version "$abi" --tree "$tree" "$@"
}

# Runs the demo on the Lua $1 with the modules of the tree $2; the rest is the command to serve with.
demo() {
  local abi=$1 tree=$2
  shift 2
  LUA_PATH="$tree/share/lua/$abi/?.lua;$tree/share/lua/$abi/?/init.lua;;" \
    LUA_CPATH="$tree/lib/lua/$abi/?.so;;" \
    "$root/examples/demo.sh" "lua$abi" "$@"
}

# LuaRocks leaves object files in the sources, so it gets a copy.
mkdir "$work/source"
cp -r "$root"/{csrc,lua,rockspec} "$work/source"

for abi in 5.1 5.3 5.4; do
  made=$work/made-$abi
  copied=$work/copied-$abi
  rocks_dir=$work/rocks-$abi
  mkdir "$rocks_dir"
  for rock in graphinvite graphinvite-httpd graphinvite-crypto; do
    cd "$work/source"
    check "Lua $abi: luarocks make $rock" rocks "$abi" "$made" make "rockspec/$rock-scm-1.rockspec"
    cd "$rocks_dir"
    check "Lua $abi: luarocks pack $rock" rocks "$abi" "$made" pack "$rock"
    check "Lua $abi: luarocks install $rock" rocks "$abi" "$copied" install "$rock"-scm-1.*.rock
  done
  cd "$work"
  for tree in "$made" "$copied"; do
    check "Lua $abi: the examples run from ${tree##*/}" demo "$abi" "$tree" "$tree/bin/graphinvite"
  done
done

prefix=$work/prefix
check "cmake --install" cmake --install "$build" --prefix "$prefix"
for abi in 5.1 5.3 5.4; do
  check "Lua $abi: the examples run from the CMake prefix" \
    demo "$abi" "$prefix" "lua$abi" "$prefix/share/lua/$abi/graphinvite/cli.lua"
done
check "bin/graphinvite runs without any environment" env -i "$prefix/bin/graphinvite" --help

((failures == 0))
