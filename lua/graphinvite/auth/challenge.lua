--- Claims challenges: what a 401 asks the next token to say (reference 7.6).
local core = require "graphinvite.core"

local M = {}

-- The parameters of each Bearer challenge in a header that may hold several of any scheme.
local function challenges(header)
  local quoted, list, current = {}, {}, nil
  header = header:gsub('"([^"]*)"', function(text)
    quoted[#quoted + 1] = text
    return '"' .. #quoted .. '"'
  end)
  for part in header:gmatch("[^,]+") do
    local scheme, rest = part:match("^%s*([%w_-]+)%s+([%w_]+%s*=.*)$")
    if scheme then
      current = {}
      list[#list + 1] = scheme:lower() == "bearer" and current or nil
    end
    local name, value = (rest or part):match('^%s*([%w_]+)%s*=%s*"(%d+)"%s*$')
    if name and current then
      current[name:lower()] = quoted[tonumber(value)]
    end
  end
  return list
end

--- The claims that a refusal asks for. Several challenges may come in one header, and the order
--- of their parameters is free.
---@param headers table<string, string> lower-case names
---@return string? JSON
function M.claims(headers)
  for _, challenge in ipairs(challenges(headers["www-authenticate"] or "")) do
    if challenge.error == "insufficient_claims" then
      local json = core.base64_decode(challenge.claims or "") or ""
      return json:find("^%s*{") and core.decode(nil, json) and json or nil
    end
  end
  return nil
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
