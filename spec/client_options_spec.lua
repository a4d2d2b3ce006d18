local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local scripted = require "spec.support.scripted"

local USER = { status = 200, body = '{"id":"u1"}' }

local function new(options, answers)
  local transport = scripted.new(answers or { USER })
  local given = { transport = transport }
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  return graphinvite.new(given), transport
end

local function get(client, options)
  return client.users:get("u1", options)
end

-- options; row, arguments and body of the call; what the request has
local EFFECTS = {
  {
    { version = "beta" }, "users.get", { "u1" }, nil,
    { url = "https://graph.microsoft.com/beta/users/u1" },
  },
  {
    { base_url = "https://proxy.example/graph/v1.0/", hosts = {} }, "users.get", { "u1" }, nil,
    { url = "https://proxy.example/graph/v1.0/users/u1" },
  },
  { { timeout = 7 }, "users.get", { "u1" }, nil, { timeout = 7 } },
  { { deadline = 5 }, "users.get", { "u1" }, nil, { timeout = 5 } },
  { { deadline = 50 }, "users.get", { "u1" }, nil, { timeout = 30 } },
  { { max_body = 1000 }, "users.get", { "u1" }, nil, { max_body = 1000 } },
  { {}, "users.get", { "u1" }, nil, { max_body = 16777216, timeout = 30 } },
  {
    { flavour = "aadinvitemgr" }, "invitations.update", { "i1" },
    { invitedUserMessageInfo = {} },
    { body = '{"@odata.type":"#Microsoft.AADInviteMgr.invitation","InvitedUserMessageInfo":{}}' },
  },
  {
    { int64 = "string" }, "linkedin.invitations.update", nil,
    { created = graphinvite.int64 "9007199254740993" }, { body = '{"created":"9007199254740993"}' },
  },
  {
    {}, "linkedin.invitations.update", nil,
    { created = graphinvite.int64 "9007199254740993" }, { body = '{"created":9007199254740993}' },
  },
  {
    { unknown = "keep" }, "invitations.update", { "i1" }, { colour = "red" },
    { body = '{"colour":"red"}' },
  },
  {
    { status = "schema" }, "call.operations.update", { "c1", "o1" },
    { ["@odata.type"] = "#microsoft.graph.inviteParticipantsOperation", status = "running" },
    { body = '{"@odata.type":"#microsoft.graph.inviteParticipantsOperation","status":"Running"}' },
  },
}

-- options; the headers that the request then has
local HEADERS = {
  { {}, { Accept = "application/json" } },
  { { user_agent = "onboarding/2.1" }, { ["User-Agent"] = "onboarding/2.1" } },
  { { headers = { ["X-Mine"] = "a b" } }, { ["X-Mine"] = "a b", Accept = "application/json" } },
  { { headers = { accept = "text/plain" } }, { Accept = "text/plain" } },
  { { headers = { ["Client-Request-Id"] = "mine" } }, { ["client-request-id"] = "mine" } },
  { { headers = { Prefer = "return=minimal" } }, { Prefer = "return=minimal" } },
}

-- Only a scripted transport shows the request as it is handed over: so in this whole file.
describe("an option of a client, of a derived client or of a call", function()
  -- Calls with the options in each place where they may stand.
  local function each_place(options, call, check)
    local client, transport = new(options)
    call(client)
    check(transport.requests[1])
    client, transport = new()
    call(client:with(options))
    check(transport.requests[1])
    client, transport = new()
    call(client, options)
    check(transport.requests[1])
  end

  for i, row in ipairs(EFFECTS) do
    local options, name, arguments, body, expected = row[1], row[2], row[3], row[4], row[5]
    it(("has its effect, case %d: %s"):format(i, next(options) or "presets"), function()
      each_place(options, function(client, given)
        client:request(name, arguments, body, given)
      end, function(request)
        for field, value in pairs(expected) do
          assert.equal(value, request[field])
        end
      end)
    end)
  end

  for i, row in ipairs(HEADERS) do
    it("has its effect on the headers, case " .. i, function()
      each_place(row[1], get, function(request)
        for name, value in pairs(row[2]) do
          assert.equal(value, request.headers[name])
        end
        for name in pairs(request.headers) do
          for other in pairs(request.headers) do
            assert.is_true(name == other or name:lower() ~= other:lower(), name .. " stands twice")
          end
        end
      end)
    end)
  end

  it("refuses unknown members where it says so, of an open type too", function()
    local client, transport = new { unknown = "refuse" }
    local value, err = client:call("c1").operations:create { colour = "red" }
    assert.is_nil(value)
    assert.matches("^colour: no such property", err.message)
    assert.equal(0, #transport.requests)
  end)

  it("adds headers to those of the client, whatever their case", function()
    local client, transport = new { headers = { A = "1", B = "2", ["X-Mine"] = "1" } }
    get(client:with { headers = { B = "3", C = "4" } }, { headers = { C = "5", ["x-mine"] = "2" } })
    local headers, mine = transport.requests[1].headers, {}
    assert.same({ "1", "3", "5" }, { headers.A, headers.B, headers.C })
    for name, value in pairs(headers) do
      mine[#mine + 1] = name:lower() == "x-mine" and value or nil
    end
    assert.same({ "2" }, mine)
  end)
end)

-- option, value, what stands in the URL
local QUERY = {
  { "top", 50, "$top=50" },
  { "top", 100 / 2, "$top=50" },
  { "skip", 0, "$skip=0" },
  { "count", true, "$count=true" },
  { "count", false, "$count=false" },
  { "select", "id,mail", "$select=id,mail" },
  { "select", { "id", "mail" }, "$select=id,mail" },
  { "orderby", { "mail desc", "id" }, "$orderby=mail%20desc,id" },
  { "expand", "invitedUser($select=id,mail)", "$expand=invitedUser($select=id,mail)" },
  { "search", '"displayName:a&b"', "$search=%22displayName:a%26b%22" },
  { "filter", "mail eq 'a+b#c?d%e'", "$filter=mail%20eq%20'a%2Bb%23c%3Fd%25e'" },
  { "filter", "displayName eq 'Zoë <>'", "$filter=displayName%20eq%20'Zo%C3%AB%20%3C%3E'" },
}

-- option, value: nothing that could be meant
local NO_QUERY = {
  { "top", 0 / 0 }, { "top", 1 / 0 }, { "top", 1.5 }, { "top", -1 }, { "skip", -1 },
  { "select", { {} } }, { "filter", "a\r\nb" }, { "search", "a\0b" }, { "orderby", { "a\nb" } },
}

describe("a query option", function()
  local PAGE = { { status = 200, body = '{"value":[]}' } }

  for _, row in ipairs(QUERY) do
    it("stands in the query: " .. row[3], function()
      local client, transport = new(nil, PAGE)
      client.users:list({ [row[1]] = row[2] }):next()
      assert.equal("https://graph.microsoft.com/v1.0/users?" .. row[3], transport.requests[1].url)
    end)
  end

  for i, row in ipairs(NO_QUERY) do
    it(("is refused, case %d: %s"):format(i, row[1]), function()
      local client, transport = new(nil, PAGE)
      local ok, item, err = pcall(function()
        local list = client.users:list { [row[1]] = row[2] }
        return list:next()
      end)
      assert.equal(0, #transport.requests)
      if ok then -- a value that is data is told as one, a number that is none may be a mistake
        assert.is_false(item)
        assert.equal("model", err.kind)
        assert.matches("^" .. row[1] .. ": ", err.message)
      else
        assert.matches("^spec/client_options_spec.lua:%d+: option " .. row[1], item)
      end
    end)
  end
end)

describe("hooks", function()
  it("see every attempt, and the response beside its request", function()
    local seen = {}
    local client = new({
      on_request = function(request) seen[#seen + 1] = request.method .. " " .. request.url end,
      on_response = function(response, request)
        seen[#seen + 1] = response.status .. " " .. request.method
      end,
    }, { { status = 503 }, USER })
    assert(get(client))
    local url = "GET https://graph.microsoft.com/v1.0/users/u1"
    assert.same({ url, "503 GET", url, "200 GET" }, seen)
  end)

  it("log every attempt and every wait, without what a query may tell", function()
    local seen = {}
    local client = new({
      log = function(level, text) seen[#seen + 1] = level .. ": " .. text end,
    }, {
      { status = 503, headers = { ["request-id"] = "r-1" } },
      { reason = "closed", sent = true, takes = 2.5 },
      USER,
    })
    assert(get(client, { select = { "mail" }, headers = { ["client-request-id"] = "c-1" } }))
    local attempt = "debug: GET /v1.0/users/u1: %s s, request-id %s, client-request-id c-1"
    assert.same({
      attempt:format("503 in 0.000", "r-1"),
      "info: attempt 1 of users.get failed, the next in 0.5 s",
      attempt:format("closed in 2.500", "none"),
      "info: attempt 2 of users.get failed, the next in 1 s",
      attempt:format("200 in 0.000", "none"),
    }, seen)
  end)

  it("see no secret, and cannot change what is sent", function()
    local seen, link = {}, "https://login.microsoftonline.com/redeem?rd=x%26ticket%3DSECRET%26ver"
    local function spoil(record)
      seen[#seen + 1] = record
      record.url, record.body = "https://evil.example", "{}"
      record.headers.Authorization = "none"
    end
    local client, transport = new({
      auth = graphinvite.auth.static "SECRET", on_request = spoil, on_response = spoil,
    }, { { status = 201, headers = {}, body = ('{"inviteRedeemUrl":"%s"}'):format(link) } })
    local invitation = assert(client.invitations:create {
      invitedUserEmailAddress = "a@b.c", inviteRedirectUrl = "https://a.b",
    })
    assert.equal(link, invitation.inviteRedeemUrl)
    assert.equal("Bearer SECRET", transport.requests[1].headers.Authorization)
    assert.equal("https://graph.microsoft.com/v1.0/invitations", transport.requests[1].url)
    for _, record in ipairs(seen) do
      for name, value in pairs(record.headers) do
        assert.is_nil(value:find("SECRET", 1, true), name)
      end
      assert.is_nil(tostring(record.body):find("SECRET", 1, true))
    end
    assert.equal(2, #seen)
  end)
end)

describe("client:with", function()
  it("leaves the client as it is and can be repeated", function()
    local client, transport = new()
    local beta = client:with { version = "beta" }
    local named = beta:with { user_agent = "x/1" }
    get(client)
    get(beta)
    get(named)
    assert.equal("https://graph.microsoft.com/v1.0/users/u1", transport.requests[1].url)
    assert.equal("https://graph.microsoft.com/beta/users/u1", transport.requests[2].url)
    assert.equal("https://graph.microsoft.com/beta/users/u1", transport.requests[3].url)
    assert.equal("x/1", transport.requests[3].headers["User-Agent"])
    assert.not_equal("x/1", transport.requests[2].headers["User-Agent"])
  end)

  it("changes the cloud with all that follows from it", function()
    local client, transport = new { auth = graphinvite.auth.static "t" }
    get(client:with { cloud = "dod" })
    assert.equal("https://dod-graph.microsoft.us/v1.0/users/u1", transport.requests[1].url)
    client, transport = new({
      auth = graphinvite.auth.client_secret { tenant = "t", client_id = "c", client_secret = "s" },
    }, { { status = 200, body = '{"access_token":"at","expires_in":3600}' }, USER })
    get(client:with { cloud = "china" })
    assert.equal("https://login.chinacloudapi.cn/t/oauth2/v2.0/token", transport.requests[1].url)
    assert.matches("microsoftgraph.chinacloudapi.cn%%2F.default", transport.requests[1].body)
  end)

  it("changes the resources that hang on it, calls too", function()
    local client, transport = new()
    local beta = client:with { version = "beta" }
    beta:call("c1"):get()
    beta:call("c1", { root = "/app/calls" }).operations:get "o1"
    beta.linkedin.invitations:get()
    assert.equal(3, #transport.requests)
    for _, request in ipairs(transport.requests) do
      assert.matches("^https://graph.microsoft.com/beta/", request.url)
    end
  end)
end)

-- A driver of the client's own: only there is something to close.
describe("client:close", function()
  local function real()
    local server = helper.server()
    return graphinvite.new {
      base_url = server.graph, auth = graphinvite.auth.static "emulator", timeout = 10,
    }
  end

  it("can be repeated", function()
    local client = real()
    assert.is_number(client.users:count())
    client:close()
    client:close()
  end)

  it("makes every later call an error value", function()
    local client = real()
    local derived = client:with { version = "beta" }
    assert.is_number(client.users:count())
    client:close()
    for _, each in ipairs { client, derived } do
      local value, err = each.users:count()
      assert.is_nil(value)
      assert.equal("transport", err.kind)
      assert.matches("closed", tostring(err))
      assert.is_false(err.sent)
    end
  end)

  it("leaves a transport that the caller gave to the caller", function()
    local closed = false
    local client, transport = new()
    transport.close = function() closed = true end
    client:close()
    assert.is_false(closed)
  end)
end)

describe("a client that cannot connect as it is told to", function()
  it("says so at every call instead of raising", function()
    local client = graphinvite.new { tls = { ca = "/nonexistent/ca.pem" } }
    local value, err = get(client)
    assert.is_nil(value)
    assert.equal("transport", err.kind)
    assert.matches("/nonexistent/ca.pem", err.message)
    assert.is_false(err.sent)
    client = graphinvite.new { base_url = helper.server().graph }
    value, err = get(client, { tls = { ca = "/gone" } })
    assert.is_nil(value)
    assert.equal("transport", err.kind)
  end)
end)
