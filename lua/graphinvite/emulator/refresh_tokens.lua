--- The refresh token grant (reference 7.2). Each use gives a new token; the one before stays good,
-- as no error of 7.5 is about it (INF).
local scopes = require "graphinvite.emulator.scopes"
local stores = require "graphinvite.emulator.store"
local tokens = require "graphinvite.emulator.tokens"

local M = {}

local DAY = 86400
local UNUSED, LIFETIME = 90 * DAY, 365 * DAY -- INF
local KNOWN = 2 * LIFETIME -- seconds that an old one is told from one that never was: INF

---@param tenant table
function M.start(tenant)
  tenant.refresh_tokens, tenant.refresh_round = stores.new(), 1
end

--- Makes a refresh token.
---@param emulator graphinvite.Emulator
---@param grant graphinvite.emulator.Grant
---@return string
function M.issue(emulator, grant)
  local tenant, now = emulator.tenant, emulator.clock:wall()
  local text = tokens.text(emulator.random)
  tenant.refresh_tokens:put(text, {
    ends = now + LIFETIME, expires = now + KNOWN, used = now, round = tenant.refresh_round,
    scope = grant.scope, client_id = grant.client_id,
  }, now)
  return text
end

--- Makes every refresh token so far void.
---@param tenant table
function M.revoke(tenant)
  tenant.refresh_round = tenant.refresh_round + 1
end

-- Tells what is wrong with a token that is known.
local function problem(tenant, token, now)
  return token.round ~= tenant.refresh_round and "refresh_revoked"
    or token.ends <= now and "refresh_expired"
    or token.used + UNUSED <= now and "refresh_unused"
    or nil
end

---@param request graphinvite.emulator.TokenRequest
---@return graphinvite.emulator.Grant?
---@return string? key in authority_errors.lua
---@return string? subject
function M.redeem(request)
  local emulator, form = request.emulator, request.form
  local tenant, now = emulator.tenant, emulator.clock:wall()
  local token = tenant.refresh_tokens:get(form.refresh_token)
  if not token or token.client_id ~= form.client_id then
    return nil, "refresh_unknown"
  end
  local wrong = problem(tenant, token, now)
  if wrong then
    return nil, wrong
  end
  local granted, key, subject = scopes.of_user(emulator.options.cloud, form.scope or token.scope)
  if not granted then
    return nil, key, subject
  end
  token.used = now
  return {
    audience = granted.audience, scope = granted.scope, offline = true,
    client_id = form.client_id, app_only = false,
  }
end

return M
