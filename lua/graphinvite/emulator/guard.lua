--- Keeps foreign web pages out of the controls and of what people open: a page of another origin
-- says so in Origin, and one whose name was rebound to this machine says its own name in Host.
-- Programs send no Origin.
local errors = require "graphinvite.emulator.errors"

local M = {}

local LOCAL = { "localhost", "127.0.0.1", "[::1]" }

-- The name in a Host header, without its port; nil where it has none.
local function name_of(host)
  host = host:lower()
  return host:match("^(%[[%x:.]+%]):?%d*$") or host:match("^([^:%[%],%s]+):?%d*$")
end

local function is_one_of(name, list)
  for _, known in ipairs(list) do
    known = known:lower()
    if name == known or name == "[" .. known .. "]" then
      return true
    end
  end
  return false
end

--- Refuses what a foreign page could have sent.
---@param exchange graphinvite.emulator.Exchange
function M.check(exchange)
  local host, origin = exchange.headers.host, exchange.headers.origin
  local name = host and name_of(host)
  if host and not (name and (is_one_of(name, LOCAL)
    or is_one_of(name, exchange.emulator.options.hosts))) then
    errors.refuse("foreign_host", host)
  end
  local own = host or exchange.origin:match("^%a+://(.*)$")
  if origin and origin:lower():match("^https?://(.*)$") ~= own:lower() then
    errors.refuse("foreign_origin", origin)
  end
end

return M
