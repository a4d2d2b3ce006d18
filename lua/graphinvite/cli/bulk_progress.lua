--- Draws the events of a bulk run: a bar at a terminal, lines elsewhere, nothing with --quiet.
local M = {}

local View = {}
View.__index = View

---@param out table graphinvite.cli.output
function M.new(out)
  return setmetatable({ out = out, quiet = out.args.quiet or out.args.json }, View)
end

---@param event table of a run
function View:event(event)
  if not self.quiet and event.name == "planned" then
    self.out:note("%d rows: %d duplicates, %d guests already.", event.rows, event.duplicates,
      event.guests)
  end
end

--- Leaves the terminal as it should be.
function View:close()
  self.quiet = true
end

-- The numbers of a summary, in order.
local function record(summary)
  local estimate = summary.estimate
  return {
    { "done", summary.done }, { "failed", summary.failed }, { "unknown", summary.unknown },
    { "skipped", summary.skipped }, { "duplicates", summary.duplicates },
    { "guests", summary.guests }, { "left", summary.planned }, { "seconds", summary.seconds },
    { "requests", summary.requests }, { "throttled", summary.throttled },
    { "errors", next(summary.errors) and summary.errors or nil }, { "estimate", estimate },
  }
end

---@param out table
---@param summary graphinvite.bulk.Summary
function M.summary(out, summary)
  if out.args.json then
    return out:record(record(summary))
  end
  out:say("%d done, %d failed, %d unknown, %d skipped, %d left", summary.done, summary.failed,
    summary.unknown, summary.skipped, summary.planned)
end

return M
