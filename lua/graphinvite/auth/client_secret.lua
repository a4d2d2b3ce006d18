--- The client credentials grant with a secret (reference 7.2).
local errors = require "graphinvite.errors"
local token_request = require "graphinvite.auth.token_request"

local M = {}

local ClientSecret = { renewable = true }
ClientSecret.__index = ClientSecret

function ClientSecret:acquire(context)
  return token_request.send(context, self.tenant, {
    { "client_id", self.client_id },
    { "scope", context.scope },
    { "client_secret", self.client_secret },
    { "grant_type", "client_credentials" },
  })
end

local FIELDS = { "tenant", "client_id", "client_secret" }
local KNOWN = { tenant = true, client_id = true, client_secret = true }

---@class graphinvite.ClientSecretOptions
---@field tenant string GUID or a verified domain
---@field client_id string
---@field client_secret string

---@param options graphinvite.ClientSecretOptions
---@return graphinvite.TokenSource
function M.new(options)
  if type(options) ~= "table" then
    errors.misuse("auth.client_secret takes a table with tenant, client_id and client_secret")
  end
  for name in pairs(options) do
    if not KNOWN[name] then
      errors.misuse("auth.client_secret has no field " .. tostring(name))
    end
  end
  local source = {}
  for _, name in ipairs(FIELDS) do
    if type(options[name]) ~= "string" or options[name] == "" then
      errors.misuse("auth.client_secret needs " .. name)
    end
    source[name] = options[name]
  end
  source.key = table.concat({ "client_secret", options.tenant, options.client_id }, "\n")
  return setmetatable(source, ClientSecret)
end

return M
