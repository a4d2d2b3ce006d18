--- What the directory has besides its users: groups and contacts, and who owns an address that is
-- no account's own. Reference 1.3, 5.4 docs:troubleshoot. A tenant has none until a test adds some.
local core = require "graphinvite.core"
local tenants = require "graphinvite.emulator.tenant"

local M = {}

local TYPES = { group = "#microsoft.graph.group", contact = "#microsoft.graph.orgContact" } -- GEN

---@class graphinvite.emulator.Owner
---@field id string
---@field kind "user"|"group"|"contact"
---@field proxy boolean it is one of the proxyAddresses

---@param tenant table
---@return boolean
function M.has_owners(tenant)
  return tenant.owners ~= nil and next(tenant.owners) ~= nil
end

--- Who owns an address besides an account whose mail it is.
---@param tenant table
---@param address string
---@return graphinvite.emulator.Owner?
function M.owner(tenant, address)
  return tenant.owners and tenant.owners[address:lower()]
end

-- Notes an owner. Returns nil and why it cannot be one.
local function own(tenant, address, owner)
  local known = M.owner(tenant, address)
  local user = owner.proxy and tenants.user_by_address(tenant, address)
  if known or user then
    return nil, ("%s belongs to %s already"):format(address, (known or user).id)
  end
  tenant.owners = tenant.owners or {}
  tenant.owners[address:lower()] = owner
  return true
end

--- Makes a group or a contact.
---@param emulator graphinvite.Emulator
---@param given { type: string, name: string?, mail: string?, proxy: string? }
---@return { id: string }?
---@return string? why
function M.add(emulator, given)
  local tenant, address = emulator.tenant, given.proxy or given.mail
  local kind = given.type
  if not TYPES[kind] then
    return nil, "type: one of group and contact is wanted"
  elseif given.proxy and given.mail then
    return nil, "either mail or proxy is wanted"
  end
  local object = { id = emulator.random:guid(), kind = kind, name = given.name, mail = address }
  if address then
    local done, why = own(tenant, address, { id = object.id, kind = kind, proxy = not given.mail })
    if not done then
      return nil, why
    end
  end
  tenant.objects = tenant.objects or {}
  tenant.objects[object.id] = object
  return { id = object.id }
end

--- Gives a user a further address.
---@param tenant table
---@param user graphinvite.emulator.User
---@param address string
---@param list "proxies"|"other_mails" which of the user's
---@return true?
---@return string? why
function M.add_address(tenant, user, address, list)
  local done, why = own(tenant, address, {
    id = user.id, kind = "user", proxy = list == "proxies",
  })
  if not done then
    return nil, why
  end
  local addresses = { address }
  for i, other in ipairs(user[list] or {}) do
    addresses[i + 1] = other
  end
  user[list] = addresses
  tenants.save_user(tenant, user)
  return true
end

-- A list without an address; nil for an empty one.
local function without(list, address)
  local rest = {}
  for _, other in ipairs(list or {}) do
    rest[#rest + 1] = other:lower() ~= address and other or nil
  end
  return rest[1] and rest
end

--- Takes an address away from whom it belongs to.
---@param tenant table
---@param address string
---@return true?
---@return string? why
function M.free(tenant, address)
  local owner = M.owner(tenant, address)
  address = address:lower()
  if not owner then
    return nil, ("nobody has the address %s besides an account's own"):format(address)
  end
  tenant.owners[address] = nil
  if owner.kind ~= "user" then
    tenant.objects[owner.id].mail = nil
    return true
  end
  local user = tenants.user_by_id(tenant, owner.id)
  user.proxies = without(user.proxies, address)
  user.other_mails = without(user.other_mails, address)
  tenants.save_user(tenant, user)
  return true
end

--- The group of that id.
---@param tenant table
---@param id string
---@return table?
function M.group(tenant, id)
  local object = tenant.objects and tenant.objects[id:lower()]
  return object and object.kind == "group" and object or nil
end

--- A group or a contact as Graph shows it.
---@param object table
---@return table
function M.value(object)
  return {
    ["@odata.type"] = TYPES[object.kind], id = object.id,
    displayName = object.name or core.null, mail = object.mail or core.null,
  }
end

return M
