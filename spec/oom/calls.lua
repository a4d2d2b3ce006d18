--- core.request for every row and core.response for every kind of answer.
local frame = ...
local case, always, faults = frame.case, frame.always, frame.faults

-- The arguments of core.request for every row.
local function calls_of(core)
  local bodies = {
    ["microsoft.graph.invitation"] = {
      invitedUserEmailAddress = "ann@fabrikam.example",
      inviteRedirectUrl = "https://app.contoso.example",
      invitedUserMessageInfo = {
        ccRecipients = { { emailAddress = { address = "b@c.example" } } },
      },
    },
    ["graphinvite.inviteParameters"] = {
      participants = { { identity = { user = { id = "1" } } } },
      clientContext = "c",
    },
  }
  local calls = {}
  for i, row in ipairs(core.operations()) do
    local arguments = {}
    for k = 1, row.arguments do
      arguments[k] = "id/" .. k
    end
    local options = {
      base_url = "http://127.0.0.1:1/v1.0/",
      headers = { accept = "application/json", ["x-a"] = "b" },
      user_agent = "oom",
      root = row.root,
      top = 5,
      filter = "mail eq 'a b'",
      select = { "id", "mail" },
      count = true,
    }
    calls[i] = { row.name, arguments, row.sends and (bodies[row.sends] or {}), options }
  end
  return calls
end

case("requests", function()
  return always(function()
    local core = require "graphinvite.core"
    local calls = calls_of(core)
    return function()
      local requests = {}
      for i, call in ipairs(calls) do
        local request, why = core.request(call[1], call[2], call[3] or nil, call[4])
        if not request then
          return nil, why
        end
        requests[i] = request
      end
      return requests
    end
  end)
end)

case("requests that are refused", function()
  local own = { method = "POST", path = "/x/{id}", sends = "microsoft.graph.invitation" }
  local body = { status = "a", invitedUserMessageInfo = { messageLanguage = "en" } }
  local bad = { invitedUserEmailAddress = "a b", inviteRedirectUrl = "x" }
  return always(function()
    local request = require("graphinvite.core").request
    return faults {
      { request, "invitations.crate" }, { request, "invitations.create", {}, bad },
      { request, "invitations.get", { "" } }, { request, "invitations.get", { "a\0b" } },
      { request, own, {}, body }, { request, own, { "1" }, { statsu = "a" } },
      { request, own, { "1" }, body, { headers = { ["a b"] = "c" } } },
      { request, own, { "1" }, body, { headers = { a = "b\r\nc" } } },
    }
  end)
end)

case("a request in the other flavour", function()
  local own = { method = "POST", path = "/x/{id}", sends = "microsoft.graph.invitation" }
  local body = { status = "a", invitedUserMessageInfo = { messageLanguage = "en" } }
  return always(function()
    local core = require "graphinvite.core"
    return function()
      return core.request(own, { "1" }, body, { flavour = "aadinvitemgr" })
    end
  end)
end)

local RESPONSES = {
  { "invitations.create", 201, '{"@odata.context":"c","id":"1","invitedUser":{"id":"2"}}' },
  { "invitations.list", 200, '{"value":[{"id":"1"}],"@odata.nextLink":"http://127.0.0.1/x"}' },
  { "invitations.list", 200, '{"id":"1"}' },
  { "invitations.count", 200, "\239\187\191 12\r\n" },
  { "invitations.count", 200, "many" },
  { "invitations.delete", 204, "" },
  { "invitations.create", 200, "" },
  { "call.participants.invite", 202, "" },
  { "call.participants.invite", 200, '{"value":{"id":"1","status":"Running"}}' },
  { "call.participants.invite", 200, '{"value":[]}' },
  { "invitations.create", 400, '{"error":{"code":"c","message":"m","target":"t",'
    .. '"details":[{"code":"d"}],"innerError":{"date":"2026-11-20T00:00:00","request-id":"1",'
    .. '"client-request-id":"2"}}}' },
  { "invitations.create", 502, "<html>" .. ("x"):rep(20000) },
  { "invitations.create", 201, '{"id":1}' },
}

for i, row in ipairs(RESPONSES) do
  case(("response %d: %s %d"):format(i, row[1], row[2]), function()
    return always(function()
      local core = require "graphinvite.core"
      local operation
      for _, candidate in ipairs(core.operations()) do
        operation = candidate.name == row[1] and not operation and candidate or operation
      end
      local response = {
        status = row[2],
        body = row[3],
        headers = { location = "http://127.0.0.1/operations/7?x", ["request-id"] = "r" },
      }
      return function()
        return core.response(operation, response)
      end
    end)
  end)
end
