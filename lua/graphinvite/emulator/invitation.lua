--- One invitation: how its body is read, and how Graph shows it.
local bodies = require "graphinvite.emulator.body"
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local merge = require "graphinvite.emulator.merge"
local redemption = require "graphinvite.emulator.redemption"
local tenants = require "graphinvite.emulator.tenant"

local M = {}
local null = core.null

local FLAVOUR = "Microsoft.AADInviteMgr.invitation"
-- Members that the live service sets itself: reference 1.3.
local SERVER_SET = { "id", "inviteRedeemUrl", "status" }
-- What the answer shows where the caller gave nothing: reference 5.3 docs.
local MESSAGE_INFO = {
  messageLanguage = null,
  customizedMessageBody = null,
  ccRecipients = { { emailAddress = { name = null, address = null } } },
}
local COMPUTED = { invitedUser = true, invitedUserMessageInfo = true }

local function has_flavour(body)
  local name = body["@odata.type"]
  return type(name) == "string" and name:lower():gsub("^#", "") == FLAVOUR:lower()
end

-- Keeps the message members under the name that they have in microsoft.graph: reference 1.4.
local function normalize(body)
  if body.InvitedUserMessageInfo == nil or not has_flavour(body) then
    return
  elseif body.invitedUserMessageInfo ~= nil then
    errors.refuse("value", "InvitedUserMessageInfo: given twice, in both spellings")
  end
  body.invitedUserMessageInfo, body.InvitedUserMessageInfo = body.InvitedUserMessageInfo, nil
end

--- Reads the body of a request, in either flavour.
---@param exchange graphinvite.emulator.Exchange
---@return table body
function M.read(exchange)
  local body = bodies.read(exchange)
  if body.InvitedUserMessageInfo ~= nil and body["@odata.type"] == nil then
    body = bodies.read(exchange, FLAVOUR)
    body["@odata.type"] = "#" .. FLAVOUR
  end
  if exchange.emulator.options.profile == "live" then
    for _, name in ipairs(SERVER_SET) do
      body[name] = nil
    end
  end
  normalize(body)
  return body
end

-- The message members, the unset ones too.
local function message_info(given)
  if given == nil then
    return MESSAGE_INFO
  end
  return given ~= null and merge(MESSAGE_INFO, given) or null
end

-- The user: what the caller wrote of it, under the id that it has.
local function invited_user(user, given)
  if user == nil then
    return null
  end
  local shown = { id = user.id }
  return type(given) == "table" and merge(given, shown) or shown
end

--- An invitation as Graph shows it.
---@param emulator graphinvite.Emulator
---@param invitation graphinvite.emulator.Invitation
---@param user graphinvite.emulator.User? its user, where the tenant does not have it yet
---@return table
function M.value(emulator, invitation, user)
  local body = invitation.body
  user = user or invitation.user and tenants.user(emulator.tenant, invitation.user) or nil
  local value = {
    id = invitation.id,
    inviteRedeemUrl = redemption.url(emulator, invitation.place, invitation.id),
    inviteRedirectUrl = null,
    invitedUser = invited_user(user, body.invitedUser),
    invitedUserDisplayName = null,
    invitedUserEmailAddress = null,
    invitedUserMessageInfo = message_info(body.invitedUserMessageInfo),
    invitedUserType = "Guest",
    resetRedemption = false,
    sendInvitationMessage = false,
    status = tenants.is_redeemed(invitation, user) and "Completed" or "PendingAcceptance",
  }
  for name, member in pairs(body) do
    if not COMPUTED[name] then
      value[name] = member
    end
  end
  if has_flavour(body) then
    value.InvitedUserMessageInfo, value.invitedUserMessageInfo = value.invitedUserMessageInfo, nil
  end
  return value
end

--- A number that grows with each change of what Graph shows of an invitation.
---@param emulator graphinvite.Emulator
---@param invitation graphinvite.emulator.Invitation
---@return integer
function M.version(emulator, invitation)
  local user = invitation.user and tenants.user(emulator.tenant, invitation.user) or nil
  return 2 * (invitation.changes or 0) + (tenants.is_redeemed(invitation, user) and 2 or 1)
end

return M
