local core = require "graphinvite.core"
local emulators = require "graphinvite.emulator"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local httpd = require "graphinvite.httpd"
local jwt = require "graphinvite.jwt"
local notifications = require "graphinvite.notifications"
local receivers = require "spec.support.receivers"
local urls = require "graphinvite.emulator.url"

local count = 0

-- Somebody who is in no call yet.
local function somebody()
  count = count + 1
  return { { identity = { user = { id = "person-" .. count } } } }
end
local LIMIT = 30 -- seconds; nothing here comes near it

-- Each request as the notifications in it: change type, URL without the call, data.
local function read(request)
  local body = assert(core.decode("microsoft.graph.commsNotifications", request.body))
  assert.equal("#microsoft.graph.commsNotifications", body["@odata.type"])
  assert.equal(1, #body.value)
  local told = body.value[1]
  return told.changeType, told.resourceUrl, told.resourceData
end

-- changeType and last word of the URL of each request
local function outline(list)
  local lines = {}
  for i, request in ipairs(list) do
    local change_type, url = read(request)
    lines[i] = change_type .. " " .. url:match "^/communications/calls/[^/]+/(%a+)"
  end
  return lines
end

helper.over_every_transport(function(open, name)
  describe("the emulator's notifications", function()
    local client, emulator, call, receiver

    local function start(statuses)
      client, emulator = open()
      receiver = receivers[name](emulator, statuses or {})
      call = client:call(assert(client.calls:create { callbackUri = receiver.uri }).id)
    end

    after_each(function()
      receiver.close()
    end)

    local function invite(context)
      return assert(call.participants:invite { participants = somebody(), clientContext = context })
    end

    it("tell the end of an invitation and then who is in the call", function()
      start()
      local op = invite "welcome-17"
      emulator:advance(1)
      receiver.take(0)
      emulator:advance(1)
      local list = receiver.take(2)
      local change_type, url, data = read(list[1])
      assert.equal("deleted", change_type)
      assert.equal(("/communications/calls/%s/operations/%s"):format(call.id, op.id), url)
      assert.same({ op.id, "completed", "welcome-17" },
        { data.id, data.status, data.clientContext })
      assert.equal("person-" .. count, data.participants[1].identity.user.id)
      assert.equal("#microsoft.graph.inviteParticipantsOperation", data["@odata.type"])
      assert.is_nil(data.resultInfo)
      change_type, url, data = read(list[2])
      assert.equal("updated", change_type)
      assert.equal(("/communications/calls/%s/participants"):format(call.id), url)
      assert.equal("person-" .. count, data[1].info.identity.user.id)
      assert.equal(call.participants:list():next().id, data[1].id)
      assert.is_truthy(list[2].body:find('"mediaStreams":[]', 1, true))
      emulator:advance(100)
      receiver.take(2)
    end)

    it("are requests such as the service makes", function()
      start()
      invite()
      emulator:advance(2)
      local list = receiver.take(2)
      local ids = {}
      for i, request in ipairs(list) do
        local headers = request.headers
        assert.equal("POST", request.method)
        assert.is_truthy(request.url:find("/callback?a=b", 1, true))
        assert.equal("application/json", headers["content-type"])
        assert.matches("^Bearer [%w_-]+%.[%w_-]+%.[%w_-]+$", headers.authorization)
        assert.equal("Microsoft-Skype/3.0,(Calling/1.0)", headers["user-agent"])
        assert.is_string(headers["scenario-id"])
        assert.is_string(headers["x-microsoft-skype-chain-id"])
        ids[i] = headers["x-microsoft-skype-message-id"]
      end
      assert.are_not.equal(ids[1], ids[2])
    end)

    it("tell a failure with its resultInfo, and no roster", function()
      start()
      emulator:operation_outcome { outcome = "busy" }
      invite()
      emulator:advance(100)
      local _, _, data = read(receiver.take(1)[1])
      assert.equal("failed", data.status)
      assert.equal(486, data.resultInfo.code)
    end)

    it("come in the order of the ends, not of the invitations", function()
      start()
      for _, after in ipairs { 30, 10, 20 } do
        emulator:operation_outcome { outcome = "declined", after = after }
        invite(tostring(after))
      end
      emulator:advance(100)
      local order = {}
      for i, request in ipairs(receiver.take(3)) do
        order[i] = select(3, read(request)).clientContext
      end
      assert.same({ "10", "20", "30" }, order)
    end)

    it("tell the end of a call between two that was replaced: reference 6.1", function()
      start()
      local old = assert(client.calls:create { callbackUri = receiver.uri }).id
      local group = assert(client.calls:create {
        callbackUri = receiver.uri, chatInfo = { threadId = "t" },
      }).id
      for i, replaced in ipairs { old, group } do
        local people = somebody()
        people[1].replacesCallId = replaced
        if i == 1 then
          emulator:operation_outcome { outcome = "declined", after = 0 }
          assert(call.participants:invite { participants = people })
          assert(client:call(old):get())
        end
        assert(call.participants:invite { participants = people })
      end
      emulator:advance(2)
      local told = {}
      for _, request in ipairs(receiver.take(6)) do
        local change_type, url, data = read(request)
        if url == "/communications/calls/" .. old then
          told[#told + 1] = change_type .. " " .. data.state
        end
      end
      assert.same({ "updated terminated", "deleted terminated" }, told)
      assert.equal(404, select(2, client:call(old):get()).status)
      assert(client:call(group):get())
    end)

    it("tell that somebody was moved between meetings: reference 2.2 docs-beta", function()
      start()
      local meeting = { callbackUri = receiver.uri, chatInfo = { threadId = "t" } }
      local old = client:call(assert(client.calls:create(meeting)).id)
      local new = client:call(assert(client.calls:create(meeting)).id)
      local people = somebody()
      assert(old.participants:invite { participants = people })
      assert(old.participants:invite { participants = somebody() })
      emulator:advance(2)
      local person = old.participants:list():next()
      people[1].replacesCallId, people[1].participantId = old.id, person.id
      assert(new.participants:invite { participants = people })
      emulator:advance(2)
      local id = people[1].identity.user.id
      assert.equal(id, new.participants:list():next().info.identity.user.id)
      for other in old.participants:list() do
        assert.not_equal(id, other.info.identity.user.id)
      end
      assert(old:get())
      local list = receiver.take(7)
      assert.same({ "deleted operations", "updated participants", "updated participants" },
        outline { list[5], list[6], list[7] })
      local _, url, roster = read(list[7])
      assert.matches(old.id, url, 1, true)
      assert.equal(1, #roster)
    end)

    it("tell why a call is over: reference 6.4", function()
      start()
      emulator:end_call { call = call.id, reason = "keep_alive_timeout" }
      local told = {}
      for i, request in ipairs(receiver.take(2)) do
        local change_type, url, data = read(request)
        assert.equal("/communications/calls/" .. call.id, url)
        assert.same({ "terminated", 408, 8537 },
          { data.state, data.resultInfo.code, data.resultInfo.subcode })
        told[i] = change_type
      end
      assert.same({ "updated", "deleted" }, told)
      assert.equal(404, select(2, call:get()).status)
    end)

    -- what the receiver answers, how often it is told
    for _, row in ipairs {
      { { 200 }, 1 }, { { 204 }, 1 }, { { 500 }, 2 }, { { 302, 404 }, 3 }, { { 503, 400, 500 }, 3 },
    } do
      it(("are told %d times to one that answers %s"):format(row[2], table.concat(row[1], ", ")),
        function()
          start(row[1])
          emulator:operation_outcome { outcome = "busy" }
          invite()
          emulator:advance(2)
          local list = receiver.take(row[2])
          for _, request in ipairs(list) do
            assert.equal(list[1].body, request.body)
          end
        end)
    end

    it("are told twice when a test wants that", function()
      start()
      emulator:duplicate_notification { count = 1 }
      emulator:operation_outcome { outcome = "busy" }
      invite()
      emulator:advance(2)
      local list = receiver.take(2)
      assert.equal(list[1].body, list[2].body)
      invite()
      emulator:advance(2)
      receiver.take(4)
    end)

    it("follow a change of the outcome", function()
      start()
      emulator:operation_outcome { outcome = "no_answer" }
      local op = invite()
      emulator:advance(5)
      receiver.take(0)
      emulator:operation_outcome { operation = op.id, outcome = "declined", after = 6 }
      emulator:advance(1)
      assert.equal("failed", select(3, read(receiver.take(1)[1])).status)
    end)

    it("do not come for what is gone, nor for what its answer has told", function()
      start()
      assert(call.operations:delete(invite().id))
      assert(call.operations:update(invite().id, { status = "Failed" }))
      emulator:operation_outcome { outcome = "busy", after = 0 }
      assert.equal("Failed", invite().status)
      emulator:operation_outcome { outcome = "answered", after = 0 }
      assert.equal("Completed", invite().status)
      emulator:advance(100)
      assert.same({ "updated participants" }, outline(receiver.take(1)))
      invite()
      assert(call:delete())
      emulator:advance(100)
      receiver.take(1)
      emulator:reset()
      emulator:advance(100)
      receiver.take(1)
    end)
  end)
end)

-- What only a listener in the same process sees.
describe("the emulator's notifications in process", function()
  local CALL = "57dab8b1-894c-409a-b240-bd8beae78896" -- the emulator has it from the start
  local emulator, client, call

  before_each(function()
    emulator = emulators.new()
    client = graphinvite.new { transport = emulator:transport() }
    call = client:call(CALL)
  end)

  local function invite(context)
    return assert(call.participants:invite { participants = somebody(), clientContext = context })
  end

  local function status_told(request)
    local change_type, _, data = read(request)
    return change_type == "deleted" and data.clientContext or nil
  end

  it("come at the time of each event, whoever lets it go by", function()
    local clock, times = emulator:transport().now, {}
    emulator:on_notification(function(request)
      times[#times + 1] = status_told(request) and clock() or nil
      return { status = 202 }
    end)
    invite "a"
    emulator:advance(0.5)
    invite "b"
    client.transport.sleep(2)
    assert.same({ 2, 2.5 }, times)
    invite "c"
    emulator:advance(100)
    assert.same({ 2, 2.5, 4.5 }, times)
    assert.equal(102.5, clock())
  end)

  it("are for a call without a callbackUri as well", function()
    local url
    emulator:on_notification(function(request)
      url = request.url
      return { status = 202 }
    end)
    invite()
    emulator:advance(2)
    assert.matches("^https://", url)
  end)

  it("wait for their turn while one is told, whatever the listener does", function()
    local order, depth = {}, 0
    emulator:on_notification(function(request)
      assert.equal(0, depth)
      depth = depth + 1
      local context = status_told(request)
      order[#order + 1] = context
      if context == "a" then
        invite "c" -- ends at 4, before b
        emulator:advance(1)
        assert(call.operations:list():next())
      end
      depth = depth - 1
      return { status = 202 }
    end)
    invite "a"
    emulator:operation_outcome { outcome = "answered", after = 5 }
    invite "b"
    emulator:advance(20)
    assert.same({ "a", "c", "b" }, order)
    assert.equal(20, client.transport.now())
  end)

  it("bear a listener that begins the tenant anew", function()
    local told = 0
    emulator:on_notification(function()
      told = told + 1
      emulator:reset()
      return { status = 202 }
    end)
    invite()
    invite()
    emulator:advance(50)
    assert.is_true(told <= 2)
    assert.same({}, emulator:requests())
  end)

  for _, row in ipairs {
    { "a listener's error", function() error("mine", 0) end, "^mine$" },
    { "a listener that returns nothing", function() end, "returned no response with a status" },
  } do
    it("let out " .. row[1] .. ", and go on afterwards", function()
      emulator:on_notification(row[2])
      invite()
      local ok, why = pcall(emulator.advance, emulator, 10)
      assert.is_false(ok)
      assert.matches(row[3], why)
      local told = 0
      emulator:on_notification(function()
        told = told + 1
        return { status = 202 }
      end)
      invite()
      emulator:advance(10)
      assert.equal(2, told)
    end)
  end

  it("end a wait in a task and one outside, and a look after the end is not needed", function()
    local hub = notifications.new {
      validate = function(token) return jwt.decode(token) end,
    }
    emulator:on_notification(function(request) return (hub:receive(request)) end)
    local before = #emulator:requests()
    assert.equal("completed", assert(call.operations:wait(invite(), {
      notifications = hub, interval = 20,
    })).status)
    assert.equal(before + 1, #emulator:requests())
    for _, op, err in client:parallel({ 1, 2, 3 }, function(_, with)
      local made = assert(with:call(CALL).participants:invite { participants = somebody() })
      return with:call(CALL).operations:wait(made, { notifications = hub, interval = 20 })
    end) do
      assert.is_nil(err)
      assert.equal("completed", op.status)
    end
    assert.equal(before + 4, #emulator:requests())
  end)

  it("want a function", function()
    local ok, why = pcall(function() emulator:on_notification() end)
    assert.is_false(ok)
    assert.matches("emulator_notifications_spec%.lua:%d+: on_notification takes a function", why)
  end)
end)

-- address, whether the server delivers there
local ADDRESSES = {
  { "https://bot.example/callback", true }, { "https://127.0.0.1:8443", true },
  { "http://127.0.0.1:80/x", true }, { "http://localhost/x", true }, { "http://[::1]:1/x", true },
  { "http://127.1.2.3?x", true },
  { "http://bot.example/", false }, { "http://127.0.0.1.example/", false },
  { "http://127.0.0.1@bot.example/", false }, { "http://localhost:80@bot.example/", false },
  { "http://10.0.0.1/", false }, { "ftp://127.0.0.1/", false }, { "file:///etc/passwd", false },
  { "https://user:word@bot.example/", false }, { "https://", false },
  { "https:///x", false }, { "/callback", false },
  { "http:///x", false },
}

describe("the server's notifications", function()
  for _, row in ipairs(ADDRESSES) do
    it((row[2] and "go to " or "do not go to ") .. row[1], function()
      assert.equal(row[2], urls.may_go_to(row[1]))
    end)
  end

  it("come by themselves where the clock is real", function()
    local url = helper.server({ clock = "real" }).url
    local remote = emulators.connect(url)
    remote:reset()
    local client = graphinvite.new {
      base_url = url .. "/v1.0", auth = graphinvite.auth.static "emulator",
    }
    local receiver = assert(httpd.listen { port = 0 })
    local uri = ("http://127.0.0.1:%d/"):format(receiver:port())
    local made = assert(client.calls:create { callbackUri = uri })
    remote:operation_outcome { outcome = "busy", after = 0.01 }
    assert(client:call(made.id).participants:invite { participants = somebody() })
    local request = assert(receiver:step(LIMIT))
    receiver:answer(request.id, { status = 202, headers = {}, body = "" })
    receiver:close()
    assert.equal("deleted", (read(request)))
  end)

  it("follow a receiver that sends them elsewhere: reference 6.2", function()
    local url = helper.server().url
    local remote = emulators.connect(url)
    remote:reset()
    local client = graphinvite.new {
      base_url = url .. "/v1.0", auth = graphinvite.auth.static "emulator",
    }
    local first, second = assert(httpd.listen { port = 0 }), assert(httpd.listen { port = 0 })
    local uri = "http://127.0.0.1:%d/region"
    local made = assert(client.calls:create { callbackUri = uri:format(first:port()) })
    remote:end_call { call = made.id, reason = "removed" }
    local there, away = assert(first:step(LIMIT)), assert(first:step(LIMIT))
    for request, place in pairs {
      [there] = uri:format(second:port()), [away] = "http://bot.example/", -- cleartext stays here
    } do
      first:answer(request.id, { status = 302, headers = { Location = place }, body = "" })
    end
    assert.equal(away.body, assert(first:step(LIMIT)).body)
    local request = assert(second:step(LIMIT))
    assert.same({ "/region", there.body }, { request.url, request.body })
    first:close()
    second:close()
  end)

  it("wait for nobody: a receiver that is gone, or does not answer, holds nothing up", function()
    local url = helper.server().url
    local remote = emulators.connect(url)
    remote:reset()
    local client = graphinvite.new {
      base_url = url .. "/v1.0", auth = graphinvite.auth.static "emulator",
    }
    local silent = assert(httpd.listen { port = 0 })
    local gone = assert(httpd.listen { port = 0 })
    local ports = { silent:port(), gone:port() }
    gone:close()
    for _, port in ipairs(ports) do
      local uri = ("http://127.0.0.1:%d/"):format(port)
      local made = assert(client.calls:create { callbackUri = uri })
      assert(client:call(made.id).participants:invite { participants = somebody() })
    end
    remote:advance(10)
    assert.is_table(remote:requests()) -- it answers while they are on their way
    assert.is_table(assert(silent:step(LIMIT)))
    assert.is_table(remote:requests())
    silent:close()
  end)
end)
