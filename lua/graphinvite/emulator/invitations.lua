--- The operations on /invitations: reference 2.1, 5.1, 5.4 and 5.5. The answer is written before
-- the tenant changes, so what cannot be answered has not happened.
local bodies = require "graphinvite.emulator.body"
local collection = require "graphinvite.emulator.collection"
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local invitation_of = require "graphinvite.emulator.invitation"
local merge = require "graphinvite.emulator.merge"
local redemption = require "graphinvite.emulator.redemption"
local reply = require "graphinvite.emulator.reply"
local rules = require "graphinvite.emulator.rules"
local tenants = require "graphinvite.emulator.tenant"
local url = require "graphinvite.emulator.url"
local users = require "graphinvite.emulator.users"

local M = { handlers = {} }
local handlers = M.handlers

-- The guest that a new invitation makes.
local function new_guest(exchange, body)
  local emulator = exchange.emulator
  local guest = {
    id = emulator.random:guid(), mail = body.invitedUserEmailAddress,
    created = emulator.clock:wall(), invitation = false,
  }
  if body.invitedUserDisplayName ~= core.null then
    guest.name = body.invitedUserDisplayName
  end
  guest.type = rules.user_type(body)
  return guest
end

-- The user of a new invitation where it is known: one to reset, or a guest invited again.
local function find_known(exchange, body)
  if body.resetRedemption == true then
    return rules.user_to_reset(exchange.tenant, body)
  end
  return rules.known_guest(exchange.tenant, body.invitedUserEmailAddress)
end

-- Takes a new invitation into the tenant.
local function commit(exchange, invitation, known)
  local tenant, user, body = exchange.tenant, invitation.user, invitation.body
  if not known then
    tenants.add_user(tenant, user)
  elseif body.resetRedemption == true then
    redemption.reset(user, exchange.emulator.clock:wall())
  end
  user.invitation = invitation
  tenants.add_invitation(tenant, invitation)
  if body.sendInvitationMessage == true then
    redemption.send_mail(exchange, invitation)
  end
end

handlers["invitations.create"] = function(exchange)
  local tenant, emulator = exchange.tenant, exchange.emulator
  local body = invitation_of.read(exchange)
  rules.check(body)
  local id = emulator:new_id(body.id, tenant.invitation_by_id)
  body.id = nil
  local known = find_known(exchange, body)
  local invitation = {
    id = id, body = body, user = known or new_guest(exchange, body),
    place = #tenant.invitations + 1,
  }
  if known then
    invitation.round = (known.round or 0) + (body.resetRedemption == true and 1 or 0)
  end
  local response = reply.entity(exchange, invitation_of.value(emulator, invitation))
  commit(exchange, invitation, known)
  return response
end

local EXPAND = {
  invitedUser = function(emulator, invitation)
    return invitation.user and users.value(emulator, invitation.user)
  end,
}

local function source(exchange)
  local tenant = exchange.tenant
  return {
    list = tenant.invitations, count = tenant.invitation_count, view = invitation_of.value,
    expand = EXPAND,
  }
end

handlers["invitations.list"] = function(exchange)
  return collection.page(exchange, source(exchange))
end

handlers["invitations.count"] = function(exchange)
  return collection.count(exchange, source(exchange))
end

local function find(exchange)
  local id, by_id = exchange.arguments[1], exchange.tenant.invitation_by_id
  return by_id[id] or by_id[id:lower()] or errors.refuse("resource", id)
end

handlers["invitations.get"] = function(exchange)
  return collection.entity(exchange, source(exchange), find(exchange))
end

handlers["invitations.update"] = function(exchange)
  local invitation = find(exchange)
  local changes = invitation_of.read(exchange)
  changes.id = nil -- the path says which one it is
  local amended = {
    id = invitation.id, body = merge(invitation.body, changes), user = invitation.user,
    place = invitation.place, round = invitation.round,
  }
  local response = reply.entity(exchange, invitation_of.value(exchange.emulator, amended))
  invitation.body = amended.body
  return response
end

handlers["invitations.delete"] = function(exchange)
  tenants.remove_invitation(exchange.tenant, find(exchange))
  return reply.empty(exchange)
end

handlers["invitations.invited_user"] = function(exchange)
  local invitation = find(exchange)
  return users.answer(exchange, invitation.user or errors.refuse("resource", invitation.id))
end

handlers["invitations.add_invited_user"] = function(exchange)
  local invitation = find(exchange)
  local target = bodies.read(exchange)["@odata.id"]
  local key = type(target) == "string" and url.decode(target:match("([^/('?]+)'?%)?$") or "") or ""
  invitation.user = tenants.find_user(exchange.tenant, key) or errors.refuse("resource", key)
  return reply.empty(exchange)
end

handlers["invitations.remove_invited_user"] = function(exchange)
  local invitation = find(exchange)
  if invitation.user == nil then
    errors.refuse("resource", invitation.id)
  end
  invitation.user = nil
  return reply.empty(exchange)
end

return M
