local emulators = require "graphinvite.emulator"
local helper = require "spec.helper"
local workers = require "spec.support.workers"

local WORKERS, CALLS = 4, 50
local ALL = WORKERS * CALLS

-- How many requests for a token the authority has had.
local function asked(emulator)
  local n = 0
  for _, request in ipairs(emulator:requests()) do
    n = n + (request.path:find("/oauth2/", 1, true) and 1 or 0)
  end
  return n
end

describe("the workers of an nginx", function()
  local emulator, server

  local function start(given)
    local url = helper.server({ seed = 6 }).url
    emulator = emulators.connect(url)
    emulator:reset()
    server = workers.start(url, given)
  end

  after_each(function()
    server:stop()
  end)

  -- Has all workers make their calls at once.
  local function round(good)
    assert(server:ask "/begin")
    return server:wait(function(state)
      return (state.good or 0) + (state.bad or 0) >= good
    end)
  end

  it("ask for one token together, and for one more when it is refused", function()
    start { workers = WORKERS, calls = CALLS }
    for n = 1, 3 do
      local state = round(ALL)
      assert.equal(ALL, state.good, state.err)
      assert.equal(n, asked(emulator))
      emulator:revoke {}
    end
  end)

  it("ask once more when the one that was asking has been killed", function()
    start { workers = WORKERS, calls = CALLS }
    emulator:fail_next { fault = "stall", seconds = 1000, match = "/oauth2/", count = 1 }
    assert(server:ask "/begin")
    local holder = server:wait(function(state)
      return state.holder and asked(emulator) == 1
    end).holder
    os.execute("kill -9 " .. holder)
    local state = server:wait(function(state) return state.good >= ALL - CALLS end)
    assert.equal(0, state.bad, state.err)
    assert.equal(2, asked(emulator))
  end)

  it("ask each for itself where no dictionary is declared, and say so once", function()
    start { workers = 2, calls = CALLS, dictionary = "" }
    assert.equal(2 * CALLS, round(2 * CALLS).good)
    assert.equal(2, asked(emulator))
    local told = select(2, server:log():gsub("there is no lua_shared_dict graphinvite", ""))
    assert.equal(2, told)
  end)

  it("lose no call when nginx reloads its configuration", function()
    start { workers = 2 }
    local reloading = ngx.thread.spawn(function()
      for n = 1, 3 do
        os.execute("kill -HUP " .. server.nginx:pid())
        server:wait(function(state) return state.ready == 2 * (1 + n) end)
      end
      return true
    end)
    local client, n = require("graphinvite").new { transport = server.transport }, 0
    local function addresses()
      if n < 100 or coroutine.status(reloading) ~= "zombie" then
        n = n + 1
        return ("guest%d@fabrikam.example"):format(n)
      end
    end
    for _, response, err in client:parallel(addresses, function(mail)
      return server:ask("/invite?mail=" .. mail)
    end) do
      assert.equal(201, response and response.status, tostring(err))
    end
    local seen = {}
    for _, invitation in ipairs(emulator:invitations()) do
      local mail = invitation.invitedUserEmailAddress
      assert.is_nil(seen[mail])
      seen[mail] = true
    end
    assert.equal(n, #emulator:invitations())
    local posts = 0
    for _, request in ipairs(emulator:requests()) do
      posts = posts + (request.path:find "/invitations$" and 1 or 0)
    end
    assert.equal(n, posts)
    assert.is_true(n >= 100, n)
  end)
end)
