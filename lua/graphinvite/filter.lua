--- Quotes values into OData's $filter.
local M = {}

local function quote(value)
  local kind = type(value)
  if kind == "string" then
    return "'" .. value:gsub("'", "''") .. "'"
  elseif kind == "number" then
    return ("%.14g"):format(value)
  elseif kind == "boolean" then
    return tostring(value)
  end
  return value == nil and "null" or tostring(value)
end

--- Puts values, quoted as OData literals, into the places marked %s: format("mail eq %s", address).
---@param format string
---@param ... string|number|boolean|nil
---@return string
function M.format(format, ...)
  local values = { ... }
  local i = 0
  return (format:gsub("%%s", function()
    i = i + 1
    return quote(values[i])
  end))
end

return M
