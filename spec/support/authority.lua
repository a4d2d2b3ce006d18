--- What specs of the emulator's authority send.
local core = require "graphinvite.core"

local M = {}

M.TENANT = "4f3a6a3e-8c53-4d3f-9e19-3f0e6f5f5d11"
M.NIL_GUID = "00000000-0000-0000-0000-000000000000"
M.GRAPH = "https://graph.microsoft.com/.default"
M.DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
M.ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
M.MEDIA_TYPE = "application/x-www-form-urlencoded"

---@param fields table<string, any> false is left out
---@return string
function M.encode(fields)
  local parts = {}
  for name, value in pairs(fields) do
    parts[#parts + 1] = value and name .. "=" .. core.url_encode(value) or nil
  end
  return table.concat(parts, "&")
end

--- Posts a form to an endpoint of a tenant.
---@param ask function of helper.over_every_tenant
---@param endpoint "token"|"devicecode"
---@param fields table
---@param tenant string?
---@param headers table?
---@return table response
function M.post(ask, endpoint, fields, tenant, headers)
  local line = ("POST /%s/oauth2/v2.0/%s"):format(tenant or M.TENANT, endpoint)
  return ask(line, M.encode(fields), headers or {
    ["Content-Type"] = M.MEDIA_TYPE, Authorization = false,
  })
end

--- The client credentials grant with a secret, changed.
---@param changes table?
---@return table fields
function M.form(changes)
  local fields = {
    grant_type = "client_credentials", client_id = "app", client_secret = "s&c=r t",
    scope = M.GRAPH,
  }
  for name, value in pairs(changes or {}) do
    fields[name] = value
  end
  return fields
end

return M
