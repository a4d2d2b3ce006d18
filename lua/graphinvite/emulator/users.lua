--- The users of the tenant, as the reads of reference 1.6 and 3.8 show them.
local collection = require "graphinvite.emulator.collection"
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local objects = require "graphinvite.emulator.objects"
local tenants = require "graphinvite.emulator.tenant"

local M = { handlers = {} }
local handlers = M.handlers
local null = core.null

local KEYED = {
  id = true, mail = true, userPrincipalName = true, otherMails = true, proxyAddresses = true,
}

-- What $search looks at: INF.
local SEARCHABLE = { displayName = true, mail = true, userPrincipalName = true }

-- How a user signs in: reference 1.6. A guest uses the tenant's domain until it has redeemed.
local function identities(user, principal_name)
  if user.state == "Accepted" then
    return { { signInType = "federated", issuer = "ExternalAzureAD", issuerAssignedId = null } }
  end
  return {
    {
      signInType = "userPrincipalName", issuer = tenants.DOMAIN,
      issuerAssignedId = principal_name,
    },
  }
end

-- An address, unless it is false, and further ones with what stands before them.
local function addresses(first, more, prefix)
  local list = core.array { first or nil }
  for _, address in ipairs(more or {}) do
    list[#list + 1] = prefix .. address
  end
  return list
end

--- A user as Graph shows it.
---@param emulator graphinvite.Emulator
---@param user graphinvite.emulator.User
---@return table
function M.value(emulator, user)
  local clock, guest = emulator.clock, user.upn == nil
  local principal_name = tenants.principal_name(user)
  return {
    id = user.id,
    accountEnabled = not user.disabled,
    companyName = null,
    createdDateTime = clock:date(user.created),
    creationType = guest and "Invitation" or null,
    displayName = user.name or user.mail:match("^[^@]*"),
    externalUserState = guest and (user.state or "PendingAcceptance") or null,
    externalUserStateChangeDateTime = guest and clock:date(user.changed or user.created) or null,
    identities = identities(user, principal_name),
    mail = user.unfilled and null or user.mail,
    otherMails = addresses(guest and user.mail, user.other_mails, ""),
    proxyAddresses = addresses(not user.unfilled and "SMTP:" .. user.mail, user.proxies, "smtp:"),
    userPrincipalName = principal_name,
    userType = user.type or "Guest",
  }
end

-- A new guest takes a while to be seen everywhere: reference 5.1 LIB.
local function visible(emulator, user)
  return user.upn ~= nil or emulator.clock:wall() >= user.created + emulator.options.replication
end

local function find(tenant, key)
  return tenants.find_user(tenant, key:gsub("^[Ss][Mm][Tt][Pp]:", ""))
end

-- How many can be seen. The newest are at the end.
local function count(emulator)
  local tenant = emulator.tenant
  local n = tenant.users.size
  while n > 0 and not visible(emulator, tenants.user(tenant, n)) do
    n = n - 1
  end
  return n
end

-- An address that somebody owns besides may be found with several users: then all are looked at.
local function source(exchange)
  local find_one = not objects.has_owners(exchange.tenant) and find or nil
  return {
    at = tenants.user, size = exchange.tenant.users.size, count = count(exchange.emulator),
    view = M.value, visible = visible, find = find_one, keyed = KEYED,
    searchable = SEARCHABLE,
  }
end

--- Answers one user, or that it cannot be seen yet.
---@param exchange graphinvite.emulator.Exchange
---@param user graphinvite.emulator.User?
---@return table response
function M.answer(exchange, user)
  if not user or not visible(exchange.emulator, user) then
    errors.refuse("resource", exchange.arguments[1])
  end
  return collection.entity(exchange, source(exchange), user)
end

handlers["users.get"] = function(exchange)
  local key = exchange.arguments[1]:lower()
  local user = tenants.find_user(exchange.tenant, key)
  local named = user and (key == user.id or key == tenants.principal_name(user):lower())
  return M.answer(exchange, named and user or nil)
end

handlers["users.list"] = function(exchange)
  return collection.page(exchange, source(exchange))
end

handlers["users.count"] = function(exchange)
  return collection.count(exchange, source(exchange))
end

return M
