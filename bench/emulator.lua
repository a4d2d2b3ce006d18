--- The emulator: creates a second under wrk while the tenant grows, what the 100,000th guest costs
--- against the first, memory, a page, and the time until it is ready. No mark binds yet.
local core = require "graphinvite.core"
local process = require "spec.support.process"
local report = require "bench.report"

local M = {}

local SERVE = "%s lua/graphinvite/cli.lua emulator serve --port 0"
local WRK = "wrk -t1 -c16 -d5s -s bench/sides/wrk.lua %s"
local STARTS = 5

local function serve(interpreter)
  local start = core.clock()
  local server = process.spawn(SERVE:format(interpreter.command), process.directory())
  return server, core.clock() - start
end

local function ready(interpreter)
  local times = {}
  for i = 1, STARTS do
    local server, time = serve(interpreter)
    times[i] = time
    server:stop()
  end
  return report.median(times)
end

local function throughput(interpreter)
  local server = serve(interpreter)
  local url = server.line:match '"url":"([^"]+)"'
  local text = process.output(WRK:format(url))
  server:stop()
  assert(not text:find "Non%-2xx" and not text:find "Socket errors", text)
  return tonumber(text:match "Requests/sec:%s*([%d.]+)")
end

local function tenant(interpreter)
  local text = process.output(interpreter.command .. " bench/sides/tenant.lua")
  local first, last, page, memory = text:match "^(%S+)%s+(%S+)%s+(%S+)%s+(%S+)$"
  return tonumber(first), tonumber(last), tonumber(page), tonumber(memory)
end

function M.run(interpreters)
  local rows = { { "", "wrk, 16 connections", "first create", "100,000th", "page of 100",
    "100,000 guests", "ready in" } }
  for _, interpreter in ipairs(interpreters) do
    if interpreter.binding then
      local first, last, page, memory = tenant(interpreter)
      rows[#rows + 1] = {
        interpreter.name,
        ("%.0f/s"):format(throughput(interpreter)),
        ("%.1f us"):format(first * 1e6),
        ("%.1f us"):format(last * 1e6),
        ("%.2f ms"):format(page * 1e3),
        ("%.0f MiB"):format(memory / 1024),
        ("%.0f ms"):format(ready(interpreter) * 1e3),
      }
    end
  end
  report.print("Emulator (no mark yet; 20,000 creates a second are wanted on lua5.4)", rows)
end

return M
