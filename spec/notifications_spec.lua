local core = require "graphinvite.core"
local graphinvite = require "graphinvite"
local notifications = require "graphinvite.notifications"
local raises = require "spec.support.raises"
local scripted = require "spec.support.scripted"

local CALL = "57dab8b1-894c-409a-b240-bd8beae78896"
local ROOT = "/communications/calls/" .. CALL
local OPERATION = ROOT .. "/operations/o-1"
local REMEMBERED = 1000 -- operations whose end a hub remembers

-- A request of the service with these notifications, or with a text as its body.
local function post(value, headers)
  local body = value
  if type(value) == "table" then
    body = assert(core.encode(nil, {
      ["@odata.type"] = "#microsoft.graph.commsNotifications", value = core.array(value),
    }))
  end
  return { method = "POST", headers = headers or {}, body = body }
end

local function ended(fields)
  local told = { changeType = "deleted", resourceUrl = OPERATION }
  for name, field in pairs(fields) do
    told[name] = field
  end
  return told
end

local function open()
  return notifications.new { validate = false }
end

-- claim, notification; kind, change type, call, resource url, members of the data
local READINGS = {
  {
    "an operation that ended", { changeType = "deleted", resourceUrl = OPERATION,
      resourceData = { status = "completed", clientContext = "c" } },
    "operation", "deleted", CALL, OPERATION, { id = "o-1", status = "completed" },
  },
  {
    "a capitalised change type", { changeType = "Updated", resourceUrl = ROOT,
      resourceData = { state = "established" } },
    "call", "updated", CALL, ROOT, { state = "established" },
  },
  {
    "the roster, an array", { changeType = "updated", resourceUrl = ROOT .. "/participants",
      resourceData = { { id = core.null, isMuted = true } } },
    "participants", "updated", CALL, ROOT .. "/participants", {},
  },
  {
    "the legacy twin of the URL", { changeType = "updated",
      resource = "/app/calls/c-2/operations/o-2", resourceData = { id = core.null } },
    "operation", "updated", "c-2", "/app/calls/c-2/operations/o-2", { id = "o-2" },
  },
  {
    "resourceUrl before its twin", { changeType = "updated", resource = "/app/calls/c-2",
      resourceUrl = OPERATION, resourceData = { id = "own" } },
    "operation", "updated", CALL, OPERATION, { id = "own" },
  },
  {
    "the path that names no operation", { changeType = "deleted",
      resourceUrl = ROOT .. "/operations/participants", resourceData = { id = core.null } },
    "operation", "deleted", CALL, ROOT .. "/operations/participants", { id = core.null },
  },
  {
    "an unknown resource", { changeType = "created", resourceUrl = "/me/messages/1" },
    "other", "created", nil, "/me/messages/1", nil,
  },
  {
    "an unknown part of a call", { changeType = "created", resourceUrl = ROOT .. "/audio" },
    "other", "created", CALL, ROOT .. "/audio", nil,
  },
  { "nothing at all", { resourceData = core.null }, "other", "", nil, "", nil },
}

describe("notifications: receive reads", function()
  for _, row in ipairs(READINGS) do
    it(row[1], function()
      local response, list = open():receive(post { row[2] })
      assert.equal(202, response.status)
      assert.equal(1, #list)
      local told = list[1]
      assert.same({ row[3], row[4], row[5] or false, row[6] },
        { told.kind, told.change_type, told.call_id or false, told.resource_url })
      if row[7] == nil then
        assert.is_nil(told.data)
      end
      for name, member in pairs(row[7] or {}) do
        assert.equal(member, told.data[name])
      end
    end)
  end

  it("several at once, in their order", function()
    local _, list = open():receive(post { { resourceUrl = ROOT }, { resourceUrl = OPERATION } })
    assert.same({ "call", "operation" }, { list[1].kind, list[2].kind })
  end)
end)

local EMPTY = '{"value":[]}'
local function validator(token)
  if token == "good" then
    return { aud = "app" }
  end
  return nil, "the token is for somebody else"
end

-- claim, validate, request; status, part of the body
local ANSWERS = {
  { "an empty list", false, post {}, 202, "" },
  { "a GET", false, { method = "GET", headers = {} }, 405, "posted" },
  { "no body", false, { method = "POST", headers = {} }, 400, "not JSON" },
  { "what is not JSON", false, post "hello", 400, "not JSON at byte 1" },
  { "an array", false, post "[]", 400, "not an object" },
  { "null", false, post "null", 400, "value: " },
  { "no value", false, post "{}", 400, "value: " },
  { "a value of null", false, post '{"value":null}', 400, "value: " },
  { "an item of null", false, post '{"value":[{},null]}', 400, "value[2]: " },
  { "an item that is none", false, post '{"value":[1]}', 400, "value[1]: " },
  { "an operation without data", false, post { ended {} }, 202, "" },
  { "an operation of null", false, post { ended { resourceData = core.null } }, 202, "" },
  { "an operation that is a text", false, post { ended { resourceData = "x" } }, 202, "" },
  { "an operation in an array", false, post { ended { resourceData = { "x", 1 } } }, 202, "" },
  { "odd members", false, post { ended { resourceData = { status = 1, id = {} } } }, 202, "" },
  { "a good token", validator, post(EMPTY, { authorization = "Bearer good" }), 202, "" },
  { "a scheme in capitals", validator, post(EMPTY, { authorization = "BEARER good" }), 202, "" },
  { "no token", validator, post(EMPTY), 401, "needed" },
  { "another scheme", validator, post(EMPTY, { authorization = "Basic good" }), 401, "needed" },
  { "an empty token", validator, post(EMPTY, { authorization = "Bearer " }), 401, "needed" },
  { "two headers", validator, post(EMPTY, { authorization = { "a", "b" } }), 401, "needed" },
  { "a bad token", validator, post(EMPTY, { authorization = "Bearer bad" }), 401, "somebody else" },
  {
    "a silent validator", function() return nil end,
    post(EMPTY, { authorization = "Bearer x" }), 401, "not valid",
  },
  { "a bad token and a bad body", validator, post "x", 401, "needed" },
}

describe("notifications: receive answers", function()
  for _, row in ipairs(ANSWERS) do
    it(("%d to %s"):format(row[4], row[1]), function()
      local response, list = notifications.new({ validate = row[2] }):receive(row[3])
      assert.equal(row[4], response.status)
      assert.is_truthy(response.body:find(row[5], 1, true), response.body)
      assert.equal(row[4] == 202, list ~= nil)
    end)
  end

  it("nothing with a token in it", function()
    local hub = notifications.new { validate = validator }
    local response = hub:receive(post(EMPTY, { authorization = "Bearer canary" }))
    assert.is_nil(response.body:find("canary", 1, true))
  end)
end)

describe("notifications: handlers", function()
  it("get the data, and the notification with the validator's claims and its request", function()
    local seen, asked = {}, nil
    local hub = notifications.new {
      validate = function(token, request)
        asked = request
        return { token = token }
      end,
    }
    hub:on("operation", function(data, notification)
      seen[#seen + 1] = { data.id, notification.claims.token }
    end)
    local request = post({ ended { resourceData = {} } }, { authorization = "Bearer t" })
    hub:receive(request)
    assert.same({ { "o-1", "t" } }, seen)
    assert.equal(request, asked)
  end)

  it("are called by kind, in the order in which they came, each time", function()
    local hub, seen = open(), {}
    for _, kind in ipairs { "call", "participants", "operation", "operation" } do
      hub:on(kind, function(_, notification)
        seen[#seen + 1] = kind .. " " .. notification.change_type
      end)
    end
    local request = post {
      { changeType = "updated", resourceUrl = ROOT .. "/participants", resourceData = { {} } },
      ended { resourceData = { status = "completed" } },
      { changeType = "created", resourceUrl = "/other" },
    }
    hub:receive(request)
    hub:receive(request)
    local once = { "participants updated", "operation deleted", "operation deleted" }
    assert.same({ once[1], once[2], once[3], once[1], once[2], once[3] }, seen)
  end)

  it("run when all that was told is known, and their errors come out", function()
    local hub, known = open(), nil
    hub:on("call", function()
      known = hub:outcome { id = "o-1" }
      error("mine", 0)
    end)
    local ok, why = pcall(hub.receive, hub, post {
      { changeType = "updated", resourceUrl = ROOT, resourceData = {} },
      ended { resourceData = { status = "completed" } },
    })
    assert.is_false(ok)
    assert.equal("mine", why)
    assert.equal("completed", known.status)
  end)
end)

-- What is told, what is asked for, whether they are the same.
local CORRELATIONS = {
  { "the context", { clientContext = "c", id = core.null }, { clientContext = "c" }, true },
  { "the context, other ids", { clientContext = "c", id = "z" }, { clientContext = "c", id = "a" },
    true },
  { "the URL", { id = core.null }, { id = "o-1" }, true },
  { "the URL, another id", { id = "z" }, { id = "o-1" }, true },
  { "the URL, no context on one side", { clientContext = "c" }, { id = "o-1" }, true },
  { "the URL, an empty context", { clientContext = "" }, { id = "o-1", clientContext = "" }, true },
  { "the id", { id = "z" }, { id = "z", clientContext = core.null }, true },
  { "nothing: other names", { clientContext = "c" }, { clientContext = "d", id = "o-2" }, false },
  { "nothing: null and null", { clientContext = core.null, id = core.null },
    { clientContext = core.null, id = core.null }, false },
  { "nothing: the same text as context and id", { clientContext = "x" }, { id = "x" }, false },
}

-- changeType, status, whether that is the end
local ENDS = {
  { "deleted", "completed", true }, { "deleted", "Failed", true }, { "Deleted", "COMPLETED", true },
  { "updated", "completed", true }, { "created", "failed", true }, { nil, "completed", true },
  { "updated", "Running", false }, { "updated", core.null, false }, { "deleted", nil, false },
  { "deleted", "running", false }, { "deleted", "String", false },
}

describe("notifications: outcome", function()
  for _, row in ipairs(CORRELATIONS) do
    it("finds an operation by " .. row[1], function()
      local hub = open()
      row[2].status = "completed"
      hub:receive(post { ended { resourceData = row[2] } })
      assert.equal(row[4], hub:outcome(row[3]) ~= nil)
    end)
  end

  for _, row in ipairs(ENDS) do
    it(("%s %s with the status %s"):format(row[3] and "takes" or "does not take",
      tostring(row[1]), tostring(row[2])), function()
      local hub = open()
      local told = ended { resourceData = { status = row[2], id = "o-1" } }
      told.changeType = row[1]
      hub:receive(post { told })
      assert.equal(row[3], hub:outcome { id = "o-1" } ~= nil)
    end)
  end

  it("does not find it under the word participants", function()
    local hub = open()
    hub:receive(post { { changeType = "deleted", resourceUrl = ROOT .. "/operations/participants",
      resourceData = { status = "completed", id = core.null, clientContext = "c" } } })
    assert.is_nil(hub:outcome { id = "participants" })
    assert.is_truthy(hub:outcome { id = "o-1", clientContext = "c" })
  end)

  it("reads an operation that came as an array", function()
    local hub = open()
    hub:receive(post { ended { resourceData = { { status = "completed", id = core.null } } } })
    assert.equal("o-1", hub:outcome({ id = "o-1" }).id)
  end)

  it("keeps the first end of an operation that is told twice", function()
    local hub = open()
    hub:receive(post { ended { resourceData = { status = "failed" } } })
    hub:receive(post { ended { resourceData = { status = "completed" } } })
    assert.equal("failed", hub:outcome({ id = "o-1" }).status)
  end)

  it("does not take the end of one operation for another of the same context", function()
    local hub = open()
    hub:receive(post { ended { resourceData = { status = "failed", clientContext = "c" } } })
    assert.equal("failed", hub:outcome({ id = "o-1", clientContext = "c" }).status)
    assert.is_nil(hub:outcome { id = "o-2", clientContext = "c" })
    hub:receive(post { { resourceUrl = ROOT .. "/operations/o-2",
      resourceData = { status = "completed", clientContext = "c" } } })
    assert.equal("completed", hub:outcome({ id = "o-2", clientContext = "c" }).status)
    assert.equal("failed", hub:outcome({ id = "o-1", clientContext = "c" }).status)
  end)

  it("is remembered for the last operations, however often each is told", function()
    local hub = open()
    local function tell(i)
      hub:receive(post { { changeType = "deleted", resourceUrl = ROOT .. "/operations/n-" .. i,
        resourceData = { status = "completed", clientContext = "c-" .. i, id = "own-" .. i } } })
    end
    for i = 1, REMEMBERED + 1 do
      tell(i)
      tell(i)
    end
    for _, key in ipairs { "n-1", "own-1" } do
      assert.is_nil(hub:outcome { id = key })
    end
    assert.is_nil(hub:outcome { clientContext = "c-1" })
    for _, i in ipairs { 2, REMEMBERED + 1 } do
      assert.is_truthy(hub:outcome { id = "n-" .. i })
      assert.is_truthy(hub:outcome { id = "own-" .. i })
      assert.is_truthy(hub:outcome { clientContext = "c-" .. i })
    end
    local kept = 0
    for _ in pairs(hub.memory.ended) do
      kept = kept + 1
    end
    assert.equal(3 * REMEMBERED, kept)
  end)
end)

local RUNNING = { status = 200, body = '{"id":"o-1","status":"Running","clientContext":"c"}' }
local GONE = {
  status = 404, body = '{"error":{"code":"Request_ResourceNotFound","message":"not there"}}',
}

-- A client whose service gives these answers, with a hub. Calls can overlap: each is answered
-- when it is made.
local function script(answers)
  local transport = scripted.new(answers)
  local landed = {}
  function transport.start(request, timeout)
    table.insert(landed, { transport.send(request, timeout) })
    return landed[#landed]
  end
  function transport.next()
    local handle = table.remove(landed, 1)
    return handle, handle and handle[1], handle and handle[2]
  end
  local client = graphinvite.new { transport = transport }
  return client:call(CALL).operations, open(), transport, client
end

-- Runs functions as tasks side by side; each gets the client's transport.
local function together(client, functions)
  local results = {}
  for index, value, err in client:parallel(functions, function(f, with)
    return f(with.transport)
  end) do
    results[index] = { value = value, err = err }
  end
  return results
end

describe("operations:wait with notifications", function()
  -- what is waited for, what is told
  local WAITS = {
    { "an operation", { id = "o-1", status = "Running" }, { status = "completed" } },
    { "an id", "o-1", { status = "completed", id = core.null } },
    {
      "a context", { id = "a", clientContext = "c" },
      { status = "completed", clientContext = "c" },
    },
  }
  for _, row in ipairs(WAITS) do
    it("is woken in a task by the end of " .. row[1], function()
      local operations, hub, transport, client = script { RUNNING }
      local woken
      local results = together(client, {
        function(here)
          local op, err = operations:wait(row[2], { notifications = hub, interval = 50 })
          woken = here.now()
          return op, err
        end,
        function(here)
          here.sleep(7)
          hub:receive(post { ended { resourceData = row[3] } })
          return true
        end,
      })
      assert.is_nil(results[1].err)
      assert.equal("completed", results[1].value.status)
      assert.equal(7, woken)
      assert.equal(0, #transport.requests)
      assert.same({}, hub.memory.waiting)
    end)
  end

  it("wakes each task once, whatever it waits for next", function()
    local operations, hub, _, client = script { RUNNING }
    local after
    local results = together(client, {
      function(here)
        local op = operations:wait({ id = "o-1", clientContext = "c" }, {
          notifications = hub, interval = 50,
        })
        here.sleep(20)
        after = here.now()
        return op
      end,
      function(here)
        here.sleep(7)
        local told = post { ended { resourceData = { status = "completed", clientContext = "c" } } }
        hub:receive(told)
        hub:receive(told)
        return true
      end,
    })
    assert.is_truthy(results[1].value)
    assert.equal(27, after)
  end)

  it("wakes all who wait for the operation, and nobody else", function()
    local operations, hub, _, client = script { RUNNING }
    local order = {}
    local function wait(op)
      return function(here)
        local value, err = operations:wait(op, { notifications = hub, interval = 50 })
        order[#order + 1] = here.now()
        return value, err
      end
    end
    local function send(at, fields)
      return function(here)
        here.sleep(at)
        hub:receive(post { { resourceUrl = ROOT .. "/operations/" .. fields.id,
          resourceData = fields } })
        return true
      end
    end
    local results = together(client, {
      wait { id = "o-1", clientContext = "same" }, wait { id = "o-1" },
      wait { id = "o-2", clientContext = "same" },
      send(5, { id = "o-1", status = "completed", clientContext = "same" }),
      send(9, { id = "o-2", status = "failed", clientContext = "same" }),
    })
    assert.equal("completed", results[1].value.status)
    assert.equal("completed", results[2].value.status)
    assert.equal("graph", results[3].err.kind)
    assert.same({ 5, 5, 9 }, order)
  end)

  it("finds the end that was told before it began", function()
    local operations, hub, transport = script { GONE }
    hub:receive(post { ended { resourceData = { status = "completed" } } })
    assert.equal("completed", assert(operations:wait("o-1", { notifications = hub })).status)
    assert.equal(0, #transport.requests)
    assert.same({}, transport.sleeps)
  end)

  it("gives the resultInfo of a failure that was told", function()
    local operations, hub = script { GONE }
    hub:receive(post { ended { resourceData = {
      status = "failed", resultInfo = { code = "412", subcode = 9999.5, message = "no" },
    } } })
    local value, err = operations:wait("o-1", { notifications = hub })
    assert.is_nil(value)
    assert.same({ "graph", "412", "no" }, { err.kind, err.code, err.message })
    assert.same({ code = 412, message = "no" }, err.result)
  end)

  -- claim, when the end is told: in which request, or in which sleep
  for _, row in ipairs { { "during the look", "send" }, { "during the pause", "sleep" } } do
    it("is no failure when the operation is gone and its end is told " .. row[1], function()
      local operations, hub, transport = script { RUNNING, GONE }
      local plain, count = transport[row[2]], 0
      transport[row[2]] = function(...)
        count = count + 1
        if count == 2 then
          hub:receive(post { ended { resourceData = { status = "completed" } } })
        end
        return plain(...)
      end
      local op = assert(operations:wait({ id = "o-1" }, { notifications = hub }))
      assert.equal("completed", op.status)
    end)
  end

  it("learns the context from a look", function()
    local operations, hub, transport = script { RUNNING, GONE }
    local sleep = transport.sleep
    transport.sleep = function(seconds)
      sleep(seconds)
      if #transport.sleeps == 2 then
        hub:receive(post { { resourceUrl = ROOT .. "/operations/participants",
          resourceData = { id = core.null, clientContext = "c", status = "completed" } } })
      end
    end
    assert.equal("completed", assert(operations:wait("o-1", { notifications = hub })).status)
    assert.equal(1, #transport.requests)
  end)

  it("looks at once when it is told that the operation is deleted, but not how it ended", function()
    local operations, hub, transport, client = script { GONE }
    local results = together(client, {
      function(here)
        local _, err = operations:wait({ id = "o-1" }, { notifications = hub, interval = 50 })
        return here.now(), err
      end,
      function(here)
        here.sleep(3)
        hub:receive(post { ended { resourceData = { status = core.null } } })
        return true
      end,
    })
    assert.equal(3, results[1].value)
    assert.equal(404, results[1].err.status)
    assert.equal(1, #transport.requests)
  end)

  it("polls as ever where nothing is told", function()
    local operations, hub, transport = script { RUNNING, RUNNING,
      { status = 200, body = '{"status":"completed"}' } }
    assert.equal("completed", assert(operations:wait("o-1", { notifications = hub })).status)
    assert.same({ 0.5, 0.75, 1.125 }, transport.sleeps)
  end)

  it("waits until its deadline and no longer", function()
    local operations, hub, transport = script { RUNNING }
    local _, err = operations:wait("o-1", { notifications = hub, interval = 4, deadline = 10 })
    assert.equal("deadline", err.kind)
    assert.same({ 4, 4, 2 }, transport.sleeps)
    assert.equal(10, transport.elapsed)
  end)
end)

describe("notifications raise at the caller's line", function()
  local hub, operations
  before_each(function()
    operations, hub = script { RUNNING }
  end)

  -- luacheck: push ignore 631
  local MISTAKES = {
    { "notifications need validate", function() notifications.new() end },
    { "notifications need validate", function() notifications.new {} end },
    { "inside nginx", function() notifications.new { validate = false, shared = "a" } end },
    { "notifications need validate", function() notifications.new { validate = true } end },
    { "are a table, this is a number", function() notifications.new(5) end },
    { "a kind is operation, participants or call, not operations", function() hub:on("operations", print) end },
    { "a kind is operation, participants or call, not nil", function() hub:on() end },
    { "a handler is a function, this is a nil", function() hub:on("call") end },
    { "receive takes a request", function() hub:receive() end },
    { "receive takes a request", function() hub:receive { method = "POST", body = "{}" } end },
    { "option notifications is a hub", function() operations:wait("o", { notifications = {} }) end },
    { "option notifications is a table", function() operations:wait("o", { notifications = 5 }) end },
  }
  -- luacheck: pop

  for i, row in ipairs(MISTAKES) do
    it(("case %d: %s"):format(i, row[1]), function()
      raises(row[1], row[2])
    end)
  end
end)
