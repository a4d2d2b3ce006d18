--- The cases of oom.c. Called with a case's name it gets everything ready and returns the
-- work, which is done while memory is out, and the check of what the work returned. Called
-- without a name it returns the names.
local cases, names = {}, {}

local function case(name, prepare)
  cases[name] = prepare
  names[#names + 1] = name
end

local function read(name)
  local file = assert(io.open("spec/fixtures/" .. name .. ".json", "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

-- A text that says all of a value. It keeps none of the value's strings alive.
local function told(value)
  if type(value) ~= "table" then
    return type(value) == "function" and "function" or type(value) .. " " .. tostring(value)
  end
  local parts = {}
  for key, member in pairs(value) do
    parts[#parts + 1] = told(key) .. " = " .. told(member)
  end
  table.sort(parts)
  return "{ " .. table.concat(parts, "; ") .. " }"
end

-- The work that make() returns, which has the same results every time, and its check. The
-- check raises what does not fit. The work is done by modules that are as good as new.
local function always(make)
  local work = make()
  local expected = told { work() }
  for name in pairs(package.preload) do
    package.loaded[name] = nil
  end
  work = make()
  collectgarbage()
  collectgarbage()
  return work, function(...)
    local value, why = ...
    local message = type(why) == "table" and why.message or why
    if not value and type(message) == "string" and message:find("out of memory", 1, true) then
      error(message, 0)
    end
    local got = told { ... }
    if got ~= expected then
      error("got " .. got .. " instead of " .. expected, 0)
    end
  end
end

case("open core", function()
  return always(function()
    return function()
      package.loaded["graphinvite.core"] = nil
      return require("graphinvite.core").decode(nil, "[1]")
    end
  end)
end)

case("open curl, sys and httpd", function()
  return always(function()
    return function()
      local opened = {}
      for _, name in ipairs { "curl", "sys", "httpd" } do
        package.loaded["graphinvite." .. name] = nil
        opened[name] = require("graphinvite." .. name)
      end
      return opened
    end
  end)
end)

-- The codec: each text as its type and as plain JSON, in both directions.
local TEXTS = {
  { "seed-000-request", "microsoft.graph.inviteParticipantsOperation" },
  { "seed-000-response", "microsoft.graph.commsOperation" },
  { "seed-001-resource", "microsoft.graph.inviteParticipantsOperation" },
  { "seed-002-request", "Microsoft.AADInviteMgr.invitation" },
  { "seed-002-response", "Microsoft.AADInviteMgr.invitation" },
  { "seed-003-request", "microsoft.graph.commsOperation" },
  { "seed-003-response", "microsoft.graph.commsOperation" },
  { "seed-004-request", "microsoft.graph.InvitationV2" },
  { "seed-004-response", "microsoft.graph.InvitationV2" },
  { "seed-004-request-printed", "microsoft.graph.InvitationV2" },
  { "seed-004-response-printed", "microsoft.graph.InvitationV2" },
  { "a page", "Collection(microsoft.graph.user)", [[{"@odata.count":2,"value":[
    {"id":"1","otherMails":["a@b.example","c\u00e4@d.example"],"x":[],"y":{"z":[1,2.5,null]}},
    {"id":"2","identities":[{"issuer":"mail"}],"accountEnabled":true}]}]] },
  { "a page that is a lone object", "Collection(microsoft.graph.invitation)", '{"value":{"id":"1"}}' },
  { "a derived type, told late", "microsoft.graph.identity",
    '{"id":"1","phone":1,"@odata.type":"#microsoft.graph.communicationsPhoneIdentity"}' },
  { "numbers", "microsoft.graph.participant",
    '{"rosterSequenceNumber":"9223372036854775807","isMuted":false,"metadata":null}' },
  { "numbers without a type", nil,
    "[12345678901234567890,9007199254740993,-9223372036854775808,0.1,1e400,-0,123456789.5e-3]" },
  { "many escapes", nil, '["' .. ("\\u0001\\\\\\ud83d\\ude00"):rep(40) .. '"]' },
  { "a long text", nil, '{"' .. ("k"):rep(700) .. '":"' .. ("\195\164"):rep(35000) .. '\\n"}' },
  { "a deep text", nil, ("["):rep(99) .. "{}" .. ("]"):rep(99) },
}

for _, row in ipairs(TEXTS) do
  local name, kind = row[1], row[2]
  case("decode " .. name, function()
    local text = row[3] or read(name)
    return always(function()
      local core = require "graphinvite.core"
      return function()
        return core.decode(kind, text)
      end
    end)
  end)
  case("encode " .. name, function()
    local text = row[3] or read(name)
    return always(function()
      local core = require "graphinvite.core"
      local value = core.decode(kind, text) or core.decode(nil, text)
      return function()
        return core.encode(kind, value, { unknown = "keep", int64 = "string", status = "schema" })
      end
    end)
  end)
end

local LONG = ("x"):rep(300)

-- What decode and encode refuse, and explain.
local REFUSED = {
  decode = {
    { nil, "" }, { nil, "[1" }, { nil, '{"a":1}x' }, { nil, '"\\ud800"' }, { nil, '"\255"' },
    { nil, ("["):rep(200) }, { nil, "01" }, { nil, '{"a" 1}' }, { nil, '["' .. LONG .. "\n" },
    { "microsoft.graph.invitation", '{"invitedUser":{"otherMails":[1]}}' },
    { "microsoft.graph.resultInfo", '{"code":2147483648}' },
    { "microsoft.graph.invitation", '{"status":{"' .. LONG .. '":1}}' },
  },
  encode = {
    { nil, { 0 / 0 } }, { nil, "\237\160\128" }, { nil, { a = { 1, nil, 3 } } }, { nil, print },
    { "microsoft.graph.invitation", { invitedUserEmail = "a@b.example" } },
    { "microsoft.graph.invitation", { invitedUserMessageInfo = { ccRecipients = { a = 1 } } } },
    { "microsoft.graph.resultInfo", { code = 1.5 } },
    { "microsoft.graph.invitation", { status = { [LONG] = 1 } } },
    { "microsoft.graph.invitation", { [1] = "a", status = "b" } },
  },
}

-- Work that makes calls which fail; it returns why each of them did.
local function faults(calls)
  return function()
    local reasons = {}
    for i, call in ipairs(calls) do
      local value, why = call[1](call[2], call[3], call[4], call[5])
      if value or why:find("out of memory", 1, true) then
        return value, why
      end
      reasons[i] = why
    end
    return reasons
  end
end

for direction, rows in pairs(REFUSED) do
  case("refuse to " .. direction, function()
    return always(function()
      local core, calls = require "graphinvite.core", {}
      for i, row in ipairs(rows) do
        calls[i] = { core[direction], row[1], row[2] }
      end
      return faults(calls)
    end)
  end)
end

case("numbers, arrays and words", function()
  return always(function()
    local core = require "graphinvite.core"
    return function()
      local digits = core.number "12345678901234567890"
      return digits, digits == core.number "12345678901234567890", core.number "1x",
        core.int64 "-9223372036854775808", core.int64(2 ^ 53), core.int64 "9223372036854775808",
        core.array(), core.array { 1 }, core.array_metatable(), core.url_encode "a b/#\195\164",
        core.suggest("statos", { "clientContext", "status" }), #core.uuid(),
        core.random() < 1, core.clock() > 0
    end
  end)
end)

for _, call in ipairs {
  { "types" }, { "operations" }, { "describe", "microsoft.graph.call" },
  { "describe", "microsoft.graph.callState" }, { "describe", "microsoft.graph.cal" },
} do
  case(table.concat(call, " "), function()
    return always(function()
      local core = require "graphinvite.core"
      return function()
        return core[call[1]](call[2])
      end
    end)
  end)
end

-- The arguments of core.request for every row.
local function calls_of(core)
  local bodies = {
    ["microsoft.graph.invitation"] = {
      invitedUserEmailAddress = "ann@fabrikam.example",
      inviteRedirectUrl = "https://app.contoso.example",
      invitedUserMessageInfo = { ccRecipients = { { emailAddress = { address = "b@c.example" } } } },
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
  { "invitations.create", 400, '{"error":{"code":"c","message":"m","target":"t","details":[{"code":"d"}],'
    .. '"innerError":{"date":"2026-11-20T00:00:00","request-id":"1","client-request-id":"2"}}}' },
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

-- Leaves garbage that has a finalizer.
local function haunt(finalize)
  if newproxy then -- luacheck: ignore 113
    getmetatable(newproxy(true)).__gc = finalize -- luacheck: ignore 113
  else
    setmetatable({}, { __gc = finalize })
  end
end

-- Makes the collector go all the way round every few allocations, or seldom again.
local function collect_always(yes)
  if _VERSION == "Lua 5.4" then
    collectgarbage("incremental", yes and 1 or 200, yes and 1000 or 100, yes and 10 or 13)
  else
    collectgarbage("setpause", yes and 1 or 200)
    collectgarbage("setstepmul", yes and 1000000 or 200)
  end
  collectgarbage() -- from here on they hold
end

for _, direction in ipairs { "decode", "encode" } do
  case("finalizers that call the codec in the middle of " .. direction, function()
    local core = require "graphinvite.core"
    local kind, json = "microsoft.graph.inviteParticipantsOperation", read "seed-000-response"
    local value = core.decode(kind, json)
    local given = direction == "decode" and json or value
    local expected = { decode = told(value), encode = core.encode(kind, value) }
    expected.encode = told(expected.encode)
    local inside, met, fault, left = false, false, nil, 0
    local function finalize()
      met = met or inside
      if left == 0 then
        return
      end
      left = left - 1
      pcall(haunt, finalize)
      for name, input in pairs { decode = json, encode = value } do
        local ok, result, why = pcall(core[name], kind, input)
        local message = tostring(not ok and result or why)
        if ok and result and told(result) ~= expected[name] then
          fault = "a finalizer got another result"
        elseif not (ok and result) and not message:find("memory", 1, true) then
          fault = "a finalizer failed: " .. message
        end
      end
    end
    local work = function()
      local result, why
      met, left = false, 3
      collect_always(true)
      haunt(finalize)
      inside = true
      result, why = core[direction](kind, given)
      inside = false
      return result, why
    end
    return work, function(result, why)
      inside, left = false, 0
      collect_always(false)
      if fault then
        error(fault, 0)
      elseif not result then
        error(why, 0)
      end
      assert(told(result) == expected[direction], "another result")
      assert(met, "no finalizer came in the middle")
    end
  end)
end

-- A server and a client of it in one state. The work of a case that moves bytes may fail in
-- many ways when memory is out; each of them is an error with a message.
local function loopback(options)
  local server = assert(require("graphinvite.httpd").listen { port = 0 })
  local pool = assert(require("graphinvite.curl").pool(options))
  local url = ("http://127.0.0.1:%d/v1.0/x?y=z"):format(server:port())
  return server, pool, url
end

-- Drives both sides until the exchange is over.
local function exchange(server, pool, request, answer, max_body)
  local handle, message = pool:start(request, 2, max_body)
  if not handle then
    return nil, message
  end
  for _ = 1, 60 do
    local arrived = server:step(0.001)
    if arrived then
      answer.arrived = arrived
      server:answer(arrived.id, answer)
    end
    local ended, response, why = pool:next(0)
    if ended == handle then
      return response, why
    end
  end
  return nil, "nothing came"
end

-- The results of a work that moves bytes: a failure of any kind counts as lack of memory,
-- and oom.c refuses it where memory was not out.
local function checked(work, check)
  return work, function(response, why)
    if not response then
      error("memory: " .. tostring(why), 0)
    end
    check(response)
  end
end

case("a server comes and goes", function()
  return always(function()
    local httpd = require "graphinvite.httpd"
    return function()
      local server, why = httpd.listen { port = 0, max_body = 1000, timeout = 1, connections = 4 }
      if not server then
        return nil, why:find("memory", 1, true) and "out of memory" or why
      end
      local port = server:port() > 0
      local none = server:step(0)
      server:close()
      return port, none, server:close()
    end
  end)
end)

case("a pool comes and goes", function()
  return always(function()
    local curl = require "graphinvite.curl"
    return function()
      local pool, why = curl.pool { ca = "/etc/ssl/certs", proxy = "", http1 = true, verify = true }
      if not pool then
        return nil, why:find("memory", 1, true) and "out of memory" or why
      end
      local fds = pool:fds()
      pool:close()
      return fds, pool:close()
    end
  end)
end)

local POST = {
  method = "POST",
  headers = { ["Content-Type"] = "application/json", ["x-empty"] = "", accept = "*/*" },
  body = ("{}"):rep(500),
  op = { safe = true }, -- libcurl may repeat it where the server, out of memory, hung up
}

case("an exchange over a connection that is new and then kept", function()
  local server, pool, url = loopback {}
  local answer = {
    status = 201,
    headers = { ["Content-Type"] = "application/json", ["x-a"] = "b" },
    body = ("[]"):rep(5000),
  }
  POST.url = url
  return checked(function()
    local first, why = exchange(server, pool, POST, answer)
    if not first then
      return nil, why
    end
    return exchange(server, pool, POST, answer)
  end, function(response)
    assert(response.status == 201 and response.body == answer.body and response.url == url)
    assert(response.headers["x-a"] == "b" and answer.arrived.body == POST.body)
    assert(answer.arrived.url == "/v1.0/x?y=z" and answer.arrived.headers["content-type"])
  end)
end)

case("an answer that is too large", function()
  local server, pool, url = loopback { http1 = true }
  local request = { method = "GET", url = url, headers = {}, op = { safe = true } }
  return checked(function()
    local response, why = exchange(server, pool, request, { status = 200, body = ("x"):rep(5000) }, 100)
    return response or why and why:find("larger", 1, true) and {}, why
  end, function(response)
    assert(response.status == nil, "an answer that is too large was taken")
  end)
end)

case("a connection that is refused", function()
  local server, pool, url = loopback {}
  server:close()
  return checked(function()
    local handle, message = pool:start({ method = "DELETE", url = url, headers = {} }, 2)
    for _ = 1, handle and 200 or 0 do
      local ended, response, why, reason, sent = pool:next(0.01)
      if ended == handle then
        return not response and reason == "connect" and sent == false, why
      end
    end
    return nil, message
  end, function() end)
end)

case("a request that is malformed", function()
  return always(function()
    local pool = require("graphinvite.curl").pool {}
    local calls = {}
    for i, request in ipairs {
      { method = "GET", url = "ftp://x" }, { method = "G T", url = "http://x" },
      { method = "GET", url = "http://x", headers = { ["a b"] = "c" } },
      { method = "GET", url = "http://x", headers = { a = "b\nc" } },
      { method = "GET", url = "http://x", headers = { expect = "c" } },
    } do
      calls[i] = { pool.start, pool, request, 1 }
    end
    return faults(calls)
  end)
end)

local name = ...
if name then
  return cases[name]()
end
return names
