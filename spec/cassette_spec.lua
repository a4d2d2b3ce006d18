local cassette = require "graphinvite.transport.cassette"
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local process = require "spec.support.process"
local raises = require "spec.support.raises"
local scripted = require "spec.support.scripted"

local CALL = "57dab8b1-894c-409a-b240-bd8beae78896" -- the emulator has it from the start
local PEOPLE = { { identity = { user = { id = "278405a3-f568-4b3e-b684-009193463064" } } } }
local REDIRECT = "https://app.contoso.example"

local function guest(i)
  return {
    invitedUserEmailAddress = ("guest%d@fabrikam.example"):format(i),
    inviteRedirectUrl = REDIRECT,
    invitedUserMessageInfo = { messageLanguage = "en-US", customizedMessageBody = "Hello" },
    sendInvitationMessage = true,
  }
end

-- A bit of everything; what it gives is compared as JSON.
local function workflow(client)
  local seen = {}
  local function note(value, err)
    seen[#seen + 1] = value or { kind = err.kind, status = err.status, message = err.message }
    return value
  end
  for i = 1, 3 do
    note(client.invitations:create(guest(i)))
  end
  for item in client.invitations:list { top = 2 } do
    note { item.id }
  end
  note(client.users:get "nobody@fabrikam.example")
  note(client.users:get "nobody@fabrikam.example")
  local operations = client:call(CALL).operations
  local op = note(client:call(CALL).participants:invite { participants = PEOPLE })
  note(operations:wait(op))
  for _, result in ipairs(assert(client:batch {
    { op = "invitations.create", body = guest(4) }, { op = "users.count" },
  })) do
    note(result.value and { result.value }, result.err)
  end
  for _, value in client:parallel({ 5, 6 }, function(i, with)
    return with.invitations:create(guest(i))
  end, { ordered = true }) do
    note(value)
  end
  return seen
end

-- What a workflow gave, but for what a recording does not keep.
local function comparable(seen)
  local text = assert(core.encode(nil, core.array(seen)))
  return (text:gsub('"inviteRedeemUrl":"[^"]*"', '"inviteRedeemUrl":""'))
end

helper.over_every_transport(function(open)
  describe("a cassette", function()
    it("gives a workflow the values that were recorded, and nothing is left", function()
      local client, _, driver = open()
      local base = client.settings.base_url
      local recorder = cassette.record(driver)
      local first = workflow(graphinvite.new { transport = recorder, base_url = base })
      local replay = assert(cassette.replay(assert(recorder.text())))
      local again = workflow(graphinvite.new { transport = replay, base_url = base })
      helper.assert_same_json(comparable(first), comparable(again))
      assert.equal(0, replay.left())
    end)

    it("is a file", function()
      local client, _, driver = open()
      local base = client.settings.base_url
      local recorder = cassette.record(driver)
      local made = assert(graphinvite.new { transport = recorder, base_url = base }
        .invitations:create(guest(1)))
      local directory = process.directory()
      assert.is_true(recorder.save(directory .. "/tape.json"))
      local replay = assert(cassette.replay(directory .. "/tape.json"))
      process.output("rm -r " .. directory)
      local again = graphinvite.new { transport = replay, base_url = base }
      assert.equal(made.id, assert(again.invitations:create(guest(1))).id)
    end)
  end)
end)

local HOST = "https://graph.microsoft.com"

local function post(path, body)
  return { method = "POST", url = HOST .. path, headers = {}, body = body }
end

local function get(path)
  return { method = "GET", url = HOST .. path, headers = {} }
end

-- The recording of these requests, answered so.
local function record(requests, answers)
  local recorder = cassette.record(scripted.new(answers))
  for _, request in ipairs(requests) do
    recorder.send(request, 30)
  end
  return recorder
end

local function replay(requests, answers)
  return assert(cassette.replay(assert(record(requests, answers).text())))
end

describe("cassette: replay", function()
  it("answers the same request in the order of the recording, each once", function()
    local tape = replay({ get "/a", get "/b", get "/a" }, {
      { status = 200, body = "1" }, { status = 200, body = "2" }, { status = 404, body = "3" },
    })
    assert.equal(3, tape.left())
    assert.equal("1", tape.send(get "/a").body)
    assert.equal(404, tape.send(get "/a").status)
    local response = tape.send(get "/b")
    assert.same({ status = 200, headers = {}, body = "2", url = HOST .. "/b" }, response)
    assert.equal(0, tape.left())
  end)

  -- body that was recorded, body that is sent, whether they are the same
  local BODIES = {
    { '{"a":1,"b":[1,{"c":null,"d":[]}]}', '{ "b": [1, {"d":[],"c":null}], "a": 1 }', true },
    { '{"a":123456789012345678901234567890}', '{"a":123456789012345678901234567890}', true },
    { '{"a":123456789012345678901234567890}', '{"a":123456789012345678901234567891}', false },
    { '{"a":[1,2]}', '{"a":[2,1]}', false },
    { '{"a":{}}', '{"a":[]}', false },
    { '{"a":{"b":1}}', '{"a":{"b":2}}', false },
    { '{"a":null}', "{}", false },
    { "a=1&b=2", "a=1&b=2", true },
    { "a=1&b=2", "b=2&a=1", false },
    { '{"a":', '{"a":', true },
    { nil, nil, true },
    { nil, "", false },
    { '{"inviteRedeemUrl":"x"}', '{"inviteRedeemUrl":"y"}', true },
  }
  for i, row in ipairs(BODIES) do
    it((row[3] and "takes" or "does not take") .. " a body for the recorded one, case " .. i,
      function()
        local tape = replay({ post("/a", row[1]) }, { { status = 200 } })
        assert.equal(row[3], tape.send(post("/a", row[2])) ~= nil)
      end)
  end

  it("does not look at the origin and the headers", function()
    local tape = replay({ get "/a?b=c" }, { { status = 200 } })
    local elsewhere = { method = "GET", url = "http://127.0.0.1:1/a?b=c", headers = { X = "y" } }
    assert.is_truthy(tape.send(elsewhere))
  end)

  -- request that was not recorded, what the error says
  local UNMATCHED = {
    { get "/users/2", { "GET /users/2 is not on the cassette", "GET /users/1 without a body" } },
    { post("/users/1", "x"), { "POST /users/1 is", "POST /invitations {\"a\":1}, this has x" } },
    { post("/invitations", '{"a":2}'), { 'POST /invitations {"a":1}, this has {"a":2}' } },
    { post "/invitations", { "this has no body" } },
    { get "/once", { "GET /once is not on the cassette more than 1 times", "GET /users/1" } },
  }
  for i, row in ipairs(UNMATCHED) do
    it("shows the nearest of what is left, case " .. i, function()
      local tape = replay({ get "/users/1", post("/invitations", '{"a":1}'), get "/once" },
        { { status = 200 } })
      assert(tape.send(get "/once"))
      local response, err = tape.send(row[1])
      assert.is_nil(response)
      assert.same({ "transport", "other", false }, { err.kind, err.reason, err.sent })
      for _, part in ipairs(row[2]) do
        assert.is_truthy(err.message:find(part, 1, true), err.message)
      end
    end)
  end

  it("says only what was asked when nothing is left", function()
    local tape = replay({}, {})
    local _, err = tape.send(get "/a")
    assert.equal("GET /a is not on the cassette", err.message)
  end)

  it("gives the errors that were recorded", function()
    local tape = replay({ get "/a", get "/b" }, {
      { reason = "timeout", sent = true }, { reason = "connect", sent = false },
    })
    for _, row in ipairs { { "/a", "timeout", true }, { "/b", "connect", false } } do
      local response, err = tape.send(get(row[1]))
      assert.is_nil(response)
      assert.same({ "transport", row[2], row[3] }, { err.kind, err.reason, err.sent })
      assert.is_truthy(err.message:find(row[2], 1, true))
    end
  end)

  it("has a clock that begins with the recording and moves only by sleep", function()
    local tape = replay({}, {})
    assert.same({ 0, scripted.START }, { tape.now(), tape.wall() })
    tape.sleep(2.5)
    assert.same({ 2.5, scripted.START + 2.5 }, { tape.now(), tape.wall() })
  end)
end)

describe("cassette: record", function()
  it("passes on what it is given, and the time", function()
    local driver = scripted.new { { status = 201, body = "b" }, { reason = "closed", sent = true } }
    local recorder = cassette.record(driver)
    assert.equal(201, recorder.send(get "/a", 7).status)
    assert.equal(7, driver.requests[1].timeout)
    assert.equal("closed", select(2, recorder.send(get "/a", 7)).reason)
    recorder.sleep(3)
    assert.same({ 3, scripted.START + 3 }, { recorder.now(), recorder.wall() })
    assert.is_false(recorder.start)
  end)

  it("keeps no secret", function()
    local requests = {
      post("/t/oauth2/v2.0/token",
        "client_secret=CANARY-4711&client_assertion=CANARY-4711&assertion=CANARY-4711"),
      post("/v1.0/invitations", '{"inviteRedeemUrl":"https://x/?ticket=CANARY-4711"}'),
      get "/callback?validationToken=CANARY-4711",
      get "/redeem/?tenant=t&ticket=CANARY-4711&ver=2.0",
    }
    requests[1].headers = { Authorization = "Bearer CANARY-4711", Secret = "CANARY-4711" }
    requests[2].url = "https://user:CANARY-4711@graph.microsoft.com/v1.0/invitations"
    local recorder = record(requests, {
      {
        status = 200,
        headers = { ["set-cookie"] = "a=CANARY-4711", location = "https://x/?ticket=CANARY-4711" },
        body = '{"access_token":"CANARY-4711","refresh_token":"CANARY-4711","expires_in":3599}',
      },
      { status = 201, body = '{"inviteRedeemUrl":"https://x/?rd=y%26ticket%3DCANARY-4711"}' },
      { status = 200, body = '{"validationToken":"CANARY-4711"}' },
      { reason = "closed", sent = true },
    })
    local text = assert(recorder.text())
    assert.is_nil(text:find("CANARY", 1, true), text)
    local _, err = assert(cassette.replay(text)).send(post("/none", "client_secret=CANARY-4711"))
    assert.is_nil(err.message:find("CANARY", 1, true))
  end)

  it("keeps no secret of an error", function()
    local driver = scripted.new {}
    function driver.send()
      return errors.fail("transport", "no way to http://u:CANARY@proxy for Bearer CANARY", {
        reason = "connect", sent = false,
      })
    end
    local recorder = cassette.record(driver)
    recorder.send(get "/a")
    assert.is_nil(recorder.text():find("CANARY", 1, true))
  end)

  it("fails where a body is no text, or the file cannot be written", function()
    local recorder = record({ get "/a" }, { { status = 200, body = "\255\254" } })
    local text, why = recorder.text()
    assert.is_nil(text)
    assert.matches("UTF%-8", why)
    text, why = recorder.save "/dev/null"
    assert.is_nil(text)
    assert.matches("UTF%-8", why)
    text, why = record({}, {}).save "/nowhere/tape.json"
    assert.is_nil(text)
    assert.matches("/nowhere/tape.json", why)
    assert.is_nil((record({ get "/a" }, { { status = 200 } }).save "/dev/full"))
  end)
end)

-- what is no cassette, what the error says
local GARBAGE = {
  { "/nowhere/tape.json", "No such file" },
  { "/", "cannot be read: " },
  { "/dev/null", "not JSON" },
  { "garbage", "No such file" },
  { "{", "not JSON" },
  { "{}", "this is not a graphinvite cassette 1" },
  { '{"format":"graphinvite cassette 1"}', "this is not a" },
  { '{"format":"graphinvite cassette 2","entries":[]}', "this is not a" },
  { '{"format":"graphinvite cassette 1","entries":null}', "this is not a" },
  { '{"format":"graphinvite cassette 1","entries":[1]}', "entries[1] is not whole" },
  { '{"format":"graphinvite cassette 1","entries":[null]}', "entries[1] is not whole" },
  { '{"format":"graphinvite cassette 1","entries":[{"request":{"method":"GET"}}]}', "entries[1]" },
  {
    '{"format":"graphinvite cassette 1","entries":[{"request":{"method":"GET","url":"/"}}]}',
    "entries[1] is not whole",
  },
  {
    '{"format":"graphinvite cassette 1","entries":[{"request":{"method":"GET","url":"/"},'
      .. '"response":{"status":"x","headers":{}}}]}', "entries[1] is not whole",
  },
  { "", "cannot be read: " },
}

describe("cassette: replay of what is none", function()
  for i, row in ipairs(GARBAGE) do
    it("is an error value, case " .. i, function()
      local tape, err = cassette.replay(row[1])
      assert.is_nil(tape)
      assert.equal("transport", err.kind)
      assert.is_truthy(err.message:find(row[2], 1, true), err.message)
    end)
  end

  it("raises at the caller's line for no text, and record for no transport", function()
    raises("replay takes a path or a text", function() cassette.replay() end)
    raises("replay takes a path or a text", function() cassette.replay {} end)
    raises("record takes a transport", function() cassette.record() end)
    raises("record takes a transport", function() cassette.record {} end)
  end)
end)
