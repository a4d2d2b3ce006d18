local core = require "graphinvite.core"
local guests = require "spec.support.guests"
local nginx = require "spec.support.nginx"
local process = require "spec.support.process"
local receivers = require "spec.support.receivers"

local LIMIT = 30 -- seconds; nothing here comes near it
local HEADERS = { Authorization = "Bearer emulator", ["Content-Type"] = "application/json" }

-- What the hosts do alike is in emulator_contract_spec.lua.
describe("the emulator inside nginx", function()
  local server, transport

  setup(function()
    server = nginx.start_emulator()
    transport = require("graphinvite.transport.curl").new { unix_socket = server.socket }
  end)

  teardown(function()
    server:stop()
  end)

  local function ask(line, body, headers)
    local method, path = line:match "^(%u+) (.*)$"
    return transport.send({
      method = method, url = "http://localhost" .. path, headers = headers or HEADERS,
      body = type(body) == "table" and core.encode(nil, body) or body, op = { safe = false },
    }, LIMIT)
  end

  before_each(function()
    assert(ask("POST /_emulator/reset", ""))
  end)

  it("takes a body that nginx keeps in a file", function()
    local name = ("x"):rep(300000)
    local response = assert(ask("POST /v1.0/invitations", {
      invitedUserEmailAddress = "a@b.example", inviteRedirectUrl = "https://c.example",
      invitedUserDisplayName = name,
    }))
    assert.equal(201, response.status)
    assert.equal(name, core.decode(nil, response.body).invitedUserDisplayName)
  end)

  it("joins headers that come more than once", function()
    local head = process.output(("curl -sS -D - -o /dev/null --max-time %d --unix-socket %s"
      .. " -H 'Authorization: Bearer emulator' -H 'Prefer: odata.maxpagesize=1'"
      .. " -H 'Prefer: include-unknown-enum-members' http://localhost/v1.0/users"):format(LIMIT,
      server.socket))
    assert.matches("[Pp]reference%-[Aa]pplied: include%-unknown%-enum%-members,"
      .. " odata.maxpagesize=1", head)
  end)

  it("has one tenant for all requests", function()
    for i = 1, 3 do
      assert(ask("POST /v1.0/invitations", {
        invitedUserEmailAddress = ("guest%d@b.example"):format(i),
        inviteRedirectUrl = "https://c.example",
      }))
    end
    assert.equal("3", ask("GET /v1.0/invitations/$count").body)
  end)

  it("takes notifications to a callbackUri, three times where they are refused", function()
    local receiver = receivers["over HTTP"](nil, { 503, 503, 503, 503, 503, 503 })
    local call = core.decode(nil, ask("POST /v1.0/communications/calls", {
      callbackUri = receiver.uri,
    }).body)
    assert.equal(200, ask("POST /v1.0/communications/calls/" .. call.id .. "/participants/invite", {
      participants = guests.people(), clientContext = "welcome-17",
    }).status)
    assert(ask("POST /_emulator/advance", { seconds = 2 }))
    local told, rosters, bearers = 0, 0, 0
    for _, request in ipairs(receiver.take(6)) do
      local one = core.decode(nil, request.body).value[1]
      told = told + (one.resourceUrl:find "/operations/" and 1 or 0)
      rosters = rosters + (one.resourceUrl:find "/participants$" and 1 or 0)
      bearers = bearers + (request.headers.authorization:find "^Bearer " and 1 or 0)
    end
    receiver.close()
    assert.same({ 3, 3, 6 }, { told, rosters, bearers })
  end)

  -- fault, what a client gets: the error's reason, or the length of the body
  for _, row in ipairs {
    { { fault = "reset_before_request" }, "closed" },
    { { fault = "reset_after_request" }, "closed" },
    { { fault = "truncate", bytes = 10 }, "closed" },
    { { fault = "long_length" }, "closed" },
    { { fault = "stall", seconds = 0.01 }, nil },
  } do
    it("makes the fault " .. row[1].fault, function()
      assert.equal(200, ask("POST /_emulator/fail_next", row[1]).status)
      local response, err = ask("POST /v1.0/communications/calls", {})
      assert.equal(row[2], err and err.reason)
      assert.equal(row[2] == nil, response ~= nil)
      local list = core.decode(nil, ask("GET /_emulator/requests").body).value
      assert.equal(row[1].fault, list[1].fault)
    end)
  end
end)
