--- The notifications of a call: what the service posts to the call's callbackUri (reference 6.2).
local calls = require "graphinvite.emulator.calls"
local core = require "graphinvite.core"
local keys = require "graphinvite.emulator.keys"
local operation_of = require "graphinvite.emulator.operation"

local M = {}

local ROOT = "/communications/calls/"

-- name = { changeType, path below the call, source }
local ROWS = {
  operation = { "deleted", "/operations/%s", source = "6.1 docs:participant-invite" },
  call_terminated = { "updated", "", source = "6.1 docs:participant-invite" },
  call_deleted = { "deleted", "", source = "6.1 docs:participant-invite" },
  roster = { "updated", "/participants", source = "6.1 docs:participant-invite" },
}

-- Headers that are always the same: reference 6.2.
local HEADERS = {
  ["content-type"] = "application/json",
  ["user-agent"] = "Microsoft-Skype/3.0,(Calling/1.0)", -- docs:call-notifications, FIELD
}

-- The bearer where nothing can sign one; a validator refuses it.
local UNSIGNED = "graphinvite.crypto-is-not-installed"

-- Where a call that has no callbackUri is told of, in process: INF.
local NOWHERE = "https://bot.contoso.example/callback"

---@class graphinvite.emulator.Notice
---@field method "POST"
---@field url string
---@field headers table<string, string> by lower-case name
---@field body string
---@field addressed boolean the call has a callbackUri
---@field audience string client id of the application that is told
---@field tenant_id string of the call

-- The id of a notice. It takes none of those that answers get, for whether anybody is told of calls
-- is the host's affair.
local function next_id(emulator)
  local tenant = emulator.tenant
  tenant.notices = (tenant.notices or 0) + 1
  return ("%sf%011x"):format(emulator.request_prefix, tenant.notices)
end

-- A request that tells one thing of a call.
local function request(emulator, call, row, id, data)
  local uri, tenant_id = call.body.callbackUri, call.body.tenantId
  local path = ROOT .. core.url_encode(call.id) .. row[2]:format(id and core.url_encode(id))
  local body = assert(core.encode("microsoft.graph.commsNotifications", {
    ["@odata.type"] = "#microsoft.graph.commsNotifications",
    value = { {
      ["@odata.type"] = "#microsoft.graph.commsNotification",
      changeType = row[1], resourceUrl = path, resourceData = data,
    } },
  }))
  local headers, message_id = {}, next_id(emulator)
  for name, value in pairs(HEADERS) do
    headers[name] = value
  end
  headers["client-request-id"], headers["scenario-id"] = message_id, call.chain -- INF
  headers["x-microsoft-skype-message-id"] = message_id -- INF
  headers["x-microsoft-skype-chain-id"] = call.chain -- INF
  local addressed = type(uri) == "string" and uri ~= ""
  return {
    method = "POST", url = addressed and uri or NOWHERE, headers = headers, body = body,
    addressed = addressed, audience = call.application or keys.APPLICATION,
    tenant_id = type(tenant_id) == "string" and tenant_id or emulator.tenant.id,
  }
end

--- The headers of a notice that goes out now, among them its bearer.
---@param emulator graphinvite.Emulator
---@param told graphinvite.emulator.Notice
---@return table<string, string>
function M.headers(emulator, told)
  local headers = {}
  for name, value in pairs(told.headers) do
    headers[name] = value
  end
  local bearer = keys.bearer(emulator, told.audience, told.tenant_id)
  headers.authorization = "Bearer " .. (bearer or UNSIGNED)
  return headers
end

--- Tells how an operation has ended.
---@param emulator graphinvite.Emulator
---@param call graphinvite.emulator.Call
---@param operation graphinvite.emulator.Operation
---@return graphinvite.emulator.Notice
function M.ended(emulator, call, operation)
  local data = operation_of.read_value(emulator, operation)
  return request(emulator, call, ROWS.operation, operation.id, data)
end

--- Tells that a call is over: that it ends, then that it is gone.
---@param emulator graphinvite.Emulator
---@param call graphinvite.emulator.Call
---@param result table? its resultInfo
---@return graphinvite.emulator.Notice
---@return graphinvite.emulator.Notice
function M.over(emulator, call, result)
  local data = {
    ["@odata.type"] = "#microsoft.graph.call", id = call.id, state = "terminated",
    resultInfo = result,
  }
  return request(emulator, call, ROWS.call_terminated, nil, data),
    request(emulator, call, ROWS.call_deleted, nil, data)
end

--- Tells who is in a call.
---@param emulator graphinvite.Emulator
---@param call graphinvite.emulator.Call
---@return graphinvite.emulator.Notice
function M.roster(emulator, call)
  local people = {}
  for _, person in ipairs(call.roster) do
    if person then
      local shown = calls.participant(emulator, person)
      shown["@odata.type"] = "#microsoft.graph.participant"
      people[#people + 1] = shown
    end
  end
  return request(emulator, call, ROWS.roster, nil, core.array(people))
end

return M
