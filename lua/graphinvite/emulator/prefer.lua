--- What a caller prefers, and what of it was done: reference 8, Prefer and Preference-Applied.
local M = {}

local NONE = {}

-- Name = what a value of it looks like; a preference that has none is its name alone.
local KNOWN = {
  ["return"] = "^%a+$", ["odata.maxpagesize"] = "^[1-9]%d?%d?%d?%d?%d?$",
  ["include-unknown-enum-members"] = "^$",
}

-- The preferences of a header, by name; of one that is given twice the first counts (RFC 7240).
local function read(header)
  local given = {}
  for part in header:gmatch("[^,]+") do
    local name, value = part:match("^%s*([%w.-]+)%s*=?%s*\"?([^%s\"]*)\"?%s*$")
    name = name and name:lower()
    if KNOWN[name] and value:find(KNOWN[name]) and not given[name] then
      given[name] = value
    end
  end
  return given
end

--- The value of a preference; "" of one that is a name alone.
---@param exchange graphinvite.emulator.Exchange
---@param name string
---@return string?
function M.get(exchange, name)
  if not exchange.preferences then
    local header = exchange.headers.prefer
    exchange.preferences = header and read(header) or NONE
  end
  return exchange.preferences[name]
end

--- Notes that a preference is followed: the answer says so.
---@param exchange graphinvite.emulator.Exchange
---@param name string
function M.apply(exchange, name)
  local value = M.get(exchange, name)
  local text = value == "" and name or name .. "=" .. value
  exchange.applied = exchange.applied and exchange.applied .. ", " .. text or text
end

return M
