--- One form-encoded POST to an endpoint of the authority and what its answers mean (reference 7.2
--- and 7.5).
local challenge = require "graphinvite.auth.challenge"
local cjson = require("cjson").new()
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local exchange = require "graphinvite.exchange"
local lifetime = require "graphinvite.auth.lifetime"
local redact = require "graphinvite.redact"
local retry = require "graphinvite.retry"

local M = {}

local FEDERATION = "the application trusts no such token: its federated credential must name"
  .. " exactly"
local SIGN_IN = "sign in again: the refresh token "

-- Code of the identity service = what the user can do about it (reference 7.5).
M.HINTS = {
  [7000215] = "the client secret is wrong: use the secret's value, not its id",
  [7000222] = "the client secret has expired: create a new one",
  [700027] = "the certificate or its key is not the one registered for the application",
  [700024] = "the assertion is not valid now: set this machine's clock",
  [70021] = FEDERATION .. " the token's issuer, subject and audience",
  [700211] = FEDERATION .. " the token's issuer",
  [700212] = FEDERATION .. " the token's audience",
  [700213] = FEDERATION .. " the token's subject",
  [700016] = "the application is not in this tenant: check client_id and tenant",
  [7000218] = "the request carried no credential: a public client cannot use this grant",
  [90002] = "the tenant was not found: check its id or domain",
  [900023] = "the tenant is neither an id nor a domain",
  [70011] = "the scope is not valid",
  [1002012] = "the scope of client credentials must end in /.default",
  [500011] = "the resource is unknown in this tenant: check the cloud",
  [65001] = "an administrator must consent to the application's permissions",
  [50076] = "multi-factor authentication is needed: sign in again",
  [50079] = "multi-factor authentication must be set up first: sign in again",
  [53003] = "Conditional Access blocks this sign-in: ask an administrator",
  [70008] = SIGN_IN .. "has expired",
  [700082] = SIGN_IN .. "was not used for too long",
  [50173] = SIGN_IN .. "was revoked",
  [70016] = "the sign-in is still pending",
  [70018] = "the device code is not known: start the sign-in again",
  [70020] = "the device code has expired: start the sign-in again",
  [50196] = "the application asks for the same token again and again: keep and reuse it",
  [90033] = "the identity service is busy: try again later",
}

-- The same by the code of OAuth, where the identity service gives no number of its own.
M.CODE_HINTS = {
  authorization_declined = "the person has declined: start the sign-in again",
  expired_token = M.HINTS[70020],
  bad_verification_code = M.HINTS[70018],
  interaction_required = "a person must sign in again",
  temporarily_unavailable = M.HINTS[90033],
}

local ROW = { name = "token", method = "POST", safe = true }

local function encode_form(fields)
  local parts = {}
  for i, field in ipairs(fields) do
    parts[i] = field[1] .. "=" .. core.url_encode(field[2])
  end
  return table.concat(parts, "&")
end

--- The object that a body is.
---@param body string
---@return table?
function M.decode(body)
  local ok, value = pcall(cjson.decode, body)
  return ok and type(value) == "table" and value or nil
end

local function text(value)
  return type(value) == "string" and value or nil
end

local function refused(response)
  local answer = M.decode(response.body) or {}
  local description = text(answer.error_description) or ""
  local number = tonumber(description:match("^AADSTS(%d+)"))
    or type(answer.error_codes) == "table" and tonumber(answer.error_codes[1]) or nil
  local message = description:match("^[^\r\n]+")
    or ("the token endpoint answered %d"):format(response.status)
  return errors.fail("auth", redact.text(message), {
    status = response.status,
    headers = response.headers,
    code = text(answer.error),
    hint = M.HINTS[number] or M.CODE_HINTS[answer.error],
    request_id = text(answer.trace_id),
    refused = response.status == 400 or response.status == 401,
    claims = text(answer.claims),
  })
end

local function unreached(err)
  return errors.fail("auth", "the token endpoint could not be reached: " .. err.message, {
    inner = err,
    reason = err.reason,
    sent = err.sent,
  })
end

--- Sends a request for a token once.
---@param call graphinvite.Exchange
---@param last graphinvite.Error?
---@return graphinvite.Response? whose status is 200
---@return graphinvite.Error?
function M.once(call, last)
  local response, err = exchange.send(call, last)
  if not response then
    if err.kind == "deadline" then
      return nil, err
    end
    return unreached(err)
  elseif response.status ~= 200 then
    return refused(response)
  end
  return response
end

-- The service says by an error code, too, that it has no time.
local function delay(input, attempt, policy, random)
  if input.code == "temporarily_unavailable" then
    input.status = 503
  end
  return retry.delay(input, attempt, policy, random)
end

--- Posts a form to the tenant's endpoints and reads the object that comes back.
---@param context graphinvite.AuthContext
---@param tenant string
---@param endpoint "token"|"devicecode"
---@param fields table array of { name, value }
---@param read fun(answer: table, asked: number): table? the result; asked is when, by the clock
---@return table?
---@return graphinvite.Error?
function M.post(context, tenant, endpoint, fields, read)
  return exchange.repeated({
    transport = context.transport,
    settings = context.settings,
    deadline = context.deadline,
    delay = delay,
    request = {
      method = "POST",
      url = M.url(context, tenant, endpoint),
      headers = {
        ["Content-Type"] = "application/x-www-form-urlencoded",
        Accept = "application/json",
        ["client-request-id"] = context.request.headers["client-request-id"],
      },
      body = encode_form(fields),
      op = ROW,
    },
  }, function(call, last)
    local asked = call.transport.now()
    local response, err = M.once(call, last)
    if not response then
      return nil, err
    end
    local answer = M.decode(response.body)
    local result = answer and read(answer, asked)
    if not result then
      return errors.fail("auth", ("the %s endpoint's answer cannot be read"):format(endpoint),
        { status = 200 })
    end
    return result
  end)
end

--- The address of an endpoint.
---@param context graphinvite.AuthContext
---@param tenant string
---@param endpoint string
---@return string
function M.url(context, tenant, endpoint)
  return ("%s/%s/oauth2/v2.0/%s"):format(context.authority, core.url_encode(tenant), endpoint)
end

local function read_token(answer, asked)
  local left = lifetime.seconds(answer.expires_in)
  if type(answer.access_token) ~= "string" or not left then
    return nil
  end
  return {
    access_token = answer.access_token,
    expires = asked + left,
    refresh_token = text(answer.refresh_token),
  }
end

--- Asks for a token, within the time of the call that needs it.
---@param context graphinvite.AuthContext
---@param source { tenant: string, cae: boolean? }
---@param fields table array of { name, value }
---@return graphinvite.Token?
---@return graphinvite.Error?
function M.send(context, source, fields)
  if source.cae or context.claims then
    fields[#fields + 1] = { "claims", challenge.request(context.claims) }
  end
  return M.post(context, source.tenant, "token", fields, read_token)
end

return M
