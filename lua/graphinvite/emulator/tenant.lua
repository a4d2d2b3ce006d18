--- The directory of one tenant: its users, guests and invitations as data. It keeps what was
-- said of them; ids, redeem URLs, mail and bodies are derived when they are read. A record that
-- is read is a copy: what is to stay is saved.
local columns = require "graphinvite.emulator.columns"
local ids = require "graphinvite.emulator.ids"

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

M.MEMBER_COUNT = #MEMBERS

local GUEST_ENDING = "#ext#@" .. M.DOMAIN -- of a guest's userPrincipalName, in lower case

---@class graphinvite.emulator.User
---@field place integer
---@field id string
---@field mail string
---@field created number seconds since 1970
---@field invitation integer? place of the last invitation
---@field name string?
---@field type string? userType where it is not Guest
---@field upn string? of a member; a guest's follows from its address
---@field disabled boolean?
---@field state string? externalUserState where a guest is no longer pending
---@field changed number? when the state last changed
---@field round integer? how often its redemption was reset
---@field roles table<string, boolean>? directory roles
---@field proxies string[]? further addresses of its proxyAddresses
---@field other_mails string[]? further addresses of its otherMails
---@field unfilled boolean? its mail and proxyAddresses are not filled: reference 5.4
---@field past table<integer, boolean>? the rounds before, and whether they were redeemed

---@class graphinvite.emulator.Invitation
---@field place integer
---@field id string
---@field body table the members as the caller gave them
---@field user integer? place of its user
---@field round integer? of its user
---@field changes integer? how often it was saved
---@field sponsors (integer|string)[]? places of users and ids of groups, where not the inviter

---@param random graphinvite.emulator.Random
---@param now number seconds since 1970
---@return table tenant
function M.new(random, now)
  local tenant = {
    id = random:guid(),
    keys = { user = random:draw(), invitation = random:draw(), ticket = random:draw() },
    users = columns.new { "mail", "created", "invitation" },
    invitations = columns.new { "user" },
    bodies = columns.new { "invitedUserEmailAddress", "inviteRedirectUrl" },
    user_by_address = {}, -- places, by address and by a member's userPrincipalName
    invitation_by_name = {}, -- places of those whose id a caller chose
    declined = {}, -- when a person declined, by place of the invitation
    mail = {},
  }
  for _, member in ipairs(MEMBERS) do
    M.add_user(tenant, {
      name = member.name, mail = member.mail, type = "Member", disabled = member.disabled,
      upn = member.upn .. "@" .. M.DOMAIN, created = now,
    })
  end
  return tenant
end

--- The id of the user at a place.
function M.user_id(tenant, place)
  return ids.guid(tenant.keys.user, place)
end

---@return graphinvite.emulator.User? user
function M.user(tenant, place)
  local user = tenant.users:get(place)
  if user then
    user.place, user.id = place, M.user_id(tenant, place)
  end
  return user
end

---@param user graphinvite.emulator.User of no use to the caller afterwards
function M.save_user(tenant, user)
  local place = user.place
  user.place, user.id = nil, nil
  tenant.users:put(place, user)
end

--- Makes a user, findable by id, address and userPrincipalName.
---@param user table its members; of no use to the caller afterwards
---@return integer place
function M.add_user(tenant, user)
  local mail, upn = user.mail, user.upn
  user.place, user.id = nil, nil
  local place = tenant.users:add(user)
  tenant.user_by_address[mail:lower()] = place
  if upn then
    tenant.user_by_address[upn:lower()] = place
  end
  return place
end

--- The id of a new invitation, where the caller chose none.
function M.invitation_id(tenant, place)
  return ids.guid(tenant.keys.invitation, place)
end

--- The ticket in the redeem URL of an invitation.
function M.ticket(tenant, place)
  return ids.ticket(tenant.keys.ticket, place)
end

---@return graphinvite.emulator.Invitation? invitation
function M.invitation(tenant, place)
  local invitation = tenant.invitations:get(place)
  if invitation then
    invitation.place = place
    invitation.id = invitation.id or M.invitation_id(tenant, place)
    invitation.body = tenant.bodies:get(place)
  end
  return invitation
end

---@param invitation graphinvite.emulator.Invitation of no use to the caller afterwards
function M.save_invitation(tenant, invitation)
  local place, id = invitation.place, invitation.id
  tenant.bodies:put(place, invitation.body)
  tenant.invitations:put(place, {
    user = invitation.user, round = invitation.round, changes = (invitation.changes or 0) + 1,
    sponsors = invitation.sponsors,
    id = tenant.invitation_by_name[id] and id or nil,
  })
end

--- Puts an invitation behind the others.
---@param invitation table its members, with the id only where a caller chose it; of no use to the
---caller afterwards
---@return integer place
function M.add_invitation(tenant, invitation)
  local place = tenant.bodies:add(invitation.body)
  if invitation.id then
    tenant.invitation_by_name[invitation.id] = place
  end
  invitation.body, invitation.place = nil, nil
  return tenant.invitations:add(invitation)
end

---@param invitation graphinvite.emulator.Invitation
function M.remove_invitation(tenant, invitation)
  tenant.bodies:remove(invitation.place)
  tenant.invitations:remove(invitation.place)
  tenant.invitation_by_name[invitation.id] = nil
end

---@param id string in any case
---@return graphinvite.emulator.Invitation?
function M.find_invitation(tenant, id)
  local place = tenant.invitation_by_name[id] or ids.number(tenant.keys.invitation, id:lower())
  local invitation = place and M.invitation(tenant, place)
  -- A place whose invitation has a name of its own is not found under its number.
  return invitation and (invitation.id == id or invitation.id == id:lower()) and invitation or nil
end

--- The userPrincipalName of a user: reference 1.6.
function M.principal_name(user)
  return user.upn or user.mail:gsub("@", "_") .. "#EXT#@" .. M.DOMAIN
end

---@return graphinvite.emulator.User?
function M.user_by_id(tenant, id)
  local place = ids.number(tenant.keys.user, id:lower())
  return place and M.user(tenant, place)
end

---@return graphinvite.emulator.User?
function M.user_by_address(tenant, address)
  local place = tenant.user_by_address[address:lower()]
  return place and M.user(tenant, place)
end

--- Finds a user by id, address or userPrincipalName, case not counting.
---@return graphinvite.emulator.User?
function M.find_user(tenant, key)
  key = key:lower()
  local guest = key:sub(-#GUEST_ENDING) == GUEST_ENDING and key:sub(1, -#GUEST_ENDING - 1)
  if not guest then
    return M.user_by_address(tenant, key) or M.user_by_id(tenant, key)
  end
  -- No domain has a "_" (rules.lua), so the last one stands for the "@".
  local user = M.user_by_address(tenant, (guest:gsub("^(.*)_", "%1@")))
  return user and not user.upn and user or nil
end

--- What holds for a domain: reference 5.2, 5.4. Where some domains are allowed, all others are
--- denied.
---@param tenant table
---@param domain string in lower case
---@return "deny"|"allow"|"unredeemable"|nil rule
function M.domain_rule(tenant, domain)
  local domains = tenant.domains
  if M.BLOCKED_DOMAINS[domain] then
    return "deny"
  elseif not domains then
    return nil
  end
  for _, rule in pairs(domains[domain] and {} or domains) do
    if rule == "allow" then
      return "deny"
    end
  end
  return domains[domain]
end

--- Tells whether an invitation was redeemed, or needs no redemption.
---@param invitation graphinvite.emulator.Invitation
---@param user graphinvite.emulator.User?
---@return boolean
function M.is_redeemed(invitation, user)
  local round = invitation.round or 0
  if user == nil then
    return false
  elseif round < (user.round or 0) then
    return user.past[round]
  end
  return round == (user.round or 0) and user.state == "Accepted"
end

return M
