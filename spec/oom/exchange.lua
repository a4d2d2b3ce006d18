--- The server and the client: an exchange between both in one state.
local frame = ...
local case, always, faults = frame.case, frame.always, frame.faults

-- A server and a client of it in one state. The work of a case that moves bytes may fail in
-- many ways when memory is out; each of them is an error with a message.
local function loopback(options)
  local server = assert(require("graphinvite.httpd").listen { port = 0 })
  local pool = assert(require("graphinvite.curl").pool(options))
  local url = ("http://127.0.0.1:%d/v1.0/x?y=z"):format(server:port())
  return server, pool, url
end

-- Drives both sides until the exchange is over.
local function exchange(server, pool, request, answer, max_body)
  local handle, message = pool:start(request, 2, max_body)
  if not handle then
    return nil, message
  end
  for _ = 1, 1000 do
    local arrived = server:step(0.001)
    if arrived then
      answer.arrived = arrived
      server:answer(arrived.id, answer)
    end
    local ended, response, why = pool:next(0)
    if ended == handle then
      return response, why
    end
  end
  return nil, "nothing came"
end

-- The results of a work that moves bytes: a failure of any kind counts as lack of memory,
-- and oom.c refuses it where memory was not out.
local function checked(work, check)
  return work, function(response, why)
    if not response then
      error("memory: " .. tostring(why), 0)
    end
    check(response)
  end
end

case("open httpd, a server comes and goes", function()
  return always(function()
    return function()
      package.loaded["graphinvite.httpd"] = nil
      local httpd = require "graphinvite.httpd"
      local server, why = httpd.listen { port = 0, max_body = 1000, timeout = 1, connections = 4 }
      if not server then
        return nil, why:find("memory", 1, true) and "out of memory" or why
      end
      local port = server:port() > 0
      local none = server:step(0)
      server:close()
      return port, none, server:close()
    end
  end)
end)

case("open curl, a pool comes and goes", function()
  return always(function()
    return function()
      collectgarbage() -- the pool of an attempt that failed, with its descriptors
      package.loaded["graphinvite.curl"] = nil
      local curl = require "graphinvite.curl"
      local pool, why = curl.pool { ca = "/etc/ssl/certs", proxy = "", http1 = true, verify = true }
      if not pool then
        return nil, why:find("memory", 1, true) and "out of memory" or why
      end
      local fds = pool:fds()
      pool:close()
      return #fds, pool:close()
    end
  end)
end)

case("open curl and httpd, a pool and a server are left to the collector", function()
  return always(function()
    return function()
      package.loaded["graphinvite.curl"] = nil
      package.loaded["graphinvite.httpd"] = nil
      local pool, why = require("graphinvite.curl").pool {}
      local server, why_not = require("graphinvite.httpd").listen { port = 0 }
      if not pool or not server then
        why = why or why_not
        return nil, why:find("memory", 1, true) and "out of memory" or why
      end
      return true
    end
  end)
end)

local POST = {
  method = "POST",
  headers = { ["Content-Type"] = "application/json", ["x-empty"] = "", accept = "*/*" },
  body = ("{}"):rep(500),
  op = { safe = true }, -- libcurl may repeat it where the server, out of memory, hung up
}

case("an exchange over a connection that is new and then kept", function()
  local server, pool, url = loopback {}
  local answer = {
    status = 201,
    headers = { ["Content-Type"] = "application/json", ["x-a"] = "b" },
    body = ("[]"):rep(5000),
  }
  POST.url = url
  return checked(function()
    local first, why = exchange(server, pool, POST, answer)
    if not first then
      return nil, why
    end
    return exchange(server, pool, POST, answer)
  end, function(response)
    assert(response.status == 201 and response.body == answer.body and response.url == url)
    assert(response.headers["x-a"] == "b" and answer.arrived.body == POST.body)
    assert(answer.arrived.url == "/v1.0/x?y=z" and answer.arrived.headers["content-type"])
  end)
end)

case("an answer that is too large", function()
  local server, pool, url = loopback { http1 = true }
  local request = { method = "GET", url = url, headers = {}, op = { safe = true } }
  local answer = { status = 200, body = ("x"):rep(5000) }
  return checked(function()
    local response, why = exchange(server, pool, request, answer, 100)
    return not response and why:find("larger", 1, true), why
  end, function() end)
end)

case("a connection that is refused", function()
  local server, pool, url = loopback {}
  server:close()
  return checked(function()
    local handle, message = pool:start({ method = "DELETE", url = url, headers = {} }, 2)
    for _ = 1, handle and 200 or 0 do
      local ended, response, why, reason, sent = pool:next(0.01)
      if ended == handle then
        return not response and reason == "connect" and sent == false, why
      end
    end
    return nil, message
  end, function() end)
end)

case("a request that is malformed", function()
  return always(function()
    local pool = require("graphinvite.curl").pool {}
    local calls = {}
    for i, request in ipairs {
      { method = "GET", url = "ftp://x" }, { method = "G T", url = "http://x" },
      { method = "GET", url = "http://x", headers = { ["a b"] = "c" } },
      { method = "GET", url = "http://x", headers = { a = "b\nc" } },
      { method = "GET", url = "http://x", headers = { expect = "c" } },
    } do
      calls[i] = { pool.start, pool, request, 1 }
    end
    return faults(calls)
  end)
end)
