--- The options of a bulk run: names, types and presets.
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local options = require "graphinvite.options"
local paces = require "graphinvite.workflows.bulk.pace"

local M = {}

---@class graphinvite.BulkOptions
---@field client graphinvite.Client
---@field input function|table? an iterator of rows, an array, or a reader with rows(); without it
---the job goes on that the store has
---@field path string? of a file to be read instead
---@field store string|graphinvite.bulk.Store? what bulk.store takes or gives; preset: in memory
---@field concurrency integer? calls under way at the most (32); how many is found out
---@field rate number? rows a second at the most, 0 for no limit; preset: what is documented, 30
---@field max_per_hour integer?
---@field settle number? seconds (60) after a lost answer until a look-up can tell what became of it
---@field deadline number? seconds (30) for one row
---@field lease number? seconds (twice the deadline) that a worker holds rows
---@field reinvite boolean? guests are invited again
---@field redeem_urls boolean? the job keeps the links that redeem the invitations
---@field retry_failed boolean? failed rows are planned again
---@field dry_run boolean? nothing is sent or kept; the summary has an estimate
---@field on_event fun(event: table)?
---@field interrupted fun(): boolean? true ends the run when what is under way is done

-- name = { types, preset, least value }
local ROWS = {
  client = { "table" },
  input = { "function|table" },
  path = { "string" },
  store = { "string|table" },
  concurrency = { "number", 32, 1 },
  rate = { "number", paces.DOCUMENTED, 0 },
  max_per_hour = { "number", nil, 1 },
  settle = { "number", 60, 0 },
  deadline = { "number", 30, 0.001 },
  lease = { "number", nil, 0 },
  reinvite = { "boolean", false },
  redeem_urls = { "boolean", false },
  retry_failed = { "boolean", false },
  dry_run = { "boolean", false },
  on_event = { "function" },
  interrupted = { "function" },
}

local LEAD = 1 -- seconds; see feed.lua

local function fault(name, value)
  local row = ROWS[name]
  if not row then
    local names = {}
    for each in pairs(ROWS) do
      names[#names + 1] = each
    end
    table.sort(names)
    local near = type(name) == "string" and core.suggest(name, names)
    return ("bulk.run has no option %s%s"):format(tostring(name),
      near and (" (did you mean %s?)"):format(near) or "")
  elseif not ("|" .. row[1] .. "|"):find("|" .. type(value) .. "|", 1, true) then
    return ("option %s is a %s, this is a %s"):format(name, row[1], type(value))
  elseif row[3] and not (value >= row[3] and value < math.huge) then
    return ("option %s is a number from %g on"):format(name, row[3])
  end
end

--- Raises where an option is unknown or wrong.
---@param given graphinvite.BulkOptions
---@return table settings every option that has a value
function M.check(given)
  if type(given) ~= "table" then
    errors.misuse("bulk.run takes a table of options, this is a " .. type(given))
  end
  for name, value in pairs(given) do
    local why = fault(name, value)
    if why then
      errors.misuse(why)
    end
  end
  local client = given.client
  if not client or type(client.parallel) ~= "function" then
    errors.misuse "option client is a client, as graphinvite.new gives it"
  end
  local settings = {}
  for name, row in pairs(ROWS) do
    settings[name] = row[2]
  end
  settings = options.merge(settings, given)
  settings.concurrency = math.floor(settings.concurrency)
  settings.lease = settings.lease or 2 * math.max(settings.deadline, LEAD)
  if settings.lease <= settings.deadline + LEAD then
    errors.misuse(("option lease is more than %g s longer than the deadline"):format(LEAD))
  end
  settings.pacing = { rate = settings.rate, per_hour = settings.max_per_hour }
  return settings
end

return M
