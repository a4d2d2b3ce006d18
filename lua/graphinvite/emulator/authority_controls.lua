--- What a test does to the authority from outside; rows as those of controls.lua.
local authority = require "graphinvite.emulator.authority"
local authority_errors = require "graphinvite.emulator.authority_errors"
local core = require "graphinvite.core"
local credentials = require "graphinvite.emulator.credentials"
local devices = require "graphinvite.emulator.devices"
local fields = require "graphinvite.emulator.fields"
local keys = require "graphinvite.emulator.keys"
local refresh_tokens = require "graphinvite.emulator.refresh_tokens"
local tokens = require "graphinvite.emulator.tokens"

local M = { ROWS = {} }

local function control(name, known, run)
  M.ROWS[name] = { fields = known, run = run }
end

local APPLICATION = {
  client_id = "string", secret = "string", certificate = "string", federated = "table",
  expired = "boolean",
}

-- Registers a credential; a certificate is a text of PEM.
control("application", APPLICATION, function(emulator, given)
  local done, why = credentials.register(emulator.tenant, given)
  return done or fields.fail("%s", why)
end)

-- The person does what a device has asked for.
control("device", { user_code = "string", outcome = "string" }, function(emulator, given)
  local outcome = given.outcome or "approve"
  if outcome ~= "approve" and outcome ~= "decline" then
    fields.fail("outcome: one of approve and decline is wanted, this is %s", outcome)
  end
  local code = given.user_code or fields.fail("user_code: required")
  return devices.decide(emulator, code, outcome)
    or fields.fail("user_code: no device waits for the code %s", code)
end)

-- Tokens from now on live so long.
control("token_lifetime", { seconds = "number" }, function(emulator, given)
  fields.check_whole("seconds", given.seconds or fields.fail("seconds: required"), 1)
  emulator.tenant.token_lifetime = math.floor(given.seconds) -- prints alike on every Lua
  return true
end)

-- The next calls are refused whose tokens do not have these claims.
control("challenge", { claims = "string", count = "number" }, function(emulator, given)
  local text = given.claims or fields.fail("claims: required")
  local claims = core.decode(nil, text)
  if type(claims) ~= "table" then
    fields.fail("claims: the text of a JSON object is wanted")
  end
  fields.check_whole("count", given.count, 1)
  tokens.ask_claims(emulator.tenant, text, claims, given.count or 1)
  return true
end)

-- Makes void the access tokens so far, and the refresh tokens too where that is asked for.
control("revoke", { refresh_tokens = "boolean" }, function(emulator, given)
  tokens.revoke(emulator.tenant)
  if given.refresh_tokens then
    refresh_tokens.revoke(emulator.tenant)
  end
  return true
end)

-- The next token requests are refused with a number of reference 7.5.
control("fail_token", { number = "number", count = "number" }, function(emulator, given)
  local number = given.number or fields.fail("number: required")
  local key = authority_errors.key_of(number)
    or fields.fail("number: no error of the authority has the number %.14g", number)
  fields.check_whole("count", given.count, 1)
  authority.fail_next(emulator.tenant, key, given.count or 1)
  return true
end)

-- Notifications are signed with a new key from now on.
control("rotate_keys", {}, function(emulator)
  local done, why = keys.rotate(emulator)
  return done or fields.fail("%s", why)
end)

return M
