local graphinvite = require "graphinvite"
local retry = require "graphinvite.retry"
local scripted = require "spec.support.scripted"

local NOW = scripted.START -- Thursday 2026-01-01T00:00:00Z
local DAY = 86400

-- header's value (false: there is none), seconds to wait (nil: nothing that can be read was
-- asked), the response's Date, what the clock here shows where it is not NOW
local HEADERS = {
  -- seconds
  { "120", 120 },
  { "0", 0 },
  { "2.128", 2.128 },
  { "0.5", 0.5 },
  { "007", 7 },
  { " 7 ", 7 },
  { "9999999999", 9999999999 },
  { "120", 120, "Thu, 01 Jan 2026 05:00:00 GMT" },
  -- nothing, and what cannot be read
  { false, nil },
  { "", nil },
  { " ", nil },
  { ",", nil },
  { "-5", nil },
  { "+5", nil },
  { "soon", nil },
  { "5s", nil },
  { "5 6", nil },
  { "1e3", nil },
  { "0x10", nil },
  { "nan", nil },
  { "inf", nil },
  { "1:00", nil },
  { "1.2.3", nil },
  { "120; why=load", nil },
  { "2026-01-01T00:00:30Z", nil },
  -- the three dates
  { "Thu, 01 Jan 2026 00:00:30 GMT", 30 },
  { "Thursday, 01-Jan-26 00:00:30 GMT", 30 },
  { "Thu Jan  1 00:00:30 2026", 30 },
  { "Sat Jan 10 00:00:00 2026", 9 * DAY },
  { "Thu, 01 JAN 2026 00:00:30 GMT", 30 },
  { "Tue, 29 Feb 2028 00:00:00 GMT", DAY, nil, 1835308800 },
  { "Mon, 01 Mar 2100 00:00:00 GMT", DAY, nil, 4107456000 }, -- 2100 is no leap year
  { "Thu, 01 Jan 2026 00:00:30 GMT", 29.5, nil, NOW + 0.5 },
  -- dates of two-digit years
  { "Sunday, 06-Nov-94 08:49:37 GMT", 0 },
  { "Tuesday, 01-Jan-75 00:00:00 GMT", 1546300800 },
  { "Friday, 01-Jan-00 00:00:30 GMT", 60, nil, 4102444770 }, -- half a minute before 2100
  -- dates in the past
  { "Thu, 01 Jan 2026 00:00:00 GMT", 0 },
  { "Wed, 31 Dec 2025 23:59:59 GMT", 0 },
  { "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
  -- dates that are none
  { "Thu, 00 Jan 2026 00:00:30 GMT", nil },
  { "Thu, 32 Jan 2026 00:00:30 GMT", nil },
  { "Thu, 01 Foo 2026 00:00:30 GMT", nil },
  { "Thu, 01 Jan 2026 24:00:30 GMT", nil },
  { "Thu, 01 Jan 2026 00:60:30 GMT", nil },
  { "Thu, 01 Jan 2026 00:00:61 GMT", nil },
  { "Thu, 01 Jan 2026 00:00:30 +0100", nil },
  { "Thu, 01 Jan 2026", nil },
  -- clocks that differ: a date counts from the response's own
  { "Thu, 01 Jan 2026 01:00:30 GMT", 30, "Thu, 01 Jan 2026 01:00:00 GMT" },
  { "Wed, 31 Dec 2025 23:00:30 GMT", 30, "Wed, 31 Dec 2025 23:00:00 GMT" },
  { "Thu, 01 Jan 2026 00:00:30 GMT", 0, "Thu, 01 Jan 2026 00:01:00 GMT" },
  { "Thursday, 01-Jan-26 01:00:30 GMT", 30, "Thu Jan  1 01:00:00 2026" },
  { "Thu, 01 Jan 2026 00:00:30 GMT", 30, "about noon" },
  { "Thu, 01 Jan 2026 01:00:30 GMT", 30, "Thu, 01 Jan 2026 01:00:00 GMT", NOW + 9 * DAY },
  -- several values: the longest, so that it is never earlier than asked
  { "5, 120", 120 },
  { "120, 5", 120 },
  { "5,120", 120 },
  { "soon, 5", 5 },
  { "5, soon", 5 },
  { "-1, 3", 3 },
  { "10, Thu, 01 Jan 2026 00:00:40 GMT", 40 },
  { "Thu, 01 Jan 2026 00:00:40 GMT, 60", 60 },
  { "Thu, 01 Jan 2026 00:00:10 GMT, Thu, 01 Jan 2026 00:00:40 GMT", 40 },
}

describe("retry.retry_after", function()
  for _, row in ipairs(HEADERS) do
    local value, seconds, date, now = row[1], row[2], row[3], row[4] or NOW
    local claim = ("reads %s with Date %s at %s as %s"):format(value and ("%q"):format(value)
      or "no header", tostring(date), now, tostring(seconds))
    it(claim, function()
      local headers = { ["retry-after"] = value or nil, date = date }
      assert.equal(seconds, retry.retry_after(headers, now))
    end)
  end
end)

local HALF = function() return 0.5 end
local PRESET = retry.preset

-- what failed; attempts so far; seconds to wait (nil: not repeated); whether the caller may repeat
local DELAYS = {
  -- not taken: any row
  { { status = 429, safe = true }, 1, 0.5, true },
  { { status = 429, safe = false }, 1, 0.5, true },
  { { status = 429, safe = false, retry_after = 7 }, 1, 7, true },
  { { status = 429, safe = false, retry_after = 0.1 }, 1, 0.5, true },
  { { status = 429, safe = false, retry_after = 7200 }, 1, 7200, true },
  { { status = 503, safe = false, retry_after = 7, repeat_on_503 = true }, 1, 7, true },
  { { status = 503, safe = false, retry_after = 0, repeat_on_503 = true }, 1, 0.5, true },
  { { safe = false, sent = false }, 1, 0.5, true },
  -- may have been taken: safe rows
  { { status = 503, safe = true }, 1, 0.5, true },
  { { status = 503, safe = true, retry_after = 7, repeat_on_503 = false }, 1, 7, true },
  { { status = 504, safe = true }, 1, 0.5, true },
  { { status = 502, safe = true }, 1, 0.5, true },
  { { status = 509, safe = true }, 1, 0.5, true },
  { { safe = true, sent = true }, 1, 0.5, true },
  { { safe = true, sent = false }, 1, 0.5, true },
  { { status = 503, safe = false, repeat_on_503 = true }, 1, nil, "unknown" },
  { { status = 503, safe = false, retry_after = 7, repeat_on_503 = false }, 1, nil, "unknown" },
  { { status = 504, safe = false, retry_after = 7 }, 1, nil, "unknown" },
  { { status = 502, safe = false }, 1, nil, "unknown" },
  { { status = 509, safe = false }, 1, nil, "unknown" },
  { { status = 500, safe = false }, 1, nil, "unknown" },
  { { status = 507, safe = false }, 1, nil, "unknown" },
  { { safe = false, sent = true }, 1, nil, "unknown" },
  -- final for every row
  { { status = 500, safe = true }, 1, nil, false },
  { { status = 501, safe = true }, 1, nil, false },
  { { status = 501, safe = false }, 1, nil, false },
  { { status = 507, safe = true }, 1, nil, false },
  { { status = 408, safe = true, retry_after = 7 }, 1, nil, false },
  { { status = 400, safe = true }, 1, nil, false },
  { { status = 401, safe = true }, 1, nil, false },
  { { status = 403, safe = false, retry_after = 7 }, 1, nil, false },
  { { status = 404, safe = true }, 1, nil, false },
  { { status = 409, safe = false }, 1, nil, false },
  { { status = 412, safe = true }, 1, nil, false },
  { { status = 424, safe = false }, 1, nil, false },
  -- back-off doubles up to the cap; what the service asks is not capped
  { { status = 429, safe = true }, 2, 1, true },
  { { status = 429, safe = true }, 3, 2, true },
  { { status = 429, safe = true }, 4, nil, true },
  { { status = 429, safe = true }, 5, nil, true },
  { { status = 429 }, 6, 16, true, { attempts = 99, base = 1, cap = 60 } },
  { { status = 429 }, 7, 30, true, { attempts = 99, base = 1, cap = 60 } },
  { { status = 429 }, 98, 30, true, { attempts = 99, base = 1, cap = 60 } },
  { { status = 429 }, 1100, 30, true, { attempts = 9999, base = 1, cap = 60 } },
  { { status = 429, retry_after = 61 }, 9, 61, true, { attempts = 99, base = 1, cap = 60 } },
  { { status = 429 }, 1, 5, true, { attempts = 2, base = 10, cap = 60 } },
  { { status = 429 }, 1, 0, true, { attempts = 2, base = 0, cap = 60 } },
  { { status = 429 }, 1, nil, true, { attempts = 1, base = 1, cap = 60 } },
  { { status = 429, retry_after = 7 }, 1, nil, true, false },
  { { status = 502, safe = false }, 1, nil, "unknown", false },
  { { status = 503, safe = true }, 1, nil, true, false },
}

local function describe_input(input)
  local parts = { input.safe and "safe" or "unsafe" }
  for _, name in ipairs { "status", "sent", "retry_after", "repeat_on_503" } do
    if input[name] ~= nil then
      parts[#parts + 1] = name .. " " .. tostring(input[name])
    end
  end
  return table.concat(parts, ", ")
end

describe("retry.delay", function()
  for _, row in ipairs(DELAYS) do
    local input, attempt, seconds, retriable, policy = row[1], row[2], row[3], row[4], row[5]
    if policy == nil then
      policy = PRESET
    end
    local claim = ("waits %s and says %s after attempt %d of %s: %s"):format(tostring(seconds),
      tostring(retriable), attempt, policy and policy.attempts or "one", describe_input(input))
    it(claim, function()
      local delay, verdict = retry.delay(input, attempt, policy, HALF)
      assert.equal(seconds, delay)
      assert.equal(retriable, verdict)
    end)
  end

  it("spreads the back-off over everything below its limit", function()
    local input = { status = 429, safe = true }
    assert.equal(0, (retry.delay(input, 1, PRESET, function() return 0 end)))
    assert.equal(0.75, (retry.delay(input, 1, PRESET, function() return 0.75 end)))
  end)
end)

local INVITED = { status = 201, body = '{"id":"i1","invitedUser":{"id":"u1"}}' }
local READ = { status = 200, body = '{"id":"i1"}' }
local BODY = { invitedUserEmailAddress = "a@fabrikam.example", inviteRedirectUrl = "https://a.b" }

local function create(client)
  return client.invitations:create(BODY)
end

local function get(client)
  return client.invitations:get "i1"
end

local function throttled(value)
  return { status = 429, headers = { ["retry-after"] = value } }
end

local LOST = { reason = "closed", sent = true }
local UNSENT = { reason = "connect", sent = false }
local SLOW = { reason = "timeout", sent = true, takes = 30 }

-- claim, call, answers, options, sleeps, requests, kind of the error or nil, retriable
local CALLS = {
  { "waits as long as asked", create, { throttled "7", INVITED }, {}, { 7 }, 2 },
  { "waits a fraction", create, { throttled "2.128", INVITED }, {}, { 2.128 }, 2 },
  {
    "backs off where nothing was asked", get,
    { { status = 429 }, { status = 503 }, { status = 504 }, READ }, {}, { 0.5, 1, 2 }, 4,
  },
  {
    "gives up after four attempts",
    get, { { status = 503 } }, {}, { 0.5, 1, 2 }, 4, "graph", true,
  },
  {
    "obeys the policy of the client", get, { { status = 503 } },
    { retry = { attempts = 3, base = 10 } }, { 5, 10 }, 3, "graph", true,
  },
  {
    "does not repeat without retry",
    get, { throttled "1" }, { retry = false }, {}, 1, "graph", true,
  },
  {
    "repeats a safe row after a lost reply", get, { LOST, LOST, READ }, {}, { 0.5, 1 }, 3,
  },
  {
    "does not repeat an unsafe row after a lost reply",
    create, { LOST }, {}, {}, 1, "transport", "unknown",
  },
  { "repeats an unsafe row that was not sent", create, { UNSENT, INVITED }, {}, { 0.5 }, 2 },
  {
    "gives up an unsafe row that never was sent",
    create, { UNSENT }, {}, { 0.5, 1, 2 }, 4, "transport", true,
  },
  {
    "repeats an unsafe row after a lost reply where allowed", create, { LOST, INVITED },
    { repeat_unsafe = true }, { 0.5 }, 2,
  },
  {
    "does not repeat an unsafe row after a 502",
    create, { { status = 502 } }, {}, {}, 1, "graph", "unknown",
  },
  {
    "does not repeat an unsafe row after a 503",
    create, { { status = 503 } }, {}, {}, 1, "graph", "unknown",
  },
  {
    "repeats an unsafe row after a 503 with Retry-After", create,
    { { status = 503, headers = { ["retry-after"] = "3" } }, INVITED }, {}, { 3 }, 2,
  },
  {
    "does not do that with repeat_on_503 = false", create,
    { { status = 503, headers = { ["retry-after"] = "3" } }, INVITED },
    { repeat_on_503 = false }, {}, 1, "graph", "unknown",
  },
  { "does not repeat a 500", get, { { status = 500 } }, {}, {}, 1, "graph", false },
  { "does not repeat a 408", get, { { status = 408 } }, {}, {}, 1, "graph", false },
  { "does not repeat a 501", get, { { status = 501 } }, {}, {}, 1, "graph", false },
  { "does not repeat a 404", get, { { status = 404 } }, {}, {}, 1, "graph", false },
  {
    "says unknown of an unsafe row after a 500",
    create, { { status = 500 } }, {}, {}, 1, "graph", "unknown",
  },
  {
    "measures a date against the response's own", create,
    {
      {
        status = 429,
        headers = {
          ["retry-after"] = "Wed, 31 Dec 2025 12:00:09 GMT", date = "Wed, 31 Dec 2025 12:00:00 GMT",
        },
      },
      INVITED,
    },
    {}, { 9 }, 2,
  },
  {
    "stops at once when the wait does not fit",
    get, { throttled "101" }, {}, {}, 1, "deadline", true,
  },
  {
    "stops at once when the wait is all that is left",
    get, { throttled "100" }, {}, {}, 1, "deadline", true,
  },
  {
    "says of an unsafe row that was only throttled that it may be repeated", create,
    { throttled "60" }, {}, { 60 }, 2, "deadline", true,
  },
  {
    "has one deadline over all attempts",
    get, { SLOW }, { deadline = 70 }, { 0.5, 1 }, 3, "deadline", true,
  },
  {
    "says unknown of an unsafe row whose one attempt outlasts the deadline",
    create, { { reason = "timeout", sent = true, takes = 5 } },
    { deadline = 5 }, {}, 1, "deadline", "unknown",
  },
  {
    "says true of an unsafe row that could not even be sent in time", create,
    { { reason = "timeout", sent = false, takes = 5 } }, { deadline = 5 }, {}, 1, "deadline", true,
  },
  {
    "does not repeat what no repetition mends: a bad certificate", get,
    { { reason = "tls", sent = false } }, {}, {}, 1, "transport", false,
  },
  {
    "does not repeat what no repetition mends: an answer over the limit", get,
    { { reason = "too_large", sent = true } }, {}, {}, 1, "transport", false,
  },
  {
    "does not repeat what no repetition mends: what is no HTTP", get,
    { { reason = "malformed", sent = false } }, {}, {}, 1, "transport", false,
  },
}

-- Only a scripted transport gives these answers, and each at its moment.
describe("a call", function()
  local function client_of(transport, options)
    local given = { transport = transport }
    for name, value in pairs(options or {}) do
      given[name] = value
    end
    return graphinvite.new(given)
  end

  for _, row in ipairs(CALLS) do
    local claim, call, answers, options, sleeps, requests, kind, retriable =
      row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8]
    it(claim, function()
      local transport = scripted.new(answers)
      local value, err = call(client_of(transport, options))
      assert.same(sleeps, transport.sleeps)
      assert.equal(requests, #transport.requests)
      if kind then
        assert.is_nil(value)
        assert.equal(kind, err.kind)
        assert.equal(retriable, err.retriable)
        assert.equal(requests, err.attempts)
        assert.same(#sleeps > 0 and sleeps or nil, err.waits)
      else
        assert.equal("i1", value.id)
      end
    end)
  end

  it("goes under one client-request-id with all its attempts, the next under another", function()
    local transport = scripted.new { throttled "1", throttled "1", INVITED }
    local client = client_of(transport)
    create(client)
    create(client)
    local ids = {}
    for i, request in ipairs(transport.requests) do
      ids[i] = request.headers["client-request-id"]
    end
    assert.matches("^%x+%-%x+%-4%x+%-%x+%-%x+$", ids[1])
    assert.same({ ids[1], ids[1] }, { ids[2], ids[3] })
    assert.not_equal(ids[1], ids[4])
  end)

  it("sends the same bytes again", function()
    local transport = scripted.new { throttled "1", INVITED }
    create(client_of(transport))
    local first, second = transport.requests[1], transport.requests[2]
    assert.same({ first.method, first.url, first.body, first.headers },
      { second.method, second.url, second.body, second.headers })
  end)

  it("gives an attempt no more time than the call has left", function()
    local transport = scripted.new { SLOW }
    get(client_of(transport, { deadline = 70 }))
    local timeouts = {}
    for i, request in ipairs(transport.requests) do
      timeouts[i] = request.timeout
    end
    assert.same({ 30, 30, 8.5 }, timeouts)
  end)

  it("sends nothing more when it has slept beyond the deadline", function()
    local transport = scripted.new { throttled "7" }
    local sleep = transport.sleep
    transport.sleep = function(seconds) sleep(seconds + 100) end -- as a busy machine does
    local value, err = create(client_of(transport))
    assert.is_nil(value)
    assert.equal("deadline", err.kind)
    assert.is_true(err.retriable)
    assert.equal(1, #transport.requests)
    assert.equal(429, err.inner.status)
  end)

  it("tells on the error when the service wants to be asked again", function()
    local _, err = get(client_of(scripted.new { throttled "101" }))
    assert.equal("deadline", err.kind)
    assert.equal(101, err.retry_after)
    assert.equal(429, err.inner.status)
  end)

  it("takes retry, deadline and repeat_unsafe for one call", function()
    local transport = scripted.new { LOST, LOST, INVITED }
    local client = client_of(transport)
    assert.is_table(client.invitations:create(BODY, { repeat_unsafe = true }))
    assert.same({ 0.5, 1 }, transport.sleeps)
    local _, err = client_of(scripted.new { throttled "5" }).invitations:get("i1", { deadline = 4 })
    assert.equal("deadline", err.kind)
    transport = scripted.new { { status = 503 } }
    client_of(transport).invitations:get("i1", { retry = { attempts = 2 } })
    assert.equal(2, #transport.requests)
  end)

  it("keeps the client's policy where a call changes a part of it", function()
    local transport = scripted.new { { status = 503 } }
    local client = client_of(transport, { retry = { attempts = 2, base = 10 } })
    client.invitations:get("i1", { retry = { attempts = 3 } })
    assert.same({ 5, 10 }, transport.sleeps)
  end)

  -- What a service asks that is throttled for two hours: the forms take turns.
  local function two_hours()
    local turn = 0
    local function busy(request)
      if request.at >= 7200 then
        return INVITED
      end
      turn = turn % 3 + 1
      if turn == 1 then
        return throttled "60"
      elseif turn == 2 then
        return throttled "2.5, 90"
      end
      local date = os.date("!%a, %d %b %Y %H:%M:%S GMT", NOW + request.at + 300)
      return throttled(date)
    end
    return scripted.new { busy }
  end

  it("survives two hours of throttling with exactly the sleeps asked for", function()
    local transport = two_hours()
    local client = client_of(transport, { deadline = 3 * 3600, retry = { attempts = 100 } })
    assert.equal("i1", create(client).id)
    local expected = {}
    for i = 1, 16 do
      expected[3 * i - 2], expected[3 * i - 1], expected[3 * i] = 60, 90, 300
    end
    assert.same(expected, transport.sleeps)
    assert.equal(7200, transport.elapsed)
    assert.equal(49, #transport.requests)
  end)

  it("sees in the first answer that does not fit that two hours are too long", function()
    local transport = two_hours()
    local client = client_of(transport, { deadline = 3600, retry = { attempts = 100 } })
    local _, err = create(client)
    assert.equal("deadline", err.kind)
    assert.is_true(err.retriable)
    assert.equal(3300, transport.elapsed) -- 300 more would be the deadline itself
  end)
end)
