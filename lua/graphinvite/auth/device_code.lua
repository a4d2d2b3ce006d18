--- The device code grant (reference 7.2): a person signs in with a browser on any machine.
local errors = require "graphinvite.errors"
local lifetime = require "graphinvite.auth.lifetime"
local options = require "graphinvite.auth.options"
local refresh_token = require "graphinvite.auth.refresh_token"
local token_request = require "graphinvite.auth.token_request"

local M = {}

local GRANT = "urn:ietf:params:oauth:grant-type:device_code"
local INTERVAL, SLOWER = 5, 5 -- seconds

local DeviceCode = { renewable = true, interactive = true }
DeviceCode.__index = DeviceCode

local function read_device(answer, asked)
  local left = lifetime.seconds(answer.expires_in)
  local interval = lifetime.seconds(answer.interval) or INTERVAL
  for _, name in ipairs { "device_code", "user_code", "verification_uri" } do
    if type(answer[name]) ~= "string" then
      return nil
    end
  end
  return left and {
    device_code = answer.device_code,
    user_code = answer.user_code,
    verification_uri = answer.verification_uri,
    message = type(answer.message) == "string" and answer.message
      or ("To sign in, open %s and enter the code %s."):format(answer.verification_uri,
        answer.user_code),
    expires_in = left,
    interval = math.max(interval, 1),
    ends = asked + left,
  }
end

-- What a prompt may see.
local function shown(device)
  return {
    message = device.message, user_code = device.user_code,
    verification_uri = device.verification_uri, expires_in = device.expires_in,
  }
end

local function prompt_on_terminal(device)
  io.stderr:write(device.message, "\n")
end

local function expired()
  return errors.fail("auth", "nobody has signed in with the code before it expired", {
    code = "expired_token", hint = token_request.HINTS[70020],
  })
end

-- Asks until the person has signed in, at the pace that the service wants, and more slowly where
-- it cannot be reached: the person is not to begin anew for that.
local function poll(self, context, device)
  local transport, interval = context.transport, device.interval
  local waiting = setmetatable({ deadline = device.ends }, { __index = context })
  while true do
    if transport.now() + interval >= device.ends then
      return expired()
    end
    transport.sleep(interval)
    local token, err = token_request.send(waiting, self, {
      { "grant_type", GRANT },
      { "client_id", self.client_id },
      { "device_code", device.device_code },
    })
    if token then
      return token
    elseif err.kind == "deadline" then
      return expired()
    elseif err.code == "slow_down" or err.retriable then
      interval = interval + SLOWER
    elseif err.code ~= "authorization_pending" then
      return nil, err
    end
  end
end

local function sign_in(self, context)
  local device, err = token_request.post(context, self.tenant, "devicecode", {
    { "client_id", self.client_id },
    { "scope", refresh_token.scope(context, self) },
  }, read_device)
  if not device then
    return nil, err
  end
  self.prompt(shown(device))
  return poll(self, context, device)
end

-- A person is asked again only where the refresh token does not do any more.
function DeviceCode:acquire(context)
  local known = context.refresh_token or self.refresh_token
  local token, err
  if known then
    token, err = refresh_token.redeem(context, self, known)
    if not token and err.code ~= "invalid_grant" and err.code ~= "interaction_required" then
      return nil, err
    end
  end
  if not token then
    token, err = sign_in(self, context)
  end
  self.refresh_token = token and token.refresh_token
  return token, err
end

---@class graphinvite.DevicePrompt
---@field message string for the person, in the service's words
---@field user_code string
---@field verification_uri string
---@field expires_in number seconds

---@class graphinvite.DeviceCodeOptions
---@field client_id string
---@field tenant string? unset: "organizations", any of them
---@field scope string? unset: all that was consented to, and offline_access
---@field prompt fun(device: graphinvite.DevicePrompt)? unset: the message goes to stderr
---@field cae boolean? says that the client can answer a claims challenge (reference 7.6)

---@param given graphinvite.DeviceCodeOptions
---@return graphinvite.TokenSource
function M.new(given)
  local source = options.check("auth.device_code", given, { client_id = "string" }, {
    tenant = "string", scope = "string", prompt = "function", cae = "boolean",
  })
  source.tenant = source.tenant or "organizations"
  source.prompt = source.prompt or prompt_on_terminal
  source.key = options.key("device_code", source.tenant, source.client_id, source.scope,
    source.cae)
  return setmetatable(source, DeviceCode)
end

return M
