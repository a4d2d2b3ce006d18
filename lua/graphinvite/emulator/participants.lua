--- The people in a call, and those who are rung: reference 2.3.
local calls = require "graphinvite.emulator.calls"
local collection = require "graphinvite.emulator.collection"
local errors = require "graphinvite.emulator.errors"
local notifier = require "graphinvite.emulator.notifier"
local operation_of = require "graphinvite.emulator.operation"
local outcomes = require "graphinvite.emulator.outcomes"
local reply = require "graphinvite.emulator.reply"

local M = { handlers = {} }
local handlers = M.handlers

handlers["call.participants.list"] = function(exchange)
  local call = calls.find(exchange)
  operation_of.settle(exchange.emulator, call)
  return collection.page(exchange, { list = call.roster, view = calls.participant })
end

-- Takes a person out of the call. Returns whether he was in it.
local function take_out(call, id)
  for place, person in ipairs(call.roster) do
    if person and person.id == id then
      call.roster[place] = false
      for _, key in ipairs(operation_of.keys(person.identity)) do
        call.invited[key] = nil
      end
      return true
    end
  end
  return false
end

-- Tells whether an invitation rings who has this id. What a pending one is called in the path the
-- reference does not say: the operation's id, or that of the one person it is for (INF).
local function rings(operation, id)
  local people = operation.body.participants
  local alone = people[1] and not people[2]
  if operation.id == id:lower() then
    return true
  end
  for _, key in ipairs(alone and operation_of.keys(people[1].identity) or {}) do
    if key:match(":(.*)$") == id:lower() then
      return true
    end
  end
  return false
end

-- Ends the invitation of who is still rung. Returns whether there is one.
local function cancel(emulator, call, id)
  for _, operation in ipairs(call.running) do
    if rings(operation, id) then
      operation.outcome = outcomes.get("cancelled", emulator.clock:wall() - operation.started)
      notifier.changed(emulator)
      return true
    end
  end
  return false
end

-- Removes a person, or cancels a pending invitation: 2.3 docs.
handlers["call.participants.remove"] = function(exchange)
  local call, id = calls.find(exchange), exchange.arguments[2]
  operation_of.settle(exchange.emulator, call)
  if take_out(call, id) or cancel(exchange.emulator, call, id) then
    return reply.empty(exchange)
  end
  return errors.refuse("resource", id)
end

return M
