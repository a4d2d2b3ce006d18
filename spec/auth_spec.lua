local assert_nowhere = require "spec.support.nowhere"
local auth = require "graphinvite.auth"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local scripted = require "spec.support.scripted"

local TENANT = "8e1f0a52-3c4d-4b5e-9f60-718293a4b5c6"
local CLIENT_ID = "24e9c1d8-5a72-4e3d-9d6f-3c9b5a1e0f11"
local NIL_GUID = "00000000-0000-0000-0000-000000000000"
local SECRET = "s3cr+t&=%;é ~CANARY" -- every character that a form has to escape
local TOKEN_PATH = "/" .. TENANT .. "/oauth2/v2.0/token"
local BODY = {
  invitedUserEmailAddress = "adele@fabrikam.example", inviteRedirectUrl = "https://a.example",
}

local function source(changes)
  local options = { tenant = TENANT, client_id = CLIENT_ID, client_secret = SECRET }
  for name, value in pairs(changes or {}) do
    options[name] = value
  end
  return auth.client_secret(options)
end

-- Notes what a transport is asked.
local function watch(driver)
  local requests, send = {}, driver.send
  driver.send = function(request, timeout)
    requests[#requests + 1] = {
      url = request.url, body = request.body, token = request.headers.Authorization,
      type = request.headers["Content-Type"],
    }
    return send(request, timeout)
  end
  return requests
end

-- The journal as "POST token 200", "GET users 200".
local function lines(emulator)
  local list = {}
  for i, request in ipairs(emulator:requests()) do
    list[i] = ("%s %s %d"):format(request.method, request.path:match "([^/]+)$", request.status)
  end
  return list
end

-- what differs, status, error, hint
local REFUSALS = {
  { "a wrong secret", { client_secret = "wrong" }, 401, "invalid_client", "value, not its id" },
  { "an expired secret", { client_secret = "expired" }, 401, "invalid_client", "create a new one" },
  { "an unknown application", { client_id = NIL_GUID }, 400, "unauthorized_client", "client_id" },
  { "an unknown tenant", { tenant = NIL_GUID }, 400, "invalid_request", "check its id or domain" },
  { "a tenant that is none", { tenant = "common" }, 400, "invalid_request", "nor a domain" },
}

helper.over_every_transport(function(open)
  describe("auth.client_secret", function()
    local client, emulator, driver, requests

    local function start(changes)
      client, emulator, driver = open { auth = source(changes) }
      requests = watch(driver)
    end

    it("asks for a token as the reference says and sends it with the call", function()
      start()
      assert.is_number(client.users:count())
      assert.equal(TOKEN_PATH, requests[1].url:match "^%a+://[^/]+(.*)$")
      assert.equal("application/x-www-form-urlencoded", requests[1].type)
      assert.equal("client_id=" .. CLIENT_ID .. "&scope=https%3A%2F%2Fgraph.microsoft.com"
        .. "%2F.default&client_secret=s3cr%2Bt%26%3D%25%3B%C3%A9%20~CANARY"
        .. "&grant_type=client_credentials", requests[1].body)
      assert.matches("^Bearer %x+%.%x+%.%x+$", requests[2].token)
      assert.same({ "POST token 200", "GET $count 200" }, lines(emulator))
    end)

    it("asks once for many calls", function()
      start()
      for _ = 1, 5 do
        assert.is_number(client.users:count())
      end
      assert.equal(6, #emulator:requests())
      assert.equal("POST token 200", lines(emulator)[1])
    end)

    it("renews a token five minutes before its end, by the transport's clock", function()
      start()
      emulator:advance(5000)
      client.users:count()
      emulator:advance(3298)
      client.users:count()
      assert.equal(requests[2].token, requests[3].token)
      emulator:advance(2)
      client.users:count()
      assert.not_equal(requests[2].token, requests[5].token)
      assert.same({
        "POST token 200", "GET $count 200", "GET $count 200", "POST token 200", "GET $count 200",
      }, lines(emulator))
    end)

    it("gets one fresh token after a 401, for unsafe rows too", function()
      start()
      client.users:count()
      emulator:reset() -- nobody knows the token any more
      local invitation, err = client.invitations:create(BODY)
      assert.is_nil(err)
      assert.is_string(invitation.id)
      assert.same({ "POST invitations 401", "POST token 200", "POST invitations 201" },
        lines(emulator))
      client.users:count()
      assert.equal(requests[#requests - 1].token, requests[#requests].token)
    end)

    it("does that for every call anew", function()
      start()
      for _ = 1, 3 do
        assert.is_number(client.users:count())
        emulator:reset()
        assert.is_number(client.users:count())
      end
    end)

    it("shares its token with derived clients and their calls", function()
      start()
      client.users:count()
      client:with({ version = "beta" }).users:count()
      client.users:count { headers = { ["X-A"] = "1" } }
      client:call("57dab8b1-894c-409a-b240-bd8beae78896"):get()
      assert.equal(5, #emulator:requests())
    end)

    for _, row in ipairs(REFUSALS) do
      it("is refused for good: " .. row[1], function()
        start(row[2])
        local value, err = client.users:count()
        assert.is_nil(value)
        assert.equal("auth", err.kind)
        assert.equal(row[3], err.status)
        assert.equal(row[4], err.code)
        assert.matches("^AADSTS%d+: ", err.message)
        assert.is_truthy(err.hint:find(row[5], 1, true), err.hint)
        assert.is_false(err.retriable)
        assert.same({ "POST token " .. row[3] }, lines(emulator))
        assert_nowhere("CANARY", err)
      end)
    end

    it("names the call in an error of sign-in", function()
      start { client_secret = "wrong" }
      local _, err = client.users:count()
      assert.matches("^%x+%-%x+%-%x+%-%x+%-%x+$", err.request_id)
      assert.matches("^%x+%-%x+%-%x+%-%x+%-%x+$", err.client_request_id)
    end)
  end)

  describe("auth.static", function()
    it("sends a text as it is and does not repeat after a 401", function()
      local client, emulator, driver = open { auth = auth.static "no.such.token" }
      local requests = watch(driver)
      local value, err = client.users:count()
      assert.is_nil(value)
      assert.equal("graph", err.kind)
      assert.equal(401, err.status)
      assert.equal("InvalidAuthenticationToken", err.code)
      assert.is_false(err.retriable)
      assert.equal("Bearer no.such.token", requests[1].token)
      assert.same({ "GET $count 401" }, lines(emulator))
    end)

    it("asks a function at every call, and once more after a 401", function()
      local tokens, asked = { "emulator", "no.such.token", "emulator", "emulator" }, 0
      local client, emulator = open {
        auth = auth.static(function()
          asked = asked + 1
          return tokens[asked]
        end),
      }
      assert.is_number(client.users:count())
      assert.equal(1, asked)
      assert.is_number(client.users:count())
      assert.equal(3, asked)
      assert.same({ "GET $count 200", "GET $count 401", "GET $count 200" }, lines(emulator))
    end)

    it("tries no third time", function()
      local asked = 0
      local client, emulator = open {
        auth = auth.static(function()
          asked = asked + 1
          return "no.such.token" .. asked
        end),
      }
      local _, err = client.users:count()
      assert.equal(401, err.status)
      assert.equal(2, err.attempts)
      assert.same({ "GET $count 401", "GET $count 401" }, lines(emulator))
    end)
  end)
end)

-- what a source gives, what the error says
local NO_TOKENS = {
  { "nothing", function() return nil end, "gave none" },
  { "a reason", function() return nil, "the vault is sealed" end, "the vault is sealed" },
  { "a table", function() return {} end, "not a string" },
  { "an empty text", function() return "" end, "something in it" },
  { "an error that is raised", function() error("the vault is gone", 0) end, "the vault is gone" },
  { "a token with a line end", function() return "CANARY\n" end, "stand in a header" },
  { "a reason with a token", function() return nil, "no: Bearer CANARY" end, "no: Bearer" },
  { "an error with a token", function() error("no: eyJCANARY.eyJ.x", 0) end, "no: ***" },
}

local function answers(token)
  return { status = 200, body = token }
end

local TOKEN = answers '{"token_type":"Bearer","expires_in":3600,"access_token":"a.b.c"}'
local COUNT = { status = 200, headers = { ["content-type"] = "text/plain" }, body = "5" }

-- answers of the token endpoint, sleeps, whether there is a token in the end
local ENDPOINTS = {
  { "expires_in as a text", { answers '{"expires_in":"3600","access_token":"a.b.c"}' }, {}, true },
  { "a busy endpoint", { { status = 503 }, TOKEN }, { 0.5 }, true },
  {
    "a throttling endpoint", { { status = 429, headers = { ["retry-after"] = "7" } }, TOKEN },
    { 7 }, true,
  },
  { "a lost reply", { { reason = "closed", sent = true }, TOKEN }, { 0.5 }, true },
  {
    "an endpoint that stays away", { { reason = "connect", sent = false } },
    { 0.5, 1, 2 }, false,
  },
  { "no token", { answers '{"expires_in":3600}' }, {}, false },
  { "a token that is a number", { answers '{"expires_in":3600,"access_token":5}' }, {}, false },
  { "no lifetime", { answers '{"access_token":"a.b.c"}' }, {}, false },
  { "HTML", { answers "<html>" }, {}, false },
  { "nothing", { answers "" }, {}, false },
  { "an array", { answers "[]" }, {}, false },
  { "a text", { answers '"a.b.c"' }, {}, false },
  { "a redirect", { { status = 302, headers = { location = "https://a.b" } } }, {}, false },
  { "an error without a body", { { status = 400 } }, {}, false },
  { "an error of texts only", { { status = 400, body = "no" } }, {}, false },
  {
    "an error of other types", { { status = 400, body = '{"error":5,"error_description":{}}' } },
    {}, false,
  },
}

-- Only a scripted transport gives these answers.
describe("a token source, with an endpoint of many minds,", function()
  -- A transport that answers the token endpoint from a list, and all else with an answer.
  local function scripted_endpoint(list, other)
    local asked = 0
    return scripted.new { function(request)
      if request.url:find("/oauth2/", 1, true) then
        asked = asked + 1
        return list[math.min(asked, #list)]
      end
      return type(other) == "function" and other(request) or other or COUNT
    end }
  end

  for _, row in ipairs(ENDPOINTS) do
    it("deals with " .. row[1], function()
      local transport = scripted_endpoint(row[2])
      local client = graphinvite.new { transport = transport, auth = source() }
      local value, err = client.users:count()
      assert.same(row[3], transport.sleeps)
      if row[4] then
        assert.equal(5, value)
        assert.equal("Bearer a.b.c", transport.requests[#transport.requests].headers.Authorization)
      else
        assert.is_nil(value)
        assert.equal("auth", err.kind)
        assert.is_true(#err.message > 10)
        assert.is_not_nil(err.retriable)
        assert_nowhere("CANARY", err)
        for _, request in ipairs(transport.requests) do
          assert.matches("/oauth2/v2.0/token$", request.url)
        end
      end
    end)
  end

  it("tells why the endpoint could not be reached", function()
    local transport = scripted_endpoint { { reason = "resolve", sent = false } }
    local client = graphinvite.new { transport = transport, auth = source(), retry = false }
    local _, err = client.users:count()
    assert.equal("auth", err.kind)
    assert.equal("transport", err.inner.kind)
    assert.equal("resolve", err.inner.reason)
    assert.is_true(err.retriable)
  end)

  it("gives the endpoint no more time than the call has", function()
    local transport = scripted_endpoint { { status = 200, takes = 50 } }
    local client = graphinvite.new { transport = transport, auth = source(), deadline = 5 }
    local value = client.users:count()
    assert.is_nil(value)
    assert.is_true(transport.elapsed <= 5, "it took " .. transport.elapsed .. " s")
  end)

  it("does not use a token that has run out while it waited", function()
    local transport
    transport = scripted_endpoint({ TOKEN }, function(request)
      local token_asked_at
      for _, each in ipairs(transport.requests) do
        if each.url:find("/oauth2/", 1, true) then
          token_asked_at = each.at
        end
      end
      if request.at - token_asked_at > 3600 then
        return { status = 401 }
      elseif request.at < 4 * 3600 then
        return { status = 429, headers = { ["retry-after"] = "3700" } }
      end
      return COUNT
    end)
    local client = graphinvite.new {
      transport = transport, auth = source(), deadline = 1e5, retry = { attempts = 99 },
    }
    assert.equal(5, client.users:count())
    assert.same({ 3700, 3700, 3700, 3700 }, transport.sleeps)
  end)

  it("has a token of its own for each authority, cloud, application and client", function()
    local transport = scripted_endpoint { TOKEN }
    local client = graphinvite.new { transport = transport, auth = source() }
    local function tokens_asked(call)
      local before = 0
      for _, request in ipairs(transport.requests) do
        before = before - (request.url:find("/oauth2/", 1, true) and 1 or 0)
      end
      call()
      for _, request in ipairs(transport.requests) do
        before = before + (request.url:find("/oauth2/", 1, true) and 1 or 0)
      end
      return before
    end
    local clients = {
      client,
      client:with { cloud = "usgov" },
      client:with { authority = "https://login.example" },
      client:with { auth = source { client_id = NIL_GUID } },
      client:with { auth = source { client_secret = "another" } },
      graphinvite.new { transport = transport, auth = source() },
    }
    for _, each in ipairs(clients) do
      assert.equal(1, tokens_asked(function() each.users:count() end))
    end
    for _, each in ipairs(clients) do
      assert.equal(0, tokens_asked(function() each.users:count() end))
    end
  end)

  it("has one token for an authority of two names", function()
    local transport = scripted_endpoint { TOKEN }
    local client = graphinvite.new {
      transport = transport, auth = source(), cloud = "china", profile = "modelled",
    }
    client.users:count()
    client:with({ authority = "https://login.partner.microsoftonline.cn" }).users:count()
    local asked = 0
    for _, request in ipairs(transport.requests) do
      asked = asked + (request.url:find("/oauth2/", 1, true) and 1 or 0)
    end
    assert.equal(1, asked)
    assert.equal(3, #transport.requests)
  end)

  it("sends no Authorization where there is no source", function()
    local transport = scripted.new { COUNT }
    graphinvite.new({ transport = transport }).users:count()
    assert.is_nil(transport.requests[1].headers.Authorization)
  end)

  for _, row in ipairs(NO_TOKENS) do
    it("is an error of sign-in when the function gives " .. row[1], function()
      local transport = scripted.new { COUNT }
      local client = graphinvite.new { transport = transport, auth = auth.static(row[2]) }
      local value, err = client.users:count()
      assert.is_nil(value)
      assert.equal("auth", err.kind)
      assert.is_truthy(err.message:find(row[3], 1, true), err.message)
      assert_nowhere("CANARY", err)
      assert.is_false(err.retriable)
      assert.equal(0, #transport.requests)
    end)
  end

  it("may be a table of the caller's own", function()
    local transport, contexts = scripted.new { COUNT }, {}
    local client = graphinvite.new {
      transport = transport, auth = {
        acquire = function(_, context)
          contexts[#contexts + 1] = context
          return { access_token = "mine" }
        end,
      },
    }
    assert.equal(5, client.users:count())
    assert.equal("Bearer mine", transport.requests[1].headers.Authorization)
    assert.equal("https://graph.microsoft.com/.default", contexts[1].scope)
    assert.equal("https://login.microsoftonline.com", contexts[1].authority)
  end)

  it("of the caller's own gives an error value, whatever it fails with", function()
    for _, failure in ipairs { "a text", 5, {}, false } do
      local client = graphinvite.new {
        transport = scripted.new { COUNT },
        auth = { acquire = function() return nil, failure end },
      }
      local value, err = client.users:count()
      assert.is_nil(value)
      assert.equal("auth", err.kind)
      assert.is_string(err.message)
    end
  end)
end)

-- Answers that repeat what they were sent.
describe("a secret", function()
  local function refuse_with(text)
    local body = '{"error":"invalid_client","error_description":"' .. text .. '"}'
    return { status = 400, body = body }
  end

  -- what is repeated, the answer of the endpoint, the answer of the service
  local ECHOES = {
    { "in the form's spelling", refuse_with "AADSTS1: client_secret=CANARY%2B is bad" },
    { "as JSON", refuse_with 'AADSTS1: {\\"client_secret\\":\\"CANARY\\"} is bad' },
    { "by a plain text", { status = 500, body = "client_secret=CANARY" } },
    {
      "as a bearer", TOKEN,
      { status = 403, body = '{"error":{"code":"x","message":"Bearer CANARY.x is bad"}}' },
    },
    {
      "as a redeem URL", TOKEN,
      {
        status = 400,
        body = '{"error":{"code":"x","message":"no https://i.example/redeem/?tenant=a&user=b'
          .. '&ticket=CANARY&ver=2.0"}}',
      },
    },
  }
  for _, row in ipairs(ECHOES) do
    it("is in no error's text, though the answer repeats it " .. row[1], function()
      local transport = scripted.new { row[2], row[3] }
      local client = graphinvite.new { transport = transport, auth = source(), retry = false }
      local value, err = client.users:count()
      assert.is_nil(value)
      assert.is_nil(tostring(err):find("CANARY", 1, true), tostring(err))
      assert.is_nil(tostring(err.message):find("CANARY", 1, true), err.message)
      assert.is_nil(tostring(err.body):find("CANARY", 1, true), err.body)
    end)
  end

  it("is in no error, hook or log of a whole sign-in that fails", function()
    local seen = {}
    local function note(...)
      seen[#seen + 1] = { ... }
    end
    local transport = scripted.new {
      answers '{"expires_in":3600,"access_token":"CANARY.b.c"}', { status = 503 }, { status = 401 },
      { status = 400, body = '{"error":"invalid_client"}' },
    }
    local client = graphinvite.new {
      transport = transport, auth = source(), on_request = note, on_response = note, log = note,
    }
    local _, err = client.users:count()
    assert.equal("auth", err.kind)
    assert_nowhere("CANARY", err)
    assert_nowhere("CANARY", seen)
    assert.is_true(#seen >= 4)
  end)
end)
