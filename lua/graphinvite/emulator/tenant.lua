--- The directory of one tenant: its users, guests and invitations as data. It keeps what was
-- said of them; redeem URLs, mail and bodies are derived when they are read.
local M = {}

-- The tenant from the start (INF): its domains, the partners it has blocked, its own accounts.
M.DOMAIN = "contoso.onmicrosoft.com"
M.VERIFIED_DOMAINS = { ["contoso.onmicrosoft.com"] = true, ["contoso.example"] = true }
M.BLOCKED_DOMAINS = { ["blocked.example"] = true }
local MEMBERS = {
  { name = "Megan Bowen", upn = "megan", mail = "megan@contoso.example" },
  { name = "Alex Wilber", upn = "alex", mail = "alex@woodgrove.example" },
  { name = "Diego Siciliani", upn = "diego", mail = "diego@woodgrove.example", disabled = true },
}

---@class graphinvite.emulator.User
---@field id string
---@field mail string
---@field created number seconds since 1970
---@field name string?
---@field type string? userType where it is not Guest
---@field upn string? of a member; a guest's follows from its address
---@field disabled boolean?
---@field state string? externalUserState where a guest is no longer pending
---@field changed number? when the state last changed
---@field round integer? how often its redemption was reset
---@field past table<integer, boolean>? the rounds that were redeemed before a reset

---@class graphinvite.emulator.Invitation
---@field id string
---@field body table the members as the caller gave them
---@field user graphinvite.emulator.User?
---@field round integer? of its user
---@field place integer in the tenant's list

-- Makes a user findable. Neither look-up gets slower with the number of users.
local function add_user(tenant, user)
  tenant.users[#tenant.users + 1] = user
  tenant.user_by_id[user.id] = user
  tenant.user_by_address[user.mail:lower()] = user
  if user.upn then
    tenant.user_by_address[user.upn:lower()] = user
  end
end

---@param random graphinvite.emulator.Random
---@param now number seconds since 1970
---@return table tenant
function M.new(random, now)
  local tenant = {
    id = random:guid(),
    users = {}, user_by_id = {}, user_by_address = {},
    invitations = {}, invitation_by_id = {}, invitation_count = 0,
    mail = {}, tokens = {}, token_count = 0,
  }
  for _, member in ipairs(MEMBERS) do
    add_user(tenant, {
      id = random:guid(), name = member.name, mail = member.mail, type = "Member",
      upn = member.upn .. "@" .. M.DOMAIN, disabled = member.disabled, created = now,
    })
  end
  return tenant
end

M.add_user = add_user

--- Puts an invitation in its place: at the end of the list.
function M.add_invitation(tenant, invitation)
  local place = #tenant.invitations + 1
  invitation.place = place
  tenant.invitations[place] = invitation
  tenant.invitation_by_id[invitation.id] = invitation
  tenant.invitation_count = tenant.invitation_count + 1
end

function M.remove_invitation(tenant, invitation)
  tenant.invitations[invitation.place] = false
  tenant.invitation_by_id[invitation.id] = nil
  tenant.invitation_count = tenant.invitation_count - 1
end

--- The userPrincipalName of a user: reference 1.6.
function M.principal_name(user)
  return user.upn or user.mail:gsub("@", "_") .. "#EXT#@" .. M.DOMAIN
end

--- Finds a user by id, address or userPrincipalName, case not counting.
---@return graphinvite.emulator.User?
function M.find_user(tenant, key)
  key = key:lower()
  local guest = key:match("^(.+)#ext#@" .. M.DOMAIN:gsub("%p", "%%%0") .. "$")
  if guest then -- no domain has a "_" (rules.lua), so the last one stands for the "@"
    local user = tenant.user_by_address[guest:gsub("^(.*)_", "%1@")]
    return user and not user.upn and user or nil
  end
  return tenant.user_by_id[key] or tenant.user_by_address[key]
end

--- Tells whether an invitation was redeemed, or needs no redemption.
---@param invitation graphinvite.emulator.Invitation
---@return boolean
function M.is_redeemed(invitation)
  local user, round = invitation.user, invitation.round or 0
  if user == nil then
    return false
  elseif round < (user.round or 0) then
    return user.past[round]
  end
  return round == (user.round or 0) and user.state == "Accepted"
end

return M
