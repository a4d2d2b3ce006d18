--- The operations of a call: inviting people, and reference 2.2 and 2.3 B2 to B7.
local bodies = require "graphinvite.emulator.body"
local calls = require "graphinvite.emulator.calls"
local collection = require "graphinvite.emulator.collection"
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local etags = require "graphinvite.emulator.etags"
local merge = require "graphinvite.emulator.merge"
local notifier = require "graphinvite.emulator.notifier"
local operation_of = require "graphinvite.emulator.operation"
local outcomes = require "graphinvite.emulator.outcomes"
local reply = require "graphinvite.emulator.reply"

local M = { handlers = {} }
local handlers = M.handlers
local null = core.null

local MAX_PARTICIPANTS = 5 -- docs:participant-invite
local MAX_CONTEXT = 256 -- characters; docs:commsoperation
-- Members of an identitySet that the answer shows though unset: reference 1.11 docs.
local IDENTITIES = {
  "application", "applicationInstance", "device", "encrypted", "guest", "onPremises", "phone",
  "user",
}

-- The path under which the operations of a request's call are found. The oldest one has none.
local function location(exchange, call, id)
  local root = exchange.route.row.root
  root = root == "/applications" and "/app/calls" or root
  return reply.base(exchange) .. root .. "/" .. core.url_encode(call.id) .. "/operations/"
    .. core.url_encode(id)
end

local function add(call, operation)
  call.operations[#call.operations + 1] = operation
  call.operation_by_id[operation.id] = operation
end

-- Reads the parameters of an invitation into a call: reference 2.2.
local function read_invite(exchange)
  local body = bodies.read_exactly(exchange)
  local participants, context = body.participants, body.clientContext
  if participants == nil or participants == null then
    errors.refuse("missing", "participants", { target = "participants" })
  elseif #participants > MAX_PARTICIPANTS then
    errors.refuse("participants_many")
  elseif type(context) == "string" and #context:gsub("[\128-\191]", "") > MAX_CONTEXT then
    errors.refuse("context_long")
  end
  for i, participant in ipairs(participants) do
    if type(participant) ~= "table" or type(participant.identity) ~= "table" then
      errors.refuse("missing", ("participants[%d]/identity"):format(i), { target = "identity" })
    end
  end
  return participants, context or null
end

-- An identity set as the service answers it: every member, and the tenant of a user.
local function echo_identity(tenant, given)
  local shown = merge({}, given)
  shown["@odata.type"] = nil
  for _, name in ipairs(IDENTITIES) do
    shown[name] = given[name] == nil and null or given[name]
  end
  if type(given.user) == "table" and given.user.tenantId == nil then
    shown.user = merge(given.user, { tenantId = tenant.id })
  end
  return shown
end

-- The participants as the service answers them. Where a call is replaced only the first one
-- counts: reference 2.2 docs.
local function echo(tenant, participants)
  local shown, only_first = {}, false
  for i, given in ipairs(participants) do
    local replaced = given.replacesCallId
    only_first = only_first or replaced ~= nil and replaced ~= null
    shown[i] = merge({ endpointType = null, id = null, replacesCallId = null }, given)
    shown[i].identity = echo_identity(tenant, given.identity)
  end
  return only_first and { shown[1] } or shown
end

-- Refuses whom the call has or rings already. Returns what tells the invited apart.
local function check_absent(emulator, call, participants)
  local keys = {}
  for _, participant in ipairs(participants) do
    for _, key in ipairs(operation_of.keys(participant.identity)) do
      local earlier = call.invited[key]
      if keys[key] or earlier and operation_of.has_people(emulator, earlier) then
        errors.refuse("participant_twice", key)
      end
      keys[key] = true
    end
  end
  return keys
end

-- Refuses whom only the live service refuses: the modelled one takes what the seeds and their like
-- send (2.2 docs).
local function check_scope(emulator, call, participants)
  if emulator.options.profile ~= "live" then
    return
  end
  for _, participant in ipairs(participants) do
    if type(participant.identity.application) == "table" then
      errors.refuse("bot_invited")
    end
  end
  if #participants > 1 and type(call.body.chatInfo) ~= "table" then
    errors.refuse("call_not_group")
  end
end

-- Tells whether somebody is to be rung by telephone, by an application without a number of its own:
-- the modelled service lets it (2.2 docs example 4).
local function lacks_number(emulator, call, participants)
  local source = call.body.source
  local identity = type(source) == "table" and source.identity
  if emulator.options.profile ~= "live"
    or type(identity) == "table" and type(identity.applicationInstance) == "table" then
    return false
  end
  for _, participant in ipairs(participants) do
    if type(participant.identity.phone) == "table" then
      return true
    end
  end
  return false
end

-- How an invitation will end: as a control said, or as usual.
local function choose_outcome(emulator, call, context, participants)
  local tenant = emulator.tenant
  for i, rule in ipairs(tenant.outcomes) do
    if (rule.call == nil or rule.call == call.id)
      and (rule.client_context == nil or rule.client_context == context) then
      rule.count = rule.count - 1
      if rule.count == 0 then
        table.remove(tenant.outcomes, i)
      end
      return rule.outcome
    end
  end
  return outcomes.get(lacks_number(emulator, call, participants) and outcomes.NO_NUMBER
    or outcomes.USUAL)
end

handlers["call.participants.invite"] = function(exchange)
  local emulator, tenant = exchange.emulator, exchange.tenant
  local call = calls.find(exchange)
  local participants, context = read_invite(exchange)
  local shown = echo(tenant, participants)
  check_scope(emulator, call, shown)
  local keys = check_absent(emulator, call, shown)
  local operation = {
    id = emulator.random:guid(), started = emulator.clock:wall(),
    body = { clientContext = context, participants = shown },
    outcome = choose_outcome(emulator, call, context, shown),
  }
  local response
  if exchange.route.row.root == "/applications" then
    response = reply.accepted(exchange) -- 2.2 B1'', old
  else
    response = reply.entity(exchange, operation_of.value(emulator, operation))
  end
  response.headers.location = location(exchange, call, operation.id)
  add(call, operation)
  call.running[#call.running + 1] = operation
  for key in pairs(keys) do
    call.invited[key] = operation
  end
  notifier.follow(emulator, call, operation)
  return response
end

local VIEW = { view = operation_of.read_value, version = operation_of.version }

-- The call and the operation that the path names, as they are now.
local function find(exchange)
  local call, id = calls.find(exchange), exchange.arguments[2]
  operation_of.settle(exchange.emulator, call)
  local operation = call.operation_by_id[id] or call.operation_by_id[id:lower()]
  return call, operation or errors.refuse("resource", id)
end

local function source(exchange)
  local call = calls.find(exchange)
  operation_of.settle(exchange.emulator, call)
  return { list = call.operations, view = VIEW.view, version = VIEW.version }
end

handlers["call.operations.list"] = function(exchange)
  return collection.page(exchange, source(exchange))
end

handlers["call.operations.count"] = function(exchange)
  return collection.count(exchange, source(exchange))
end

handlers["call.operations.get"] = function(exchange)
  local _, operation = find(exchange)
  return collection.entity(exchange, VIEW, operation)
end

handlers["call.operations.create"] = function(exchange)
  local emulator = exchange.emulator
  local call = calls.find(exchange)
  local body = bodies.read(exchange)
  local operation = { id = emulator:new_id(body.id, call.operation_by_id), body = body }
  local response = reply.entity(exchange, operation_of.value(emulator, operation))
  response.headers.location = location(exchange, call, operation.id)
  add(call, operation)
  return response
end

handlers["call.operations.update"] = function(exchange)
  local emulator = exchange.emulator
  local _, operation = find(exchange)
  etags.check(exchange, operation_of.version(emulator, operation))
  local changes = bodies.read(exchange)
  local amended = {
    id = operation.id, started = operation.started, outcome = operation.outcome,
    changes = (operation.changes or 0) + 1,
  }
  if changes.status ~= nil or changes.resultInfo ~= nil then
    amended.outcome = nil -- the caller says how it stands
    amended.body = merge(operation_of.value(emulator, operation), changes)
  else
    amended.body = merge(operation.body, changes)
  end
  local value = operation_of.value(emulator, amended)
  value["@odata.etag"] = etags.text(operation_of.version(emulator, amended))
  local response = reply.entity(exchange, value)
  operation.body, operation.outcome = amended.body, amended.outcome
  operation.changes = amended.changes
  return response
end

handlers["call.operations.delete"] = function(exchange)
  local call, operation = find(exchange)
  etags.check(exchange, operation_of.version(exchange.emulator, operation))
  for place, other in ipairs(call.operations) do
    if other == operation then
      call.operations[place] = false
    end
  end
  call.operation_by_id[operation.id] = nil
  return reply.empty(exchange)
end

return M
