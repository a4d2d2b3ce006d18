local archive = require "graphinvite.emulator.archive"
local authority = require "spec.support.authority"
local core = require "graphinvite.core"
local emulators = require "graphinvite.emulator"
local helper = require "spec.helper"
local process = require "spec.support.process"

local FIRST_CALL = "/v1.0/communications/calls/57dab8b1-894c-409a-b240-bd8beae78896"

local function guest(name)
  return {
    invitedUserEmailAddress = name .. "@fabrikam.example",
    inviteRedirectUrl = "https://app.contoso.example", sendInvitationMessage = true,
  }
end

-- Puts something of each kind into a tenant: what a file has to keep as well.
local function furnish(ask, emulator)
  local adele = ask("POST /v1.0/invitations", guest "adele").value
  emulator:redeem { id = adele.id }
  ask("POST /v1.0/invitations", {
    id = "own name", invitedUserEmailAddress = "bob@fabrikam.example",
    inviteRedirectUrl = "https://b.example",
  })
  ask("POST " .. FIRST_CALL .. "/participants/invite", {
    participants = { { identity = { user = { id = "a" } } } }, clientContext = "c",
  })
  ask("POST " .. FIRST_CALL .. "/operations", '{"participants":[],"resultInfo":null}')
  ask("PATCH /v1.0/linkedIn/invitations", '{"created":9223372036854775807,"message":null}')
  emulator:operation_outcome { outcome = "busy", client_context = "later" }
  emulator:fail_next { status = 503, match = "/users/x", headers = { ["Retry-After"] = "9" } }
  emulator:permit { client_id = "app", permissions = { "User.Invite.All" } }
  local token = authority.post(ask, "token", authority.form()).value.access_token
  ask "GET /v1.0/%FF\255"
  return "Bearer " .. token
end

-- What can be seen of a tenant.
local function view(ask, emulator, bearer)
  local seen = { emulator:mailbox(), emulator:invitations(), emulator:requests() }
  for _, path in ipairs {
    "/v1.0/users", "/v1.0/invitations", FIRST_CALL .. "/operations", FIRST_CALL .. "/participants",
    "/v1.0/linkedIn/invitations", FIRST_CALL,
  } do
    local headers = { Authorization = bearer }
    local text = ask("GET " .. path, nil, headers).body:gsub("https?://[^/\"]+", "")
    seen[#seen + 1] = core.decode(nil, (text:gsub("9223372036854775807", '"%0"')))
  end
  return seen
end

helper.over_every_tenant(function(open)
  describe("snapshot and restore", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    it("bring everything back, as often as one likes: design 9", function()
      local bearer = furnish(ask, emulator)
      emulator:advance(5)
      emulator:snapshot()
      local before = view(ask, emulator, bearer)
      for _ = 1, 2 do
        emulator:reset()
        assert.equal(0, #emulator:mailbox())
        emulator:restore()
        assert.same(before, view(ask, emulator, bearer))
        ask("POST /v1.0/invitations", guest "eve")
        ask("DELETE " .. FIRST_CALL)
        emulator:restore()
        assert.same(before, view(ask, emulator, bearer))
        emulator:restore()
      end
    end)

    it("let the same things happen afterwards", function()
      emulator:snapshot()
      local function next_ids()
        local made = ask("POST /v1.0/invitations", guest "adele")
        local call = ask("POST /v1.0/communications/calls", {}).value.id
        return { made.value.id, made.value.invitedUser.id, made.headers["request-id"], call }
      end
      local ids = next_ids()
      emulator:restore()
      assert.same(ids, next_ids())
    end)

    it("go by names", function()
      for _, name in ipairs { "adele", "bob" } do
        ask("POST /v1.0/invitations", guest(name))
        emulator:snapshot { name = name }
      end
      emulator:restore "adele"
      assert.equal(1, #emulator:invitations())
      emulator:restore "bob"
      assert.equal(2, #emulator:invitations())
      assert.error_matches(function()
        emulator:restore "eve"
      end, "there is no snapshot eve")
      assert.error_matches(function()
        for i = 1, 101 do
          emulator:snapshot { name = "many " .. i }
        end
      end, "100 snapshots")
      emulator:snapshot "adele"
      assert.equal(2, #emulator:invitations())
    end)

    it("do not turn the clock back: what was to come has come", function()
      local id = ask("POST " .. FIRST_CALL .. "/participants/invite", {
        participants = { { identity = { user = { id = "a" } } } },
      }).value.id
      emulator:snapshot()
      emulator:advance(2)
      emulator:restore()
      assert.equal("completed", ask("GET " .. FIRST_CALL .. "/operations/" .. id).value.status)
      assert.equal(1, #ask("GET " .. FIRST_CALL .. "/participants").value.value)
      emulator:snapshot()
      emulator:reset()
      emulator:restore() -- to a later time than the one that reset has set
      assert.equal("completed", ask("GET " .. FIRST_CALL .. "/operations/" .. id).value.status)
    end)

    it("keep refusals, limits and outcomes that are still to come", function()
      emulator:fail_next { status = 503 }
      emulator:throttle { limit = 2, window = 60 }
      ask "GET /v1.0/users"
      emulator:fail_next { status = 502 }
      emulator:snapshot()
      local function statuses()
        local list = {}
        for i = 1, 4 do
          list[i] = ask("GET /v1.0/users").status
        end
        return list
      end
      local first = statuses()
      assert.same({ 502, 200, 200, 429 }, first)
      emulator:restore()
      assert.same(first, statuses())
    end)
  end)
end)

describe("the file of a tenant", function()
  local function open()
    local emulator = emulators.new()
    return function(line, body, headers)
      local method, url = line:match "^(%u+) (.*)$"
      local sent = { authorization = "Bearer emulator" }
      for name, value in pairs(headers or {}) do
        sent[name:lower()] = value or nil
      end
      sent["content-type"] = sent["content-type"] or "application/json"
      local response = emulator:handle {
        method = method, url = url, headers = sent,
        body = type(body) == "table" and core.encode(nil, body) or body,
      }
      response.value = core.decode(nil, response.body or "")
      return response
    end, emulator
  end

  it("says all that there is", function()
    local ask, emulator = open()
    local bearer = furnish(ask, emulator)
    local text = archive.write(emulator)
    local ask_again, again = open()
    archive.bring_back(again, assert(archive.read(text)))
    assert.same(view(ask, emulator, bearer), view(ask_again, again, bearer))
    again:advance(2)
    emulator:advance(2)
    assert.same(view(ask, emulator, bearer), view(ask_again, again, bearer))
    assert.same(503, ask_again("GET /v1.0/users/x").status)
  end)

  -- what befalls the text, what is said of it
  local DAMAGES = {
    { "empty", "^.*$", "", "no state" },
    { "another file", "^.*$", '{"a":1}\n', "no state" },
    { "no JSON", "^.*$", "hello\n", "line 1 is damaged" },
    { "cut short", ("."):rep(20) .. "$", "", "end is missing" },
    { "without its last line", "[^\n]*\n$", "", "end is missing" },
    { "of the future", '"version":1', '"version":2', "version 2" },
    { "with a wrong kind", '"columns"', '"what"', "damaged" },
    { "with a wrong letter", '"swall"', '"?wall"', "line 2 is damaged" },
    { "with a place too far", '"t2"', '"t99999"', "line 2 is damaged" },
    { "with a line of another kind", "\n%[[^\n]*\n", "\n5\n", "line 2 is damaged" },
    { "without a tenant", '"stenant"', '"sten"', "no tenant" },
  }
  for _, row in ipairs(DAMAGES) do
    it("is refused when it is " .. row[1], function()
      local kept, why = archive.read((archive.write(emulators.new()):gsub(row[2], row[3], 1)))
      assert.is_nil(kept)
      assert.truthy(why:find(row[4], 1, true), why)
    end)
  end

  it("is read when a server starts, and written when it ends and at a snapshot", function()
    local directory = process.directory()
    local path = directory .. "/state"
    local serve = process.lua("lua/graphinvite/cli.lua") .. " emulator serve --state "
      .. process.quote(path)
    process.output(serve .. " --until-eof < /dev/null")
    assert.matches("^%-rw%-%-%-%-%-%-%- ", process.output("ls -l " .. path))
    local transport = require("graphinvite.transport.curl").new {}
    local function running(run)
      local server = process.spawn(serve, process.directory())
      local url = server.line:match '"url":"([^"]+)"'
      local ok, why = pcall(run, emulators.connect(url, transport), url)
      server:stop()
      assert(ok, why)
    end
    running(function(emulator, url)
      assert(transport.send({
        method = "POST", url = url .. "/v1.0/invitations", op = { safe = true },
        headers = { Authorization = "Bearer emulator", ["Content-Type"] = "application/json" },
        body = core.encode(nil, guest "adele"),
      }, 30))
      emulator:snapshot()
    end)
    running(function(emulator)
      assert.equal("adele@fabrikam.example", emulator:mailbox()[1].to)
    end)
    local file = assert(io.open(path, "w"))
    file:write("hello\n")
    file:close()
    local said = process.output(serve .. " --until-eof 2>&1 < /dev/null; echo $?")
    assert.matches("^graphinvite: .*/state: line 1 is damaged: .*\n1$", said)
    os.execute("rm -r " .. directory)
  end)
end)
