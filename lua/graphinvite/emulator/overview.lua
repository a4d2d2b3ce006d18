--- What the page for people shows: the newest of everything, so that a large tenant costs no more
-- than a small one, and a number that tells whether to look again.
local calls = require "graphinvite.emulator.calls"
local core = require "graphinvite.core"
local operation_of = require "graphinvite.emulator.operation"
local redemption = require "graphinvite.emulator.redemption"
local tenants = require "graphinvite.emulator.tenant"
local users = require "graphinvite.emulator.users"

local M = {}

local SHOWN = 100 -- of each kind
local IDENTITIES = { "user", "guest", "phone", "application", "applicationInstance" }

local function text_of(value)
  return type(value) == "string" and value or nil
end

-- The newest of `size` items: view(place) for the last places that have one.
local function newest(size, view)
  local list = core.array {}
  for place = size, 1, -1 do
    list[#list + 1] = view(place)
    if #list == SHOWN then
      break
    end
  end
  return list
end

local function guest_at(emulator, place)
  local tenant = emulator.tenant
  local user = tenants.user(tenant, place)
  if not user or user.upn then
    return nil
  end
  local shown = users.value(emulator, user)
  local declined = user.invitation and tenant.declined[user.invitation]
  return {
    id = user.id, mail = user.mail, name = text_of(shown.displayName),
    type = text_of(shown.userType), state = shown.externalUserState,
    created = shown.createdDateTime, changed = shown.externalUserStateChangeDateTime,
    declined = declined and emulator.clock:date(declined) or nil,
    redeemable = user.invitation ~= nil and shown.externalUserState ~= "Accepted",
  }
end

-- The link as a path here, whatever origin it is given out with.
local function link_of(emulator, place, id)
  return redemption.target(redemption.url(emulator, place, id))
end

local function invitation_at(emulator, place)
  local tenant = emulator.tenant
  local invitation = tenants.invitation(tenant, place)
  local user = invitation and invitation.user and tenants.user(tenant, invitation.user)
  if not invitation then
    return nil
  end
  local body = invitation.body
  return {
    id = invitation.id, mail = text_of(body.invitedUserEmailAddress),
    name = text_of(body.invitedUserDisplayName), redirect = text_of(body.inviteRedirectUrl),
    status = text_of(body.status)
      or tenants.is_redeemed(invitation, user) and "Completed" or "PendingAcceptance",
    mailed = body.sendInvitationMessage == true,
    link = link_of(emulator, place, invitation.id),
  }
end

local function mail_at(emulator, place)
  local entry = emulator.tenant.mail[place]
  local mail = redemption.mail(emulator, entry)
  mail.id = ("%d"):format(place)
  mail.link, mail.inviteRedeemUrl = link_of(emulator, entry.place, mail.invitation), nil
  return mail
end

-- Who somebody is, in one word or two.
local function person(participant)
  local identity = type(participant) == "table" and participant.identity
  for _, name in ipairs(type(identity) == "table" and IDENTITIES or {}) do
    local known = identity[name]
    if type(known) == "table" then
      return text_of(known.displayName) or text_of(known.id) or name
    end
  end
  return "somebody"
end

local function people(list)
  local names = core.array {}
  for _, participant in ipairs(type(list) == "table" and list or {}) do
    names[#names + 1] = participant and person(participant) or nil
  end
  return names
end

local function operation_at(emulator, operation)
  local shown, clock = operation_of.value(emulator, operation), emulator.clock
  local result = type(shown.resultInfo) == "table" and shown.resultInfo or {}
  local running = operation_of.is_running(emulator, operation)
  local ends = operation.outcome and operation.started + operation.outcome.after
  return {
    id = operation.id, status = text_of(shown.status), people = people(shown.participants),
    context = text_of(shown.clientContext), message = text_of(result.message),
    started = operation.started and clock:date(operation.started) or nil,
    ends = running and clock:date(ends) or nil,
    ended = ends and not running and clock:date(ends) or nil,
  }
end

local function call_view(emulator, call)
  operation_of.settle(emulator, call)
  return {
    id = call.id, state = text_of(calls.value(emulator, call).state),
    created = emulator.clock:date(call.created), people = people(call.roster),
    operations = newest(#call.operations, function(place)
      local operation = call.operations[place]
      return operation and operation_at(emulator, operation) or nil
    end),
  }
end

-- The calls of a tenant, the oldest first.
local function sorted(tenant)
  local list = {}
  for _, call in pairs(tenant.calls) do
    list[#list + 1] = call
  end
  table.sort(list, function(a, b)
    return a.created < b.created or a.created == b.created and a.id < b.id
  end)
  return list
end

local function request_view(emulator, entry, number)
  return {
    id = ("%d"):format(number), time = emulator.clock:date(entry.time), method = entry.method,
    path = entry.path, status = entry.status, retry_after = entry.retry_after,
    fault = entry.fault, client_request_id = entry.client_request_id,
  }
end

--- Counts something that people may see.
---@param emulator graphinvite.Emulator
function M.changed(emulator)
  emulator.change_count = emulator.change_count + 1
end

--- How often anything has changed, and what time it is.
---@param emulator graphinvite.Emulator
---@return { number: integer, time: string }
function M.changes(emulator)
  for _, call in pairs(emulator.tenant.calls) do
    local state = calls.value(emulator, call).state -- time alone establishes a call
    if call.seen_state ~= state then
      call.seen_state = state
      M.changed(emulator)
    end
  end
  return { number = emulator.change_count, time = emulator.clock:date() }
end

--- Everything that the page shows, the newest first.
---@param emulator graphinvite.Emulator
---@return table
function M.all(emulator)
  local tenant, journal, list = emulator.tenant, emulator.journal, sorted(emulator.tenant)
  local requests, limit = journal:list(SHOWN), emulator.limit
  local function at(view)
    return function(place) return view(emulator, place) end
  end
  return {
    changes = M.changes(emulator).number, tenant = tenants.DOMAIN,
    throttle = limit and { limit = limit.limit, window = limit.window } or nil,
    guests = newest(tenant.users.size, at(guest_at)),
    invitations = newest(tenant.invitations.size, at(invitation_at)),
    mail = newest(#tenant.mail, at(mail_at)),
    calls = newest(#list, function(place) return call_view(emulator, list[place]) end),
    requests = newest(#requests, function(place)
      return request_view(emulator, requests[place], journal.count - #requests + place)
    end),
    totals = {
      guests = tenant.users.count - tenants.MEMBER_COUNT, invitations = tenant.invitations.count,
      mail = #tenant.mail, calls = #list, requests = journal.count,
    },
  }
end

return M
