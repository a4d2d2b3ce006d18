--- Checks the bearer token of a webhook (reference 6.3): signature, issuer, audience and times,
--- against the keys that the service publishes.
local cjson = require("cjson").new()
local client_options = require "graphinvite.options"
local clouds = require "graphinvite.clouds"
local errors = require "graphinvite.errors"
local jwt = require "graphinvite.jwt"
local options = require "graphinvite.auth.options"

local M = {}

local METADATA = "https://api.aps.skype.com/v1/.well-known/OpenIdConfiguration"
local ISSUERS = { "https://api.botframework.com", "https://graph.microsoft.com" }
local ALGORITHMS = { RS256 = true }
local SKEW = 300 -- seconds that two clocks may differ
local TIMEOUT = 10 -- seconds for each of the two documents
local LARGEST = 1048576 -- bytes of a document
local FRESH = 86400 -- seconds after which the keys are fetched again (INF)
local PAUSE = 60 -- seconds in which an unknown key is not looked for twice (INF)
local LOOK = 0.005 -- seconds between two looks whether another light thread has fetched them

local Validator = {}
Validator.__index = Validator

-- Whether what comes from an address is what its owner has said.
local function is_safe(url)
  local _, scheme, host = clouds.origin(tostring(url))
  return scheme == "https" or scheme == "http" and clouds.is_local(host)
end

-- Fetches a JSON object; its address must be as safe as the token.
local function fetch(self, url)
  if not is_safe(url) then
    return nil, "the address of the keys is not https"
  end
  local response, err = self.transport.send({
    method = "GET", url = url, headers = { Accept = "application/json" }, max_body = LARGEST,
    op = { name = "keys", method = "GET", safe = true },
  }, TIMEOUT)
  if not response then
    return nil, err.message
  elseif response.status ~= 200 then
    return nil, ("%s answered %d"):format(url:match("^[^?#]*"), response.status)
  end
  local ok, value = pcall(cjson.decode, #response.body <= LARGEST and response.body or "")
  if ok and type(value) == "table" then
    return value
  end
  return nil, ("what %s answered is not JSON"):format(url:match("^[^?#]*"))
end

-- The public keys by their ids. Those of another kind are passed over.
local function read_keys(document)
  local keys = {}
  for _, row in ipairs(type(document.keys) == "table" and document.keys or {}) do
    if type(row) == "table" and type(row.kid) == "string" and row.kty == "RSA"
      and (row.use == nil or row.use == "sig") then
      keys[row.kid] = jwt.key(row) or keys[row.kid]
    end
  end
  return keys
end

local function fetch_keys(self, now)
  local metadata, document, why
  metadata, why = fetch(self, self.metadata)
  if metadata then
    document, why = fetch(self, metadata.jwks_uri)
  end
  if not document then
    return nil, "the service's keys could not be fetched: " .. why
  end
  local keys = read_keys(document)
  if next(keys) == nil then
    return nil, "the service publishes no key that can be read"
  end
  self.keys, self.fetched_at = keys, now
  return true
end

local function refresh(self, now)
  self.looked_at, self.fetching_until = now, now + 2 * TIMEOUT
  local fetched, why = fetch_keys(self, now)
  self.fetching_until, self.why = nil, why
  return fetched, why
end

-- Inside nginx another light thread may be at it; it may also have come to its end there.
local function wait_for_others(self)
  local transport = self.transport
  while self.fetching_until and transport.now() < self.fetching_until do
    transport.sleep(LOOK)
  end
  if self.fetching_until then
    self.fetching_until, self.looked_at = nil, nil
  end
end

-- The key of that id. The keys are fetched when they are old, and when one is missing.
local function key_of(self, kid)
  wait_for_others(self)
  local now = self.transport.now()
  local key, why = self.keys[kid], self.why
  local stale = not self.fetched_at or now - self.fetched_at >= FRESH
  if (stale or not key) and (not self.looked_at or now - self.looked_at >= PAUSE) then
    why = select(2, refresh(self, now))
    key = self.keys[kid]
  end
  if key then
    return key
  end
  return nil, why or "no published key has the token's kid"
end

local function names(audience, wanted)
  if type(audience) ~= "table" then
    return audience == wanted
  end
  for _, each in ipairs(audience) do
    if each == wanted then
      return true
    end
  end
  return false
end

-- What is wrong with the claims, or nil.
local function claims_fault(self, claims)
  local now = self.transport.wall()
  if not names(self.issuers, claims.iss) then
    return "the token is of another issuer"
  elseif not names(claims.aud, self.app_id) then
    return "the token is for another application"
  elseif type(claims.exp) ~= "number" or now >= claims.exp + SKEW then
    return "the token has expired"
  elseif claims.nbf ~= nil and (type(claims.nbf) ~= "number" or now < claims.nbf - SKEW) then
    return "the token is not valid yet"
  elseif self.tenant_id and claims.tid ~= self.tenant_id then
    return "the token is of another tenant"
  end
end

function Validator:check(text)
  local token, why = jwt.decode(text)
  if not token then
    return nil, why
  elseif not ALGORITHMS[token.header.alg] then -- before anything is fetched for it
    return nil, "the token's algorithm is not allowed"
  elseif type(token.header.kid) ~= "string" then
    return nil, "the token names no key"
  end
  local key, good
  key, why = key_of(self, token.header.kid)
  if not key then
    return nil, why
  end
  good, why = jwt.verify(token, key, ALGORITHMS)
  if not good then
    return nil, why
  end
  why = claims_fault(self, token.claims)
  if why then
    return nil, why
  end
  return token.claims
end

---@class graphinvite.BearerOptions
---@field app_id string id of your application: the audience
---@field tenant_id string? whose calls are expected; unset: any
---@field issuers string[]? unset: those that the service is known to use
---@field metadata string? URL of the OpenID configuration; unset: the service's
---@field transport graphinvite.Transport? unset: libcurl

--- A function for the option validate of graphinvite.notifications.
---@param given graphinvite.BearerOptions
---@return fun(token: string): table?, string? claims, or why not
function M.new(given)
  local self = options.check("notifications.bearer", given, { app_id = "string" }, {
    tenant_id = "string", issuers = "table", metadata = "string", transport = "table",
  })
  self.metadata, self.issuers = self.metadata or METADATA, self.issuers or ISSUERS
  if not is_safe(self.metadata) then
    errors.misuse "notifications.bearer: metadata is an https URL"
  elseif self.transport then
    client_options.verify({ transport = self.transport }, "client")
  else
    self.transport = errors.check(require("graphinvite.transport").new {})
  end
  self.keys = {}
  setmetatable(self, Validator)
  return function(token)
    return self:check(token)
  end
end

return M
