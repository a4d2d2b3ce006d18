--- Quotes values into OData's $filter (reference 3.8).
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"

local M = {}

-- A literal: a string in single quotes, a number with all its digits, true, false, null.
local function quote(value)
  if type(value) == "string" then
    return "'" .. value:gsub("'", "''") .. "'"
  end
  if value == nil then
    return "null"
  end
  local text = type(value) ~= "table" and core.encode(nil, value)
  if not text then
    errors.misuse("a filter takes strings, numbers and booleans, this is a " .. type(value))
  end
  return text
end

--- Puts values, quoted as OData literals, where %s stands: format("mail eq %s", address).
---@param format string
---@param ... string|number|boolean|nil
---@return string
function M.format(format, ...)
  local values = { ... }
  local i, given = 0, select("#", ...)
  local _, wanted = tostring(format):gsub("%%s", "")
  if type(format) ~= "string" or wanted ~= given then
    errors.misuse(("a filter is a text with one %%s for each value: it has %d, %d values are given")
      :format(wanted, given))
  end
  return (format:gsub("%%s", function()
    i = i + 1
    return quote(values[i])
  end))
end

return M
