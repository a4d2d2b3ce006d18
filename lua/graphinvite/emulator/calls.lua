--- Calls, and how the people in them are shown: reference 1.12 and the end of 2.3.
local bodies = require "graphinvite.emulator.body"
local collection = require "graphinvite.emulator.collection"
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local reply = require "graphinvite.emulator.reply"
local url = require "graphinvite.emulator.url"

local M = { handlers = {} }
local handlers = M.handlers
local null = core.null

-- A group call that is there from the start, so that people can be invited at once (INF).
local FIRST_CALL = "57dab8b1-894c-409a-b240-bd8beae78896"
local CHAT = { threadId = "19:meeting_emulator@thread.v2", messageId = "0" } -- INF
local ESTABLISHED_AFTER = 1 -- seconds from its creation (INF)

---@class graphinvite.emulator.Call
---@field id string
---@field body table the members as the caller gave them
---@field application string? client id whose token has made it
---@field created number
---@field operations table[] false where one was deleted
---@field operation_by_id table<string, table>
---@field roster table[] the people in the call; false where one was removed
---@field admitted integer how many have come in
---@field invited table<string, table> the last invitation of each person, by what tells him apart
---@field running table[] operations that have not ended, the oldest first

local function new(emulator, id, body)
  return {
    id = id, body = body, created = emulator.clock:wall(),
    chain = emulator.random:guid(), me = emulator.random:guid(),
    operations = {}, operation_by_id = {}, roster = {}, admitted = 0, running = {},
    invited = {},
  }
end

--- Puts the first call into a new tenant.
---@param emulator graphinvite.Emulator
function M.start(emulator)
  emulator.tenant.calls = {}
  emulator.tenant.outcomes = {}
  emulator.tenant.calls[FIRST_CALL] = new(emulator, FIRST_CALL, {
    state = "established", chatInfo = CHAT,
  })
end

--- The call that the path names.
---@param exchange graphinvite.emulator.Exchange
---@return graphinvite.emulator.Call
function M.find(exchange)
  local arguments = exchange.arguments
  -- The oldest path names the application first: reference 2.2.
  local id = exchange.route.row.root == "/applications" and arguments[2] or arguments[1]
  local calls = exchange.tenant.calls
  return calls[id] or calls[id:lower()] or errors.refuse("resource", id)
end

--- A call as Graph shows it.
---@param emulator graphinvite.Emulator
---@param call graphinvite.emulator.Call
---@return table
function M.value(emulator, call)
  local established = emulator.clock:wall() >= call.created + ESTABLISHED_AFTER
  local shown = {
    ["@odata.type"] = "#microsoft.graph.call",
    state = established and "established" or "establishing",
    direction = "outgoing",
    callChainId = call.chain,
    myParticipantId = call.me,
    resultInfo = null,
    tenantId = emulator.tenant.id,
  }
  for name, member in pairs(call.body) do
    shown[name] = member
  end
  shown.id = call.id
  return shown
end

-- Refuses a callbackUri that the service would not call. Only the live one insists on having it;
-- loopback may be http here.
local function check_callback(exchange, uri)
  if uri == nil and exchange.emulator.options.profile == "live" then
    errors.refuse("missing", "callbackUri", { target = "callbackUri" })
  elseif uri ~= nil and not url.may_go_to(uri) then
    errors.refuse("callback_uri")
  end
end

handlers["calls.create"] = function(exchange)
  local emulator, calls = exchange.emulator, exchange.tenant.calls
  local body = bodies.read(exchange)
  check_callback(exchange, body.callbackUri)
  local id = emulator:new_id(body.id, calls)
  local call = new(emulator, id, body)
  call.application = exchange.client_id
  local response = reply.entity(exchange, M.value(emulator, call))
  response.headers.location = reply.base(exchange) .. "/communications/calls/"
    .. core.url_encode(id)
  calls[id] = call
  return response
end

handlers["call.get"] = function(exchange)
  return collection.entity(exchange, { view = M.value }, M.find(exchange))
end

handlers["call.delete"] = function(exchange)
  exchange.tenant.calls[M.find(exchange).id] = nil
  return reply.empty(exchange)
end

handlers["call.keep_alive"] = function(exchange)
  M.find(exchange)
  return reply.empty(exchange)
end

--- A person in the call, as Graph shows him.
---@param person table
---@return table
function M.participant(_, person)
  return {
    id = person.id,
    info = { identity = person.identity },
    isInLobby = false,
    isMuted = false,
    mediaStreams = core.array {},
    metadata = null,
    rosterSequenceNumber = person.number,
  }
end

return M
