--- Entity tags, and the requests that depend on them: reference 3.1 and 8. A tag follows from how
--- often an entity was changed.
local errors = require "graphinvite.emulator.errors"

local M = {}

--- The @odata.etag of an entity.
---@param version integer
---@return string
function M.text(version)
  return ('W/"%d"'):format(version)
end

-- Tells whether a header names a version; "*" names every one.
local function names(header, version)
  local list = header:match("^%s*(.-)%s*$")
  if list == "*" then
    return true
  end
  local found = false
  for part in (list .. ","):gmatch("%s*(.-)%s*,") do
    local tag = part:match('^W?/?"([^"]*)"$') or errors.refuse("etag_malformed", part)
    found = found or tag == tostring(version)
  end
  return found
end

--- Checks If-Match and If-None-Match of a request for an entity.
---@param exchange graphinvite.emulator.Exchange
---@param version integer the entity's, before the request changes it
---@return boolean? unchanged a GET whose caller has this version already
function M.check(exchange, version)
  local wanted, unwanted = exchange.headers["if-match"], exchange.headers["if-none-match"]
  if wanted and not names(wanted, version) then
    errors.refuse("etag_stale")
  elseif unwanted and names(unwanted, version) then
    return exchange.method == "GET" or errors.refuse("etag_stale")
  end
end

return M
