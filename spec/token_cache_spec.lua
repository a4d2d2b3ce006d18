local auth = require "graphinvite.auth"
local cache = require "graphinvite.auth.cache"
local errors = require "graphinvite.errors"
local helper = require "spec.helper"
local scheduler = require "graphinvite.scheduler"
local scripted = require "spec.support.scripted"

local TENANT = "8e1f0a52-3c4d-4b5e-9f60-718293a4b5c6"
local CLIENT = "24e9c1d8-5a72-4e3d-9d6f-3c9b5a1e0f11"

local function secret(text)
  return auth.client_secret { tenant = TENANT, client_id = CLIENT, client_secret = text or "s" }
end

local function numbers(n)
  local list = {}
  for i = 1, n do
    list[i] = i
  end
  return list
end

local function count_users(_, client)
  return client.users:count()
end

-- The results of a run by the index of the item, and how many there are.
local function collect(run)
  local results, n = {}, 0
  for index, value, err in run do
    results[index], n = { value = value, err = err }, n + 1
  end
  return results, n
end

-- How many requests of the journal were for a token, how many for users, and how many of those
-- were refused for their token.
local function journal(emulator)
  local tokens, users, refused = 0, 0, 0
  for _, request in ipairs(emulator:requests()) do
    local for_token = request.path:find("/oauth2/", 1, true)
    tokens = tokens + (for_token and 1 or 0)
    users = users + (for_token and 0 or 1)
    refused = refused + (not for_token and request.status == 401 and 1 or 0)
  end
  return tokens, users, refused
end

helper.over_every_transport(function(open, place)
  describe("many tasks", function()
    it("that need a token at once cause one request for it", function()
      local client, emulator = open { auth = secret() }
      local results, n = collect(client:parallel(numbers(200), count_users, { concurrency = 200 }))
      assert.equal(200, n)
      for i = 1, 200 do
        assert.is_nil(results[i].err)
      end
      assert.same({ 1, 200, 0 }, { journal(emulator) })
    end)

    it("renew together a token that ends in mid-run, and no call fails for it", function()
      local client, emulator = open { auth = secret() }
      local results, n = collect(client:parallel(numbers(400), function(_, with)
        with.transport.sleep(150)
        return with.users:count()
      end, { concurrency = 8 })) -- 50 rounds of 150 s; a token does for 3299 s
      assert.equal(400, n)
      for i = 1, 400 do
        assert.is_nil(results[i].err)
      end
      assert.same({ 3, 400, 0 }, { journal(emulator) })
    end)

    it("renew together a token that is refused in mid-run", function()
      local client, emulator = open { auth = secret() }
      client.users:count()
      emulator:revoke {}
      local results = collect(client:parallel(numbers(50), count_users, { concurrency = 50 }))
      for i = 1, 50 do
        assert.is_nil(results[i].err)
      end
      assert.same({ 2, 101, 50 }, { journal(emulator) })
    end)

    it("answer together a challenge that each of them gets", function()
      local client, emulator = open { auth = secret() }
      client.users:count()
      emulator:challenge { claims = '{"access_token":{"nbf":{"essential":true}}}', count = 50 }
      local results = collect(client:parallel(numbers(50), count_users, { concurrency = 50 }))
      for i = 1, 50 do
        assert.is_nil(results[i].err)
      end
      assert.same({ 2, 101, 50 }, { journal(emulator) })
      client.users:count()
      assert.same({ 2, 102, 50 }, { journal(emulator) })
    end)

    it("stop at an expired secret, with its hint and after one request", function()
      local client, emulator, driver = open { auth = secret "expired" }
      local before = driver.now()
      local results, n = collect(client:parallel(numbers(50), count_users))
      assert.equal(50, n)
      for i = 1, 50 do
        assert.equal("auth", results[i].err.kind)
        assert.matches("AADSTS7000222", results[i].err.message)
        assert.equal("the client secret has expired: create a new one", results[i].err.hint)
        assert.is_false(results[i].err.retriable)
      end
      assert.same({ 1, 0, 0 }, { journal(emulator) })
      assert.is_true(driver.now() - before < 1) -- nothing is tried again
    end)

    it("share the token of derived clients", function()
      local client, emulator = open { auth = secret() }
      collect(client:parallel(numbers(30), function(i, with)
        local derived = i % 3 == 0 and with or with:with { timeout = 10 + i }
        return derived.users:count { headers = { ["X-A"] = tostring(i) } }
      end, { concurrency = 30 }))
      assert.same({ 1, 30, 0 }, { journal(emulator) })
    end)

    it("ask anew where the one that was asking had no more time", function()
      local client, emulator = open { auth = secret() }
      emulator:fail_next {
        status = 429, headers = { ["Retry-After"] = "50" }, match = "/oauth2/", count = 1,
      }
      local results = collect(client:parallel({ 10, 100, 100 }, function(deadline, with)
        return with.users:count { deadline = deadline }
      end))
      assert.equal("deadline", results[1].err.kind)
      assert.is_number(results[2].value)
      assert.is_number(results[3].value)
      assert.same({ 2, 2, 0 }, { journal(emulator) })
    end)

    it("wait for another's token no longer than their own time", function()
      local client, emulator, driver = open { auth = secret() }
      emulator:fail_next {
        status = 429, headers = { ["Retry-After"] = "50" }, match = "/oauth2/", count = 1,
      }
      local began, ended = driver.now(), {}
      local results = collect(client:parallel({ 100, 10, 100 }, function(deadline, with)
        local value, err = with.users:count { deadline = deadline }
        ended[#ended + 1] = ("%d after %.0f"):format(deadline, driver.now() - began)
        return value, err
      end))
      assert.is_number(results[1].value)
      assert.equal("deadline", results[2].err.kind)
      assert.is_true(results[2].err.retriable)
      assert.is_number(results[3].value)
      assert.same({ "10 after 10", "100 after 50", "100 after 50" }, ended)
      assert.same({ 2, 2, 0 }, { journal(emulator) })
    end)

    it("wake when the source raises an error", function()
      local asked = 0
      local client, emulator = open {
        auth = {
          key = "mine",
          acquire = function(_, context)
            asked = asked + 1
            context.transport.sleep(5)
            error("the vault is gone", 0)
          end,
        },
      }
      local results, n = collect(client:parallel(numbers(20), count_users, { concurrency = 20 }))
      assert.equal(20, n)
      for i = 1, 20 do
        assert.equal("auth", results[i].err.kind)
        assert.matches("the vault is gone", results[i].err.message)
      end
      assert.equal(1, asked)
      assert.equal(0, #emulator:requests())
    end)

    it("do not wait for a task of a run that was left", function()
      local asked = 0
      local client = open {
        auth = {
          key = "mine",
          acquire = function(_, context)
            asked = asked + 1
            context.transport.sleep(20)
            return { access_token = "emulator" }
          end,
        },
      }
      local left = client:parallel({ "calls", "ends" }, function(item, with)
        return item == "ends" or with.users:count()
      end)
      assert.equal(2, left())
      local results, n = collect(client:parallel(numbers(5), count_users))
      assert.equal(5, n)
      for i = 1, 5 do
        assert.is_number(results[i].value)
      end
      -- a light thread of nginx goes on by itself: there is something to wait for
      assert.equal(place == "over cosockets" and 1 or 2, asked)
    end)
  end)
end)

-- Tasks on a virtual clock whose source takes ten seconds for a token: token 1, token 2, ...
describe("the cache of tokens", function()
  local tokens, transport, source, loop

  before_each(function()
    transport = scheduler.port(scripted.new {})
    tokens = cache.new()
    loop = scheduler.loop()
    source = { key = "mine", contexts = {} }
    function source:acquire(context)
      local n = #self.contexts + 1
      self.contexts[n] = { claims = context.claims or "none", rejected = context.rejected }
      transport.sleep(10)
      if self.refuse and self.refuse[n] then
        return errors.fail("auth", "refused " .. n, self.refuse[n])
      end
      return { access_token = "token" .. n, expires = transport.now() + 3600 }
    end
  end)

  local function call_of(fields)
    local call = {
      transport = transport, request = { headers = {} }, deadline = transport.now() + 100,
      settings = { token_key = "key", authority = "a", scope = "s", deadline = 100 },
    }
    for name, value in pairs(fields or {}) do
      call[name] = value
    end
    return call
  end

  -- Starts a task after some seconds for each row: { seconds, fields of its call }. Gives what
  -- each got, and when.
  local function run(rows)
    local results = {}
    for i, row in ipairs(rows) do
      scheduler.run(loop:spawn(function()
        transport.sleep(row[1])
        local token, err = tokens:token(source, call_of(row[2]))
        results[i] = ("%s at %d"):format(token or err.message, transport.now())
      end, function(_, err) assert(not err, err) end))
    end
    while loop:step() do end -- luacheck: ignore
    return results
  end

  local function claims_asked()
    local list = {}
    for i, context in ipairs(source.contexts) do
      list[i] = context.claims
    end
    return list
  end

  it("gives a task that comes meanwhile the same token at the same time", function()
    assert.same({ "token1 at 10", "token1 at 10", "token1 at 20" },
      run { { 0 }, { 5 }, { 20 } })
  end)

  it("asks for claims though another token is on its way", function()
    assert.same({ "token1 at 10", "token2 at 20", "token1 at 10" },
      run { { 0 }, { 5, { claims = "C", rejected = "old" } }, { 6 } })
    assert.same({ "none", "C" }, claims_asked())
    assert.equal("old", source.contexts[2].rejected)
  end)

  it("asks once for the same claims, on the way or come already", function()
    assert.same({ "token1 at 10", "token1 at 10", "token1 at 30" }, run {
      { 0, { claims = "C", rejected = "old" } }, { 5, { claims = "C", rejected = "old" } },
      { 30, { claims = "C", rejected = "old" } },
    })
    assert.same({ "C" }, claims_asked())
  end)

  it("asks again for other claims, and for the same when their token was refused", function()
    run { { 0, { claims = "C" } } }
    run { { 0, { claims = "D" } } }
    run { { 0, { claims = "D", rejected = "token2" } } }
    assert.same({ "C", "D", "D" }, claims_asked())
  end)

  it("gives a token that was asked for claims to those who need none", function()
    assert.same({ "token1 at 10", "token1 at 10", "token1 at 15" },
      run { { 0, { claims = "C" } }, { 5 }, { 15 } })
  end)

  it("does not give a task the token that it has seen refused", function()
    assert.same({ "token1 at 10", "token2 at 20" },
      run { { 0 }, { 5, { rejected = "token1" } } })
  end)

  it("keeps a refusal from those who ask for something else", function()
    source.refuse = { { refused = true, retriable = false } }
    assert.same({ "refused 1 at 10", "token2 at 20", "refused 1 at 10" }, run {
      { 0, { claims = "C" } }, { 5 }, { 6, { claims = "C" } },
    })
    assert.same({ "C", "none" }, claims_asked())
  end)

  it("answers those who ask for the same by the refusal, for a minute", function()
    source.refuse = { { refused = true, retriable = false } }
    assert.same({ "refused 1 at 10", "refused 1 at 40", "token2 at 80" },
      run { { 0 }, { 40 }, { 70 } })
  end)

  it("keeps only a refusal that would come again", function()
    source.refuse = { { refused = true, retriable = true }, { status = 503 } }
    assert.same({ "refused 1 at 10" }, run { { 0 } })
    assert.same({ "refused 2 at 20" }, run { { 0 } })
    assert.same({ "token3 at 30" }, run { { 0 } })
  end)

  it("lets a person who signs in have all the time", function()
    source.interactive = true
    local call
    scheduler.run(loop:spawn(function()
      transport.sleep(5)
      call = call_of { deadline = 7 }
      return tokens:token(source, call)
    end, function(token) assert.equal("token1", token) end))
    assert.same({ "token1 at 10" }, run { { 0 } })
    assert.equal(12, call.deadline) -- its two seconds come after the sign-in
  end)

  it("wakes nobody who has left the queue", function()
    local woken
    assert.same({ "token1 at 10", "the time was over before another task had got the token at 4" },
      (function()
        scheduler.run(loop:spawn(function()
          transport.sleep(1)
          tokens:token(source, call_of { deadline = 4 })
          transport.sleep(50)
          woken = transport.now()
        end, function() end))
        return run { { 0 }, { 2, { deadline = 4 } } }
      end)())
    assert.equal(54, woken)
  end)

  -- what the source gives, what the error says
  local NO_TOKENS = {
    { {}, "stand in a header" },
    { { access_token = "" }, "stand in a header" },
    { { access_token = "a b" }, "stand in a header" },
    { { access_token = "a\0b" }, "stand in a header" },
    { { access_token = 5 }, "stand in a header" },
    { { access_token = "a", expires = "soon" }, "by no number" },
    { "a text", "stand in a header" },
  }
  for i, row in ipairs(NO_TOKENS) do
    it("takes nothing that is no token, case " .. i, function()
      local asked = 0
      local call = call_of()
      local token, err = tokens:token({
        acquire = function()
          asked = asked + 1
          return row[1]
        end,
      }, call)
      assert.is_nil(token)
      assert.equal("auth", err.kind)
      assert.is_truthy(err.message:find(row[2], 1, true), err.message)
      assert.equal(1, asked)
      assert.is_false(err.retriable)
    end)
  end
end)
