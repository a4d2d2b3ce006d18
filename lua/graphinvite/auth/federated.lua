--- The client credentials grant with a token of an outside issuer (reference 7.2 and 7.3).
local assertion = require "graphinvite.auth.assertion"
local clouds = require "graphinvite.clouds"
local errors = require "graphinvite.errors"
local options = require "graphinvite.auth.options"
local redact = require "graphinvite.redact"

local M = {}

local Federated = { renewable = true }
Federated.__index = Federated

function Federated:acquire(context)
  local token, err
  if self.assertion then
    token, err = self.assertion(clouds.rows[context.settings.cloud].exchange)
  else -- such files are rewritten all the time
    token, err = assertion.read_file("token_file", self.token_file)
  end
  if errors.is(err) and not token then
    return nil, err
  end
  token = type(token) == "string" and token:match("^%s*(%S+)%s*$")
  if not token and self.assertion then
    local why = err and ": " .. redact.text(tostring(err)) or ""
    return errors.fail("auth", "the assertion function gave no token" .. why)
  elseif not token then
    return errors.fail("auth", "token_file: there is no token in " .. self.token_file)
  end
  return assertion.send(context, self, token)
end

---@class graphinvite.FederatedOptions
---@field tenant string GUID or a verified domain
---@field client_id string
---@field token_file string? path; one of the two is needed
---@field assertion fun(audience: string): string?, any gives the outside token; audience is the
---cloud's usual one
---@field cae boolean? says that the client can answer a claims challenge (reference 7.6)

---@param given graphinvite.FederatedOptions
---@return graphinvite.TokenSource
function M.new(given)
  local source = options.check("auth.federated", given, {
    tenant = "string", client_id = "string",
  }, { token_file = "string", assertion = "function", cae = "boolean" })
  if (source.token_file == nil) == (source.assertion == nil) then
    errors.misuse "auth.federated needs token_file or assertion, and not both"
  end
  source.key = options.key("federated", source.tenant, source.client_id, source.cae)
  source.proof = source.token_file
  return setmetatable(source, Federated)
end

return M
