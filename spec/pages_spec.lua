local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local raises = require "spec.support.raises"
local scripted = require "spec.support.scripted"

local CALL = "57dab8b1-894c-409a-b240-bd8beae78896" -- the emulator has it from the start
local PAGE_SIZE = 3

local function body(i, name)
  return {
    invitedUserEmailAddress = ("guest%d@fabrikam.example"):format(i),
    invitedUserDisplayName = name,
    inviteRedirectUrl = "https://app.contoso.example",
  }
end

-- What a list yields: the field of every item, then what came with a failure.
local function collect(list, field)
  local found, problem = {}, nil
  for item, err in list do
    assert.is_nil(problem, "something came after a failure")
    if item then
      found[#found + 1] = item[field]
    else
      problem = err
    end
  end
  return found, problem
end

-- name of a list, how it is asked for, the field that tells its items apart
local LISTS = {
  {
    "invitations", function(client, options) return client.invitations:list(options) end,
    "invitedUserEmailAddress",
  },
  { "users", function(client, options) return client.users:list(options) end, "mail" },
  {
    "call.operations",
    function(client, options) return client:call(CALL).operations:list(options) end, "id",
  },
  {
    "call.participants",
    function(client, options) return client:call(CALL).participants:list(options) end, "id",
  },
  {
    "linkedin.invitations",
    function(client, options) return client.linkedin.invitations:list(options) end, "id",
  },
}

-- A name that has every character with a meaning in a URL or in OData.
local NAME = "O'Hara & Söhne + 50% #1 / \"x\"? a=b;c,d: $e @f [g] \\h 漢字"

helper.over_every_transport(function(open)
  describe("a list", function()
    local client, emulator

    -- A tenant in which every list has eight items.
    local function fill(version)
      client, emulator = open {
        version = version, emulator = { page_size = PAGE_SIZE },
      }
      for i = 1, 5 do
        assert(client.invitations:create(body(i)))
      end
      local call = client:call(CALL)
      for i = 1, 8 do
        assert(call.participants:invite {
          participants = { { identity = { user = { id = "u" .. i } } } },
        })
      end
      emulator:advance(10)
    end

    -- The requests to the tenant since the last call of this.
    local seen
    local function requests()
      local all = emulator:requests()
      local fresh = {}
      for i = seen + 1, #all do
        fresh[#fresh + 1] = all[i]
      end
      seen = #all
      return fresh
    end

    before_each(function()
      seen = 0
    end)

    for _, row in ipairs(LISTS) do
      local name, ask, field = row[1], row[2], row[3]
      it("gives the items of all pages, each once and in order: " .. name, function()
        fill "beta"
        for i = 6, 8 do
          assert(client.invitations:create(body(i)))
        end
        for _ = 1, 7 do
          assert(client.linkedin.invitations:create { inviter = "a", invitee = "b" })
        end
        requests()
        local found, problem = collect(ask(client), field)
        assert.is_nil(problem)
        local total = name == "users" and 11 or 8 -- three have accounts
        local once = {}
        for _, value in ipairs(found) do
          assert.is_nil(once[value], "an item came twice")
          once[value] = true
        end
        assert.equal(total, #found)
        assert.equal(math.ceil(total / PAGE_SIZE), #requests())
        assert.same(found, (collect(ask(client, { top = total }), field)))
      end)
    end

    it("asks for a page only when its first item is wanted", function()
      fill()
      requests()
      local list = client.invitations:list()
      assert.equal(0, #requests())
      list:next()
      assert.equal(1, #requests())
      list:next()
      list:next()
      assert.equal(0, #requests())
      list:next()
      assert.equal(1, #requests())
    end)

    it("asks for nothing after a break", function()
      fill()
      requests()
      for item in client.invitations:list() do -- luacheck: ignore 512
        assert.is_table(item)
        break
      end
      assert.equal(1, #requests())
    end)

    it("gives nil at the end, and again nil, and asks no more", function()
      fill()
      local list = client.invitations:list()
      for _ = 1, 5 do
        assert.is_table((list:next()))
      end
      requests()
      for _ = 1, 3 do
        assert.is_nil((list:next()))
      end
      assert.equal(0, #requests())
    end)

    it("ends at once where there is nothing", function()
      client = open()
      assert.same({}, (collect(client.invitations:list(), "id")))
    end)

    it("tells how many there are, when it was asked to", function()
      fill()
      local list = client.invitations:list { count = true }
      assert.is_nil(list:count())
      list:next()
      assert.equal(5, list:count())
      collect(list, "id")
      assert.equal(5, list:count())
      list = client.invitations:list()
      list:next()
      assert.is_nil(list:count())
    end)

    it("goes on in another list from link()", function()
      fill()
      local list = client.invitations:list { top = 2 }
      list:next()
      list:next()
      local link = assert(list:link())
      assert.is_string(link)
      local rest = collect(client.invitations:list { link = link }, "invitedUserEmailAddress")
      for i = 3, 5 do
        assert.equal(body(i).invitedUserEmailAddress, table.remove(rest, 1))
      end
      assert.same({}, rest)
    end)

    it("loses no item when it goes on from the midst of a page", function()
      fill()
      for taken = 0, 5 do
        local list, found = client.invitations:list(), {}
        for _ = 1, taken do
          found[list:next().invitedUserEmailAddress] = true
        end
        local link = list:link()
        local rest = link and client.invitations:list { link = link }
          or taken == 0 and client.invitations:list() or function() end
        for item in rest do
          found[item.invitedUserEmailAddress] = true
        end
        for i = 1, 5 do
          assert.is_true(found[body(i).invitedUserEmailAddress],
            ("guest %d is lost after %d items"):format(i, taken))
        end
      end
    end)

    it("has no link at its end", function()
      fill()
      local list = client.invitations:list()
      collect(list, "id")
      assert.is_nil(list:link())
    end)

    it("orders, filters, selects and skips", function()
      fill()
      local found = collect(client.users:list {
        filter = "userType eq 'Guest'", orderby = { "mail desc" }, select = { "id", "mail" },
      }, "mail")
      assert.equal("guest5@fabrikam.example", found[1])
      assert.equal(5, #found)
      local list = client.users:list { select = "id", top = 1 }
      local user = list:next()
      assert.is_nil(user.mail)
      assert.is_string(user.id)
      found = collect(client.invitations:list { skip = 4 }, "invitedUserEmailAddress")
      assert.same({ "guest5@fabrikam.example" }, found)
    end)

    it("expands", function()
      fill()
      local list = client.invitations:list { expand = "invitedUser($select=id,mail)" }
      local item = assert(list:next())
      assert.equal("guest1@fabrikam.example", item.invitedUser.mail)
    end)

    it("finds a text that has every character with a meaning", function()
      fill()
      assert(client.invitations:create(body(6, NAME)))
      local condition = graphinvite.filter("displayName eq %s", NAME)
      assert.same({ NAME }, (collect(client.users:list { filter = condition }, "displayName")))
    end)

    it("gives a refusal once, as false and the error, and ends", function()
      client = open()
      local list = client:call("not-there").operations:list()
      local item, err = list:next()
      assert.is_false(item)
      assert.equal("graph", err.kind)
      assert.equal(404, err.status)
      assert.is_nil((list:next()))
      local found, problem = collect(client.invitations:list { filter = "(" }, "id")
      assert.same({}, found)
      assert.equal(400, problem.status)
    end)

    it("is a page of one where the service has a single object", function()
      client = open()
      local ids = collect(client.linkedin.invitations:list(), "id")
      assert.same({ client.linkedin.invitations:get().id }, ids)
    end)
  end)
end)

local HOME = "https://graph.microsoft.com/v1.0/invitations"

local function page(ids, link, more)
  local items = {}
  for i, id in ipairs(ids) do
    items[i] = ('{"id":"%s"}'):format(id)
  end
  local parts = { '"value":[' .. table.concat(items, ",") .. "]", more }
  if link then
    parts[#parts + 1] = '"@odata.nextLink":"' .. link .. '"'
  end
  return { status = 200, body = "{" .. table.concat(parts, ",") .. "}" }
end

-- nextLink as it stands in JSON; whether it may be followed
local LINKS = {
  { HOME .. "?$skiptoken=a", true },
  { "https://graph.microsoft.com:443/v1.0/x", true },
  { "HTTPS://Graph.Microsoft.COM/v1.0/x", true },
  { "https://graph.microsoft.com/beta/x", true },
  { "http://graph.microsoft.com/v1.0/x", false },
  { "https://graph.microsoft.com:8443/v1.0/x", false },
  { "https://graph.microsoft.us/v1.0/x", false },
  { "https://evil.example/v1.0/x", false },
  { "https://graph.microsoft.com.evil.example/x", false },
  { "https://evil.example/https://graph.microsoft.com/x", false },
  { "https://graph.microsoft.com@evil.example/x", false },
  { "https://graph.microsoft.com:443@evil.example/x", false },
  { "https://evil.example#@graph.microsoft.com/x", false },
  { "https://evil.example?@graph.microsoft.com/x", false },
  { "https://graph.microsoft.com\\\\@evil.example/x", false },
  { "https://evil.example\\\\.graph.microsoft.com/x", false },
  { "https:///graph.microsoft.com/x", false },
  { "//graph.microsoft.com/v1.0/x", false },
  { "/v1.0/x", false },
  { "?$skiptoken=a", false },
  { "ftp://graph.microsoft.com/x", false },
  { "javascript:alert(1)", false },
  { " https://graph.microsoft.com/v1.0/x", false },
  { "https://graph.microsoft.com/v1.0/x y", false },
  { "https://graph.microsoft.com/v1.0/x\\r\\nHost: evil.example", false },
  { "https://graph.microsoft.com/v1.0/x\\u0000", false },
  { "", false },
}

-- Only a scripted transport gives these pages.
describe("a list, with a service that is up to something,", function()
  local function invitations(transport, options)
    local given = { transport = transport, auth = graphinvite.auth.static "secret-token" }
    for name, value in pairs(options or {}) do
      given[name] = value
    end
    return graphinvite.new(given).invitations
  end

  it("passes over pages without items", function()
    local transport = scripted.new {
      page({}, HOME .. "?a"), page({ "1" }, HOME .. "?b"), page({}, HOME .. "?c"), page({ "2" }),
    }
    assert.same({ "1", "2" }, (collect(invitations(transport):list(), "id")))
    assert.equal(4, #transport.requests)
    assert.equal(HOME .. "?c", transport.requests[4].url)
  end)

  for _, row in ipairs(LINKS) do
    local link, allowed = row[1], row[2]
    it(("%s %q"):format(allowed and "follows" or "does not follow", link), function()
      local transport = scripted.new { page({ "1", "2" }, link), page { "3" } }
      local found, problem = collect(invitations(transport):list(), "id")
      if allowed then
        assert.same({ "1", "2", "3" }, found)
        assert.equal("Bearer secret-token", transport.requests[2].headers.Authorization)
        assert.equal(link, transport.requests[2].url)
      else
        assert.same({ "1", "2" }, found)
        assert.equal("model", problem.kind)
        assert.equal(1, #transport.requests)
      end
    end)
  end

  it("says where a foreign link leads and what the caller can do", function()
    local transport = scripted.new { page({}, "https://evil.example/x?token=a") }
    local _, problem = collect(invitations(transport):list(), "id")
    assert.equal("the next page would be at https://evil.example:443", problem.message)
    assert.matches("hosts", problem.hint)
  end)

  it("follows a link to a host that the caller has listed, for one call too", function()
    local answers = { page({ "1" }, "https://next.example/x"), page { "2" } }
    local hosts = { hosts = { "https://next.example" } }
    local transport = scripted.new(answers)
    assert.same({ "1", "2" }, (collect(invitations(transport, hosts):list(), "id")))
    assert.equal("Bearer secret-token", transport.requests[2].headers.Authorization)
    transport = scripted.new(answers)
    assert.same({ "1", "2" }, (collect(invitations(transport):list(hosts), "id")))
  end)

  it("does not take the token of one cloud to another", function()
    local transport = scripted.new { page({ "1" }, HOME) }
    local _, problem = collect(invitations(transport, { cloud = "usgov" }):list(), "id")
    assert.equal("model", problem.kind)
    assert.equal(1, #transport.requests)
  end)

  it("does not begin at a foreign link either", function()
    local transport = scripted.new { page { "1" } }
    local list = invitations(transport):list { link = "https://evil.example/x" }
    local found, problem = collect(list, "id")
    assert.same({}, found)
    assert.equal("model", problem.kind)
    assert.equal(0, #transport.requests)
  end)

  it("takes an Authorization of the caller's own to no foreign link", function()
    local transport = scripted.new { page { "1" } }
    local client = graphinvite.new {
      transport = transport, headers = { authorization = "Bearer secret-token" },
    }
    collect(client.invitations:list { link = "https://evil.example/x" }, "id")
    for _, request in ipairs(transport.requests) do
      assert.is_nil(request.headers.Authorization)
      assert.is_nil(request.headers.authorization)
    end
  end)

  local A, B = HOME .. "?a", HOME .. "?b"
  -- claim, pages, items that come
  local CIRCLES = {
    { "a page that is its own next", { page({ "1" }, A), page({ "2" }, A) }, { "1", "2" } },
    {
      "two pages that are each other's next",
      { page({ "1" }, A), page({ "2" }, B), page({ "3" }, A) }, { "1", "2", "3" },
    },
    { "a page that leads back to the first", { page({ "1" }, HOME) }, { "1" } },
    { "empty pages in a circle", { page({}, A), page({}, A) }, {} },
  }
  for _, row in ipairs(CIRCLES) do
    it("does not go in a circle: " .. row[1], function()
      local transport = scripted.new(row[2])
      local found, problem = collect(invitations(transport):list(), "id")
      assert.same(row[3], found)
      assert.equal("model", problem.kind)
      assert.equal("the pages of this list go in a circle", problem.message)
    end)
  end

  it("gives the items before a page that fails, then the error, then nothing", function()
    local transport = scripted.new { page({ "1", "2" }, A), { status = 403 }, page { "3" } }
    local list = invitations(transport):list()
    local found, problem = collect(list, "id")
    assert.same({ "1", "2" }, found)
    assert.equal(403, problem.status)
    assert.is_nil((list:next()))
    assert.equal(2, #transport.requests)
    assert.equal(A, list:link())
    assert.same({ "3" }, (collect(invitations(transport):list { link = A }, "id")))
    assert.equal(A, transport.requests[3].url)
  end)

  it("repeats a page that was throttled", function()
    local transport = scripted.new {
      page({ "1" }, A), { status = 429, headers = { ["retry-after"] = "7" } }, page { "2" },
    }
    assert.same({ "1", "2" }, (collect(invitations(transport):list(), "id")))
    assert.same({ 7 }, transport.sleeps)
    assert.equal(A, transport.requests[3].url)
  end)

  it("has a deadline for each page", function()
    local slow = page({ "1" }, A)
    slow.takes = 60
    local last = page { "2" }
    last.takes = 60
    local transport = scripted.new { slow, last }
    local list = invitations(transport, { timeout = 90 }):list()
    assert.same({ "1", "2" }, (collect(list, "id")))
  end)

  it("sends its options once and its headers with every page", function()
    local transport = scripted.new { page({ "1" }, A), page {} }
    local client = graphinvite.new { transport = transport }
    collect(client.users:list { count = true, top = 5, headers = { ["X-Mine"] = "yes" } }, "id")
    assert.equal("https://graph.microsoft.com/v1.0/users?$top=5&$count=true",
      transport.requests[1].url)
    assert.equal(A, transport.requests[2].url)
    for _, request in ipairs(transport.requests) do
      assert.equal("eventual", request.headers.ConsistencyLevel)
      assert.equal("yes", request.headers["X-Mine"])
    end
    local first, second = transport.requests[1].headers, transport.requests[2].headers
    assert.not_equal(first["client-request-id"], second["client-request-id"])
  end)

  -- body of the first page, items that come, kind of the error
  local SHAPES = {
    { '{"value":[]}', {} },
    { '{"value":null}', {} },
    { '{"value":[{"id":"1"}],"@odata.nextLink":null}', { "1" } },
    { '{"value":{"id":"1"}}', { "1" } },
    { '{"id":"1"}', { "1" } },
    { '{"@odata.context":"x","value":[{"id":"1"}]}', { "1" } },
    { '{"value":[{"id":"1"}],"@odata.nextLink":5}', { "1" }, "model" },
    { '{"value":[{"id":"1"}],"@odata.nextLink":{}}', { "1" }, "model" },
    { '{"value":[{"id":5}]}', {}, "model" },
    { '{"value":"x"}', {}, "model" },
    { '{"value":[{"id":"1"}', {}, "model" },
    { "<html>", {}, "model" },
    { "", {}, "model" },
  }
  for _, row in ipairs(SHAPES) do
    it("reads the page " .. row[1], function()
      local transport = scripted.new { { status = 200, body = row[1] } }
      local found, problem = collect(invitations(transport):list(), "id")
      assert.same(row[2], found)
      assert.equal(row[3], problem and problem.kind)
      assert.equal(1, #transport.requests)
    end)
  end
end)

describe("a list raises", function()
  local client = graphinvite.new { transport = scripted.new { { status = 500 } } }

  -- luacheck: push ignore 631
  local MISTAKES = {
    { "options of a call are a table, this is a string", function(c) c.invitations:list "x" end },
    { "unknown option tops (did you mean top?)", function(c) c.invitations:list { tops = 5 } end },
    { "unknown option 1", function(c) c.invitations:list { 5 } end },
    { "option top is a number, this is a string", function(c) c.users:list { top = "5" } end },
    { "option filter is a string, this is a table", function(c) c.users:list { filter = {} } end },
    { "option count is a boolean, this is a number", function(c) c.users:list { count = 1 } end },
    { "option link is a string, this is a table", function(c) c.users:list { link = {} } end },
    { "option select is a string|table, this is a boolean", function(c) c.users:list { select = true } end },
    { "unknown option auth", function(c) c.users:list { auth = {} } end },
  }
  -- luacheck: pop

  for _, row in ipairs(MISTAKES) do
    it("at the caller's line: " .. row[1], function()
      raises(row[1], row[2], client)
    end)
  end
end)
