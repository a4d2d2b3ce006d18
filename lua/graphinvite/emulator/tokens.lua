--- Access tokens: how they are issued, and what the bearer of a request is worth (reference 4.4
-- and 7.6).
local clouds = require "graphinvite.clouds"
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local permissions = require "graphinvite.emulator.permissions"
local stores = require "graphinvite.emulator.store"

local M = {}

local LIFETIME = 3599 -- seconds: reference 7.6 GEN
local ALWAYS = "Bearer emulator" -- the one that is always good, and that nothing challenges

--- What a token stands for.
---@class graphinvite.emulator.Grant
---@field audience string root of the resource
---@field client_id string
---@field app_only boolean it has no user
---@field scope string? what a user's token may do
---@field offline boolean? a refresh token goes with it
---@field claims table? what the request asked the token to say

---@param tenant table
function M.start(tenant)
  tenant.tokens, tenant.token_lifetime = stores.new(), LIFETIME
  tenant.token_round = 1 -- those of a round before were revoked
  tenant.challenges = {} -- claims and how many calls they are still asked of
end

--- A text that nobody can guess from another one; with dots, as a JWT has them.
---@param random graphinvite.emulator.Random
---@return string
function M.text(random)
  return (("%s.%s.%s"):format(random:guid(), random:guid(), random:guid()):gsub("%-", ""))
end

--- Makes a token.
---@param emulator graphinvite.Emulator
---@param grant graphinvite.emulator.Grant
---@return string token
---@return integer lifetime seconds
function M.issue(emulator, grant)
  local tenant, now = emulator.tenant, emulator.clock:wall()
  local text, lifetime = M.text(emulator.random), tenant.token_lifetime
  tenant.tokens:put(text, {
    expires = now + lifetime, round = tenant.token_round, audience = grant.audience,
    client_id = grant.client_id, app_only = grant.app_only, claims = grant.claims,
    rights = permissions.of(tenant, grant),
  }, now)
  return text, lifetime
end

--- Makes every token so far void.
---@param tenant table
function M.revoke(tenant)
  tenant.token_round = tenant.token_round + 1
end

--- Asks further claims of the tokens of the next calls.
---@param tenant table
---@param text string JSON
---@param claims table the same
---@param count integer
function M.ask_claims(tenant, text, claims, count)
  table.insert(tenant.challenges, { text = text, claims = claims, left = count })
end

-- Tells whether a value has all that another one has, members and elements in any order.
local function includes(value, wanted)
  if type(wanted) ~= "table" then
    return value == wanted
  elseif type(value) ~= "table" then
    return false
  end
  for key, item in pairs(wanted) do
    local found = includes(value[key], item)
    if not found and type(key) == "number" then
      for _, other in ipairs(value) do
        found = found or includes(other, item)
      end
    end
    if not found then
      return false
    end
  end
  return true
end

-- Refuses a token that lacks claims which are asked for now: reference 7.6.
local function challenge(exchange, token)
  local list = exchange.tenant.challenges
  local asked = list[1]
  if not asked or includes(token.claims, asked.claims) then
    return
  end
  asked.left = asked.left - 1
  if asked.left == 0 then
    table.remove(list, 1)
  end
  local authority = clouds.rows[exchange.emulator.options.cloud].authority
  errors.refuse("token_claims", nil, { headers = {
    ["www-authenticate"] = ('Bearer realm="", authorization_uri="%s/common/oauth2/authorize",'
      .. ' error="insufficient_claims", claims="%s"'):format(authority,
      core.base64_encode(asked.text)),
  } })
end

-- The text of a request's bearer; refuses what is none.
local function bearer(header)
  local scheme, text = (header or ""):match("^(%a+) +(%S+)%s*$")
  if not text or scheme:lower() ~= "bearer" then
    errors.refuse("token_empty")
  end
  return text
end

--- Checks the bearer of a request; refuses it as reference 4.4 and 7.6 say.
---@param exchange graphinvite.emulator.Exchange
function M.check(exchange)
  local header, tenant = exchange.headers.authorization, exchange.tenant
  if header == ALWAYS then
    return
  end
  local text = bearer(header)
  if "Bearer " .. text == ALWAYS then
    return
  end
  local token = tenant.tokens:get(text)
  if not token then
    errors.refuse(text:find(".", 1, true) and "token_unknown" or "token_no_jwt")
  elseif token.expires <= exchange.emulator.clock:wall() then
    errors.refuse("token_expired")
  elseif token.audience ~= clouds.rows[exchange.emulator.options.cloud].graph then
    errors.refuse("token_audience")
  elseif token.round ~= tenant.token_round then
    errors.refuse("token_revoked")
  end
  challenge(exchange, token)
  exchange.app_only, exchange.client_id = token.app_only, token.client_id
  exchange.rights = token.rights
end

return M
