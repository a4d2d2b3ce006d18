local emulators = require "graphinvite.emulator"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"

local auth = graphinvite.auth

-- Waits for threads. Gives what each returned.
local function join(threads)
  local results = {}
  for i, thread in ipairs(threads) do
    results[i] = { select(2, ngx.thread.wait(thread)) }
  end
  return results
end

-- Two clients are as two workers are: what they share lies in the dictionary.
describe("clients inside nginx", function()
  local url, emulator

  before_each(function()
    ngx.shared.graphinvite:flush_all()
    url = helper.server({ seed = 4 }).url
    emulator = emulators.connect(url)
    emulator:reset()
  end)

  local function open(source, options)
    local given = { base_url = url .. "/v1.0", authority = url, auth = source }
    for name, value in pairs(options or {}) do
      given[name] = value
    end
    return graphinvite.new(given)
  end

  local function secret(text, tenant)
    return auth.client_secret {
      tenant = tenant or "contoso.example", client_id = "app", client_secret = text,
    }
  end

  local function asked()
    local n = 0
    for _, request in ipairs(emulator:requests()) do
      n = n + (request.path:find("/oauth2/", 1, true) and 1 or 0)
    end
    return n
  end

  local function count(client)
    return client.users:count()
  end

  -- sources of two clients, options of the second, how many tokens they ask for
  for _, row in ipairs {
    { "of the same secret share a token", { "s", "s" }, {}, 1 },
    { "of different secrets share none", { "s", "t" }, {}, 2 },
    { "of different tenants share none", { "s", "s", "fabrikam.example" }, {}, 2 },
    { "with different dictionaries share none", { "s", "s" }, { shared = "elsewhere" }, 2 },
  } do
    it(row[1], function()
      local first = open(secret(row[2][1]))
      local second = open(secret(row[2][2], row[2][3]), row[3])
      local threads = {}
      for i = 1, 20 do
        threads[i] = ngx.thread.spawn(count, i % 2 == 0 and first or second)
      end
      for _, result in ipairs(join(threads)) do
        assert.is_number(result[1], tostring(result[2]))
      end
      assert.equal(row[4], asked())
    end)
  end

  it("of a function's token share none: nobody knows whose it is", function()
    local n = 0
    for _ = 1, 2 do
      assert(count(open(auth.static(function()
        n = n + 1
        return "emulator"
      end))))
    end
    assert.equal(2, n)
  end)

  it("keep secrets out of the names in the dictionary", function()
    assert(count(open(secret "a-long-secret")))
    for _, key in ipairs(ngx.shared.graphinvite:get_keys(0)) do
      assert.not_matches("secret", key)
      assert.not_matches("contoso", key)
    end
  end)

  -- how the authority fails, and how often each of two clients is told of it
  for _, row in ipairs {
    { "a refusal", function() emulator:fail_token { number = 7000222 } end, "AADSTS7000222" },
    { "a failure", function()
      emulator:fail_next { status = 500, match = "/oauth2/", count = 1 }
    end, "500" },
  } do
    it("that wait for a token share " .. row[1], function()
      row[2]()
      local threads = {}
      for i = 1, 10 do
        threads[i] = ngx.thread.spawn(count, open(secret "s", nil, i))
      end
      threads = join(threads)
      for _, result in ipairs(threads) do
        local err = result[2]
        assert.is_nil(result[1])
        assert.equal("auth", err.kind)
        assert.matches(row[3], tostring(err), 1, true)
      end
      assert.equal(1, asked())
    end)
  end

  it("go on when the thread that was asking is killed", function()
    emulator:fail_next { fault = "stall", seconds = 1000, match = "/oauth2/", count = 1 }
    local killed = ngx.thread.spawn(count, open(secret "s"))
    while asked() == 0 do
      ngx.sleep(0.001)
    end
    assert.is_truthy(ngx.thread.kill(killed))
    assert.is_number((count(open(secret "s"))))
    assert.equal(2, asked())
  end)

  it("do not mind what others keep in the dictionary", function()
    local client = open(secret "s")
    assert(count(client))
    for _, key in ipairs(ngx.shared.graphinvite:get_keys(0)) do
      ngx.shared.graphinvite:set(key, "rubbish")
    end
    assert.is_number((count(open(secret "s"))))
    for _, key in ipairs(ngx.shared.graphinvite:get_keys(0)) do
      ngx.shared.graphinvite:set(key, '{"token":5,"err":{"message":"x"},"refused_until":"x"}')
    end
    assert.is_number((count(open(secret "s"))))
  end)
end)
