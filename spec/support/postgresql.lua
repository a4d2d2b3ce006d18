--- PostgreSQL beside a spec: on a Unix socket in a directory of its own, as a user who is not root.
local process = require "spec.support.process"

local M = {}

-- It refuses to run as root. A fast shutdown does not wait for those who are connected.
local SERVE = [[
set -e
cd "$1"
chmod 711 .
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
AS=
if [ "$(id -u)" = 0 ]; then
  AS="setpriv --reuid=postgres --regid=postgres --clear-groups"
  install -d -o postgres pg
else
  mkdir pg
fi
$AS initdb -D "$1/pg/data" -A trust -U spec -N --no-locale -E UTF8 >&2
$AS postgres -D "$1/pg/data" -k "$1/pg" -c listen_addresses= -c fsync=off >&2 &
N=$!
trap 'kill -INT $N' TERM
until pg_isready -q -h "$1/pg"; do kill -0 $N; sleep 0.02; done
echo ready
wait $N || wait $N
]]

local server

--- The URL of a database for one spec, on a server that lives until the run ends.
---@param job string
---@return string
function M.url(job)
  if not server then
    local directory = process.directory()
    server = process.spawn(("sh -c %s sh %s"):format(process.quote(SERVE), directory), directory)
  end
  return ("postgres:///postgres?host=%s/pg&user=spec&job=%s"):format(server.directory, job)
end

return M
