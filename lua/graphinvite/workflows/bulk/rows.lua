--- What the stores agree on: a row's fields, what makes two the same, how they are counted. Pure.
local errors = require "graphinvite.errors"

local M = {}

-- The fields that an input gives.
local GIVEN = { "line", "address", "redirect", "send", "message", "name" }

--- The fields that a run changes.
M.RESULTS = {
  "state", "guest", "sends", "sent_at", "reason", "code", "user_id", "request_id", "link",
}

--- The form of an address under which two are one.
---@param address string
---@return string
function M.fold(address)
  return address:lower()
end

--- A row of an input as a store keeps it.
---@param row table
---@param place integer its line, where it has none
---@return graphinvite.bulk.JobRow
function M.new(row, place)
  if type(row) ~= "table" or type(row.address) ~= "string" or type(row.redirect) ~= "string" then
    errors.misuse(("row %d: a row is a table with address and redirect"):format(place))
  end
  return {
    line = row.line or place, address = row.address, redirect = row.redirect,
    send = row.send and true or false, message = row.message, name = row.name,
    state = "new", guest = false, sends = 0,
  }
end

---@param row graphinvite.bulk.JobRow
---@return graphinvite.bulk.JobRow
function M.copy(row)
  local copy = {}
  for name, value in pairs(row) do
    copy[name] = value
  end
  return copy
end

--- The error of a job that has other rows than an input; nil where these two are the same.
---@param kept graphinvite.bulk.JobRow?
---@param given graphinvite.bulk.JobRow?
---@return graphinvite.Error?
function M.difference(kept, given)
  local same = kept and given
  for _, name in ipairs(GIVEN) do
    same = same and kept[name] == given[name]
  end
  if same then
    return nil
  end
  local line = math.min((kept or given).line, (given or kept).line)
  local message = ("the job was planned from another input: line %d differs"):format(line)
  return errors.new("model", message, {
    line = line, retriable = false,
    hint = "finish it with its own input, or give this input a job of its own",
  })
end

--- The error of a job that nothing was planned for.
---@return graphinvite.Error
function M.empty()
  return errors.new("model", "the job has no rows yet: it is planned from an input", {
    retriable = false,
  })
end

---@return graphinvite.bulk.Counts
function M.counts()
  return {
    new = 0, planned = 0, sent = 0, unknown = 0, done = 0, failed = 0, skipped = 0,
    duplicates = 0, guests = 0, untold = 0, total = 0,
  }
end

--- Counts n rows of a state.
---@param counts graphinvite.bulk.Counts
---@param state graphinvite.bulk.State
---@param kind string? why they are skipped; "guest" of unknown ones that a look-up cannot tell
---@param n integer
---@param sent_at number? of the first of them
function M.count(counts, state, kind, n, sent_at)
  counts[state], counts.total = counts[state] + n, counts.total + n
  if state == "skipped" then
    local name = kind == "duplicate" and "duplicates" or "guests"
    counts[name] = counts[name] + n
  elseif state == "unknown" and kind == "guest" then
    counts.untold = counts.untold + n
  elseif state == "unknown" and (not counts.due or sent_at < counts.due) then
    counts.due = sent_at
  end
end

return M
