--- Claims challenges: what a 401 asks the next token to say (reference 7.6).
local core = require "graphinvite.core"

local M = {}

--- The claims that a refusal asks for. Several challenges may come in one header, and the order
--- of their parameters is free.
---@param headers table<string, string> lower-case names
---@return string? JSON
function M.claims(headers)
  local text = headers["www-authenticate"] or ""
  if not text:lower():find("insufficient_claims", 1, true) then
    return nil
  end
  local encoded
  for name, value in text:gmatch('([%w_]+)%s*=%s*"([^"]*)"') do
    encoded = name:lower() == "claims" and value or encoded
  end
  local json = encoded and core.base64_decode(encoded) or ""
  return json:find("^%s*{") and core.decode(nil, json) and json or nil
end

--- The claims of a token request: those asked for, and that this client can answer a challenge.
---@param asked string? JSON
---@return string JSON
function M.request(asked)
  local claims = asked and core.decode(nil, asked) or {}
  local of_token = claims.access_token
  if type(of_token) ~= "table" then
    of_token = {}
    claims.access_token = of_token
  end
  of_token.xms_cc = { values = { "cp1" } }
  return assert(core.encode(nil, claims))
end

return M
