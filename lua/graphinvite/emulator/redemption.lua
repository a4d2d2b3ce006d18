--- Redeem URLs, the mail that carries them, and redemption: reference 5.1, 5.3 and 5.5.
local clouds = require "graphinvite.clouds"
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local merge = require "graphinvite.emulator.merge"
local tenants = require "graphinvite.emulator.tenant"
local url = require "graphinvite.emulator.url"

local M = {}

-- The current shape of the link (5.1 docs): the older link, escaped, as a parameter.
local LINK = "%s/redeem?rd=https%%3A%%2F%%2Finvitations.microsoft.com%%2Fredeem%%2F"
  .. "%%3Ftenant%%3D%s%%26user%%3D%s%%26ticket%%3D%s%%253D%%26ver%%3D2.0"
-- Who the mail comes from: reference 5.3 docs.
local SENDERS = {
  global = "Invites@microsoft.com", usgov = "invites@azuread.us", dod = "invites@azuread.us",
  china = "Invites@oe.21vianet.com",
}
local SUBJECT = "%s invited you to access applications within their organization" -- INF
local DEFAULT_TEXT = "Accept the invitation to get access." -- INF

-- The ticket of an invitation follows from its place and the tenant's seed. No product reaches
-- 2^53.
local function ticket(seed, place)
  local m = 2147483647
  local a = (seed % m + place * 16807) % m
  local b = (a * 48271 + place) % m
  local c = (b * 69621 + seed) % m
  return ("%08x%08x%07x"):format(a * 16807 % m, b, c % 2 ^ 28)
end

--- The link that the invited person opens.
---@param emulator graphinvite.Emulator
---@param invitation graphinvite.emulator.Invitation
---@return string
function M.url(emulator, invitation)
  local options = emulator.options
  return LINK:format(clouds.rows[options.cloud].authority, emulator.tenant.id,
    core.url_encode(core.url_encode(invitation.id)), ticket(options.seed, invitation.place))
end

--- Notes that the service has mailed an invitation.
---@param exchange graphinvite.emulator.Exchange
---@param invitation graphinvite.emulator.Invitation
function M.send_mail(exchange, invitation)
  local mail = exchange.tenant.mail
  mail[#mail + 1] = {
    invitation = invitation, body = invitation.body, app_only = exchange.app_only,
    sent = exchange.emulator.clock:wall(),
  }
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
  local body = entry.body
  local info = text_of(body.invitedUserMessageInfo) or {}
  local custom = text_of(info.customizedMessageBody)
  return {
    to = body.invitedUserEmailAddress,
    cc = copies(info),
    from = SENDERS[emulator.options.cloud],
    subject = SUBJECT:format(tenants.DOMAIN),
    -- An application has no mailbox, so its words are left out: reference 5.3 docs.
    body = custom and not entry.app_only and custom or DEFAULT_TEXT,
    language = custom and core.null or text_of(info.messageLanguage) or "en-US",
    invitation = entry.invitation.id,
    inviteRedeemUrl = M.url(emulator, entry.invitation),
    sent = emulator.clock:date(entry.sent),
  }
end

-- Finds the invitation that a control means. A link must be one that the tenant has given out.
local function find(emulator, wanted)
  local tenant = emulator.tenant
  if wanted.url then
    local id = wanted.url:match("user%%3D([^&]+)%%26ticket")
    id = id and url.decode(url.decode(id) or "")
    local invitation = id and tenant.invitation_by_id[id]
    return invitation and M.url(emulator, invitation) == wanted.url and invitation or nil
  elseif wanted.id and tenant.invitation_by_id[wanted.id] then
    return tenant.invitation_by_id[wanted.id]
  end
  local user = tenants.find_user(tenant, wanted.id or wanted.email)
  return user and user.invitation
end

--- Redeems an invitation in place of the person.
---@param emulator graphinvite.Emulator
---@param wanted table email of the guest, id of the invitation or the guest, or url of the link
---@return table redeemed email, invitation, user, redirect
function M.redeem(emulator, wanted)
  local invitation = find(emulator, wanted)
  local user = invitation and invitation.user
  if not user then
    errors.refuse("not_pending", wanted.email or wanted.id or "the URL")
  end
  if user.state ~= "Accepted" then
    user.state, user.changed = "Accepted", emulator.clock:wall()
  end
  if invitation.body.status ~= nil then -- one that a caller has written no longer holds
    invitation.body = merge(invitation.body, { status = "Completed" })
  end
  return {
    email = user.mail, invitation = invitation.id, user = user.id,
    redirect = invitation.body.inviteRedirectUrl,
  }
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
