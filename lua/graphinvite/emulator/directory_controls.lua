--- What a test decides about who may do what; rows as those of controls.lua.
local fields = require "graphinvite.emulator.fields"
local objects = require "graphinvite.emulator.objects"
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

local function find_user(tenant, key)
  return tenants.find_user(tenant, key or fields.fail("user: required"))
    or fields.fail("user: there is no %s", key)
end

-- The tokens that an application gets from now on permit these and no others; without permissions
-- all of them. The roles are the directory's, of whoever signs in to it: the user, where one is
-- named.
control("permit", {
  client_id = "string", permissions = "table", roles = "table", user = "string",
}, function(emulator, given)
  check_texts("permissions", given.permissions)
  check_texts("roles", given.roles)
  local tenant = emulator.tenant
  permissions.register(tenant, given.client_id or fields.fail("client_id: required"),
    given.permissions, given.roles, given.user and find_user(tenant, given.user).place)
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

local DOMAIN_RULES = { deny = true, allow = true, unredeemable = true, usual = true }

-- Whether people of a domain may be invited, and redeem; where some are allowed, only those.
control("domain", { name = "string", rule = "string" }, function(emulator, given)
  local name, rule = given.name or fields.fail("name: required"), given.rule
  if not DOMAIN_RULES[rule or fields.fail("rule: required")] then
    fields.fail("rule: one of deny, allow, unredeemable and usual is wanted")
  end
  local tenant = emulator.tenant
  tenant.domains = tenant.domains or {}
  tenant.domains[name:lower()] = rule ~= "usual" and rule or nil
  return true
end)

-- A user holds a directory role.
control("assign_role", { user = "string", role = "string" }, function(emulator, given)
  local tenant, role = emulator.tenant, given.role or fields.fail("role: required")
  local user = find_user(tenant, given.user)
  user.roles = user.roles or {}
  user.roles[role] = true
  tenants.save_user(tenant, user)
  return true
end)

local function done(result, why)
  return result or fields.fail("%s", why)
end

-- A group or a contact. What has an address as its proxy owns it; a contact may just have it as
-- its mail.
control("add_object", { type = "string", name = "string", mail = "string", proxy = "string" },
  function(emulator, given)
    return done(objects.add(emulator, given))
  end)

-- A user has one more address.
control("add_address", { user = "string", proxy = "string", other_mail = "string" },
  function(emulator, given)
    local user, tenant = find_user(emulator.tenant, given.user), emulator.tenant
    if (given.proxy == nil) == (given.other_mail == nil) then
      fields.fail("one of proxy and other_mail is required")
    end
    return done(objects.add_address(tenant, user, given.proxy or given.other_mail,
      given.proxy and "proxies" or "other_mails"))
  end)

-- An address of those two is nobody's again.
control("free_address", { address = "string" }, function(emulator, given)
  return done(objects.free(emulator.tenant, given.address or fields.fail("address: required")))
end)

return M
