local core = require "graphinvite.core"
local helper = require "spec.helper"

local COUNT = "GET /v1.0/users/$count"
local GUEST = {
  invitedUserEmailAddress = "a@b.example", inviteRedirectUrl = "https://c.example",
}
local TOKEN = "POST /contoso.onmicrosoft.com/oauth2/v2.0/token"

helper.over_every_tenant(function(open)
  describe("the control throttle", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    -- The statuses of n requests.
    local function statuses(n, line)
      local list = {}
      for i = 1, n do
        list[i] = ask(line or COUNT).status
      end
      return list
    end

    it("lets so many requests into a window, which begins with the first of them", function()
      emulator:throttle { limit = 2, window = 10 }
      emulator:advance(7) -- before the window
      assert.same({ 200, 200, 429 }, statuses(3))
      emulator:advance(9)
      assert.same({ 429 }, statuses(1))
      emulator:advance(1)
      emulator:advance(5) -- nobody came: the next window begins now, not before
      assert.same({ 200 }, statuses(1))
      emulator:advance(9)
      assert.same({ 200, 429 }, statuses(2))
      emulator:advance(1)
      assert.same({ 200, 200, 429 }, statuses(3))
    end)

    it("has a window of a second unless told otherwise", function()
      emulator:throttle { limit = 1 }
      assert.same({ 200, 429 }, statuses(2))
      emulator:advance(1)
      assert.same({ 200, 429 }, statuses(2))
    end)

    it("answers as the service does, and does nothing of what was asked", function()
      emulator:throttle { limit = 1, window = 10 }
      ask(COUNT)
      local response = ask("POST /v1.0/invitations", GUEST)
      assert.equal(429, response.status)
      assert.equal("TooManyRequests", response.value.error.code)
      assert.equal("string", type(response.value.error.message))
      assert.equal("string", type(response.headers["request-id"]))
      assert.same({}, emulator:invitations())
    end)

    -- window, seconds since it began, what Retry-After asks: whole seconds, never too few
    local WAITS = {
      { 10, 0, "10" }, { 10, 3, "7" }, { 10, 9, "1" }, { 10, 9.5, "1" }, { 2.5, 0, "3" },
      { 2.5, 1, "2" }, { 0.25, 0, "1" }, { 86400, 1, "86399" },
    }
    for _, row in ipairs(WAITS) do
      local window, passed, asked = row[1], row[2], row[3]
      it(("asks to wait %s s at %g s of a window of %g s"):format(asked, passed, window), function()
        emulator:throttle { limit = 1, window = window }
        ask(COUNT)
        emulator:advance(passed)
        assert.equal(asked, ask(COUNT).headers["retry-after"])
        emulator:advance(tonumber(asked))
        assert.equal(200, ask(COUNT).status)
      end)
    end

    it("counts the requests of all rows together, and those that fail", function()
      emulator:throttle { limit = 5, window = 10 }
      assert.equal(200, ask(COUNT).status)
      assert.equal(201, ask("POST /v1.0/invitations", GUEST).status)
      assert.equal(404, ask("GET /v1.0/users/nobody").status)
      assert.equal(401, ask(COUNT, nil, { Authorization = false }).status)
      assert.equal(400, ask(TOKEN, "", { Authorization = false }).status)
      for _, line in ipairs { COUNT, "POST /v1.0/invitations", "GET /v1.0/nothing", TOKEN } do
        assert.equal(429, ask(line).status)
      end
    end)

    it("counts an envelope and each of its requests", function()
      emulator:throttle { limit = 3, window = 10 }
      local requests = {}
      for i = 1, 3 do
        requests[i] = { id = tostring(i), method = "GET", url = "/users" }
      end
      local response = ask("POST /v1.0/$batch", { requests = core.array(requests) })
      assert.equal(200, response.status)
      local list = {}
      for i, item in ipairs(response.value.responses) do
        list[i] = item.status
      end
      assert.same({ 200, 200, 429 }, list)
      assert.equal("10", response.value.responses[3].headers["retry-after"])
      assert.equal(429, ask("POST /v1.0/$batch", { requests = core.array {} }).status)
    end)

    it("leaves the controls alone", function()
      emulator:throttle { limit = 1, window = 10 }
      for _ = 1, 3 do
        assert.equal(200, ask("GET /_emulator/requests").status)
        assert.equal(200, ask("POST /_emulator/advance", { seconds = 0 }).status)
      end
      assert.same({ 200, 429 }, statuses(2))
    end)

    it("shows in the journal what was asked of whom", function()
      emulator:throttle { limit = 1, window = 10 }
      ask(COUNT)
      emulator:advance(4)
      ask("POST /v1.0/invitations", GUEST, { ["client-request-id"] = "c-1" })
      local entries = emulator:requests()
      assert.equal(2, #entries)
      assert.is_nil(entries[1].retry_after)
      local refused = entries[2]
      assert.equal(429, refused.status)
      assert.equal("6", refused.retry_after)
      assert.equal("c-1", refused.client_request_id)
      assert.equal("/v1.0/invitations", refused.path)
      assert.equal(4, refused.time - entries[1].time)
    end)

    it("begins anew when it is set again", function()
      emulator:throttle { limit = 1, window = 10 }
      assert.same({ 200, 429 }, statuses(2))
      emulator:throttle { limit = 2, window = 10 }
      assert.same({ 200, 200, 429 }, statuses(3))
    end)

    it("is lifted by no limit, and by reset", function()
      for _, lift in ipairs { "throttle", "reset" } do
        emulator:throttle { limit = 1, window = 10 }
        assert.same({ 200, 429 }, statuses(2))
        emulator[lift](emulator)
        assert.same({ 200, 200, 200 }, statuses(3))
      end
    end)

    it("comes after failures that were set for the same request", function()
      emulator:throttle { limit = 1, window = 10 }
      emulator:fail_next { status = 503 }
      assert.same({ 503, 200, 429 }, statuses(3))
    end)

    -- body, the field that the message names
    local MISTAKES = {
      { '{"limit":0}', "limit" }, { '{"limit":-1}', "limit" }, { '{"limit":1.5}', "limit" },
      { '{"limit":1e300}', "limit" }, { '{"limit":"1"}', "limit" }, { '{"limit":true}', "limit" },
      { '{"limit":1,"window":0}', "window" }, { '{"limit":1,"window":-1}', "window" },
      { '{"limit":1,"window":"1"}', "window" }, { '{"limit":1,"window":1e300}', "window" },
      { '{"window":10}', "limit" }, { '{"limits":1}', "did you mean limit?" },
      { "[1]", "throttle" }, { "7", "throttle" },
    }
    for _, row in ipairs(MISTAKES) do
      it("refuses " .. row[1] .. ", and changes nothing", function()
        emulator:throttle { limit = 1, window = 10 }
        local response = ask("POST /_emulator/throttle", row[1])
        assert.equal(400, response.status)
        assert.truthy(response.value.error.message:find(row[2], 1, true))
        assert.same({ 200, 429 }, statuses(2))
      end)
    end

    it("raises a script's mistake at its line", function()
      for _, given in ipairs { { limit = 0 }, { limit = "1" }, { window = 10 }, { limits = 1 } } do
        local fine, message = pcall(function() emulator:throttle(given) end)
        assert.is_false(fine)
        assert.truthy(message:find("throttle_spec.lua:%d+: "))
      end
    end)
  end)
end)

helper.over_every_transport(function(open)
  describe("a client of a tenant that throttles", function()
    it("gets everything through, after what it is asked to wait and no more", function()
      local client, emulator, transport = open { retry = { attempts = 2 } }
      emulator:throttle { limit = 4, window = 30 }
      local begun = transport.now()
      for i = 1, 10 do
        local given = {
          invitedUserEmailAddress = ("g%d@b.example"):format(i),
          inviteRedirectUrl = "https://c.example",
        }
        local invitation, err = client.invitations:create(given)
        assert.is_nil(err)
        assert.equal(given.invitedUserEmailAddress, invitation.invitedUserEmailAddress)
      end
      assert.equal(60, transport.now() - begun)
      local refused = 0
      for _, entry in ipairs(emulator:requests()) do
        refused = refused + (entry.status == 429 and 1 or 0)
      end
      assert.equal(2, refused)
      assert.equal(10, #emulator:invitations())
    end)

    it("is told when the deadline comes before its turn", function()
      local client, emulator = open()
      emulator:throttle { limit = 1, window = 600 }
      assert(client.users:count())
      local _, err = client.users:count()
      assert.equal("deadline", err.kind)
      assert.equal(600, err.retry_after)
      assert.equal("TooManyRequests", err.inner.code)
      assert.equal(2, #emulator:requests())
    end)
  end)
end)
