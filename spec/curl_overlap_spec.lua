local case = require "spec.support.curl_case"
local curl = require "graphinvite.curl"
local nginx = require "spec.support.nginx"
local process = require "spec.support.process"

local OK, LIMIT = case.OK, case.LIMIT
local failed, get, open, post, serve = case.failed, case.get, case.open, case.post, case.serve

-- On libcurl alone: these claims are about its bytes and sockets.
describe("curl: overlapping calls", function()
  after_each(case.finish)

  it("each come back once, with their own handle", function()
    local server = serve { "keep:" .. OK }
    local pool, started = open(), {}
    for i = 1, 40 do
      started[assert(pool:start(post(server.url, "body " .. i), LIMIT))] = true
    end
    collectgarbage() -- the records and their texts are gone
    for _ = 1, 40 do
      local handle, response = pool:next(LIMIT)
      assert.is_true(started[handle])
      assert.equal("fine", response.body)
      started[handle] = nil
    end
    assert.is_nil(pool:next(LIMIT))
    local bodies = {}
    for _, request in ipairs(server:requests()) do
      bodies[request.text:match "body %d+$"] = true
    end
    for i = 1, 40 do
      assert.is_true(bodies["body " .. i])
    end
  end)

  it("wait for the one that next() asks for no longer than it is told", function()
    local server = serve { "keep:" }
    local pool = open()
    pool:start(post(server.url), LIMIT)
    assert.is_nil(pool:next(0.02))
    assert.is_nil(pool:next(0))
    assert.is_nil(pool:next(-1))
  end)

  it("keep their results while send() runs between them", function()
    local server = serve { "keep:" .. OK }
    local pool = open()
    local first = pool:start(post(server.url), LIMIT)
    local second = pool:start(post(server.url), LIMIT)
    assert.equal("fine", assert(pool:send(post(server.url), LIMIT)).body)
    local seen = {}
    for _ = 1, 2 do
      seen[pool:next(LIMIT)] = true
    end
    assert.same({ [first] = true, [second] = true }, seen)
    assert.is_nil(pool:next(LIMIT))
  end)

  it("fail one by one", function()
    local deaf, hanging = serve({ "keep:" }, "deaf"), serve { "keep:" }
    local pool = open()
    local refused = pool:start(post(deaf.url), LIMIT)
    local late = pool:start(post(hanging.url), 0.05)
    local results = {}
    for _ = 1, 2 do
      local handle, response, _, reason, sent = pool:next(LIMIT)
      assert.is_nil(response)
      results[handle] = { reason, sent }
    end
    assert.same({ [refused] = { "connect", false }, [late] = { "timeout", true } }, results)
  end)

  it("are refused like single ones", function()
    failed("malformed", false, {}, open():start({ url = "x" }, LIMIT))
  end)

  -- How many sockets an epoll descriptor watches for reading.
  local function watched(fd)
    local count = 0
    for line in io.lines("/proc/self/fdinfo/" .. fd) do
      count = count + (line:find "^tfd: .* events: +1?9 " and 1 or 0)
    end
    return count
  end

  it("have one descriptor, which watches the sockets that they wait for", function()
    local server = serve { "keep:" .. OK, "keep:" }
    local pool = open()
    local fds = pool:fds()
    assert.equal(1, #fds)
    assert.equal("r", fds[1].events)
    assert.equal(0, watched(fds[1].fd))
    pool:start(post(server.url), LIMIT)
    assert.equal(0, select(2, pool:fds())) -- the socket is made by next()
    assert.is_not_nil((pool:next(LIMIT)))
    assert.equal(0, watched(fds[1].fd))
    pool:start(post(server.url), LIMIT)
    while #server:requests() < 2 do
      assert.is_nil(pool:next(0.01))
    end
    assert.equal(1, watched(fds[1].fd))
    assert.same(fds, (pool:fds()))
    assert.is_true(select(2, pool:fds()) <= LIMIT)
  end)

  it("have a descriptor that is asked for late, too", function()
    local server = serve { "keep:" }
    local pool = open()
    for _ = 1, 3 do
      pool:start(post(server.url), LIMIT)
    end
    while #server:requests() < 3 do
      assert.is_nil(pool:next(0.01))
    end
    assert.equal(3, watched(pool:fds()[1].fd))
  end)

  it("are due at once when an answer has come that nobody has fetched", function()
    local server = serve { "keep:" .. OK }
    local pool = open()
    local handle = pool:start(post(server.url), LIMIT)
    for _ = 1, 20 do -- the server takes turns: it answers the first call meanwhile
      assert(pool:send(post(server.url), LIMIT))
    end
    assert.equal(0, select(2, pool:fds()))
    assert.equal(handle, (pool:next(0)))
  end)

  it("may be forgotten with their pool", function()
    local server = serve { "keep:" }
    local pool = curl.pool {}
    pool:start(post(server.url), LIMIT)
    pool:next(0)
    pool = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
  end)

  it("end with the pool", function()
    local server = serve { "keep:" }
    local pool = open()
    pool:start(post(server.url), LIMIT)
    pool:next(0)
    pool:close()
    pool:close()
    assert.is_nil(pool:next(LIMIT))
    assert.same({}, (pool:fds()))
    failed("aborted", false, { "closed" }, pool:send(post(server.url), LIMIT))
    failed("aborted", false, { "closed" }, pool:start(post(server.url), LIMIT))
  end)

  describe("and the garbage collector", function()
    local pause, multiplier, mode

    -- A collection begins when a tenth has been added to the heap, and then runs to its end.
    before_each(function()
      mode = _VERSION == "Lua 5.4" and collectgarbage "incremental"
      pause = collectgarbage("setpause", 110)
      multiplier = collectgarbage("setstepmul", 1000000)
    end)

    after_each(function()
      collectgarbage("setpause", pause)
      collectgarbage("setstepmul", multiplier)
      if mode then
        collectgarbage(mode)
      end
    end)

    local function when_collected(act)
      if newproxy then -- 5.1 has no finalizers of tables
        getmetatable(newproxy(true)).__gc = act
      else
        setmetatable({}, { __gc = act })
      end
    end

    -- Serves a body that is large for the heap as it is: it sets off the collection, while Lua
    -- takes the response. Gives the socket and the body's length.
    local function serve_much()
      local directory = process.directory()
      local file = assert(io.open(directory .. "/page", "w"))
      collectgarbage()
      local length = math.max(4194304, math.floor(collectgarbage "count" * 512))
      file:write(("x"):rep(length))
      file:close()
      collectgarbage()
      return case.keep(nginx.start("listen unix:DIR/socket; root DIR;", directory)).socket, length
    end

    it("agree when a finalizer closes the pool of a response", function()
      local socket, length = serve_much()
      local request = get "http://graph.example/page"
      for _ = 1, 5 do
        local pool, closed = open { unix_socket = socket }, false
        collectgarbage()
        when_collected(function()
          closed = true
          pool:close()
        end)
        local response = pool:send(request, LIMIT, length)
        assert.is_true(closed)
        assert.equal(length, #response.body)
        failed("aborted", false, {}, pool:send(request, LIMIT))
      end
    end)

    it("agree when a finalizer sends on the pool of a response", function()
      local socket, length = serve_much()
      local pool, inner = open { unix_socket = socket }, 0
      local request = get "http://graph.example/page"
      for _ = 1, 5 do
        collectgarbage()
        when_collected(function()
          inner = inner + #pool:send(request, LIMIT, length).body
        end)
        assert.equal(length, #pool:send(request, LIMIT, length).body)
      end
      assert.is_true(inner >= 4 * length)
      assert.is_nil(pool:next(LIMIT))
    end)
  end)
end)
