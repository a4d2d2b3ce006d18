local core = require "graphinvite.core"
local emulators = require "graphinvite.emulator"
local helper = require "spec.helper"

local REDIRECT = "https://app.contoso.example"
local LONG, SHORT = 30, 0.5 -- seconds: what a fault stalls, and what a client waits for it
local LIMIT = 20 -- seconds; nothing here comes near it

local function guest(i)
  return {
    invitedUserEmailAddress = ("guest%d@fabrikam.example"):format(i or 1),
    inviteRedirectUrl = REDIRECT,
  }
end

-- Requests of the journal by method; those of one status where it is given.
local function asked(emulator, method, status)
  local n = 0
  for _, entry in ipairs(emulator:requests()) do
    local fits = entry.method == method and (not status or entry.status == status)
    n = n + (fits and 1 or 0)
  end
  return n
end

-- fault, its field, what an unsafe row gives, invitations then, what a safe row gives, GETs then.
-- What a call gives: true, or the error's kind, reason or status, and retriable.
local FAULTS = {
  {
    fault = "reset_before_request",
    unsafe = { "transport", "closed", "unknown" }, invited = 0,
    safe = true, gets = 2,
  },
  {
    fault = "reset_after_request",
    unsafe = { "transport", "closed", "unknown" }, invited = 1,
    safe = true, gets = 2,
  },
  {
    fault = "truncate", field = { bytes = 10 },
    unsafe = { "transport", "closed", "unknown" }, invited = 1,
    safe = true, gets = 2,
  },
  {
    fault = "truncate", field = { bytes = 0 },
    unsafe = { "transport", "closed", "unknown" }, invited = 1,
    safe = true, gets = 2,
  },
  {
    fault = "truncate", field = { bytes = 100000 }, -- longer than the answer
    unsafe = true, invited = 1,
    safe = true, gets = 1,
  },
  {
    fault = "stall", field = { seconds = LONG },
    unsafe = { "transport", "timeout", "unknown" }, invited = 1,
    safe = true, gets = 2,
  },
  {
    fault = "stall", field = { seconds = 0.01 },
    unsafe = true, invited = 1,
    safe = true, gets = 1,
  },
  {
    fault = "short_length",
    unsafe = { "model", 201, "unknown" }, invited = 1,
    safe = { "model", 200, false }, gets = 1,
  },
  {
    fault = "long_length",
    unsafe = { "transport", "closed", "unknown" }, invited = 1,
    safe = true, gets = 2,
  },
  {
    fault = "foreign_redirect",
    unsafe = { "graph", 307, false }, invited = 0,
    safe = { "graph", 307, false }, gets = 1,
  },
  {
    fault = "foreign_next_link", -- nothing but a page has such a link
    unsafe = true, invited = 1,
    safe = true, gets = 1,
  },
}

local function title(row)
  local name, amount = next(row.field or {})
  return row.fault .. (name and (" of %s %s"):format(tostring(amount), name) or "")
end

-- The fields of fail_next for a row.
local function failing(row, more)
  local fields = { fault = row.fault }
  for _, part in ipairs { row.field or {}, more or {} } do
    for name, value in pairs(part) do
      fields[name] = value
    end
  end
  return fields
end

local function assert_outcome(wanted, value, err)
  if wanted == true then
    assert.is_truthy(value, tostring(err))
    return
  end
  assert.is_nil(value)
  assert.same(wanted, { err.kind, err.reason or err.status, err.retriable })
  assert.equal(1, err.attempts)
end

helper.over_every_transport(function(open, place)
  describe("fault", function()
    -- A client, its tenant, and the URL of each request that went out.
    local function watched(options)
      local client, emulator, driver = open(options)
      local sent = {}
      for _, name in ipairs { "send", "start" } do
        local go = driver[name]
        driver[name] = function(request, timeout)
          sent[#sent + 1] = request.url
          return go(request, timeout)
        end
      end
      return client, emulator, sent
    end

    for _, row in ipairs(FAULTS) do
      local patience = { timeout = row.fault == "stall" and SHORT or nil }

      it(title(row) .. ": an unsafe row goes out once, and its caller is told the truth", function()
        local client, emulator = watched(patience)
        emulator:fail_next(failing(row, { match = "POST /v1.0/invitations" }))
        local value, err = client.invitations:create(guest())
        assert_outcome(row.unsafe, value, err)
        assert.equal(1, asked(emulator, "POST"))
        assert.equal(row.invited, asked(emulator, "POST", 201))
        assert.equal(row.invited, #emulator:invitations())
        assert.equal(row.fault, emulator:requests()[1].fault)
      end)

      it(title(row) .. ": a safe row is repeated where that helps", function()
        local client, emulator = watched(patience)
        local made = assert(client.invitations:create(guest()))
        emulator:fail_next(failing(row))
        local value, err = client.invitations:get(made.id)
        assert_outcome(row.safe, value, err)
        assert.equal(row.gets, asked(emulator, "GET"))
        assert.equal(1, #emulator:invitations())
      end)
    end

    for _, row in ipairs(FAULTS) do
      if type(row.unsafe) == "table" and row.unsafe[1] == "transport" and row.safe == true then
        it(title(row) .. " without end: a safe row gives up after its attempts", function()
          local client, emulator = watched { timeout = row.fault == "stall" and 0.1 or nil }
          emulator:fail_next(failing(row, { count = 100 }))
          local value, err = client.users:get "megan@contoso.onmicrosoft.com"
          assert.is_nil(value)
          assert.equal("transport", err.kind)
          assert.equal(row.unsafe[2], err.reason)
          assert.is_true(err.sent)
          assert.is_true(err.retriable)
          assert.equal(4, err.attempts)
          assert.equal(3, #err.waits)
          local gets = asked(emulator, "GET")
          -- a driver itself repeats what a kept connection was reset under, once on a new one
          local most = place ~= "in process" and row.fault:find "^reset" and 8 or 4
          assert.is_true(gets >= 4 and gets <= most, gets)
        end)
      end
    end

    it("reset_after_request: who says that repeating is fine invites twice", function()
      local client, emulator = watched { repeat_unsafe = true }
      emulator:fail_next { fault = "reset_after_request" }
      assert(client.invitations:create(guest()))
      assert.equal(2, asked(emulator, "POST", 201))
    end)

    it("of a length spares an answer that cannot have a body", function()
      local client, emulator = watched()
      for i, fault in ipairs { "truncate", "short_length", "long_length" } do
        local made = assert(client.invitations:create(guest(i)))
        emulator:fail_next { fault = fault, bytes = fault == "truncate" and 0 or nil }
        assert.is_true(client.invitations:delete(made.id))
        assert.equal(i, asked(emulator, "DELETE", 204))
      end
    end)

    it("passes by what does not match, and ends with its count", function()
      local client, emulator = watched { retry = false }
      emulator:fail_next { fault = "truncate", bytes = 1, match = "POST /v1.0/inv", count = 2 }
      assert(client.users:count())
      for i = 1, 3 do
        local value, err = client.invitations:create(guest(i))
        assert.equal(i == 3, value ~= nil)
        assert.equal(i < 3 and "closed" or nil, err and err.reason)
      end
      assert.equal(3, #emulator:invitations())
    end)

    it("leaves the next call a connection that works", function()
      local client, emulator = watched()
      for i, row in ipairs(FAULTS) do
        emulator:fail_next(failing(row))
        client.invitations:create(guest(2 * i), { timeout = row.fault == "stall" and 0.1 or nil })
        assert(client.invitations:create(guest(2 * i + 1)))
      end
    end)

    it("of a batch makes each unsafe item unknown, and nobody is invited twice", function()
      local client, emulator = watched()
      emulator:fail_next { fault = "reset_after_request", match = "/$batch" }
      local results = assert(client:batch {
        { op = "invitations.create", body = guest(1) },
        { op = "invitations.create", body = guest(2) },
      })
      for _, result in ipairs(results) do
        assert.equal("closed", result.err.reason)
        assert.equal("unknown", result.err.retriable)
      end
      assert.equal(2, #emulator:invitations())
      assert.equal(2, asked(emulator, "POST", 201))
    end)

    it("of a connection waits for a request that has one of its own", function()
      local client, emulator = watched()
      emulator:fail_next { fault = "truncate", bytes = 1, match = "POST /v1.0/invitations" }
      local results = assert(client:batch { { op = "invitations.create", body = guest(1) } })
      assert.is_truthy(results[1].value)
      local _, err = client.invitations:create(guest(2))
      assert.equal("closed", err.reason)
    end)

    it("stall holds up one of several calls, not the others", function()
      local client, emulator = watched { timeout = SHORT }
      emulator:fail_next { fault = "stall", seconds = LONG, match = "POST" }
      local order, told = {}, {}
      for index, _, err in client:parallel({ 1, 2, 3 }, function(i, with)
        return with.invitations:create(guest(i))
      end, { concurrency = 3 }) do
        order[#order + 1] = index
        told[#told + 1] = err and err.reason or "fine"
      end
      assert.equal(3, #order)
      assert.same({ "fine", "fine", "timeout" }, told)
      assert.equal(3, asked(emulator, "POST", 201))
    end)

    describe("that leads elsewhere", function()
      local foreign, origin

      -- Another tenant's server stands at the foreign address, so that it would notice.
      before_each(function()
        if place ~= "in process" then
          origin = helper.server { seed = 77 }.url
          foreign = emulators.connect(origin)
          foreign:reset()
        else
          origin = "https://elsewhere.example"
        end
      end)

      local function assert_at_home(client, sent)
        local base = client.settings.base_url
        for _, url in ipairs(sent) do
          assert.equal(base, url:sub(1, #base))
        end
        assert.same({}, foreign and foreign:requests() or {})
      end

      it("foreign_redirect: no request follows, so the token stays here", function()
        local client, emulator, sent = watched()
        emulator:fail_next { fault = "foreign_redirect", origin = origin, count = 3 }
        local calls = {
          function() return client.invitations:create(guest()) end,
          function() return client.users:get "megan@contoso.onmicrosoft.com" end,
          function() return client.linkedin:update {} end,
        }
        for _, call in ipairs(calls) do
          local value, err = call()
          assert.is_nil(value)
          assert.equal(307, err.status)
          assert.equal(origin, err.headers.location:sub(1, #origin))
        end
        assert.equal(3, #sent)
        assert.equal(0, #emulator:invitations())
        assert_at_home(client, sent)
      end)

      it("foreign_next_link: the page is read, its link is not followed", function()
        local client, emulator, sent = watched()
        assert(client.invitations:create(guest()))
        emulator:fail_next { fault = "foreign_next_link", origin = origin }
        local list = client.invitations:list()
        assert.equal(guest().invitedUserEmailAddress, list:next().invitedUserEmailAddress)
        local item, err = list:next()
        assert.is_false(item)
        assert.equal("model", err.kind)
        assert.matches(origin, err.message, 1, true)
        assert.is_nil(list:next())
        assert.equal(2, #sent)
        assert_at_home(client, sent)
      end)
    end)
  end)
end)

-- Requests whose answers differ in kind: JSON, plain text, none, a refusal.
local REQUESTS = {
  { "GET", "/v1.0/users" }, { "GET", "/v1.0/users/$count" }, { "GET", "/v1.0/users/nobody" },
  { "POST", "/v1.0/invitations", '{"invitedUserEmailAddress":"a@b.example",'
    .. '"inviteRedirectUrl":"https://c.example"}' },
  { "PATCH", "/v1.0/linkedIn", "{}" },
  { "DELETE", "/v1.0/communications/calls/57dab8b1-894c-409a-b240-bd8beae78896" },
  { "POST", "/contoso/oauth2/v2.0/token", "grant_type=client_credentials" },
}

describe("the table of faults", function()
  local root, remote

  setup(function()
    root = helper.server().url
    remote = emulators.connect(root)
  end)

  -- What a transport gives for a request while a fault is in its way.
  local function outcome(emulator, transport, row, request)
    emulator:reset()
    emulator:fail_next(failing(row))
    local response, err = transport.send({
      method = request[1], url = root .. request[2], body = request[3], op = { safe = false },
      headers = { Authorization = "Bearer emulator", ["Content-Type"] = "application/json" },
    }, row.fault == "stall" and SHORT or LIMIT)
    local body = response and (response.body or "")
    if response then -- members come in any order; what is no JSON any more has its length
      body = response.status < 400 and core.decode(nil, body) or #body
    end
    return {
      status = response and response.status, body = body,
      location = response and response.headers.location,
      kind = err and err.kind, reason = err and err.reason, sent = err and err.sent,
      invited = #emulator:invitations(),
    }
  end

  for _, row in ipairs(FAULTS) do
    for _, request in ipairs(REQUESTS) do
      it(("says what libcurl makes of %s at %s %s"):format(title(row), request[1], request[2]),
        function()
          local emulator = emulators.new()
          local curl = require("graphinvite.transport.curl").new {} -- with no connection yet
          assert.same(outcome(remote, curl, row, request),
            outcome(emulator, emulator:transport(), row, request))
          curl.close()
        end)
    end
  end
end)
