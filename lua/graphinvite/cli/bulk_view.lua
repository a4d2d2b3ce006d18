--- What a bulk run shows: a bar at a terminal, lines elsewhere, nothing with --quiet or --json; and
--- its result.
local core = require "graphinvite.core"
local progress = require "graphinvite.cli.progress"

local M = {}

local LISTED = 10 -- failed rows that are told of one by one

local View = {}
View.__index = View

---@param out table of graphinvite.cli.output
function M.new(out)
  local world, quiet = out.world, out.args.quiet or out.args.json or false
  -- the terminal's own ^C stands beside the bar
  local columns = world.err_columns and function() return world.err_columns() - 1 end
  return setmetatable({
    out = out, quiet = quiet, failures = 0,
    progress = progress.new {
      columns = columns, quiet = quiet,
      write = function(text)
        world.err:write(text)
        world.err:flush()
      end,
    },
  }, View)
end

--- Prints a line, where the bar was.
function View:note(format, ...)
  self.progress:clear()
  self.out:note(format, ...)
end

local SHOWN = {}

-- "1 row", "2 rows".
local function count(number, noun)
  return ("%d %s%s"):format(number, noun, number == 1 and "" or "s")
end

function SHOWN.planned(self, event)
  local parts = { count(event.rows, "row") }
  if event.duplicates > 0 then
    parts[#parts + 1] = count(event.duplicates, "duplicate")
  end
  if event.guests > 0 then
    parts[#parts + 1] = count(event.guests, "guest") .. " already"
  end
  self:note("%s", table.concat(parts, ", "))
end

function SHOWN.progress(self, event)
  self.progress:show(event, core.clock())
end

function SHOWN.row(self, event)
  if event.status ~= "failed" then
    return
  end
  self.failures = self.failures + 1
  if self.failures <= LISTED then
    self:note("line %d: %s: %s", event.row.line, event.row.address, event.row.reason)
  elseif self.failures == LISTED + 1 then
    self:note "More rows have failed; `graphinvite bulk report` tells which."
  end
end

---@param event table of a run
function View:event(event)
  if not self.quiet and SHOWN[event.name] then
    SHOWN[event.name](self, event)
  end
end

--- Leaves the terminal as it should be.
function View:close()
  self.progress:finish()
end

local function milliseconds(seconds)
  return seconds and math.floor(seconds * 1000 + 0.5) / 1000
end

-- The numbers of a summary, in order.
local function record(summary)
  local estimate = summary.estimate
  return {
    { "done", summary.done }, { "failed", summary.failed }, { "unknown", summary.unknown },
    { "skipped", summary.skipped }, { "duplicates", summary.duplicates },
    { "guests", summary.guests }, { "left", summary.planned },
    { "seconds", milliseconds(summary.seconds) }, { "requests", summary.requests },
    { "throttled", summary.throttled },
    { "errors", next(summary.errors) and summary.errors or nil },
    {
      "estimate", estimate and {
        requests = estimate.requests, seconds = milliseconds(estimate.seconds),
      },
    },
  }
end

--- Prints the result of a run.
---@param out table
---@param summary graphinvite.bulk.Summary
function M.result(out, summary)
  if out.args.json then
    out:record(record(summary))
  else
    local world = out.world
    out:put(require("graphinvite.cli.summary").text(summary, world.columns, world.ascii))
  end
end

return M
