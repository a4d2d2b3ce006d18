--- The device code grant: a person signs in elsewhere, a program asks again and again whether he
-- has (reference 7.2).
local scopes = require "graphinvite.emulator.scopes"
local stores = require "graphinvite.emulator.store"
local tokens = require "graphinvite.emulator.tokens"

local M = {}

local LIFETIME = 900 -- seconds: 7.2 docs
local KNOWN = 86400 -- seconds that an expired code is told from one that never was: INF
local INTERVAL, SLOWER = 5, 5 -- seconds: 7.2 docs
local JITTER = 0.001 -- seconds; sums of fractions are not exact
local LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789" -- of a user code: INF
local LENGTH = 9 -- GEN

local MESSAGE = "To sign in, use a web browser to open the page %s and enter the code %s to"
  .. " authenticate." -- GEN

---@param tenant table
function M.start(tenant)
  tenant.devices, tenant.user_codes = stores.new(), stores.new()
end

local function new_user_code(emulator)
  local letters = {}
  for i = 1, LENGTH do
    local place = math.floor(emulator.random:uniform() * #LETTERS) + 1
    letters[i] = LETTERS:sub(place, place)
  end
  return table.concat(letters)
end

--- Answers a device that wants its user signed in.
---@param request graphinvite.emulator.TokenRequest
---@return table? answer
---@return string? key in authority_errors.lua
---@return string? subject
function M.open(request)
  local emulator, form = request.emulator, request.form
  local granted, key, subject = scopes.of_user(emulator.options.cloud, form.scope)
  if not granted then
    return nil, key, subject
  end
  local tenant, now = emulator.tenant, emulator.clock:wall()
  local device = {
    ends = now + LIFETIME, expires = now + LIFETIME + KNOWN, interval = INTERVAL,
    granted = granted, client_id = form.client_id, tenant = request.tenant,
  }
  local code, user_code = tokens.text(emulator.random), new_user_code(emulator)
  tenant.devices:put(code, device, now)
  tenant.user_codes:put(user_code, device, now)
  local uri = request.origin .. "/devicelogin"
  return {
    device_code = code, user_code = user_code, verification_uri = uri,
    expires_in = LIFETIME, interval = INTERVAL, message = MESSAGE:format(uri, user_code),
  }
end

--- What the person does who was shown a code.
---@param emulator graphinvite.Emulator
---@param user_code string in any case
---@param outcome "approve"|"decline"
---@return boolean? done nil where nobody waits for that person
function M.decide(emulator, user_code, outcome)
  local device = emulator.tenant.user_codes:get(user_code:upper())
  if not device or device.outcome or device.ends <= emulator.clock:wall() then
    return nil
  end
  device.outcome = outcome
  return true
end

--- Answers a device that asks whether its user has signed in.
---@param request graphinvite.emulator.TokenRequest
---@return graphinvite.emulator.Grant?
---@return string? key
function M.redeem(request)
  local form, now = request.form, request.emulator.clock:wall()
  local device = request.emulator.tenant.devices:get(form.device_code)
  if not device or device.used or device.client_id ~= form.client_id
    or device.tenant ~= request.tenant then
    return nil, "device_unknown"
  elseif device.ends <= now then
    return nil, "device_expired"
  end
  local early = device.asked and now - device.asked < device.interval - JITTER
  device.asked = now
  if early then
    device.interval = device.interval + SLOWER
    return nil, "device_slow_down"
  elseif device.outcome ~= "approve" then
    return nil, device.outcome and "device_declined" or "device_pending"
  end
  device.used = true
  local granted = device.granted
  return {
    audience = granted.audience, scope = granted.scope, offline = granted.offline,
    client_id = form.client_id, app_only = false,
  }
end

return M
