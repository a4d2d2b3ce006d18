local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local raw = require "spec.support.raw_server"
local scripted = require "spec.support.scripted"

local CALL = "57dab8b1-894c-409a-b240-bd8beae78896"
local NAN = 0 / 0

local function invite(changes)
  return function(client)
    local body = {
      invitedUserEmailAddress = "adele@fabrikam.example", inviteRedirectUrl = "https://a.example",
    }
    for name, value in pairs(changes) do
      body[name] = value or nil
    end
    return client.invitations:create(body)
  end
end

local function operation(body)
  return function(client) return client:call(CALL).operations:create(body) end
end

local function linkedin(body)
  return function(client) return client.linkedin.invitations:update(body) end
end

local function ring(body)
  return function(client) return client:call(CALL).participants:invite(body) end
end

local function get(id, options)
  return function(client) return client.users:get(id, options) end
end

local function nest(depth)
  local value = {}
  for _ = 1, depth do
    value = { value }
  end
  return value
end

local function crowd(n)
  local people = {}
  for i = 1, n do
    people[i] = { identity = { user = { id = "u" .. i } } }
  end
  return people
end

local cycle = {}
cycle.again = cycle

-- what is bad, the call, where the message starts (the place), what else it says
local BAD_VALUES = {
  {
    "a wrong type", invite { sendInvitationMessage = "yes" },
    "sendInvitationMessage: ", 'not a Boolean: "yes"',
  },
  {
    "a wrong type deep inside",
    invite { invitedUserMessageInfo = { ccRecipients = { { emailAddress = { address = 5 } } } } },
    "invitedUserMessageInfo.ccRecipients[1].emailAddress.address: ", "not a String: 5",
  },
  {
    "an object for a collection", invite { invitedUserMessageInfo = { ccRecipients = "a@b.c" } },
    "invitedUserMessageInfo.ccRecipients: ", "not a collection",
  },
  {
    "a function", invite { invitedUserDisplayName = print },
    "invitedUserDisplayName: ", "function",
  },
  {
    "an unknown property", invite { invitedUserEmailAdress = "a@b.c" },
    "invitedUserEmailAdress: ", "(did you mean invitedUserEmailAddress?)",
  },
  {
    "an unknown property deep inside",
    invite { invitedUserMessageInfo = { mesageLanguage = "de" } },
    "invitedUserMessageInfo.mesageLanguage: ", "(did you mean messageLanguage?)",
  },
  {
    "a missing address", invite { invitedUserEmailAddress = false },
    "invitedUserEmailAddress: ", "required",
  },
  { "a missing redirect", invite { inviteRedirectUrl = false }, "inviteRedirectUrl: ", "required" },
  { "a null", invite { inviteRedirectUrl = graphinvite.null }, "inviteRedirectUrl: ", "required" },
  { "no participants", ring {}, "participants: ", "required" },
  {
    "a participant without identity", ring { participants = { { hidden = true } } },
    "participants[1].identity: ", "required",
  },
  {
    "six participants", ring { participants = crowd(6) }, "participants: ", "6 given, at most 5",
  },
  {
    "a long context", ring { participants = crowd(1), clientContext = ("é"):rep(257) },
    "clientContext: ", "257 characters, at most 256",
  },
  {
    "a reset without a user", invite { resetRedemption = true },
    "invitedUser.id: ", "required when resetRedemption is true",
  },
  {
    "two cc recipients", invite { invitedUserMessageInfo = { ccRecipients = { {}, {} } } },
    "invitedUserMessageInfo.ccRecipients: ", "supports one",
  },
  {
    "a bad e-mail", invite { invitedUserEmailAddress = "adele" },
    "invitedUserEmailAddress: ", "no @",
  },
  {
    "an e-mail with a space", invite { invitedUserEmailAddress = "a b@c.d" },
    "invitedUserEmailAddress: ", "not allowed before the @",
  },
  {
    "a bad redirect", invite { inviteRedirectUrl = "/welcome" },
    "inviteRedirectUrl: ", "absolute",
  },
  { "NaN", operation { x = NAN }, "x: ", "not a finite number" },
  { "infinity", operation { x = 1 / 0 }, "x: ", "not a finite number" },
  { "NaN for an Int64", linkedin { created = NAN }, "created: ", "not an Int64" },
  { "a fraction for an Int64", linkedin { created = 1.5 }, "created: ", "not an Int64: 1.5" },
  {
    "an Int64 out of range", linkedin { created = "9223372036854775808" },
    "created: ", 'not an Int64: "9223372036854775808"',
  },
  { "an Int64 of 2^63", linkedin { lastModified = 2 ^ 63 }, "lastModified: ", "not an Int64" },
  {
    "an Int32 out of range", operation { resultInfo = { code = 2147483648 } },
    "resultInfo.code: ", "not an Int32",
  },
  { "bad UTF-8", invite { invitedUserDisplayName = "a\255" }, "invitedUserDisplayName: ", "UTF-8" },
  {
    "a lone surrogate", invite { invitedUserDisplayName = "a\237\160\128" },
    "invitedUserDisplayName: ", "UTF-8",
  },
  { "a name that is not UTF-8", operation { ["a\255"] = 1 }, "a", "UTF-8" },
  { "a value that is nested too deep", operation { x = nest(200) }, "x[1]", "nested deeper" },
  { "a cycle", operation { x = cycle }, "x.again", "nested deeper" },
  { "an array with a hole", operation { x = { 1, nil, 3 } }, "x[2]: ", "holes" },
  { "an array with a name", operation { x = { 1, a = 2 } }, "x: ", "not an array" },
  -- what could end a line of the request
  { "CR in an id", get "a\rb", "user: ", "control character" },
  { "LF in an id", get "a\nb", "user: ", "control character" },
  { "NUL in an id", get "a\0b", "user: ", "control character" },
  { "bad UTF-8 in an id", get "a\255", "user: ", "UTF-8" },
  { "an empty id", get "", "user: ", "an id is needed" },
  { "a step up as an id", get "..", "user: ", "another resource" },
  {
    "LF in the id of a call", function(client) return client:call("a\nb"):get() end,
    "call: ", "control character",
  },
  {
    "LF in an e-mail", invite { invitedUserEmailAddress = "a@b.c\r\nBcc: d@e.f" },
    "invitedUserEmailAddress: ", "control character",
  },
  {
    "LF in a redirect", invite { inviteRedirectUrl = "https://a.b/\nx" },
    "inviteRedirectUrl: ", "control character",
  },
  {
    "CR LF in a header", get("u", { headers = { ["X-A"] = "1\r\nX-B: 2" } }),
    "headers.X-A: ", "control character",
  },
  { "NUL in a header", get("u", { headers = { A = "1\0" } }), "headers.A: ", "control character" },
  { "CR LF in a header's name", get("u", { headers = { ["A\r\nB"] = "1" } }), "headers: ", "name" },
  { "a space in a header's name", get("u", { headers = { ["A B"] = "1" } }), "headers: ", "name" },
  { "a header that is a table", get("u", { headers = { A = {} } }), "headers.A: ", "string" },
  { "a header of the transport", get("u", { headers = { host = "a" } }), "headers: ", "transport" },
  { "LF in user_agent", get("u", { user_agent = "a\nb" }), "user_agent: ", "control character" },
  { "LF in an option", get("u", { select = "a\nb" }), "select: ", "control character" },
  { "bad UTF-8 in an option", get("u", { expand = "a\255" }), "expand: ", "UTF-8" },
}

helper.over_every_transport(function(open)
  describe("a bad value", function()
    for _, row in ipairs(BAD_VALUES) do
      it(("is an error with its place before anything is sent: %s"):format(row[1]), function()
        local client, emulator = open()
        local value, err = row[2](client)
        assert.is_nil(value)
        assert.equal("model", err.kind)
        assert.equal(row[3], err.message:sub(1, #row[3]), err.message)
        assert.is_truthy(err.message:find(row[4], 1, true), err.message)
        assert.is_nil(err.message:find("[%c]"), "a control character is in the message")
        assert.same({}, emulator:requests())
      end)
    end

    it("may be a text with control characters where JSON escapes them", function()
      local client = open()
      local name = "a\r\nb\0c\127\"\\"
      local invitation = assert(invite { invitedUserDisplayName = name }(client))
      assert.equal(name, assert(client.invitations:get(invitation.id)).invitedUserDisplayName)
    end)
  end)
end)

local TOKENS = { "a\r\nX-Evil: 1", "a\nb", "a\0b", "a b", "" }

-- No request is made, on whatever transport.
describe("a token that cannot stand in a header", function()
  for _, token in ipairs(TOKENS) do
    it(("is an error of sign-in: %q"):format(token), function()
      local transport = scripted.new { { status = 200, body = '{"id":"u"}' } }
      local client = graphinvite.new {
        transport = transport, auth = graphinvite.auth.static(function() return token end),
      }
      local value, err = client.users:get "u"
      assert.is_nil(value)
      assert.equal("auth", err.kind)
      assert.equal(0, #transport.requests)
    end)
  end
end)

local function read(client)
  return client.users:get "u"
end

local create = invite {}

local function answer(status, body, type)
  return { status = status, body = body, headers = { ["content-type"] = type } }
end

local TOO_DEEP = '{"a":' .. ("["):rep(5000) .. ("]"):rep(5000) .. "}"

-- what is bad; the call; the answer; kind of the error, what it says, whether to repeat it
local BAD_ANSWERS = {
  { "a truncated object", read, answer(200, '{"id":"u"'), "model", "byte 10", false },
  {
    "a truncated object of an unsafe row", create, answer(201, '{"id":'),
    "model", "byte", "unknown",
  },
  { "rubbish behind the object", read, answer(200, '{"id":"u"} x'), "model", "byte 12", false },
  { "an object nested too deep", read, answer(200, TOO_DEEP), "model", "nested deeper", false },
  { "a member of a wrong type", read, answer(200, '{"id":5}'), "model", "id: not a String", false },
  { "a lone surrogate", read, answer(200, '{"id":"\\ud800"}'), "model", "id", false },
  { "bad UTF-8", read, answer(200, '{"id":"\255"}'), "model", "id", false },
  {
    "an Int64 out of range", function(client) return client.linkedin.invitations:get() end,
    answer(200, '{"created":9223372036854775808}'), "model", "created: not an Int64", false,
  },
  { "HTML with status 200", read, answer(200, "<html>", "text/html"), "model", "byte 1", false },
  { "an empty body with status 200", read, answer(200, ""), "model", "body is empty", false },
  {
    "an empty body with status 201", create, answer(201, ""),
    "model", "body is empty", "unknown",
  },
  { "null", read, answer(200, "null"), "model", "", false },
  { "an array", read, answer(200, "[]"), "model", "", false },
  {
    "a count that is none", function(client) return client.users:count() end,
    answer(200, "many", "text/plain"), "model", "count", false,
  },
  { "HTML with status 502", read, answer(502, "<html>", "text/html"), "graph", "gateway", true },
  {
    "HTML with status 502 of an unsafe row", create, answer(502, "<html>", "text/html"),
    "graph", "gateway", "unknown",
  },
  { "an empty body with status 503", read, answer(503, ""), "graph", "503", true },
  { "an error that is no object", read, answer(400, '{"error":"no"}'), "graph", "400", false },
  { "an error of empty texts", read, answer(403, '{"error":{"code":""}}'), "graph", "403", false },
  { "a redirect", read, answer(302, ""), "graph", "redirect", false },
  { "a redirect of an unsafe row", create, answer(307, ""), "graph", "redirect", false },
}

-- Only a scripted transport gives these answers.
describe("a bad answer", function()
  for _, row in ipairs(BAD_ANSWERS) do
    local what, call, given, kind, says, retriable = row[1], row[2], row[3], row[4], row[5], row[6]
    it("is an error with its place and a hint: " .. what, function()
      local transport = scripted.new { given }
      local value, err = call(graphinvite.new { transport = transport, retry = false })
      assert.is_nil(value)
      assert.equal(kind, err.kind)
      assert.equal(given.status, err.status)
      assert.is_truthy(err.message:find(says, 1, true), err.message)
      assert.equal(retriable, err.retriable)
      assert.equal(1, err.attempts)
      assert.equal(transport.requests[1].headers["client-request-id"], err.client_request_id)
      assert.equal(given.body:sub(1, 16384), err.body)
      assert.is_true(#tostring(err) < 1000)
    end)
  end

  -- What a person has to be told beside the message.
  for _, given in ipairs { answer(200, "<html>", "x"), answer(200, ""), answer(502, "") } do
    it(("has a hint: status %d, %q"):format(given.status, given.body), function()
      local client = graphinvite.new { transport = scripted.new { given }, retry = false }
      local _, err = read(client)
      assert.is_string(err.hint)
    end)
  end
end)

local BIG = '{"id":"' .. ("x"):rep(5000) .. '"}'

-- what is wrong, bytes of the answer (nil: nobody listens), options, reason, sent of a POST
local BAD_SERVERS = {
  { "a refused connection", nil, {}, "connect", false },
  {
    "a body over the limit", { "keep:" .. raw.response("200 OK", BIG) }, { max_body = 1000 },
    "too_large", true,
  },
  {
    "a body without a length over the limit",
    { "close:HTTP/1.1 200 OK\r\n\r\n" .. BIG }, { max_body = 1000 }, "too_large", true,
  },
  {
    "a body shorter than announced",
    { "close:HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}" }, {}, "closed", true,
  },
  { "a closed connection", { "close:" }, {}, "closed", true },
  { "a reset connection", { "reset:" }, {}, "closed", true },
  { "what is no HTTP", { "close:SSH-2.0-OpenSSH\r\n" }, {}, "malformed", true },
  { "a server that hangs", { "keep:" }, { timeout = 0.05 }, "timeout", true },
}

-- Bytes and sockets: over libcurl alone.
describe("a bad server", function()
  for _, row in ipairs(BAD_SERVERS) do
    local what, answers, options, reason, sent = row[1], row[2], row[3], row[4], row[5]
    it("is an error of the transport: " .. what, function()
      local server = raw.start(answers or { "close:" }, answers == nil and "deaf" or nil)
      local given = { base_url = server.url .. "/v1.0", retry = false, timeout = 10 }
      for name, value in pairs(options) do
        given[name] = value
      end
      local client = graphinvite.new(given)
      local value, err = create(client)
      local count = answers and #server:requests() or 0
      server:stop()
      client:close()
      assert.is_nil(value)
      assert.equal("transport", err.kind)
      assert.equal(reason, err.reason)
      assert.equal(sent, err.sent)
      assert.equal(not sent or "unknown", err.retriable)
      assert.is_truthy(err.message:find(server.url, 1, true), err.message)
      assert.equal(sent and 1 or 0, count)
      assert.equal(1, err.attempts)
    end)
  end

  -- Options of the connection that nobody can connect by.
  for name, options in pairs {
    ["a NUL in unix_socket"] = { unix_socket = "a\0b" },
    ["a NUL in proxy"] = { proxy = "http://a\0b" },
    ["a NUL in tls.ca"] = { tls = { ca = "a\0b" } },
    ["a socket that is not there"] = { unix_socket = "/nonexistent/socket" },
    ["a path that is too long"] = { unix_socket = ("x"):rep(500) },
    ["a certificate that is not there"] = { tls = { cert = "/nonexistent", key = "/nonexistent" } },
  } do
    it("is an error of the transport before anything is sent: " .. name, function()
      local given = { retry = false, timeout = 10 }
      for option, value in pairs(options) do
        given[option] = value
      end
      local value, err = create(graphinvite.new(given))
      assert.is_nil(value)
      assert.equal("transport", err.kind)
      assert.is_false(err.sent)
    end)
  end

  it("is an error of the transport: a name that does not resolve", function()
    local client = graphinvite.new { base_url = "https://graph.invalid/v1.0", retry = false }
    local value, err = read(client)
    assert.is_nil(value)
    assert.equal("resolve", err.reason)
    assert.is_false(err.sent)
    assert.is_true(err.retriable)
    assert.matches("https://graph.invalid", err.message)
  end)

  it("is an error of the deadline when it hangs for the whole of it", function()
    local server = raw.start { "keep:" }
    local client = graphinvite.new { base_url = server.url .. "/v1.0", deadline = 0.05 }
    local value, err = create(client)
    server:stop()
    assert.is_nil(value)
    assert.equal("deadline", err.kind)
    assert.equal("unknown", err.retriable)
    assert.equal("timeout", err.inner.reason)
  end)

  it("gets a POST once only when it closes a warm connection without an answer", function()
    local server = raw.start {
      "keep:" .. raw.response("200 OK", '{"id":"u"}'), "close:",
      "keep:" .. raw.response("201 Created", '{"id":"i"}'),
    }
    local client = graphinvite.new { base_url = server.url .. "/v1.0", timeout = 10 }
    assert(read(client))
    local value, err = create(client)
    assert.is_nil(value)
    assert.equal("transport", err.kind)
    assert.is_true(err.sent)
    assert.equal("unknown", err.retriable)
    local posts, connections = 0, {}
    for _, request in ipairs(server:requests()) do
      posts = posts + (request.text:find("^POST ") and 1 or 0)
      connections[request.connection] = true
    end
    server:stop()
    assert.equal(1, posts)
    assert.is_nil(next(connections, next(connections)), "the connection was not reused")
  end)
end)
