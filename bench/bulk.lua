--- A bulk job in SQLite against the emulator's server: memory and CPU of 100,000 rows, next to
--- those of 10,000. The emulator is another process, and not counted.
local emulators = require "graphinvite.emulator"
local process = require "spec.support.process"
local report = require "bench.report"

local M = {}

local SERVE = "%s lua/graphinvite/cli.lua emulator serve --port 0"
local FEW, MANY = 10000, 100000

-- What must hold of the many rows.
local MOST_CPU, MOST_MEMORY, MOST_GROWTH = 150, 48, 1.1 -- us a row, MiB, times that of the few

-- Runs a job of so many rows on a fresh tenant. Gives microseconds of CPU a row, and MiB.
local function measure(interpreter, count)
  local server = process.spawn(SERVE:format(interpreter.command), process.directory())
  local directory = process.directory()
  local tenant = emulators.connect(server.line:match '"url":"([^"]+)"',
    require("graphinvite.transport.curl").new {})
  local text = process.output(("%s bench/sides/bulk.lua %s %s/job.db %d"):format(
    interpreter.command, server.line:match '"graph":"([^"]+)"', directory, count))
  local done, cpu, memory = text:match "^(%d+)%s+(%S+)%s+(%d+)$"
  assert(tonumber(done) == count, text)
  assert(count > FEW or #tenant:mailbox() == count) -- more would not fit into one answer
  server:stop()
  os.execute("rm -rf " .. directory)
  return tonumber(cpu) / count * 1e6, tonumber(memory) / 1024
end

function M.run(interpreters)
  local rows = { { "", "us a row", "10,000", "MiB", "10,000", "" } }
  for _, interpreter in ipairs(interpreters) do
    local few_cpu, few_memory = measure(interpreter, FEW)
    local cpu, memory = measure(interpreter, MANY)
    local holds = cpu <= MOST_CPU and memory <= MOST_MEMORY and memory <= MOST_GROWTH * few_memory
    local verdict = holds and "ok" or interpreter.binding and "MISSED" or "(not binding)"
    if interpreter.binding then
      report.require(holds)
    end
    rows[#rows + 1] = {
      interpreter.name, ("%.0f"):format(cpu), ("%.0f"):format(few_cpu), ("%.1f"):format(memory),
      ("%.1f"):format(few_memory), verdict,
    }
  end
  report.print("A bulk job of 100,000 rows (at most 150 us of CPU a row, emulator excluded; at "
    .. "most 48 MiB, and a tenth more than 10,000 rows take)", rows)
end

return M
