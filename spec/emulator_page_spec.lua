local core = require "graphinvite.core"
local emulators = require "graphinvite.emulator"
local helper = require "spec.helper"

local CALL = "57dab8b1-894c-409a-b240-bd8beae78896" -- is there from the start
local FORM = "application/x-www-form-urlencoded"
local HOSTILE = "<script>alert('1')</script>&\""
local SAFE = "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;"

-- What a browser asks for of a page, and what it is.
local PARTS = {
  { "/", "text/html; charset=utf-8", "<!DOCTYPE html>" },
  { "/_emulator/page.css", "text/css; charset=utf-8", "prefers-color-scheme: dark" },
  { "/_emulator/page.js", "text/javascript; charset=utf-8", '"use strict"' },
  { "/_emulator/icon.svg", "image/svg+xml; charset=utf-8", "<svg" },
}

-- Host and Origin of a request (false: none), and whether it is let in. What a browser sends for
-- a page of ours, what for others, and what programs send.
local VISITORS = {
  { false, false, true }, { "localhost", false, true }, { "localhost:8080", false, true },
  { "LOCALHOST:8080", false, true }, { "127.0.0.1:8080", false, true }, { "[::1]", false, true },
  { "[::1]:8080", false, true }, { "localhost:8080", "http://localhost:8080", true },
  { "[::1]:8080", "http://[::1]:8080", true }, { "127.0.0.1", "https://127.0.0.1", true },
  { "localhost:8080", "http://localhost:8081", false }, { "localhost", "null", false },
  { "localhost", "http://evil.example", false }, { "localhost", "http://localhost.", false },
  { "localhost", "http://localhost, http://evil.example", false },
  { "localhost:8080", "http://127.0.0.1:8080", false }, { "localhost", "localhost", false },
  { "localhost", "file://localhost", false }, { "127.0.0.1:80", "http://127.0.0.1:80.x", false },
  { "evil.example", false, false }, { "evil.example", "http://evil.example", false },
  { "localhost.evil.example:80", false, false }, { "127.0.0.1.evil.example", false, false },
  { "localhost:80:80", false, false }, { "localhost, evil.example", false, false },
  { "[::2]:80", false, false }, { "127.0.0.2", false, false }, { "0.0.0.0:80", false, false },
}

helper.over_every_tenant(function(open)
  describe("the page for people", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    local function number()
      return emulator:changes()[1].number
    end

    local function invite(fields)
      local body = {
        invitedUserEmailAddress = "ann@fabrikam.example", sendInvitationMessage = true,
        inviteRedirectUrl = "https://app.example/welcome?a=1&b=2",
      }
      for name, value in pairs(fields or {}) do
        body[name] = value
      end
      local response = ask("POST /v1.0/invitations", body)
      assert.equal(201, response.status)
      return response.value
    end

    for _, row in ipairs(PARTS) do
      it("has " .. row[1] .. ", which only GET reads and nothing foreign gets into", function()
        local response = ask("GET " .. row[1], nil, { Authorization = false })
        assert.equal(200, response.status)
        assert.equal(row[2], response.headers["content-type"])
        assert.truthy(response.body:find(row[3], 1, true))
        assert.equal("nosniff", response.headers["x-content-type-options"])
        local policy = response.headers["content-security-policy"]
        for _, rule in ipairs { "default-src 'none'", "script-src 'self'", "form-action 'none'",
          "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'" } do
          assert.truthy(policy:find(rule, 1, true), rule)
        end
        assert.is_nil(policy:find("unsafe", 1, true))
        assert.equal(405, ask("POST " .. row[1], "{}").status)
        assert.same({}, emulator:requests())
      end)
    end

    it("names nothing that is elsewhere, and nothing that the tenant does not serve", function()
      local count = 0
      for _, row in ipairs(PARTS) do
        local body = ask("GET " .. row[1]).body:gsub('xmlns="[^"]*"', "")
        assert.is_nil(body:find("%a+://"))
        for path in body:gmatch '%f[%w][hs]re?[cf]="(/[^"]*)"' do
          count = count + 1
          assert.equal(200, ask("GET " .. path).status)
        end
      end
      assert.equal(4, count)
    end)

    it("is told by a number whether anything has changed", function()
      local changes = {
        invite,
        function() ask "GET /v1.0/users" end,
        function() ask "GET /v1.0/nothing" end,
        function() emulator:redeem { email = "ann@fabrikam.example" } end,
        function() emulator:throttle {} end,
        function()
          ask(("POST /v1.0/communications/calls/%s/participants/invite"):format(CALL), {
            participants = { { identity = { user = { id = "u1" } } } },
          })
        end,
        function() emulator:advance(60) end,
        function() ask("POST /v1.0/communications/calls", { id = "later" }) end,
        function() emulator:reset() end,
      }
      for i, change in ipairs(changes) do
        local before = number()
        change()
        assert.is_true(number() > before, "change " .. i)
      end
      local before = number()
      emulator:requests()
      emulator:overview()
      ask "GET /"
      ask("POST /_emulator/redeem", "{}")
      assert.equal(before, number())
    end)

    it("is told of the ends of operations and of calls that time establishes", function()
      ask(("POST /v1.0/communications/calls/%s/participants/invite"):format(CALL), {
        participants = { { identity = { user = { id = "u1" } } } },
      })
      ask("POST /v1.0/communications/calls", { id = "later" })
      number()
      local before = number()
      emulator:advance(1.5)
      assert.equal(before + 2, number()) -- the control and the call
      emulator:advance(1.5)
      assert.equal(before + 4, number()) -- the control and the operation
    end)

    it("gets everything in one answer, the newest first", function()
      invite { invitedUserDisplayName = HOSTILE }
      invite { invitedUserEmailAddress = "ben@fabrikam.example", sendInvitationMessage = false }
      emulator:redeem { email = "ben@fabrikam.example" }
      emulator:operation_outcome { outcome = "busy" }
      for _, identity in ipairs { { user = { id = "u1", displayName = "Megan" } },
        { phone = { id = "+1" } } } do
        ask(("POST /v1.0/communications/calls/%s/participants/invite"):format(CALL), {
          clientContext = "c", participants = { { identity = identity } },
        })
      end
      emulator:advance(2)
      emulator:throttle { limit = 3, window = 7 }
      local all = ask("GET /_emulator/overview").value.value[1]
      assert.same({ limit = 3, window = 7 }, all.throttle)
      assert.same({ calls = 1, guests = 2, invitations = 2, mail = 1, requests = 4 }, all.totals)
      local ben, ann = all.guests[1], all.guests[2]
      assert.same({ "ben@fabrikam.example", "Accepted", false },
        { ben.mail, ben.state, ben.redeemable })
      assert.same({ HOSTILE, "PendingAcceptance", true }, { ann.name, ann.state, ann.redeemable })
      assert.equal("2026-01-01T00:00:00Z", ann.created)
      assert.same({ "Completed", "PendingAcceptance" },
        { all.invitations[1].status, all.invitations[2].status })
      assert.equal(all.invitations[2].link, all.mail[1].link)
      assert.matches("^/redeem%?rd=https%%3A", all.mail[1].link)
      local call = all.calls[1]
      assert.same({ "+1" }, call.people)
      assert.same({ { "+1" }, { "Megan" } },
        { call.operations[1].people, call.operations[2].people })
      assert.same({ "Completed", "Failed" },
        { call.operations[1].status, call.operations[2].status })
      assert.equal("The callee is busy. DiagCode: 486#0.@", call.operations[2].message)
      assert.equal("2026-01-01T00:00:02Z", call.operations[2].ended)
      assert.equal("/v1.0/invitations", all.requests[4].path)
      assert.equal(201, all.requests[4].status)
    end)

    it("gets no more than 100 of a kind, and how many there are", function()
      for i = 1, 103 do
        invite { invitedUserEmailAddress = ("g%d@fabrikam.example"):format(i) }
      end
      local all = emulator:overview()[1]
      for _, kind in ipairs { "guests", "invitations", "mail", "requests" } do
        assert.equal(100, #all[kind])
        assert.equal(103, all.totals[kind])
      end
      assert.equal("g103@fabrikam.example", all.guests[1].mail)
      assert.equal("g4@fabrikam.example", all.guests[100].mail)
    end)

    it("copes with calls and operations that a caller has written", function()
      ask(("POST /v1.0/communications/calls/%s/operations"):format(CALL), { status = "Failed" })
      ask("POST /v1.0/communications/calls", { id = HOSTILE, state = core.null })
      local found = {}
      for _, call in ipairs(emulator:overview()[1].calls) do
        found[call.id] = #call.operations
      end
      assert.same({ [CALL] = 1, [HOSTILE] = 0 }, found)
    end)

    it("declines in place of a guest, who stays pending: INF", function()
      local made = invite()
      local declined = emulator:decline { email = "ann@fabrikam.example" }
      assert.equal(made.id, declined.invitation)
      local guest = emulator:overview()[1].guests[1]
      assert.same({ "PendingAcceptance", "2026-01-01T00:00:00Z" }, { guest.state, guest.declined })
      assert.equal("PendingAcceptance", emulator:invitations()[1].status)
      emulator:redeem { id = made.id }
      guest = emulator:overview()[1].guests[1]
      assert.same({ "Accepted" }, { guest.state, guest.declined })
      assert.equal(400, ask("POST /_emulator/decline", { id = made.id }).status)
      assert.equal(404, ask("POST /_emulator/decline", { id = "nobody" }).status)
    end)

    -- The link of a mail as a browser follows it, and the form behind it.
    local function link_of(invitation)
      return invitation.inviteRedeemUrl:match "^https://login.microsoftonline.com(/redeem%?rd=.*)$"
    end

    local function press(link, answer, token)
      local page = ask("GET " .. link, nil, { Authorization = false })
      token = token or page.body:match 'name="token" value="([^"]+)"' or "none"
      local response = ask("POST " .. link, ("token=%s&answer=%s"):format(token, answer), {
        ["Content-Type"] = FORM, Authorization = false,
      })
      return response, page
    end

    local function state()
      return emulator:overview()[1].guests[1].state
    end

    it("asks behind a redeem link, accepts, and leads on", function()
      local link = link_of(invite {
        invitedUserDisplayName = HOSTILE,
        invitedUserMessageInfo = { customizedMessageBody = HOSTILE },
      })
      local journal = #emulator:requests()
      local response, page = press(link, "accept")
      assert.equal(200, page.status)
      assert.equal("text/html; charset=utf-8", page.headers["content-type"])
      local policy = page.headers["content-security-policy"]
      assert.truthy(policy:find("form-action 'self' http: https:", 1, true))
      assert.truthy(page.body:find("contoso.onmicrosoft.com", 1, true))
      assert.truthy(page.body:find("<strong>" .. SAFE, 1, true))
      assert.truthy(page.body:find("<blockquote>" .. SAFE, 1, true))
      assert.truthy(page.body:find("https://app.example/welcome?a=1&amp;b=2", 1, true))
      assert.is_nil(page.body:find("<script", 1, true))
      assert.equal(303, response.status)
      assert.equal("https://app.example/welcome?a=1&b=2", response.headers.location)
      assert.equal("Accepted", state())
      assert.equal(journal, #emulator:requests())
    end)

    it("tells that an invitation was accepted, and does not accept it again", function()
      local link = link_of(invite())
      press(link, "accept")
      emulator:advance(5)
      local before = number()
      local response, page = press(link, "accept")
      for _, told in ipairs { response, page } do
        assert.equal(410, told.status)
        assert.truthy(told.body:find("This invitation was accepted", 1, true))
      end
      assert.equal(before, number())
    end)

    it("tells that an invitation was overtaken by a reset", function()
      local first = invite()
      local second = invite { resetRedemption = true, invitedUser = { id = first.invitedUser.id } }
      local response = press(link_of(first), "accept")
      assert.equal(410, response.status)
      assert.truthy(response.body:find("A newer invitation counts", 1, true))
      assert.equal("PendingAcceptance", state())
      assert.equal(303, (press(link_of(second), "accept")).status)
      assert.equal("Accepted", state())
    end)

    it("declines behind a redeem link, whose form stays good", function()
      local link = link_of(invite())
      local response = press(link, "decline")
      assert.equal(200, response.status)
      assert.truthy(response.body:find("You have declined", 1, true))
      assert.equal("PendingAcceptance", state())
      assert.equal(303, (press(link, "accept")).status)
    end)

    it("takes no form without the token of its page, or of another type", function()
      local link = link_of(invite())
      local _, page = press(link, "accept", "guessed")
      local token = page.body:match 'name="token" value="([^"]+)"'
      assert.is_true(#token >= 32)
      for _, row in ipairs {
        { "answer=accept", FORM }, { "token=&answer=accept", FORM }, { nil, FORM },
        { "token=" .. token .. "&answer=accept", "text/plain" }, { "token=%zz", FORM },
        { "token=" .. token .. "&token=" .. token .. "&answer=accept", FORM },
      } do
        local response = ask("POST " .. link, row[1], { ["Content-Type"] = row[2] })
        assert.equal(403, response.status)
        assert.truthy(response.body:find("This form is stale", 1, true))
      end
      assert.equal("PendingAcceptance", state())
      assert.equal(405, ask("PUT " .. link, "").status)
    end)

    it("tells that a link fits no invitation", function()
      local link = link_of(invite())
      for _, wrong in ipairs { "/redeem", "/redeem?", "/redeem?rd=", link .. "0", link:sub(1, -2),
        (link:gsub("ticket%%3D....", "ticket%%3D0000")), link .. "&x=1" } do
        for _, method in ipairs { "GET ", "POST " } do
          local response = ask(method .. wrong)
          assert.equal(404, response.status)
          assert.truthy(response.body:find("This link fits no invitation", 1, true))
        end
      end
    end)

    it("leads nowhere that is not http or https, and writes no other header", function()
      for redirect, location in pairs {
        ["javascript:alert(1)"] = false,
        ["https://x.example/\195\164?\r\nSet-Cookie: a=b"] =
          "https://x.example/%C3%A4?%0D%0ASet-Cookie:%20a=b",
      } do
        emulator:reset()
        local made = invite()
        assert.equal(200, ask("PATCH /beta/invitations/" .. made.id,
          { inviteRedirectUrl = redirect }).status)
        local response = press(link_of(made), "accept")
        assert.equal(location and 303 or 200, response.status)
        assert.equal(location or nil, response.headers.location)
        assert.is_nil(response.headers["set-cookie"])
        assert.equal("Accepted", state())
      end
    end)

    for _, row in ipairs(VISITORS) do
      local headers = { Host = row[1], Origin = row[2] }
      it(("%s Host %s and Origin %s"):format(row[3] and "lets in" or "refuses",
        tostring(row[1]), tostring(row[2])), function()
        local link = link_of(invite())
        local expected = row[3] and 200 or 403
        for _, path in ipairs { "/", "/_emulator/page.js", "/_emulator/mailbox", link } do
          assert.equal(expected, ask("GET " .. path, nil, headers).status)
        end
        local before = number()
        local _, page = press(link, "none", "none")
        local form = "answer=decline&token=" .. page.body:match 'name="token" value="([^"]+)"'
        local declined = ask("POST " .. link, form, {
          Host = row[1], Origin = row[2], ["Content-Type"] = FORM,
        })
        local throttled = ask("POST /_emulator/throttle", "{}", headers)
        assert.same({ expected, expected }, { declined.status, throttled.status })
        assert.equal(before + (row[3] and 2 or 0), number())
        -- Graph itself is asked by any name: its callers bring a token.
        assert.equal(200, ask("GET /v1.0/users", nil, headers).status)
      end)
    end
  end)
end)

describe("the names of an emulator", function()
  -- in process: a server has them from its command line (cli_spec.lua)
  it("are those of its option hosts, and the local ones", function()
    local emulator = emulators.new { hosts = { "Tenant.example", "::2", "192.0.2.1" } }
    for host, status in pairs {
      ["tenant.example:80"] = 200, ["[::2]:80"] = 200, ["192.0.2.1"] = 200, ["localhost"] = 200,
      ["other.example"] = 403, ["x.tenant.example"] = 403,
    } do
      local response = emulator:handle { method = "GET", url = "/", headers = { host = host } }
      assert.equal(status, response.status, host)
    end
    assert.error_matches(function() emulators.new { hosts = "x" } end, "hosts is a list of host")
    assert.error_matches(function() emulators.new { hosts = { 1 } } end, "hosts is a list of host")
  end)
end)
