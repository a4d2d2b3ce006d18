--- Redeem URLs, the mail that carries them, and redemption: reference 5.1, 5.3 and 5.5.
local clouds = require "graphinvite.clouds"
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local permissions = require "graphinvite.emulator.permissions"
local tenants = require "graphinvite.emulator.tenant"
local url = require "graphinvite.emulator.url"

local M = {}

-- The current shape of the link (5.1 docs): the older link, escaped, as a parameter. It ends in
-- the ticket, because LuaJIT finds long strings by their ends.
local LINK_START = "%s/redeem?rd=https%%3A%%2F%%2Finvitations.microsoft.com%%2Fredeem%%2F"
  .. "%%3Fver%%3D2.0%%26tenant%%3D%s%%26user%%3D"
local LINK_TICKET = "%26ticket%3D"
-- Who the mail comes from: reference 5.3 docs.
local SENDERS = {
  global = "Invites@microsoft.com", usgov = "invites@azuread.us", dod = "invites@azuread.us",
  china = "Invites@oe.21vianet.com",
}
local SUBJECT = "%s invited you to access applications within their organization" -- INF
local DEFAULT_TEXT = "Accept the invitation to get access." -- INF

--- What every redeem URL of a tenant begins with.
---@param emulator graphinvite.Emulator
---@return string
function M.link_start(emulator)
  local origin = emulator.link_origin or clouds.rows[emulator.options.cloud].authority
  return LINK_START:format(origin, emulator.tenant.id)
end

--- A link without its origin: what a browser asks for.
---@param link string
---@return string
function M.target(link)
  return link:match("^%a+://[^/?#]+(/.*)$") or link
end

--- The link that the invited person opens.
---@param emulator graphinvite.Emulator
---@param place integer of the invitation
---@param id string
---@return string
function M.url(emulator, place, id)
  if id:find("[^%w-]") then
    id = core.url_encode(core.url_encode(id)) -- the link is a parameter of a link
  end
  return emulator.link_start .. id .. LINK_TICKET .. tenants.ticket(emulator.tenant, place)
end

-- Tells whether the inviter has a mailbox in the tenant: an application has none, nor has a user
-- whose address is elsewhere.
local function has_mailbox(exchange)
  local place = permissions.user(exchange)
  local user = place and tenants.user(exchange.tenant, place)
  return user ~= nil and user.upn ~= nil
    and tenants.VERIFIED_DOMAINS[user.mail:match("@(.*)$"):lower()] == true
end

--- Notes that the service has mailed an invitation.
---@param exchange graphinvite.emulator.Exchange
---@param invitation graphinvite.emulator.Invitation with the id only where a caller chose it
function M.send_mail(exchange, invitation)
  local mail, info = exchange.tenant.mail, invitation.body.invitedUserMessageInfo
  local entry = {
    place = invitation.place, id = invitation.id, to = invitation.body.invitedUserEmailAddress,
    sent = exchange.emulator.clock:wall(),
  }
  if type(info) == "table" then
    entry.info, entry.wordless = info, not has_mailbox(exchange) or nil
  end
  mail[#mail + 1] = entry
end

local function text_of(value)
  return value ~= core.null and value or nil
end

-- The people in copy. The body was checked when the invitation was created.
local function copies(info)
  local list = core.array {}
  for _, recipient in ipairs(text_of(info.ccRecipients) or {}) do
    local address = recipient ~= core.null and text_of(recipient.emailAddress)
    list[#list + 1] = address and text_of(address.address)
  end
  return list
end

--- The mail of one entry of the tenant's journal, as a person would find it.
---@param emulator graphinvite.Emulator
---@param entry table
---@return table
function M.mail(emulator, entry)
  local info = entry.info or {}
  local custom = text_of(info.customizedMessageBody)
  local id = entry.id or tenants.invitation_id(emulator.tenant, entry.place)
  return {
    to = entry.to,
    cc = copies(info),
    from = SENDERS[emulator.options.cloud],
    subject = SUBJECT:format(tenants.DOMAIN),
    -- The words of who has no mailbox are left out: reference 5.3 docs:troubleshoot.
    body = custom and not entry.wordless and custom or DEFAULT_TEXT,
    language = custom and core.null or text_of(info.messageLanguage) or "en-US",
    invitation = id,
    inviteRedeemUrl = M.url(emulator, entry.place, id),
    sent = emulator.clock:date(entry.sent),
  }
end

-- The invitation of a link that the tenant has given out, under whichever origin.
local function find_by_link(emulator, link)
  local id = link:match("user%%3D([^&]+)%%26ticket")
  id = id and url.decode(url.decode(id) or "")
  local invitation = id and tenants.find_invitation(emulator.tenant, id)
  return invitation and M.target(M.url(emulator, invitation.place, invitation.id))
    == M.target(link) and invitation
end

-- Finds the invitation that a control means.
local function find(emulator, wanted)
  local tenant = emulator.tenant
  if wanted.url then
    return find_by_link(emulator, wanted.url)
  end
  local invitation = wanted.id and tenants.find_invitation(tenant, wanted.id)
  local user = not invitation and tenants.find_user(tenant, wanted.id or wanted.email)
  return invitation or user and user.invitation and tenants.invitation(tenant, user.invitation)
end

-- Tells whether the tenant of the invited person lets nobody redeem: reference 5.4.
local function is_unredeemable(emulator, invitation)
  local domain = tostring(invitation.body.invitedUserEmailAddress):match("@([^@]*)$")
  return domain and tenants.domain_rule(emulator.tenant, domain:lower()) == "unredeemable"
end

--- Finds what a link leads to.
---@param emulator graphinvite.Emulator
---@param link string
---@return graphinvite.emulator.Invitation?
---@return graphinvite.emulator.User?
---@return "pending"|"redeemed"|"superseded"|"unredeemable"|nil standing superseded: its user was
---reset since (INF); unredeemable: the invited person's own tenant forbids it (5.4)
function M.follow(emulator, link)
  local invitation = find_by_link(emulator, link)
  local user = invitation and invitation.user and tenants.user(emulator.tenant, invitation.user)
  if not user then
    return nil
  elseif tenants.is_redeemed(invitation, user) then
    return invitation, user, "redeemed"
  end
  local superseded = (invitation.round or 0) < (user.round or 0)
  return invitation, user, superseded and "superseded"
    or is_unredeemable(emulator, invitation) and "unredeemable" or "pending"
end

-- The invitation that a control means, and its user.
local function find_both(emulator, wanted)
  local invitation = find(emulator, wanted)
  local user = invitation and invitation.user and tenants.user(emulator.tenant, invitation.user)
    or errors.refuse("not_pending", wanted.email or wanted.id or "the URL")
  return invitation, user
end

--- Notes that the person does not want to come. Graph has no such state, so the guest stays as it
--- is, and may still accept: INF.
---@param emulator graphinvite.Emulator
---@param wanted table as for redeem
---@return table declined email, invitation, user
function M.decline(emulator, wanted)
  local invitation, user = find_both(emulator, wanted)
  if user.state == "Accepted" then
    errors.refuse("control", user.mail .. " has accepted already")
  end
  emulator.tenant.declined[invitation.place] = emulator.clock:wall()
  return { email = user.mail, invitation = invitation.id, user = user.id }
end

--- Redeems an invitation in place of the person.
---@param emulator graphinvite.Emulator
---@param wanted table email of the guest, id of the invitation or the guest, or url of the link
---@return table redeemed email, invitation, user, redirect
function M.redeem(emulator, wanted)
  local tenant, invitation, user = emulator.tenant, find_both(emulator, wanted)
  if is_unredeemable(emulator, invitation) then
    errors.refuse("control", user.mail .. " cannot redeem: its own tenant forbids it")
  end
  tenant.declined[invitation.place] = nil
  local redeemed = {
    email = user.mail, invitation = invitation.id, user = user.id,
    redirect = invitation.body.inviteRedirectUrl,
  }
  if invitation.body.status ~= nil then -- one that a caller has written no longer holds
    invitation.body.status = "Completed"
    tenants.save_invitation(tenant, invitation)
  end
  if user.state ~= "Accepted" then
    user.state, user.changed = "Accepted", emulator.clock:wall()
    tenants.save_user(tenant, user)
  end
  return redeemed
end

--- Lets a guest redeem anew. The account stays as it is: reference 5.5.
---@param user graphinvite.emulator.User
---@param now number
function M.reset(user, now)
  local round = user.round or 0
  user.past = user.past or {}
  user.past[round] = user.state == "Accepted"
  user.round, user.state, user.changed = round + 1, nil, now
end

return M
