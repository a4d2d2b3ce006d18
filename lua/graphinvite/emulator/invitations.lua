--- The operations on /invitations: reference 2.1, 5.1, 5.4 and 5.5. The answer is written before
-- the tenant changes, so what cannot be answered has not happened.
local bodies = require "graphinvite.emulator.body"
local collection = require "graphinvite.emulator.collection"
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local etags = require "graphinvite.emulator.etags"
local invitation_of = require "graphinvite.emulator.invitation"
local merge = require "graphinvite.emulator.merge"
local permissions = require "graphinvite.emulator.permissions"
local redemption = require "graphinvite.emulator.redemption"
local reply = require "graphinvite.emulator.reply"
local rules = require "graphinvite.emulator.rules"
local sponsors = require "graphinvite.emulator.sponsors"
local tenants = require "graphinvite.emulator.tenant"
local users = require "graphinvite.emulator.users"

local M = { handlers = {} }
local handlers = M.handlers

-- The guest that a new invitation makes.
local function new_guest(exchange, body, unfilled)
  local emulator, tenant = exchange.emulator, exchange.tenant
  local place = tenant.users.size + 1
  local guest = {
    place = place, id = tenants.user_id(tenant, place),
    mail = body.invitedUserEmailAddress, created = emulator.clock:wall(), unfilled = unfilled,
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

-- The id that the caller chose for a new invitation.
local function chosen_id(tenant, given)
  if type(given) ~= "string" or given == "" then
    return nil
  elseif tenants.find_invitation(tenant, given) then
    errors.refuse("id_taken", given)
  end
  return given
end

-- Takes a new invitation into the tenant.
local function commit(exchange, invitation, chosen, user, known)
  local tenant = exchange.tenant
  invitation.id = chosen
  if invitation.body.sendInvitationMessage == true then
    redemption.send_mail(exchange, invitation)
  end
  if invitation.body.resetRedemption == true then
    redemption.reset(user, exchange.emulator.clock:wall())
  end
  user.invitation = tenants.add_invitation(tenant, invitation)
  tenant.invitations_left = tenant.invitations_left and tenant.invitations_left - 1
  if known then
    tenants.save_user(tenant, user)
  else
    tenants.add_user(tenant, user)
  end
end

handlers["invitations.create"] = function(exchange)
  local tenant = exchange.tenant
  local body = invitation_of.read(exchange)
  rules.check(body, tenant)
  if tenant.invitations_left == 0 then
    errors.refuse("blocked")
  end
  local place = tenant.invitations.size + 1
  local chosen = chosen_id(tenant, body.id)
  body.id = nil
  local known, unfilled = find_known(exchange, body)
  permissions.check_invitation(exchange, body, known)
  local user = known or new_guest(exchange, body, unfilled)
  local invitation = {
    place = place, id = chosen or tenants.invitation_id(tenant, place), body = body,
    user = user.place, round = user.round, sponsors = sponsors.take(exchange, body),
  }
  if body.resetRedemption == true then
    invitation.round = (user.round or 0) + 1
  end
  local value = invitation_of.value(exchange.emulator, invitation, user)
  local response = reply.entity(exchange, value)
  commit(exchange, invitation, chosen, user, known)
  return response
end

local EXPAND = {
  invitedUser = function(emulator, invitation)
    local user = invitation.user and tenants.user(emulator.tenant, invitation.user)
    return user and users.value(emulator, user)
  end,
  invitedUserSponsors = function(emulator, invitation)
    return sponsors.list(emulator, invitation)
  end,
}

local function source(exchange)
  local invitations = exchange.tenant.invitations
  return {
    at = tenants.invitation, size = invitations.size, count = invitations.count,
    view = invitation_of.value, version = invitation_of.version, expand = EXPAND,
  }
end

handlers["invitations.list"] = function(exchange)
  return collection.page(exchange, source(exchange))
end

handlers["invitations.count"] = function(exchange)
  return collection.count(exchange, source(exchange))
end

local function find(exchange)
  local id = exchange.arguments[1]
  return tenants.find_invitation(exchange.tenant, id) or errors.refuse("resource", id)
end

-- The invitation that the path names, where the request wants to change it as it is now.
local function find_to_change(exchange)
  local invitation = find(exchange)
  etags.check(exchange, invitation_of.version(exchange.emulator, invitation))
  return invitation
end

handlers["invitations.get"] = function(exchange)
  return collection.entity(exchange, source(exchange), find(exchange))
end

handlers["invitations.update"] = function(exchange)
  local invitation = find_to_change(exchange)
  local changes = invitation_of.read(exchange)
  changes.id = nil -- the path says which one it is
  invitation.body = merge(invitation.body, changes)
  local value = invitation_of.value(exchange.emulator, invitation)
  value["@odata.etag"] = etags.text(invitation_of.version(exchange.emulator, invitation) + 2)
  local response = reply.entity(exchange, value)
  tenants.save_invitation(exchange.tenant, invitation)
  return response
end

handlers["invitations.delete"] = function(exchange)
  tenants.remove_invitation(exchange.tenant, find_to_change(exchange))
  return reply.empty(exchange)
end

-- The user of the invitation that the path names.
local function find_user(exchange, invitation)
  return invitation.user and tenants.user(exchange.tenant, invitation.user)
    or errors.refuse("resource", invitation.id)
end

handlers["invitations.invited_user"] = function(exchange)
  return users.answer(exchange, find_user(exchange, find(exchange)))
end

handlers["invitations.add_invited_user"] = function(exchange)
  local invitation = find(exchange)
  invitation.user = sponsors.user_at(exchange.tenant, bodies.read(exchange)["@odata.id"]).place
  tenants.save_invitation(exchange.tenant, invitation)
  return reply.empty(exchange)
end

handlers["invitations.remove_invited_user"] = function(exchange)
  local invitation = find(exchange)
  find_user(exchange, invitation)
  invitation.user = nil
  tenants.save_invitation(exchange.tenant, invitation)
  return reply.empty(exchange)
end

return M
