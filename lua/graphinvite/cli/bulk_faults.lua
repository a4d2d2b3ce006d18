--- Opens the input of a bulk run, and tells all that is wrong with it, by lines.
local status = require "graphinvite.cli.status"

local M = {}

local SHOWN = 100 -- faults that are printed; the rest is counted

local function word_for(count)
  return count == 1 and "1 fault" or ("%d faults"):format(count)
end

-- The faults as members of the error, for --json.
local function listed(faults)
  local list = {}
  for i = 1, math.min(#faults, SHOWN) do
    list[i] = { line = faults[i].line, column = faults[i].column, message = faults[i].message }
  end
  return list
end

---@param args table
---@param settings table of the configuration file
---@param out table
---@return graphinvite.bulk.Reader?
---@return table? err
function M.open(args, settings, out)
  local input = require "graphinvite.workflows.bulk.input"
  local name = args.file == "-" and "standard input" or args.file
  local reader, faults = input.open(args.file, { redirect = args.redirect or settings.redirect })
  if reader then
    for _, notice in ipairs(not args.quiet and reader.notices or {}) do
      out:note("%s: %s", name, notice)
    end
    return reader
  end
  for i = 1, math.min(#faults, SHOWN) do
    out:note("%s: %s", name, tostring(faults[i]))
  end
  if faults.total > SHOWN then
    out:note("... and %d more.", faults.total - SHOWN)
  end
  local _, err = status.usage(("%s: %s; nothing was sent"):format(name, word_for(faults.total)))
  err.faults = listed(faults)
  return nil, err
end

return M
