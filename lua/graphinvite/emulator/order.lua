--- Puts values in the order that $orderby asks for: reference 3.8.
local predicate = require "graphinvite.emulator.predicate"

local M = {}

local function at_path(value, path)
  for name in path:gmatch("[^/]+") do
    value = type(value) == "table" and value[name] or nil
  end
  return value
end

-- How two values stand to each other by the first key that tells them apart; nil where none does.
local function is_before(a, b, keys)
  for _, key in ipairs(keys) do
    local order = predicate.order(at_path(a, key.path), at_path(b, key.path))
    if order ~= 0 then
      return (order < 0) ~= key.descending
    end
  end
end

--- Sorts values; equal ones stay as they were.
---@param values table[] is sorted itself
---@param keys { path: string, descending: boolean }[]
function M.sort(values, keys)
  local place = {}
  for i, value in ipairs(values) do
    place[value] = i
  end
  table.sort(values, function(a, b)
    local before = is_before(a, b, keys)
    if before == nil then
      return place[a] < place[b]
    end
    return before
  end)
end

return M
