--- The client credentials grant with an assertion in the place of a secret (reference 7.2, 7.3).
local errors = require "graphinvite.errors"
local token_request = require "graphinvite.auth.token_request"

local M = {}

local TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

---@param context graphinvite.AuthContext
---@param source { tenant: string, client_id: string }
---@param assertion string
---@return graphinvite.Token?
---@return graphinvite.Error?
function M.send(context, source, assertion)
  return token_request.send(context, source, {
    { "client_id", source.client_id },
    { "scope", context.scope },
    { "client_assertion_type", TYPE },
    { "client_assertion", assertion },
    { "grant_type", "client_credentials" },
  })
end

local LONGEST = 512 -- bytes of a path that an error prints: a longer text may be a key itself

--- The bytes of a file.
---@param name string what the option is called
---@param path string
---@param limit integer? bytes that are read at the most
---@return string?
---@return graphinvite.Error?
function M.read_file(name, path, limit)
  if #path > LONGEST or path:find("%c") then
    return errors.fail("auth", name .. ": neither PEM nor the path of a file")
  end
  local file, why = io.open(path, "rb")
  local bytes
  if file then
    bytes, why = file:read(limit or "*a")
    file:close()
  end
  if bytes then
    return bytes
  end
  return errors.fail("auth", ("%s: cannot read %s"):format(name, why or path))
end

return M
