local errors = require "graphinvite.errors"
local helper = require "spec.helper"
local process = require "spec.support.process"
local status = require "graphinvite.cli.status"

-- An error, and the exit status that it comes to.
local ERRORS = {
  { "raised", "anything", 1 },
  { "ours", select(2, status.fault "x"), 1 },
  { "usage", select(2, status.usage "x"), 2 },
  { "a body that does not fit", errors.new("model", "x"), 2 },
  { "an answer that cannot be read", errors.new("model", "x", { status = 200 }), 1 },
  { "a refused sign-in", errors.new("auth", "x", { status = 400, code = "invalid_client" }), 3 },
  { "an authority that is away", errors.new("auth", "x", { reason = "connect" }), 6 },
  { "a busy authority", errors.new("auth", "x", { status = 503, retriable = true }), 6 },
  { "no token", errors.new("graph", "x", { status = 401 }), 3 },
  { "no right", errors.new("graph", "x", { status = 403 }), 4 },
  { "no such thing", errors.new("graph", "x", { status = 404 }), 4 },
  { "a bad request", errors.new("graph", "x", { status = 400 }), 4 },
  { "throttling", errors.new("graph", "x", { status = 429 }), 6 },
  { "a broken service", errors.new("graph", "x", { status = 500 }), 6 },
  { "a redirect", errors.new("graph", "x", { status = 302 }), 6 },
  { "a failed operation", errors.new("graph", "x", { result = {} }), 5 },
  { "a lost connection", errors.new("transport", "x", { reason = "closed" }), 6 },
  { "no time", errors.new("deadline", "x"), 6 },
  { "an end that was asked for", errors.new("cancelled", "x"), 130 },
}

describe("exit status", function()
  for _, row in ipairs(ERRORS) do
    it(("is %d for %s"):format(row[3], row[1]), function()
      assert.equal(row[3], status.of(row[2]))
    end)
  end
end)

-- In a process of its own: what is done to the tenant, a command line, its status.
local REDIRECT = "--redirect https://app.contoso.example"
local LINES = {
  { nil, "token", 0 },
  { nil, "invite a@b.example " .. REDIRECT .. " --json", 0 },
  { nil, "describe invitation > /dev/full", 1, "cannot write to standard output: No space left" },
  { nil, "token --json > /dev/full", 1, "cannot write to standard output" },
  { nil, "--help > /dev/full", 1, "cannot write to standard output" },
  { nil, "describe invitation >&-", 1, "cannot write to standard output: Bad file" },
  { nil, "token --json >&-", 1, "cannot write to standard output: Bad file" },
  { nil, "token <&- 2>&-", 0, "Signed in" },
  { nil, "invite a@b.example", 2, "%-%-redirect" },
  { nil, "invitation list --no", 2, "Usage: graphinvite invitation list" },
  { nil, "invite", 2, "missing argument 'ADDRESS'" },
  { nil, "invitation list --token-file spec/fixtures/seed-002-request.json", 3, "JWT" },
  { nil, "invitation get nothing", 4, "ResourceNotFound" },
  { { "block_after", { count = 0 } }, "invite a@b.example " .. REDIRECT, 4, "not allowed for" },
  {
    { "operation_outcome", { outcome = "busy", after = 0 } },
    "call invite {call} --user 550fae72-d251-43ec-868c-373732c2704f --wait 90", 5, "486: The call",
  },
  { nil, "invitation list --base-url http://127.0.0.1:1/v1.0", 6, "does not accept connections" },
  {
    { "fail_next", { status = 429, headers = { ["Retry-After"] = "9" } } },
    "invitation list --time-limit 5", 6, "the next attempt may come in 9 s",
  },
  { { "fail_next", { status = 500 } }, "invitation list", 6, "request%-id" },
}

describe("a process", function()
  local curl, addresses, emulator
  local command = process.lua "lua/graphinvite/cli.lua"

  setup(function()
    curl = require("graphinvite.transport.curl").new {}
    addresses = helper.server { seed = 51 }
    emulator = require("graphinvite.emulator").connect(addresses.url, curl)
  end)

  teardown(function() curl.close() end)

  before_each(function() emulator:reset() end)

  local function environment()
    return ("env -i PATH=\"$PATH\" LUA_PATH=%s LUA_CPATH=%s GRAPHINVITE_BASE_URL=%s"
      .. " GRAPHINVITE_AUTHORITY=%s GRAPHINVITE_TOKEN=emulator "):format(
      process.quote(package.path), process.quote(package.cpath), addresses.graph,
      addresses.authority)
  end

  local function new_call()
    local client = require("graphinvite").new {
      base_url = addresses.graph, auth = require("graphinvite.auth").static "emulator",
    }
    local call = assert(client.calls:create {
      callbackUri = "https://bot.contoso.example/calls", requestedModalities = { "audio" },
      mediaConfig = { ["@odata.type"] = "#microsoft.graph.serviceHostedMediaConfig" },
    })
    client:close()
    return call.id
  end

  for _, row in ipairs(LINES) do
    it(("exits with %d: graphinvite %s"):format(row[3], row[2]), function()
      local words = row[2]:gsub("{call}", function() return new_call() end)
      if row[1] then
        emulator[row[1][1]](emulator, row[1][2])
      end
      local text = process.output(("exec 2>&1; %s %s %s; echo status $?"):format(environment(),
        command, words))
      assert.equal(tostring(row[3]), text:match "status (%d+)$", text)
      assert.matches(row[4] or "", text)
      assert.is_nil(text:find("traceback", 1, true))
    end)
  end

  -- Runs a command at a terminal, by the steps of spec/support/terminal.pl.
  local function at_terminal(words, ...)
    local line = "perl spec/support/terminal.pl"
    for _, step in ipairs { ... } do
      line = line .. " " .. process.quote(step)
    end
    return process.output(("%s -- %s %s %s"):format(line, environment(), command, words))
  end

  it("exits with 130 on Ctrl-C, and at once", function()
    local words = "invite a@b.example --wait 7d " .. REDIRECT
    assert.matches("Waiting until a@b%.example has accepted.*status 130$",
      at_terminal(words, "await invitation stands.", "type \\x03"))
  end)

  it("fits its table into the terminal, and asks what it must not be told in words", function()
    local name = ("long name "):rep(20)
    at_terminal(("invite a@b.example %s --name '%s'"):format(REDIRECT, name), "end")
    local shown = at_terminal("invitation list", "size 80 24", "end")
    assert.matches("\nADDRESS", "\n" .. shown:gsub("^ID +", ""))
    for line in shown:gmatch "[^\n]+" do
      assert.is_true(#line <= 80 + 2, line) -- the mark of a cut has 3 bytes or 1
    end
    local asked = at_terminal("token --auth client_secret --tenant t --client-id c",
      "await The client secret: ", "type wrong-0\\n", "end")
    assert.matches("^The client secret: \n", asked)
    assert.is_nil(asked:find("wrong", 1, true))
  end)

  it("writes ASCII to a terminal without UTF-8, and UTF-8 to a file", function()
    local words = "invite a@b.example --name Łódź --json " .. REDIRECT
    assert.matches("\\u0141\\u00f3d\\u017a", at_terminal(words, "end"))
    assert.matches("Łódź", process.output(environment() .. command .. " " .. words), 1, true)
  end)

  it("shows nothing hostile at the terminal, whatever command shows it", function()
    local hostile = "\27[31mred\27]0;title\7\194\155\226\128\174\127"
    local call, curl_client = new_call(), require("graphinvite").new {
      base_url = addresses.graph, auth = require("graphinvite.auth").static "emulator",
    }
    local invitation = assert(curl_client.invitations:create {
      invitedUserEmailAddress = "evil@fabrikam.example", invitedUserDisplayName = hostile,
      inviteRedirectUrl = "https://app.contoso.example",
    })
    assert(curl_client.linkedin.invitations:update { trackingId = hostile })
    local operation = assert(curl_client:call(call).participants:invite {
      participants = { { identity = { user = { id = call } } } }, clientContext = hostile,
    })
    curl_client:close()
    for _, words in ipairs {
      "invitation get " .. invitation.id, "invitation list", "linkedin get", "linkedin list",
      "invitation update " .. invitation.id .. " invitedUserType=Guest",
      "call operations " .. call, "linkedin update inviter=x",
      "call wait " .. call .. " " .. operation.id .. " --deadline 0.1",
      "invitation get " .. process.quote(hostile), "invite " .. process.quote(hostile),
      process.quote(hostile), "describe " .. process.quote(hostile),
    } do
      for _, json in ipairs { "", " --json" } do
        local text = process.output(("exec 2>&1; %s %s %s"):format(environment(), command,
          words .. json))
        assert.is_nil(text:find "[%z\1-\9\11-\31\127]", text)
        assert.is_nil(text:find("\194\155", 1, true))
        assert.is_nil(text:find("\226\128\174", 1, true))
      end
    end
  end)
end)
