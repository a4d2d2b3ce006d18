local core = require "graphinvite.core"
local json_text = require "spec.support.json_text"
local process = require "spec.support.process"

local BASE = "https://graph.microsoft.com/v1.0"
local ADDRESS, REDIRECT = "adele@fabrikam.example", "https://app.contoso.example/welcome"

local function invitation(changes)
  local body = { invitedUserEmailAddress = ADDRESS, inviteRedirectUrl = REDIRECT }
  for name, value in pairs(changes or {}) do
    body[name] = value
  end
  return body
end

local PEOPLE = { participants = { { identity = { user = { id = "u" } } } } }

-- What is claimed, operation, arguments, options, URL behind the base.
local URLS = {
  { "no arguments", "invitations.list", nil, nil, "/invitations" },
  { "a count", "invitations.count", {}, nil, "/invitations/$count" },
  { "one argument", "invitations.get", { "2b9c89ee-89ee-2b9c-ee89-9c2bee899c2b" }, nil,
    "/invitations/2b9c89ee-89ee-2b9c-ee89-9c2bee899c2b" },
  { "two arguments in order", "call.operations.get", { "c", "o" }, nil,
    "/communications/calls/c/operations/o" },
  { "the older root", "call.operations.get", { "c", "o" }, { root = "/app/calls" },
    "/app/calls/c/operations/o" },
  { "the usual root by name", "call.get", { "c" }, { root = "/communications/calls" },
    "/communications/calls/c" },
  { "a guest's sign-in name", "users.get", { "a_b.c#EXT#@contoso.example" }, nil,
    "/users/a_b.c%23EXT%23%40contoso.example" },
  { "an id that is a URN", "linkedin.invitations.get", { "urn:li:invitation:7" }, nil,
    "/linkedIn/invitations/urn%3Ali%3Ainvitation%3A7" },
  { "one segment of what has a slash in it", "invitations.get", { "a/b" }, nil,
    "/invitations/a%2Fb" },
  { "one segment of what looks like a query", "invitations.get", { "a?b&c=d" }, nil,
    "/invitations/a%3Fb%26c%3Dd" },
  { "a plus, a quote and a space in a segment", "invitations.get", { "a+b'c d" }, nil,
    "/invitations/a%2Bb%27c%20d" },
  { "a percent sign once more", "invitations.get", { "%2e%2e%2f" }, nil,
    "/invitations/%252e%252e%252f" },
  { "dots among others", "invitations.get", { "...", }, nil, "/invitations/..." },
  { "text beyond ASCII in a segment", "invitations.get", { "é漢" }, nil,
    "/invitations/%C3%A9%E6%BC%A2" },
  { "unreserved characters as they are", "invitations.get", { "aZ09-._~" }, nil,
    "/invitations/aZ09-._~" },
  { "a number for an id", "invitations.get", { 7 }, nil, "/invitations/7" },
  -- query options, each with its $, in one order
  { "top and skip", "invitations.list", nil, { top = 5, skip = 10 },
    "/invitations?$top=5&$skip=10" },
  { "a whole number that Lua has as a float", "invitations.list", nil, { top = 10 / 2 },
    "/invitations?$top=5" },
  { "a list of names", "users.list", nil, { select = { "id", "mail" } }, "/users?$select=id,mail" },
  { "names in one text", "users.list", nil, { select = "id,mail" }, "/users?$select=id,mail" },
  { "no empty list", "users.list", nil, { select = {}, expand = {} }, "/users" },
  { "a filter", "users.list", nil, { filter = "mail eq 'let''s@x.y'" },
    "/users?$filter=mail%20eq%20'let''s@x.y'" },
  { "a filter with what ends or splits a query", "users.list", nil,
    { filter = "mail eq 'a&b+c#d?e%f\"<>'" },
    "/users?$filter=mail%20eq%20'a%26b%2Bc%23d%3Fe%25f%22%3C%3E'" },
  { "a filter beyond ASCII", "users.list", nil, { filter = "displayName eq 'Zoë'" },
    "/users?$filter=displayName%20eq%20'Zo%C3%AB'" },
  { "an order", "users.list", nil, { orderby = "displayName desc" },
    "/users?$orderby=displayName%20desc" },
  { "an expansion", "invitations.list", nil, { expand = "invitedUser($select=id,mail)" },
    "/invitations?$expand=invitedUser($select=id,mail)" },
  { "a search and a count", "users.list", nil, { search = '"displayName:adele"', count = true },
    "/users?$search=%22displayName:adele%22&$count=true" },
  { "a count that is not wanted", "users.list", nil, { count = false }, "/users?$count=false" },
  { "a base with a slash at its end", "invitations.list", nil, { base_url = BASE .. "//" },
    "/invitations" },
  { "no options of others", "invitations.list", nil, { deadline = 5, log = print },
    "/invitations" },
}

-- What is claimed, operation, arguments, body, options, the whole explanation.
local REFUSED = {
  { "an operation that does not exist", "invitations.creat", nil, nil, nil,
    "invitations.creat: no such operation (did you mean invitations.create?)" },
  { "an operation that is like no other", "zzzz", nil, nil, nil, "zzzz: no such operation" },
  { "a root that an operation does not have", "call.get", { "c" }, nil, { root = "/app/calls" },
    "call.get: no such operation under /app/calls" },
  { "too few arguments", "invitations.get", {}, nil, nil,
    "invitations.get: 0 arguments given, /invitations/{invitation} takes 1" },
  { "too many arguments", "call.get", { "a", "b" }, nil, nil,
    "call.get: 2 arguments given, /communications/calls/{call} takes 1" },
  { "an empty id", "invitations.get", { "" }, nil, nil,
    "invitation: an id is needed, this is empty" },
  { "an id that is a table", "invitations.get", { {} }, nil, nil,
    "invitation: an id is needed, this is table" },
  { "an id that is a boolean", "invitations.get", { true }, nil, nil,
    "invitation: an id is needed, this is boolean" },
  { "an id that is null", "invitations.get", { core.null }, nil, nil,
    "invitation: an id is needed, this is userdata" },
  { "a dot for an id", "call.operations.get", { "c", "." }, nil, nil,
    "operation: cannot be ., which would name another resource" },
  { "two dots for an id", "call.operations.get", { "..", "o" }, nil, nil,
    "call: cannot be .., which would name another resource" },
  { "bad UTF-8 in an id", "invitations.get", { "\255" }, nil, nil, "invitation: is not UTF-8" },
  { "bad UTF-8 in a query option", "users.list", nil, nil, { filter = "\255" },
    "filter: is not UTF-8" },
  { "a table inside a list of names", "users.list", nil, nil, { select = { "id", {} } },
    "select: cannot be a table" },
  { "a base that is no text", "users.list", nil, nil, { base_url = {} },
    "base_url: a table, but a string is wanted" },
  { "a base with a query", "users.list", nil, nil, { base_url = "https://h/v1.0?x=" },
    "base_url: not a URL" },
  { "a base with a fragment", "users.list", nil, nil, { base_url = "https://h/v1.0#x" },
    "base_url: not a URL" },
  { "a base with a space", "users.list", nil, nil, { base_url = "https://h/ x" },
    "base_url: not a URL" },
  { "a name for the client that is no text", "users.list", nil, nil, { user_agent = {} },
    "user_agent: a table, but a string is wanted" },
  { "headers that are no table", "users.list", nil, nil, { headers = "x" },
    "headers: not a table" },
  { "a header that is no text", "users.list", nil, nil, { headers = { Prefer = {} } },
    "headers.Prefer: not a string" },
  { "a header without a name", "users.list", nil, nil, { headers = { "x" } },
    "headers: a name is a number" },
  { "a URL that is too long", "users.get", { ("x"):rep(20000) }, nil, nil,
    "the URL would have 20039 bytes, at most 16384 are sent" },
  { "no body where one is needed", "invitations.create", nil, nil, nil,
    "a body is needed: microsoft.graph.invitation" },
  { "a body that is no table", "invitations.update", { "i" }, "x", nil,
    "the body is a string, but a table is wanted" },
  { "a body where none is sent", "invitations.list", nil, {}, nil,
    "invitations.list sends no body" },
  { "a body with an unknown property", "invitations.update", { "i" }, { zzz = "x" }, nil,
    "zzz: no such property of microsoft.graph.invitation" },
  { "an option of the codec that has no such value", "invitations.update", { "i" }, {},
    { unknown = "drop" }, 'unknown: is "keep" or "refuse"' },
  -- a caller's own row
  { "a row without a path", { method = "GET" }, nil, nil, nil,
    "an operation needs a method and a path that starts with /" },
  { "a row whose path is relative", { method = "GET", path = "me" }, nil, nil, nil,
    "an operation needs a method and a path that starts with /" },
  { "a row with a query in its path", { method = "GET", path = "/me?x" }, nil, nil, nil,
    "path: has a character that does not belong into one" },
  { "a row with a bad method", { method = "GE T", path = "/me" }, nil, nil, nil,
    "method: not an HTTP method" },
  { "a row that expects an unknown type", { method = "GET", path = "/me", expects = "zzz" }, nil,
    nil,
    nil, "expects: no type zzz" },
  { "a row with a brace that stays open", { method = "GET", path = "/a/{b" }, { "x" }, nil, nil,
    "path: a { has no }" },
  { "too few arguments for a row", { method = "GET", path = "/a/{b}" }, nil, nil, nil,
    "0 arguments given, /a/{b} takes 1" },
}

-- Every place a user's text can get into: operation, arguments, body, options; % is the text.
local PLACES = {
  { "a path", "invitations.get", { "%" } },
  { "the middle of a path", "call.operations.get", { "%", "o" } },
  { "a filter", "users.list", nil, nil, { filter = "%" } },
  { "a list of names", "users.list", nil, nil, { select = { "id", "%" } } },
  { "a search", "users.list", nil, nil, { search = "%" } },
  { "a page's link", "users.list", nil, nil, { link = "%" } },
  { "the base", "users.list", nil, nil, { base_url = "https://h/%" } },
  { "a header", "users.list", nil, nil, { headers = { Prefer = "%" } } },
  { "a header's name", "users.list", nil, nil, { headers = { ["%"] = "x" } } },
  { "the client's name", "users.list", nil, nil, { user_agent = "%" } },
  { "the operation's name", "users.list%" },
  { "a root", "call.get", { "c" }, nil, { root = "/app/calls%" } },
  { "a row's method", { method = "GET%", path = "/me" } },
  { "a row's path", { method = "GET", path = "/me%" } },
  { "an address", "invitations.create", nil, invitation { invitedUserEmailAddress = "a@b.c%" } },
  { "a redirect", "invitations.create", nil, invitation { inviteRedirectUrl = REDIRECT .. "%" } },
}

local CONTROLS = {
  CR = "\r", LF = "\n", NUL = "\0", TAB = "\t", VT = "\11", ESC = "\27", DEL = "\127",
}

-- A value with a text in place of each %.
local function filled(value, text)
  if type(value) == "string" then
    return (value:gsub("%%", function()
      return text
    end))
  elseif type(value) ~= "table" then
    return value
  end
  local copy = {}
  for name, inner in pairs(value) do
    copy[filled(name, text)] = filled(inner, text)
  end
  return copy
end

-- Headers that say where a message ends or how the connection goes on.
local FRAMING = {
  "Content-Length", "content-length", "Transfer-Encoding", "Host", "Connection", "Expect", "TE",
  "Trailer",
  "Upgrade", "Keep-Alive",
}

-- Calls in an interpreter whose collector has nothing else to do, so that it runs inside them.
local FINALIZERS = [[
local core, garbage = require "graphinvite.core", require "spec.support.garbage"
collectgarbage("setpause", 10)
for i = 1, 2000 do
  local row = { method = ("P"):rep(50 + i % 9), path = "/" .. ("a"):rep(60) .. i .. "/{id}" }
  local options = { filter = ("f"):rep(60) .. i, base_url = "https://h/" .. ("b"):rep(60) .. i }
  garbage.leave(function()
    row.method, row.path, options.filter, options.base_url = nil, nil, nil, nil
    local taken = {} -- the memory that has become free
    for k = 1, 50 do
      taken[#taken + 1] = ("z"):rep(70) .. k
    end
  end)
  for _ = 1, 10 do
    local request = core.request(row, { "id" .. i }, { x = ("y"):rep(100) .. i }, options)
    assert(not request or request.method == ("P"):rep(50 + i % 9))
  end
end
io.write "done"
]]

describe("request", function()
  for _, row in ipairs(URLS) do
    local what, name, arguments, options, wanted = row[1], row[2], row[3], row[4], row[5]
    it("builds a URL with " .. what, function()
      local request = assert(core.request(name, arguments, nil, options))
      assert.equal(BASE .. wanted, request.url)
    end)
  end

  it("takes the base and a page's link as they are", function()
    local options = { base_url = "http://127.0.0.1:8080/beta" }
    assert.equal("http://127.0.0.1:8080/beta/users",
      assert(core.request("users.list", nil, nil, options)).url)
    local link = "https://graph.microsoft.com/v1.0/users?$skiptoken=a%2Bb'+c"
    assert.equal(link, assert(core.request("users.list", nil, nil, { link = link, top = 5 })).url)
  end)

  for _, row in ipairs(REFUSED) do
    it("refuses " .. row[1], function()
      local request, why = core.request(row[2], row[3], row[4], row[5])
      assert.is_nil(request)
      assert.equal(row[6], why)
    end)
  end

  for _, place in ipairs(PLACES) do
    for name, byte in pairs(CONTROLS) do
      it(("refuses %s in %s"):format(name, place[1]), function()
        for _, text in ipairs { "x" .. byte .. "y", byte } do
          local request, why = core.request(filled(place[2], text), filled(place[3], text),
            filled(place[4], text), filled(place[5], text))
          assert.is_nil(request)
          assert.is_nil(why:find "%c", why)
        end
      end)
    end
  end

  it("escapes control characters inside a body", function()
    local body = invitation { invitedUserDisplayName = "a\r\nb\0" }
    local request = assert(core.request("invitations.create", nil, body))
    assert.matches('"a\\r\\nb\\u0000"', request.body, 1, true)
  end)

  for _, name in ipairs(FRAMING) do
    it("leaves the header " .. name .. " to the transport", function()
      local request, why = core.request("users.list", nil, nil, { headers = { [name] = "1" } })
      assert.is_nil(request)
      assert.equal(("headers: %s is set by the transport"):format(name), why)
    end)
  end

  for _, name in ipairs { "", "a b", "a:b", "a\\b", "a(b", "é", "a/b" } do
    it(("refuses the header's name %q"):format(name), function()
      assert.is_nil((core.request("users.list", nil, nil, { headers = { [name] = "1" } })))
    end)
  end

  it("sends what the seeds print as bodies of a PATCH", function()
    for _, row in ipairs {
      { "seed-000-request", "call.operations.update", { "c", "o" } },
      { "seed-003-request", "call.operations.create", { "c" } },
      { "seed-002-request", "invitations.update", { "i" }, { flavour = "aadinvitemgr" } },
      { "seed-004-request", "linkedin.invitations.update", nil },
      { "seed-004-request", "linkedin.invitations.update", { "i" } },
    } do
      local text = json_text.fixture(row[1])
      local request = assert(core.request(row[2], row[3], assert(core.decode(nil, text)), row[4]))
      assert(json_text.equal(request.body, text))
    end
  end)
end)

describe("request in the flavour of the other namespace", function()
  local FLAVOUR = { flavour = "aadinvitemgr" }

  it("writes the capital I for either spelling, and the type in front", function()
    for _, name in ipairs { "invitedUserMessageInfo", "InvitedUserMessageInfo" } do
      local request = assert(core.request("invitations.update", { "i" }, { [name] = {} }, FLAVOUR))
      assert.equal('{"@odata.type":"#Microsoft.AADInviteMgr.invitation",'
        .. '"InvitedUserMessageInfo":{}}', request.body)
    end
  end)

  it("keeps the type text that it is given", function()
    local body = { ["@odata.type"] = "Microsoft.AADInviteMgr.invitation" }
    assert.equal('{"@odata.type":"Microsoft.AADInviteMgr.invitation"}',
      assert(core.request("invitations.update", { "i" }, body, FLAVOUR)).body)
  end)

  it("refuses both spellings at once", function()
    local _, why = core.request("invitations.update", { "i" },
      { invitedUserMessageInfo = {}, InvitedUserMessageInfo = {} }, FLAVOUR)
    assert.matches("given twice", why, 1, true)
  end)

  it("binds the rules of A1 to both spellings", function()
    for _, name in ipairs { "invitedUserMessageInfo", "InvitedUserMessageInfo" } do
      local _, why = core.request("invitations.create", nil,
        invitation { [name] = { ccRecipients = { {}, {} } } }, FLAVOUR)
      assert.equal(name .. ".ccRecipients: 2 given, Microsoft Graph supports one", why)
    end
  end)

  it("changes nothing for operations that send no invitation", function()
    local plain = assert(core.request("call.participants.invite", { "c" }, PEOPLE))
    assert.same(plain, assert(core.request("call.participants.invite", { "c" }, PEOPLE, FLAVOUR)))
  end)
end)

describe("request for a call like an earlier one", function()
  -- operation, arguments and body of the first call, and of the second
  local PAIRS = {
    { "invitations.create", nil, invitation(), nil, invitation { sendInvitationMessage = true } },
    { "invitations.get", { "1" }, nil, { "2" }, nil },
    { "invitations.update", { "1" }, { status = "a" }, { "2" }, { status = "b" } },
    { "users.list", nil, nil, nil, nil },
  }
  for _, row in ipairs(PAIRS) do
    it("fills that one's record as a new one: " .. row[1], function()
      local options = { base_url = BASE, user_agent = "x", bare = true }
      local spare = assert(core.request(row[1], row[2], row[3], options))
      local request = assert(core.request(row[1], row[4], row[5], options, spare))
      assert.equal(spare, request)
      assert.same(core.request(row[1], row[4], row[5], options), request)
    end)
  end

  it("has no record where the body is refused", function()
    local spare = assert(core.request("invitations.create", nil, invitation()))
    local request, why = core.request("invitations.create", nil, invitation { x = 1 }, nil, spare)
    assert.is_nil(request)
    assert.truthy(why:find("^x: no such property"))
  end)
end)

describe("request's headers", function()
  local function headers(name, options, arguments, body)
    return assert(core.request(name, arguments, body, options)).headers
  end

  it("are those that the call needs", function()
    assert.same({ Accept = "application/json" }, headers("invitations.list"))
    assert.same({ Accept = "application/json", ["Content-Type"] = "application/json" },
      headers("invitations.create", nil, nil, invitation()))
    assert.same({ Accept = "text/plain" }, headers("invitations.count"))
  end)

  it("ask for advanced queries of the directory where one is made", function()
    assert.is_nil(headers("users.list").ConsistencyLevel)
    assert.equal("eventual", headers("users.count").ConsistencyLevel)
    assert.equal("eventual", headers("users.list", { count = true }).ConsistencyLevel)
    assert.equal("eventual", headers("users.list", { search = "x" }).ConsistencyLevel)
    assert.is_nil(headers("invitations.count").ConsistencyLevel)
  end)

  it("take the caller's, whose names replace ours in any casing", function()
    local given = { accept = "text/json", ["X-Mine"] = "1", ["If-Match"] = 7 }
    local wanted = {
      Accept = "text/json", ["X-Mine"] = "1", ["If-Match"] = "7", ["User-Agent"] = "me",
    }
    assert.same(wanted, headers("invitations.list", { headers = given, user_agent = "me" }))
  end)

  it("leave the caller's table as it is", function()
    local given = { accept = "x" }
    headers("invitations.list", { headers = given })
    assert.same({ accept = "x" }, given)
  end)
end)

describe("request for a caller's own row", function()
  it("takes the fields of a row", function()
    local request = assert(core.request({ method = "POST", path = "/users/{user}/revoke/{what}" },
      { "a b", "c" }, { x = 1 }, { top = 1 }))
    assert.equal(BASE .. "/users/a%20b/revoke/c?$top=1", request.url)
    assert.equal('{"x":1}', request.body)
    assert.equal("POST", request.method)
    assert.equal("/users/{user}/revoke/{what}", request.op.path)
  end)

  it("checks the body against the type it sends", function()
    local row = { method = "PATCH", path = "/users/{user}", sends = "microsoft.graph.user" }
    local _, why = core.request(row, { "u" }, { accountEnabled = "yes" })
    assert.equal('accountEnabled: not a Boolean: "yes"', why)
  end)

  it("is known again as ours by name, method and path", function()
    local row = { name = "invitations.create", method = "POST", path = "/invitations" }
    local _, why = core.request(row, nil, {})
    assert.equal("invitedUserEmailAddress: required", why)
  end)

  it("is the caller's own where the method is another", function()
    local row = { name = "invitations.create", method = "PUT", path = "/invitations" }
    local request = assert(core.request(row, nil, {}))
    assert.equal("PUT", request.method)
    assert.equal("{}", request.body)
  end)

  -- A text that has not lived on is noticed by the sanitizers, and by them alone.
  it("keeps the texts of a row while a finalizer empties it", function()
    assert.equal("done", process.elsewhere("", FINALIZERS))
  end)

  it("raises where it is neither a name nor a table", function()
    assert.has_error(function()
      core.request(5)
    end)
    assert.has_error(function()
      core.request("users.list", "x")
    end)
    assert.has_error(function()
      core.request("users.list", nil, nil, "x")
    end)
  end)
end)
