local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local operation = require "graphinvite.workflows.operation"
local raises = require "spec.support.raises"
local scripted = require "spec.support.scripted"

local CALL = "57dab8b1-894c-409a-b240-bd8beae78896" -- the emulator has it from the start
local PEOPLE = { { identity = { user = { id = "278405a3-f568-4b3e-b684-009193463064" } } } }

-- status, how it has ended
local ENDED = {
  { "Completed", "completed" },
  { "completed", "completed" },
  { "COMPLETED", "completed" },
  { "Failed", "failed" },
  { "failed", "failed" },
  { "NotStarted", nil },
  { "running", nil },
  { "String", nil },
  { graphinvite.null, nil },
  { nil, nil },
}

-- resultInfo of a failed operation, message, code, result
local FAILURES = {
  {
    { code = 480, subcode = 10037, message = "Nobody is there." }, "Nobody is there.", "480",
    { code = 480, subcode = 10037, message = "Nobody is there." },
  },
  {
    { code = 412, subcode = 9999, message = "No PSTN. DiagCode: 412#10073.@" },
    "No PSTN. DiagCode: 412#10073.@", "412",
    {
      code = 412, subcode = 9999, message = "No PSTN. DiagCode: 412#10073.@",
      diag = { code = 412, subcode = 10073 },
    },
  },
  { graphinvite.null, "the operation failed", nil, {} },
  { nil, "the operation failed", nil, {} },
  { { message = graphinvite.null }, "the operation failed", nil, {} },
  { { code = graphinvite.null, subcode = graphinvite.null }, "the operation failed", nil, {} },
}

describe("operation.ended", function()
  for _, row in ipairs(ENDED) do
    it(("says %s of the status %s"):format(tostring(row[2]), tostring(row[1])), function()
      assert.equal(row[2], operation.ended { status = row[1] })
    end)
  end
end)

describe("operation.outcome", function()
  it("is the operation itself when it is completed", function()
    local op = { status = "completed" }
    assert.equal(op, operation.outcome(op))
  end)

  for i, row in ipairs(FAILURES) do
    it("tells why an operation failed, case " .. i, function()
      local value, err = operation.outcome { status = "failed", resultInfo = row[1] }
      assert.is_nil(value)
      assert.equal("graph", err.kind)
      assert.equal(row[2], err.message)
      assert.equal(row[3], err.code)
      assert.same(row[4], err.result)
      assert.is_false(err.retriable)
    end)
  end
end)

-- outcome in the emulator, code and subcode of err.result, diagnostic one where it is another
local OUTCOMES = {
  { "declined", 603, 0 },
  { "busy", 486, 0 },
  { "cancelled", 487, 0 },
  { "no_answer", 408, 10057 },
  { "unreachable", 480, 10076 },
  { "number_not_found", 480, 10134 },
  { "no_pstn", 412, 9999, 10073 },
  { "no_application_instance", 403, 10151 },
}

helper.over_every_transport(function(open)
  describe("operations:wait", function()
    local client, emulator, call, sleeps, on_sleep

    before_each(function()
      local driver
      client, emulator, driver = open()
      call = client:call(CALL)
      sleeps, on_sleep = {}, nil
      local sleep = driver.sleep
      driver.sleep = function(seconds)
        sleeps[#sleeps + 1] = seconds
        sleep(seconds)
        if on_sleep then
          on_sleep()
        end
      end
    end)

    local function invite(on)
      local op = assert((on or call).participants:invite { participants = PEOPLE })
      assert.equal("Running", op.status)
      return op
    end

    local function requests()
      return #emulator:requests()
    end

    it("looks ever more seldom until the operation is completed", function()
      local op = assert(call.operations:wait(invite()))
      assert.equal("completed", op.status)
      assert.same({ 0.5, 0.75, 1.125 }, sleeps)
      assert.equal(4, requests())
    end)

    it("never looks more seldom than every five seconds", function()
      emulator:operation_outcome { outcome = "answered", after = 30 }
      assert(call.operations:wait(invite()))
      assert.equal(5, sleeps[#sleeps])
      assert.equal(5, sleeps[#sleeps - 1])
      assert.equal(10, #sleeps)
    end)

    it("looks as often as it is told", function()
      assert(call.operations:wait(invite(), { interval = 0.4 }))
      assert.same({ 0.4, 0.4, 0.4, 0.4, 0.4 }, sleeps)
    end)

    it("takes an id as well", function()
      assert.equal("completed", assert(call.operations:wait(invite().id)).status)
    end)

    it("asks nothing about an operation that has ended", function()
      local op = assert(call.operations:wait(invite()))
      local before = requests()
      assert.equal(op, call.operations:wait(op))
      assert.equal(before, requests())
    end)

    it("works under the older root", function()
      local older = client:call(CALL, { root = "/app/calls" })
      assert.equal("completed", assert(older.operations:wait(invite(older))).status)
      for _, request in ipairs(emulator:requests()) do
        assert.matches("^/v1.0/app/calls/", request.path)
      end
    end)

    for _, row in ipairs(OUTCOMES) do
      it("tells how an invitation failed: " .. row[1], function()
        emulator:operation_outcome { outcome = row[1] }
        local value, err = call.operations:wait(invite())
        assert.is_nil(value)
        assert.equal("graph", err.kind)
        assert.equal(tostring(row[2]), err.code)
        assert.equal(row[2], err.result.code)
        assert.equal(row[3], err.result.subcode)
        assert.same({ code = row[2], subcode = row[4] or row[3] }, err.result.diag)
        assert.equal(err.message, err.result.message)
        assert.equal(("graph %d: %s"):format(row[2], err.message), tostring(err))
      end)
    end

    it("waits 90 seconds and no longer unless told otherwise", function()
      emulator:operation_outcome { outcome = "answered", after = 1000 }
      local value, err = call.operations:wait(invite())
      assert.is_nil(value)
      assert.equal("deadline", err.kind)
      assert.equal("the operation has not ended within 90 s", err.message)
      assert.is_true(err.retriable)
      local waited = 0
      for _, seconds in ipairs(sleeps) do
        waited = waited + seconds
      end
      assert.is_true(waited <= 90 and waited > 84)
    end)

    it("stops before a look that would come after the deadline", function()
      emulator:operation_outcome { outcome = "no_answer" }
      local _, err = call.operations:wait(invite(), { deadline = 10, interval = 4 })
      assert.equal("deadline", err.kind)
      assert.same({ 4, 4 }, sleeps)
    end)

    it("says so when the operation is gone before its end was seen", function()
      local op = invite()
      on_sleep = function()
        on_sleep = nil
        assert(call.operations:delete(op.id))
      end
      local value, err = call.operations:wait(op)
      assert.is_nil(value)
      assert.equal("graph", err.kind)
      assert.equal(404, err.status)
      assert.equal("Request_ResourceNotFound", err.code)
      assert.equal("the operation has ended and its result is gone", err.message)
      assert.is_string(err.hint)
      assert.is_false(err.retriable)
    end)

    it("says of an id that nobody has seen what the service says", function()
      local value, err = call.operations:wait "b4cc9683-9683-b4cc-8396-ccb48396ccb4"
      assert.is_nil(value)
      assert.equal(404, err.status)
      assert.matches("does not exist", err.message)
    end)

    it("leaves the operation and the options it was given as they are", function()
      local op, options = invite(), { deadline = 60, interval = 1 }
      assert(call.operations:wait(op, options))
      assert.equal("Running", op.status)
      assert.same({ deadline = 60, interval = 1 }, options)
    end)
  end)
end)

local function answer(op)
  return { status = 200, body = op }
end

local GONE = {
  status = 404, body = '{"error":{"code":"Request_ResourceNotFound","message":"not there"}}',
}

-- claim, answers, status at the end or kind of the error, requests
local DONE = answer '{"status":"completed"}'
local SCRIPTS = {
  { "any casing", { answer '{"status":"running"}', DONE }, "completed", 2 },
  { "a status of null", { answer '{"status":null}', DONE }, "completed", 2 },
  { "no status", { answer '{"id":"o"}', DONE }, "completed", 2 },
  { "an unknown status", { answer '{"status":"Later"}', DONE }, "completed", 2 },
  { "a failure in capitals", { answer '{"status":"FAILED"}' }, "graph", 1 },
  { "an answer in value", { answer '{"value":{"status":"completed"}}' }, "completed", 1 },
  { "a service that is busy", { { status = 503 }, DONE }, "completed", 2 },
  { "a refusal", { { status = 403 } }, "graph", 1 },
  { "an operation that is gone", { answer '{"status":"Running"}', GONE }, "graph", 2 },
}

-- Only a scripted transport gives these answers.
describe("operations:wait, with a service of many minds,", function()
  local function operations(transport)
    return graphinvite.new({ transport = transport }):call(CALL).operations
  end

  for _, row in ipairs(SCRIPTS) do
    it("deals with " .. row[1], function()
      local transport = scripted.new(row[2])
      local value, err = operations(transport):wait { id = "o", status = "Running" }
      assert.equal(row[3], value and value.status or err.kind)
      assert.equal(row[4], #transport.requests)
    end)
  end

  it("goes on after a look that failed for the time being", function()
    local lost = { reason = "connect", sent = false }
    local transport = scripted.new { lost, lost, lost, lost, DONE }
    assert.equal("completed", assert(operations(transport):wait("o", { interval = 4 })).status)
    assert.same({ 4, 0.5, 1, 2, 4 }, transport.sleeps)
  end)

  it("gives a look no more time than the wait has left", function()
    local transport = scripted.new { { status = 503, takes = 1 } }
    local _, err = operations(transport):wait("o", { deadline = 3, interval = 1 })
    assert.equal("deadline", err.kind)
    assert.is_true(transport.elapsed <= 3)
  end)
end)

describe("operations:wait raises", function()
  local operations
  before_each(function()
    local transport = scripted.new { { status = 200, body = '{"status":"completed"}' } }
    operations = graphinvite.new({ transport = transport }):call(CALL).operations
  end)

  -- luacheck: push ignore 631
  local MISTAKES = {
    { "wait takes an operation or its id, this is a nil", function(ops) ops:wait() end },
    { "wait takes an operation or its id", function(ops) ops:wait {} end },
    { "wait takes an operation or its id, this is a boolean", function(ops) ops:wait(true) end },
    { "options of a call are a table, this is a number", function(ops) ops:wait("o", 5) end },
    { "unknown option intervall (did you mean interval?)", function(ops) ops:wait("o", { intervall = 5 }) end },
    { "option interval is above 0", function(ops) ops:wait("o", { interval = 0 }) end },
    { "option interval is above 0", function(ops) ops:wait("o", { interval = -1 }) end },
    { "option interval is a number, this is a string", function(ops) ops:wait("o", { interval = "x" }) end },
    { "option deadline is a number, this is a string", function(ops) ops:wait("o", { deadline = "x" }) end },
    { "option deadline is above 0", function(ops) ops:wait("o", { deadline = -1 }) end },
    { "option deadline is above 0", function(ops) ops:wait({ id = "o", status = "Running" }, { deadline = 0 }) end },
  }
  -- luacheck: pop

  for i, row in ipairs(MISTAKES) do
    it(("at the caller's line, case %d: %s"):format(i, row[1]), function()
      raises(row[1], row[2], operations)
    end)
  end
end)
