--- Picks a token source from the usual variables (reference 7.3 and 7.4). What is missing is told
--- at the first call: a program without them may still be built and tested.
local certificate = require "graphinvite.auth.certificate"
local client_secret = require "graphinvite.auth.client_secret"
local clouds = require "graphinvite.clouds"
local errors = require "graphinvite.errors"
local federated = require "graphinvite.auth.federated"
local managed_identity = require "graphinvite.auth.managed_identity"
local options = require "graphinvite.auth.options"

local M = {}

local TENANT, CLIENT = "AZURE_TENANT_ID", "AZURE_CLIENT_ID"

-- In order: what a source needs, and how it is made of it. The first that has all its own
-- variables is taken; those of one that has only some are named in the error.
local SOURCES = {
  {
    needs = { TENANT, CLIENT, "AZURE_CLIENT_SECRET" },
    make = function(env)
      return client_secret.new {
        tenant = env[TENANT], client_id = env[CLIENT], client_secret = env.AZURE_CLIENT_SECRET,
      }
    end,
  },
  {
    needs = { TENANT, CLIENT, "AZURE_CLIENT_CERTIFICATE_PATH" },
    make = function(env)
      return certificate.new {
        tenant = env[TENANT], client_id = env[CLIENT],
        certificate = env.AZURE_CLIENT_CERTIFICATE_PATH,
        passphrase = env.AZURE_CLIENT_CERTIFICATE_PASSWORD,
      }
    end,
  },
  {
    needs = { TENANT, CLIENT, "AZURE_FEDERATED_TOKEN_FILE" },
    make = function(env)
      return federated.new {
        tenant = env[TENANT], client_id = env[CLIENT], token_file = env.AZURE_FEDERATED_TOKEN_FILE,
      }
    end,
  },
  {
    needs = { "IDENTITY_ENDPOINT", "IDENTITY_HEADER" },
    make = function(env, getenv)
      return managed_identity.new { client_id = env[CLIENT], getenv = getenv }
    end,
  },
  {
    needs = { "IDENTITY_ENDPOINT", "IMDS_ENDPOINT" },
    make = function(env, getenv)
      return managed_identity.new { client_id = env[CLIENT], getenv = getenv }
    end,
  },
}

local function missing_of(env, needs)
  local missing = {}
  for _, name in ipairs(needs) do
    if not env[name] then
      missing[#missing + 1] = name
    end
  end
  return missing
end

-- What was looked at, for whoever has set half of it.
local function explanation(env)
  local lines = {}
  for i, row in ipairs(SOURCES) do
    lines[i] = table.concat(row.needs, ", ") .. " (missing: "
      .. table.concat(missing_of(env, row.needs), ", ") .. ")"
  end
  return "the environment names no credential; looked at, in order: " .. table.concat(lines, "; ")
end

local HINT = "set one of these groups; on a machine with a managed identity use "
  .. "auth.managed_identity"

-- A source that only tells why it has none.
local function nothing(why, hint)
  return {
    key = "environment",
    acquire = function()
      return errors.fail("auth", why, { hint = hint, retriable = false })
    end,
  }
end

---@param getenv fun(name: string): string? unset: os.getenv
---@return graphinvite.TokenSource
function M.new(getenv)
  local get = options.environment(getenv)
  local env = setmetatable({}, { __index = function(_, name) return get(name) end })
  local authority = env.AZURE_AUTHORITY_HOST
  if authority and (not clouds.origin(authority) or authority:find("[?#%s%c]")) then
    return nothing "AZURE_AUTHORITY_HOST is no https URL"
  end
  for _, row in ipairs(SOURCES) do
    if #missing_of(env, row.needs) == 0 then
      local source = row.make(env, get)
      source.authority = authority
      return source
    end
  end
  return nothing(explanation(env), HINT)
end

return M
