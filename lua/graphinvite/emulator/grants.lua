--- What the authority gives a token for: the grants of reference 7.2, and whom it asks.
local core = require "graphinvite.core"
local credentials = require "graphinvite.emulator.credentials"
local devices = require "graphinvite.emulator.devices"
local refresh_tokens = require "graphinvite.emulator.refresh_tokens"
local scopes = require "graphinvite.emulator.scopes"

local M = {}

---@class graphinvite.emulator.TokenRequest
---@field emulator graphinvite.Emulator
---@field origin string that it came to
---@field tenant string as the path names it
---@field form table<string, string>

-- Tenants that stand for several: for people, not for an application. Reference 7.1.
local SHARED = { common = true, organizations = true, consumers = true }
local NIL_GUID = "00000000-0000-0000-0000-000000000000" -- unknown, so that this can be had: INF
local GUID = "^" .. ("%x"):rep(8) .. ("%-" .. ("%x"):rep(4)):rep(3) .. "%-" .. ("%x"):rep(12) .. "$"
local DNS_NAME = "^[%w-]+%.[%w.-]+$"

local function of_application(request)
  local form = request.form
  local audience, key, subject =
    scopes.of_application(request.emulator.options.cloud, form.scope)
  if not audience then
    return nil, key, subject
  end
  return { audience = audience, client_id = form.client_id, app_only = true }
end

-- grant_type = what it needs; whether it signs a person in; whether the client must prove itself;
-- what gives a graphinvite.emulator.Grant
local ROWS = {
  client_credentials = { needs = "scope", credential = "always", run = of_application },
  refresh_token = {
    needs = "refresh_token", of_user = true, credential = "registered",
    run = refresh_tokens.redeem,
  },
  ["urn:ietf:params:oauth:grant-type:device_code"] = {
    needs = "device_code", of_user = true, credential = "never", run = devices.redeem,
  },
}

--- The grant types.
---@return string[]
function M.names()
  local names = {}
  for name in pairs(ROWS) do
    names[#names + 1] = name
  end
  table.sort(names)
  return core.array(names)
end

--- Checks the tenant in a path.
---@param name string
---@param of_user boolean? a person signs in
---@return boolean? ok
---@return string? key in authority_errors.lua
---@return string? subject
function M.check_tenant(name, of_user)
  if SHARED[name] then
    return of_user, not of_user and "tenant_malformed" or nil, name
  elseif not name:find(GUID) and not name:find(DNS_NAME) then
    return nil, "tenant_malformed", name
  elseif name == NIL_GUID or name:find("%.invalid$") then
    return nil, "tenant_unknown", name
  end
  return true
end

local function check_present(form, names)
  for _, name in ipairs(names) do
    if (form[name] or "") == "" then
      return nil, "parameter_missing", name
    end
  end
  return true
end

-- The claims that a request asks its token to say: reference 7.6.
local function read_claims(text)
  if text == nil then
    return true
  end
  local claims = core.decode(nil, text)
  if type(claims) ~= "table" then
    return nil, "malformed", "The 'claims' are no JSON object."
  end
  return claims
end

-- The first of several checks that fails: each gives ok, key and subject.
local function first_problem(...)
  for _, check in ipairs { ... } do
    local ok, key, subject = check()
    if not ok then
      return key, subject
    end
  end
end

--- Checks a token request.
---@param request graphinvite.emulator.TokenRequest
---@return graphinvite.emulator.Grant?
---@return string? key in authority_errors.lua
---@return string? subject
function M.check(request)
  local form = request.form
  local row = ROWS[form.grant_type]
  local key, subject = first_problem(
    function() return M.check_tenant(request.tenant, row and row.of_user) end,
    function() return check_present(form, { "grant_type", "client_id" }) end,
    function() return row, "grant", form.grant_type end,
    function() return check_present(form, { row.needs }) end,
    function() return credentials.check_client(form) end,
    function() return credentials.check(request, row.credential) end)
  if key then
    return nil, key, subject
  end
  local claims, grant
  claims, key, subject = read_claims(form.claims)
  if claims then
    grant, key, subject = row.run(request)
  end
  if not grant then
    return nil, key, subject
  end
  grant.claims = type(claims) == "table" and claims or nil
  return grant
end

--- Checks a request for a device code.
---@param request graphinvite.emulator.TokenRequest
---@return table? answer
---@return string? key
---@return string? subject
function M.device(request)
  local form = request.form
  local key, subject = first_problem(
    function() return M.check_tenant(request.tenant, true) end,
    function() return check_present(form, { "client_id", "scope" }) end,
    function() return credentials.check_client(form) end)
  if key then
    return nil, key, subject
  end
  return devices.open(request)
end

return M
