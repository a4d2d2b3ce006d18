--- One form-encoded POST to a token endpoint and what its answers mean (reference 7.2, 7.5).
local cjson = require("cjson").new()
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local exchange = require "graphinvite.exchange"
local redact = require "graphinvite.redact"

local M = {}

-- Code of the identity service = what the user can do about it (reference 7.5).
local HINTS = {
  [7000215] = "the client secret is wrong: use the secret's value, not its id",
  [7000222] = "the client secret has expired: create a new one",
  [700016] = "the application is not in this tenant: check client_id and tenant",
  [7000218] = "the request carried no credential",
  [90002] = "the tenant was not found: check its id or domain",
  [900023] = "the tenant is neither an id nor a domain",
  [70011] = "the scope is not valid",
  [1002012] = "the scope of client credentials must end in /.default",
  [500011] = "the resource is unknown in this tenant: check the cloud",
  [65001] = "an administrator must consent to the application's permissions",
}

local ROW = { name = "token", method = "POST", safe = true }

local function encode_form(fields)
  local parts = {}
  for i, field in ipairs(fields) do
    parts[i] = field[1] .. "=" .. core.url_encode(field[2])
  end
  return table.concat(parts, "&")
end

local function decode(body)
  local ok, value = pcall(cjson.decode, body)
  return ok and type(value) == "table" and value or nil
end

local function refused(response)
  local answer = decode(response.body) or {}
  local text = type(answer.error_description) == "string" and answer.error_description or ""
  local number = tonumber(text:match("^AADSTS(%d+)"))
  local message = text:match("^[^\r\n]+")
    or ("the token endpoint answered %d"):format(response.status)
  return errors.fail("auth", redact.text(message), {
    status = response.status,
    headers = response.headers,
    code = type(answer.error) == "string" and answer.error or nil,
    hint = HINTS[number],
    request_id = type(answer.trace_id) == "string" and answer.trace_id or nil,
  })
end

local function unreached(err)
  return errors.fail("auth", "the token endpoint could not be reached: " .. err.message, {
    inner = err,
    reason = err.reason,
    sent = err.sent,
  })
end

local function once(call, last)
  local asked = call.transport.now()
  local response, err = exchange.send(call, last)
  if not response then
    if err.kind == "deadline" then
      return nil, err
    end
    return unreached(err)
  elseif response.status ~= 200 then
    return refused(response)
  end
  local answer = decode(response.body)
  local lifetime = answer and tonumber(answer.expires_in)
  if not answer or type(answer.access_token) ~= "string" or not lifetime then
    return errors.fail("auth", "the token endpoint's answer has no token", { status = 200 })
  end
  return { access_token = answer.access_token, expires = asked + lifetime }
end

--- Asks for a token, within the time of the call that needs it.
---@param context graphinvite.AuthContext
---@param tenant string
---@param fields table array of { name, value }
---@return graphinvite.Token?
---@return graphinvite.Error?
function M.send(context, tenant, fields)
  return exchange.repeated({
    transport = context.transport,
    settings = context.settings,
    deadline = context.deadline,
    request = {
      method = "POST",
      url = ("%s/%s/oauth2/v2.0/token"):format(context.authority, core.url_encode(tenant)),
      headers = {
        ["Content-Type"] = "application/x-www-form-urlencoded",
        Accept = "application/json",
        ["client-request-id"] = context.request.headers["client-request-id"],
      },
      body = encode_form(fields),
      op = ROW,
    },
  }, once)
end

return M
