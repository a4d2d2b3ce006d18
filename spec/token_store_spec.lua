local cjson = require "cjson"
local core = require "graphinvite.core"
local emulators = require "graphinvite.emulator"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local process = require "spec.support.process"
local scheduler = require "graphinvite.scheduler"
local scripted = require "spec.support.scripted"
local sys = require "graphinvite.sys"
local url = require "graphinvite.emulator.url"

local auth = graphinvite.auth

local TENANT = "8e1f0a52-3c4d-4b5e-9f60-718293a4b5c6"
local CLIENT = "24e9c1d8-5a72-4e3d-9d6f-3c9b5a1e0f11"
local COUNT = { status = 200, headers = { ["content-type"] = "text/plain" }, body = "5" }
local PRIVATE = tonumber("600", 8)

local directory, path

local function read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

local function write(name, text)
  local file = assert(io.open(name, "wb"))
  file:write(text)
  file:close()
end

local function contents()
  return cjson.decode(read(path)).tokens
end

local function token(text, more)
  local value = { token_type = "Bearer", expires_in = 3600, access_token = text }
  for name, member in pairs(more or {}) do
    value[name] = member
  end
  return { status = 200, body = assert(core.encode(nil, value)) }
end

local function refusal(code)
  return { status = 400, body = ('{"error":"%s"}'):format(code) }
end

-- A transport on which Graph answers COUNT, or what graph gives, and all else what the list says.
local function endpoints(list, graph)
  local transport
  transport = scripted.new { function(request)
    if request.url:find("^https://[%w%.-]+/v1%.0/") then
      return graph and graph(request) or COUNT
    end
    local asked = transport.asked
    asked[#asked + 1] = assert(url.parameters(request.body))
    return list[math.min(#asked, #list)]
  end }
  transport.asked = {}
  return transport
end

local function secret()
  return auth.client_secret { tenant = TENANT, client_id = CLIENT, client_secret = "s" }
end

-- A client as another program makes it.
local function program(transport, source, options)
  local given = { transport = transport, auth = auth.stored(source or secret(), path) }
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  return graphinvite.new(given)
end

local function bearer(transport)
  return transport.requests[#transport.requests].headers.Authorization
end

describe("auth.stored", function()
  before_each(function()
    directory = process.directory()
    path = directory .. "/tokens.json"
  end)

  after_each(function()
    os.execute("rm -rf " .. directory)
  end)

  it("keeps a token where only its owner can read it", function()
    local transport = endpoints { token "one.b.c" }
    assert.equal(5, program(transport).users:count())
    assert.equal(PRIVATE, sys.mode(path))
    assert.equal(PRIVATE, sys.mode(path .. ".lock"))
    local _, entry = next(contents())
    assert.same({
      access_token = "one.b.c", expires_on = scripted.START + 3600,
      renew_on = scripted.START + 3300,
    }, entry)
  end)

  it("gives the next program the token without asking", function()
    local transport = endpoints { token "one.b.c", token "two.b.c" }
    program(transport).users:count()
    transport.sleep(3299)
    assert.equal(5, program(transport).users:count())
    assert.equal(1, #transport.asked)
    assert.equal("Bearer one.b.c", bearer(transport))
  end)

  it("asks when the token is about to end", function()
    local transport = endpoints { token "one.b.c", token "two.b.c" }
    program(transport).users:count()
    transport.sleep(3300)
    program(transport).users:count()
    assert.equal(2, #transport.asked)
    assert.equal("Bearer two.b.c", bearer(transport))
  end)

  it("has a client renew a token that it has read, before its end", function()
    local transport = endpoints { token "one.b.c", token "two.b.c" }
    program(transport).users:count()
    transport.sleep(2600)
    local client = program(transport)
    client.users:count()
    transport.sleep(700)
    client.users:count()
    assert.equal("Bearer two.b.c", bearer(transport))
    assert.equal(2, #transport.asked)
  end)

  it("asks when the token was refused, and keeps the new one", function()
    local transport = endpoints({ token "one.b.c", token "two.b.c" }, function(request)
      return request.at > 0 and request.headers.Authorization == "Bearer one.b.c"
        and { status = 401 } or nil
    end)
    program(transport).users:count()
    transport.sleep(1)
    assert.equal(5, program(transport).users:count())
    assert.equal(5, program(transport).users:count())
    assert.equal(2, #transport.asked)
    assert.equal("Bearer two.b.c", bearer(transport))
  end)

  it("asks when the service wants claims", function()
    local claims = core.base64_encode '{"access_token":{"nbf":{"essential":true}}}'
    local challenge = 'Bearer realm="", error="insufficient_claims", claims="' .. claims .. '"'
    local graph = 0
    local transport = endpoints({ token "one.b.c" }, function()
      graph = graph + 1
      return graph == 2 and { status = 401, headers = { ["www-authenticate"] = challenge } } or nil
    end)
    program(transport).users:count()
    assert.equal(5, program(transport).users:count())
    assert.equal(2, #transport.asked)
    assert.matches("xms_cc", transport.asked[2].claims)
  end)

  it("keeps the tokens of several applications and clouds apart", function()
    local transport = endpoints { token "one.b.c", token "two.b.c", token "three.b.c" }
    local other = auth.client_secret { tenant = TENANT, client_id = "other", client_secret = "s" }
    for _ = 1, 2 do
      program(transport).users:count()
      assert.equal("Bearer one.b.c", bearer(transport))
      program(transport, other).users:count()
      assert.equal("Bearer two.b.c", bearer(transport))
      program(transport, nil, { cloud = "usgov" }).users:count()
      assert.equal("Bearer three.b.c", bearer(transport))
    end
    assert.equal(3, #transport.asked)
  end)

  -- what is in the file; %s is the name of the token
  local DAMAGES = {
    "", "x", "\0", "5", "null", "[]", "{}", '{"tokens":5}', '{"tokens":[]}', '{"tokens":[1,2]}',
    '{"tokens":{"%s":5}}', '{"tokens":{"%s":null}}', '{"tokens":{"%s":{}}}',
    '{"tokens":{"%s":{"access_token":5,"expires_on":1e12,"renew_on":1e12}}}',
    '{"tokens":{"%s":{"access_token":"x","expires_on":"y","renew_on":{}}}}',
    '{"tokens":{"%s":{"access_token":"x","expires_on":1e12,"renew_on":null}}}',
    '{"tokens":{"%s":{"refresh_token":5}}}', '{"tokens":{"%s":{"access_tok', ("["):rep(5000),
  }
  for i, text in ipairs(DAMAGES) do
    it(("begins anew where the file is damaged, case %d: %s"):format(i, text:sub(1, 30)), function()
      local transport = endpoints { token "one.b.c", token "two.b.c" }
      program(transport).users:count()
      local key = cjson.encode((next(contents()))):sub(2, -2)
      write(path, (text:gsub("%%s", function() return key end)))
      assert.equal(5, program(transport).users:count())
      assert.equal("Bearer two.b.c", bearer(transport))
      assert.equal(5, program(transport).users:count())
      assert.equal(2, #transport.asked)
      assert.equal(PRIVATE, sys.mode(path))
    end)
  end

  it("does not trust a file that others may have written or read", function()
    local transport = endpoints { token "one.b.c", token "two.b.c", token "three.b.c" }
    program(transport).users:count()
    for i, mode in ipairs { "644", "620" } do
      os.execute(("chmod %s %s"):format(mode, path))
      program(transport).users:count()
      assert.equal(i + 1, #transport.asked)
      assert.equal(PRIVATE, sys.mode(path))
    end
  end)

  it("survives a clock that was set back", function()
    local transport = endpoints { token "one.b.c" }
    program(transport).users:count()
    local wall = transport.wall
    transport.wall = function() return wall() - 86400 end
    assert.equal(5, program(transport).users:count())
  end)

  it("keeps the refresh token of a person who has signed in", function()
    local device = {
      device_code = "d", user_code = "u", verification_uri = "https://a.example", expires_in = 900,
    }
    local transport = endpoints {
      { status = 200, body = assert(core.encode(nil, device)) },
      token("one.b.c", { refresh_token = "R1" }), token("two.b.c", { refresh_token = "R2" }),
      token "three.b.c",
    }
    local prompts = 0
    for _ = 1, 3 do
      local source = auth.device_code {
        client_id = CLIENT, prompt = function() prompts = prompts + 1 end,
      }
      assert.equal(5, program(transport, source).users:count())
      transport.sleep(3600)
    end
    assert.equal(1, prompts)
    assert.equal("R1", transport.asked[3].refresh_token)
    assert.equal("R2", transport.asked[4].refresh_token)
    local _, entry = next(contents())
    assert.equal("R2", entry.refresh_token) -- no new one came with the last token
  end)

  local function person(refresh_token)
    return auth.refresh_token { tenant = TENANT, client_id = CLIENT, refresh_token = refresh_token }
  end

  it("goes on with the refresh token that came last", function()
    local transport = endpoints { token("one.b.c", { refresh_token = "NEW" }), token "two.b.c" }
    program(transport, person "OLD").users:count()
    transport.sleep(3600)
    program(transport, person "OLD").users:count()
    assert.equal("OLD", transport.asked[1].refresh_token)
    assert.equal("NEW", transport.asked[2].refresh_token)
  end)

  it("begins anew with another refresh token: the person may be another one", function()
    local transport = endpoints { token("one.b.c", { refresh_token = "NEW" }), token "two.b.c" }
    program(transport, person "OLD").users:count()
    program(transport, person "BETTER").users:count()
    assert.equal("BETTER", transport.asked[2].refresh_token)
    assert.equal("Bearer two.b.c", bearer(transport))
  end)

  it("keeps what it has when the grant is refused", function()
    local transport = endpoints {
      token("one.b.c", { refresh_token = "NEW" }), refusal "invalid_grant",
    }
    program(transport, person "OLD").users:count()
    local before = read(path)
    transport.sleep(3600)
    local _, err = program(transport, person "OLD").users:count()
    assert.equal("invalid_grant", err.code)
    assert.equal(before, read(path))
  end)

  -- A source of the caller's own that gives this, without a word on the token's end.
  local function endless(given)
    return { key = "mine", acquire = function() return given end }
  end

  it("keeps no token whose end is not known", function()
    local transport = endpoints {}
    assert.equal(5, program(transport, endless { access_token = "SECRET" }).users:count())
    assert.is_nil(io.open(path))
    local other = endless { access_token = "OTHER" }
    assert.equal(5, program(transport, other).users:count())
    assert.equal("Bearer OTHER", bearer(transport))
  end)

  it("keeps such a token's refresh token", function()
    local given = { access_token = "SECRET", refresh_token = "R" }
    assert.equal(5, program(endpoints {}, endless(given)).users:count())
    local _, entry = next(contents())
    assert.same({ refresh_token = "R" }, entry)
  end)

  it("lets go of the lock when the source raises an error", function()
    local client = program(endpoints {}, {
      key = "mine", acquire = function() error("the vault is gone", 0) end,
    })
    for _ = 1, 2 do
      local _, err = client.users:count()
      assert.matches("the vault is gone", err.message)
    end
    assert(sys.lock(path .. ".lock", 0)):release()
  end)

  -- path, what the error says, how often the authority is asked
  local UNUSABLE = {
    { "a folder that is not there", "/none/tokens", "no such file", 0 },
    { "a file for a folder", "/file/tokens", "not to be had", 0 },
    { "a folder for a file", "/folder", "cannot be written", 1 },
    { "a link", "/link", "symbolic link", 1 },
  }
  for _, row in ipairs(UNUSABLE) do
    it("is an error of sign-in with " .. row[1], function()
      write(directory .. "/file", "")
      os.execute(("mkdir %s/folder; ln -s %s/file %s/link"):format(directory, directory, directory))
      path = directory .. row[2]
      local transport = endpoints { token "SECRET" }
      local value, err = program(transport).users:count()
      assert.is_nil(value)
      assert.equal("auth", err.kind)
      assert.is_truthy(err.message:find(row[3], 1, true), err.message)
      assert.is_truthy(err.message:find(path, 1, true), err.message)
      assert.is_nil(err.message:find("SECRET", 1, true))
      assert.equal(row[4], #transport.asked)
    end)
  end

  it("waits for another program's lock as long as the call may", function()
    local held = assert(sys.lock(path .. ".lock", 0))
    local transport = endpoints { token "one.b.c" }
    local _, err = program(transport, nil, { deadline = 10 }).users:count()
    assert.equal("deadline", err.kind)
    assert.equal(10, transport.elapsed)
    _, err = program(transport).users:count()
    assert.equal("auth", err.kind)
    assert.is_true(err.retriable)
    assert.matches("locked by another process", err.message)
    assert.equal(70, transport.elapsed)
    assert.equal(0, #transport.asked)
    held:release()
    assert.equal(5, program(transport).users:count())
  end)

  it("can be shared by the tasks of one program", function()
    local transport = scheduler.port(scripted.new {})
    local loop, ended = scheduler.loop(), {}
    local source = {
      key = "mine", acquire = function(_, context)
        transport.sleep(5)
        return { access_token = context.token_key, expires = transport.now() + 3600 }
      end,
    }
    for _, key in ipairs { "a", "b", "c" } do
      scheduler.run(loop:spawn(function()
        local given = assert(auth.stored(source, path):acquire {
          transport = transport, deadline = 100, token_key = key,
        })
        ended[#ended + 1] = given.access_token
      end, function(_, err) assert(not err, tostring(err)) end))
    end
    while loop:step() do end -- luacheck: ignore
    table.sort(ended)
    assert.same({ "a", "b", "c" }, ended)
    assert.is_true(transport.now() < 17)
    local kept = contents()
    assert.is_table(kept.a and kept.b and kept.c)
  end)

  it("bears an environment without a credential until the first call", function()
    local transport = endpoints {}
    local _, err = program(transport, auth.environment(function() return nil end)).users:count()
    assert.equal("auth", err.kind)
    assert.matches("AZURE_CLIENT_SECRET", err.message)
    assert.equal(0, #transport.requests)
  end)

  for _, source in ipairs { 5, {}, { acquire = function() end }, auth.static(function() end) } do
    it("raises for what is no source with a key: " .. type(source), function()
      assert.has_error(function() auth.stored(source, path) end)
    end)
  end

  for _, given in ipairs { "", 5, false } do
    it("raises for the path " .. tostring(given), function()
      assert.has_error(function() auth.stored(secret(), given) end)
    end)
  end
end)

-- What a process does after its first line and when nobody holds the lock on the gate.
local CHILD = [[
package.path, package.cpath = %q, %q
local sys = require "graphinvite.sys"
print(sys.pid())
io.stdout:flush()
assert(sys.lock(%q, 30)):release()
%s
]]

-- Runs code in several processes at the same time and gives the last line of each.
local function together(n, code)
  local gate = directory .. "/gate"
  local held = assert(sys.lock(gate, 0))
  write(directory .. "/child.lua", CHILD:format(package.path, package.cpath, gate, code))
  local children, lines = {}, {}
  for i = 1, n do
    children[i] = process.spawn(process.lua(directory .. "/child.lua"), process.directory())
  end
  held:release()
  for i, child in ipairs(children) do
    lines[i] = child.out:read "*l" or io.open(child.directory .. "/err"):read "*a"
    child:stop()
  end
  return lines
end

describe("several processes with one store", function()
  before_each(function()
    directory = process.directory()
    path = directory .. "/tokens.json"
  end)

  after_each(function()
    os.execute("rm -rf " .. directory)
  end)

  it("ask for one token together", function()
    local addresses = helper.server()
    local curl = require("graphinvite.transport.curl").new {}
    local remote = emulators.connect(addresses.url, curl)
    remote:reset()
    local lines = together(4, ([[
      local graphinvite = require "graphinvite"
      local client = graphinvite.new {
        base_url = %q, authority = %q, auth = graphinvite.auth.stored(
          graphinvite.auth.client_secret { tenant = %q, client_id = %q, client_secret = "s" }, %q),
      }
      local count, err = client.users:count()
      print(count and "ok" or tostring(err))
    ]]):format(addresses.graph, addresses.authority, TENANT, CLIENT, path))
    assert.same({ "ok", "ok", "ok", "ok" }, lines)
    local tokens, users = 0, 0
    for _, request in ipairs(remote:requests()) do
      local for_token = request.path:find("/oauth2/", 1, true)
      tokens, users = tokens + (for_token and 1 or 0), users + (for_token and 0 or 1)
    end
    assert.same({ 1, 4 }, { tokens, users })
    assert.equal(PRIVATE, sys.mode(path))
  end)

  -- The service gives a new refresh token each time and takes only the last one.
  it("renew it in turn and leave it valid", function()
    local service = directory .. "/service"
    write(service, "0")
    local lines = together(3, ([[
      local core = require "graphinvite.core"
      local service, path = %q, %q
      local function number(text)
        local file = assert(io.open(service, text and "w" or "r"))
        local result = text and file:write(text) or file:read "*n"
        file:close()
        return result
      end
      local source = {
        key = "mine", acquire = function(_, context)
          local last = number()
          if (context.refresh_token or "R0") ~= ("R%%d"):format(last) then
            error("the refresh token is not the last one")
          end
          number(("%%d"):format(last + 1))
          return {
            access_token = "T", refresh_token = ("R%%d"):format(last + 1),
            expires = context.transport.now() + 3600,
          }
        end,
      }
      local transport = { now = core.clock, wall = sys.wall, sleep = sys.sleep }
      for _ = 1, 10 do
        assert(require("graphinvite.auth").stored(source, path):acquire {
          transport = transport, deadline = core.clock() + 30, token_key = "k", claims = "always",
        })
      end
      print "ok"
    ]]):format(service, path))
    assert.same({ "ok", "ok", "ok" }, lines)
    assert.equal("30", read(service))
    assert.equal("R30", contents().k.refresh_token)
    assert.equal("T", contents().k.access_token)
    assert.equal(PRIVATE, sys.mode(path))
  end)
end)
