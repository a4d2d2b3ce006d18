--- The texts in URLs and forms.
local M = {}

local function byte_of(digits)
  return string.char(tonumber(digits, 16))
end

--- Decodes percent escapes.
---@param text string
---@return string? text nil when an escape is broken
function M.decode(text)
  if not text:find("%", 1, true) then
    return text
  end
  local decoded, count = text:gsub("%%(%x%x)", byte_of)
  local _, escapes = text:gsub("%%", "")
  return count == escapes and decoded or nil
end

--- Reads "a=1&b=2", where a "+" is a space.
---@param text string
---@return table<string, string>? values by name
---@return string? why what cannot be read
function M.parameters(text)
  local values = {}
  for part in text:gmatch("[^&]+") do
    local name, value = part:gsub("+", " "):match("^([^=]*)=?(.*)$")
    local decoded = M.decode(name)
    value = M.decode(value)
    if not decoded or not value then
      return nil, ("The escapes in '%s' are broken."):format(name)
    elseif values[decoded] then
      return nil, ("'%s' is given twice."):format(decoded)
    end
    values[decoded] = value
  end
  return values
end

--- Tells whether a notification may go to an address: https, or http on loopback.
---@param address string
---@return boolean
function M.may_go_to(address)
  local scheme, authority = address:match "^(https?)://([^/?#@]+)%f[/?#%z]"
  if scheme ~= "http" then
    return scheme == "https"
  end
  local host = authority:gsub(":%d*$", "")
  return host == "localhost" or host == "[::1]" or host:find "^127%.%d+%.%d+%.%d+$" ~= nil
end

return M
