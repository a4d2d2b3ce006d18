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

---@param out table
---@param summary graphinvite.bulk.Summary
function M.summary(out, summary)
  out:say("%d done, %d failed, %d unknown, %d skipped, %d left", summary.done, summary.failed,
    summary.unknown, summary.skipped, summary.planned)
end

return M
