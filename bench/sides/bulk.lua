--- Program: runs a bulk job of so many rows in SQLite, and prints the rows done, the CPU seconds
--- that it took and the most memory that it had, in KiB.
---   lua bench/sides/bulk.lua GRAPH JOB ROWS
local bulk = require "graphinvite.workflows.bulk"
local graphinvite = require "graphinvite"
local guests = require "spec.support.bulk_rows"

local summary = graphinvite.check(bulk.run {
  client = graphinvite.new { base_url = arg[1], auth = graphinvite.auth.static "emulator" },
  store = arg[2],
  input = guests.rows(tonumber(arg[3])),
  rate = 0,
})
local file = assert(io.open "/proc/self/status")
local status = file:read "*a"
file:close()
print(summary.done, os.clock(), status:match "VmHWM:%s*(%d+) kB")
