--- Queries of the directory that it answers from an index which lags behind: whoever asks one has
--- to say that this will do (reference 3.8).
local errors = require "graphinvite.emulator.errors"

local M = {}

local OPERATORS = { ne = true, ["not"] = true, endswith = true }

-- Tells whether a filter has an operator that asks for the index.
local function has_operator(node)
  if type(node) ~= "table" then
    return false
  elseif OPERATORS[node.kind] then
    return true
  end
  for _, child in ipairs(node) do
    if has_operator(child) then
      return true
    end
  end
  return false
end

--- Refuses an advanced query whose caller has not said that it may lag behind.
---@param exchange graphinvite.emulator.Exchange
---@param wanted table what query.read gave
---@param counts boolean? the request is for a number only
function M.check(exchange, wanted, counts)
  local level = exchange.headers.consistencylevel
  local eventual = level ~= nil and level:lower() == "eventual"
  local searches = wanted.search or wanted.filter and has_operator(wanted.filter)
  if (searches or wanted.count or counts) and not eventual then
    errors.refuse("advanced", "the header 'ConsistencyLevel: eventual'")
  elseif searches and not wanted.count and not counts then
    errors.refuse("advanced", "the query option '$count=true'")
  end
end

return M
