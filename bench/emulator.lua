--- The emulator: creates a second under wrk while the tenant grows, what the 100,000th guest costs
--- against the first, memory, a page, and the time until it is ready.
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

-- What is measured: its unit, and what must hold.
local FIGURES = {
  { "wrk, 16 connections", "%.0f/s", least = 20000, only = "lua5.4" },
  { "a first create", "%.1f us" },
  { "100,000th / first", "%.2f", most = 1.5 },
  { "page of 100", "%.2f ms", most = 5 },
  { "100,000 guests", "%.0f MiB", most = 200 },
  { "ready in", "%.0f ms", most = 100 },
}

local function judge(figure, value, name)
  local text = figure[2]:format(value)
  local holds = value >= (figure.least or value) and value <= (figure.most or value)
  if holds or figure.only and figure.only ~= name then
    return text
  end
  report.require(false)
  return text .. " MISSED"
end

function M.run(interpreters)
  local rows = { { "" } }
  for _, figure in ipairs(FIGURES) do
    table.insert(rows[1], figure[1])
  end
  for _, interpreter in ipairs(interpreters) do
    local first, last, page, memory = tenant(interpreter)
    local values = {
      throughput(interpreter), first * 1e6, last / first, page * 1e3, memory / 1024,
      ready(interpreter) * 1e3,
    }
    local row = { interpreter.name }
    for i, figure in ipairs(FIGURES) do
      row[#row + 1] = judge(figure, values[i], interpreter.name)
    end
    rows[#rows + 1] = row
  end
  report.print("Emulator (lua5.4: at least 20,000/s; all: the 100,000th create at most 1.5 times a "
    .. "first one, a page within 5 ms, 100,000 guests within 200 MiB, ready within 100 ms)", rows)
end

return M
