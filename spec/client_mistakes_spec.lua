local graphinvite = require "graphinvite"
local raises = require "spec.support.raises"
local scripted = require "spec.support.scripted"

local NAN = 0 / 0

local function new(transport)
  return graphinvite.new { transport = transport or scripted.new { { status = 204 } } }
end

-- option, a value of another type
local WRONG_TYPES = {
  cloud = 5, auth = "token", transport = "curl", version = 1, base_url = {}, authority = true,
  hosts = "https://a.b", profile = 1, flavour = {}, deadline = "100", timeout = {}, retry = 3,
  repeat_unsafe = "yes", repeat_on_503 = 1, max_body = "1", tls = true, proxy = {},
  unix_socket = 5, user_agent = 5, headers = "A: b", shared = 5, on_request = {},
  on_response = "x", log = true, unknown = true, int64 = 64, status = 1,
}

-- luacheck: push ignore 631
-- what the message says, the mistake
local MISTAKES = {
  -- of a client
  { "graphinvite.new takes a table of options, this is a string", function() graphinvite.new "https://a.b" end },
  { "unknown option verison (did you mean version?)", function() graphinvite.new { verison = "beta" } end },
  { "unknown option Version (did you mean version?)", function() graphinvite.new { Version = "beta" } end },
  { "unknown option tiemout (did you mean timeout?)", function() graphinvite.new { tiemout = 3 } end },
  { "unknown option retry_attempts", function() graphinvite.new { retry_attempts = 3 } end },
  { "unknown option xyzzy", function() graphinvite.new { xyzzy = 3 } end },
  { "unknown option 1", function() graphinvite.new { "beta" } end },
  { "unknown option top", function() graphinvite.new { top = 5 } end },
  { 'option cloud is one of "global", "usgov", "dod", "china"', function() graphinvite.new { cloud = "mars" } end },
  { 'option version is one of "v1.0", "beta"', function() graphinvite.new { version = "v2" } end },
  { 'option profile is one of "modelled", "live"', function() graphinvite.new { profile = "real" } end },
  { 'option flavour is one of "graph", "aadinvitemgr"', function() graphinvite.new { flavour = "Graph" } end },
  { 'option unknown is one of "keep", "refuse"', function() graphinvite.new { unknown = "drop" } end },
  { 'option int64 is one of "number", "string"', function() graphinvite.new { int64 = "text" } end },
  { 'option status is one of "given", "schema"', function() graphinvite.new { status = "x" } end },
  { "option deadline is above 0", function() graphinvite.new { deadline = 0 } end },
  { "option deadline is above 0", function() graphinvite.new { deadline = NAN } end },
  { "option timeout is above 0", function() graphinvite.new { timeout = -1 } end },
  { "option max_body is above 0", function() graphinvite.new { max_body = 0 } end },
  { "attemps", function() graphinvite.new { retry = { attemps = 3 } } end },
  { "attempts", function() graphinvite.new { retry = { attempts = "3" } } end },
  { "base", function() graphinvite.new { retry = { base = -1 } } end },
  { "attempts", function() graphinvite.new { retry = { attempts = NAN } } end },
  { "retry", function() graphinvite.new { retry = { 3 } } end },
  { "verfy", function() graphinvite.new { tls = { verfy = false } } end },
  { "verify", function() graphinvite.new { tls = { verify = "no" } } end },
  { "ca", function() graphinvite.new { tls = { ca = 5 } } end },
  { "hosts", function() graphinvite.new { hosts = { 5 } } end },
  { "option hosts", function() graphinvite.new { hosts = { "evil.example" } } end },
  { "option auth is a token source", function() graphinvite.new { auth = {} } end },
  { "option transport", function() graphinvite.new { transport = {} } end },
  { "option base_url", function() graphinvite.new { base_url = "graph.microsoft.com" } end },
  { "option base_url", function() graphinvite.new { base_url = "" } end },
  { "option base_url", function() graphinvite.new { base_url = "ftp://graph.microsoft.com" } end },
  { "option base_url", function() graphinvite.new { base_url = "https://" } end },
  { "in clear text", function() graphinvite.new { base_url = "http://graph.microsoft.com/v1.0" } end },
  { "in clear text", function() graphinvite.new { base_url = "http://10.0.0.1/v1.0" } end },
  { "in clear text", function() graphinvite.new { base_url = "http://localhost.evil.example/v1.0" } end },
  { "in clear text", function() graphinvite.new { base_url = "http://127.0.0.1.evil.example/v1.0" } end },
  { "in clear text", function() graphinvite.new { authority = "http://login.example" } end },
  { "option authority", function() graphinvite.new { authority = "login.microsoftonline.com" } end },
  -- of a derived client
  { "with takes a table of options, this is a nil", function(c) c:with() end },
  { "unknown option verison (did you mean version?)", function(c) c:with { verison = "beta" } end },
  { "unknown option top", function(c) c:with { top = 5 } end },
  { "option auth is a token source", function(c) c:with { auth = {} } end },
  { "option transport", function(c) c:with { transport = {} } end },
  { "in clear text", function(c) c:with { base_url = "http://graph.microsoft.com" } end },
  { "tries", function(c) c:with { retry = { tries = 1 } } end },
  -- of a call
  { "the options of a call are a table, this is a number", function(c) c.users:get("u1", 5) end },
  { "unknown option verison (did you mean version?)", function(c) c.users:get("u1", { verison = "beta" }) end },
  { "unknown option auth", function(c) c.users:get("u1", { auth = {} }) end },
  { "unknown option cloud", function(c) c.users:get("u1", { cloud = "usgov" }) end },
  { "unknown option transport", function(c) c.users:get("u1", { transport = {} }) end },
  { "option deadline is above 0", function(c) c.users:get("u1", { deadline = 0 }) end },
  { "tries", function(c) c.users:get("u1", { retry = { tries = 1 } }) end },
  { "in clear text", function(c) c.users:get("u1", { base_url = "http://graph.microsoft.com" }) end },
  { "an id is a string, this is a nil", function(c) c.users:get() end },
  { "an id is a string, this is a table", function(c) c.users:get {} end },
  { "an id is a string, this is a boolean", function(c) c.invitations:delete(true) end },
  { "a body is a table, this is a nil", function(c) c.invitations:create() end },
  { "a body is a table, this is a string", function(c) c.invitations:create "a@b.c" end },
  { "a body is a table, this is a nil", function(c) c.invitations:update "i1" end },
  { "an id is a string, this is a table", function(c) c.invitations:update { trackingId = "a" } end },
  { "an id is a string, this is a nil", function(c) c.invitations:reset(nil, {}) end },
  { "a body is a table, this is a nil", function(c) c.invitations:reset "u1" end },
  { "a body is a table, this is a number", function(c) c.invitations:add_invited_user("i1", 5) end },
  { "an id is a string, this is a nil", function(c) c:call() end },
  { "an id is a string, this is a table", function(c) c:call { id = "c1" } end },
  { "call takes a table with root or application", function(c) c:call("c1", "/app/calls") end },
  { "call takes a table with root or application, not rooot", function(c) c:call("c1", { rooot = "/app/calls" }) end },
  { "root", function(c) c:call("c1", { root = "/app/call" }) end },
  { "a body is a table, this is a nil", function(c) c.calls:create() end },
  { "a body is a table, this is a nil", function(c) c:call("c1").participants:invite() end },
  { "a body is a table, this is a nil", function(c) c.linkedin.invitations:update() end },
  { "a body is a table, this is a nil", function(c) c.linkedin.invitations:update "i1" end },
  { "a body is a table, this is a nil", function(c) c.linkedin:update() end },
  { "find_by_mail takes an address and a table of options", function(c) c.users:find_by_mail() end },
  { "find_by_mail takes an address and a table of options", function(c) c.users:find_by_mail {} end },
  { "find_by_mail takes an address and a table of options", function(c) c.users:find_by_mail("a@b.c", 5) end },
  { "request takes the name or the table of a row, this is a nil", function(c) c:request() end },
  { "this is a string", function(c) c:request("users.get", "u1") end },
  { "this is a string", function(c) c:request("invitations.create", {}, "{}") end },
  { "the options of a call are a table, this is a number", function(c) c:request("users.get", { "u1" }, nil, 5) end },
  { "this is a nil", function(c) c:without_read_only() end },
  { "this is a string", function(c) c:without_read_only "x" end },
  { "no such type: no.such", function(c) c:without_read_only({}, "no.such") end },
  -- a dot where a colon belongs
  { "", function(c) c.invitations.create { invitedUserEmailAddress = "a@b.c" } end },
  { "", function(c) c.invitations.get "i1" end },
  { "", function(c) c.invitations.list() end },
  { "", function(c) c.call "c1" end },
  { "", function(c) c.with { version = "beta" } end },
  { "", function(c) c.request("users.count") end },
  -- of token sources and filters
  { "auth.static takes a string or a function, this is a nil", function() graphinvite.auth.static() end },
  { "auth.static takes a string or a function, this is a table", function() graphinvite.auth.static {} end },
  { "auth.client_secret takes a table", function() graphinvite.auth.client_secret "t" end },
  { "auth.client_secret needs client_id", function() graphinvite.auth.client_secret {} end },
  { "auth.client_secret needs client_secret", function() graphinvite.auth.client_secret { tenant = "t", client_id = "c" } end },
  { "auth.client_secret: client_id is empty", function() graphinvite.auth.client_secret { tenant = "t", client_id = "", client_secret = "s" } end },
  { "secret", function() graphinvite.auth.client_secret { tenant = "t", client_id = "c", client_secret = "s", secret = "s" } end },
  { "filter", function() graphinvite.filter() end },
  { "filter", function() graphinvite.filter("mail eq %s") end },
  { "filter", function() graphinvite.filter("mail eq %s", {}) end },
  { "filter", function() graphinvite.filter("mail eq %s", "a", "b") end },
}
-- luacheck: pop

-- Nothing is sent, so one transport stands for all.
describe("a mistake of the programmer raises at the caller's line:", function()
  local client = new()

  for i, row in ipairs(MISTAKES) do
    it(("case %d: %s"):format(i, row[1]), function()
      raises(row[1], row[2], client)
    end)
  end

  for name, value in pairs(WRONG_TYPES) do
    it("the option " .. name .. " is a " .. type(value), function()
      raises(("option %s is a "):format(name), function() graphinvite.new { [name] = value } end)
      raises(("this is a %s"):format(type(value)), function() client:with { [name] = value } end)
    end)
  end

  it("and nothing is sent", function()
    local transport = scripted.new { { status = 204 } }
    for _, row in ipairs(MISTAKES) do
      pcall(row[2], new(transport))
    end
    assert.equal(0, #transport.requests)
  end)

  it("and its text has no password", function()
    local ok, message = pcall(graphinvite.new, { base_url = "https://me:hunter2@a.b/v1.0" })
    assert.is_false(ok)
    assert.is_nil(message:find("hunter2", 1, true), message)
  end)

  it("also where the call stands in a coroutine", function()
    local co = coroutine.create(function() client.users:get() end)
    local line = debug.getinfo(1, "l").currentline - 1
    local ok, message = coroutine.resume(co)
    assert.is_false(ok)
    assert.matches("^spec/client_mistakes_spec.lua:" .. line .. ": an id is a string", message)
  end)
end)

-- Origins that may be called in clear text.
local LOCAL = {
  "http://localhost:4711", "http://127.0.0.1", "http://127.1.2.3:80", "http://[::1]:80",
  "http://169.254.169.254", "HTTP://LOCALHOST", "http://[fe80::1]:8080",
}

describe("an origin in clear text", function()
  for _, origin in ipairs(LOCAL) do
    it("may be " .. origin, function()
      assert.is_table(graphinvite.new { base_url = origin .. "/v1.0", authority = origin })
    end)
  end

  it("may be any that is listed in hosts", function()
    local options = {
      base_url = "http://emulator:8080/v1.0", authority = "http://emulator:8080",
      hosts = { "http://emulator:8080" },
    }
    assert.is_table(graphinvite.new(options))
    options.hosts = { "http://emulator:8081" }
    assert.has_error(function() graphinvite.new(options) end)
  end)
end)
