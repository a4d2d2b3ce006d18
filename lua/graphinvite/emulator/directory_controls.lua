--- What a test decides about who may do what; rows as those of controls.lua.
local fields = require "graphinvite.emulator.fields"
local permissions = require "graphinvite.emulator.permissions"
local tenants = require "graphinvite.emulator.tenant"

local M = { ROWS = {} }

local function control(name, known, run)
  M.ROWS[name] = { fields = known, run = run }
end

local function check_texts(name, list)
  for _, text in ipairs(list or {}) do
    if type(text) ~= "string" then
      fields.fail("%s: texts are wanted", name)
    end
  end
end

-- The tokens that an application gets from now on permit these and no others; without permissions
-- all of them. The roles are the directory's, of whoever signs in to it.
control("permit", { client_id = "string", permissions = "table", roles = "table" },
  function(emulator, given)
    check_texts("permissions", given.permissions)
    check_texts("roles", given.roles)
    permissions.register(emulator.tenant, given.client_id or fields.fail("client_id: required"),
      given.permissions, given.roles)
    return true
  end)

local INVITERS = { everyone = true, administrators = true, nobody = true }

-- Who may invite guests, as the tenant's settings have it.
control("inviters", { who = "string" }, function(emulator, given)
  if not INVITERS[given.who or fields.fail("who: required")] then
    fields.fail("who: one of everyone, administrators and nobody is wanted")
  end
  emulator.tenant.inviters = given.who
  return true
end)

-- A user holds a directory role.
control("assign_role", { user = "string", role = "string" }, function(emulator, given)
  local key = given.user or fields.fail("user: required")
  local role = given.role or fields.fail("role: required")
  local tenant = emulator.tenant
  local user = tenants.find_user(tenant, key) or fields.fail("user: there is no %s", key)
  user.roles = user.roles or {}
  user.roles[role] = true
  tenants.save_user(tenant, user)
  return true
end)

return M
