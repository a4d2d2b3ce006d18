local case = require "spec.support.curl_case"
local curl = require "graphinvite.curl"
local process = require "spec.support.process"
local raises = require "spec.support.raises"
local raw = require "spec.support.raw_server"

local OK, LIMIT = case.OK, case.LIMIT
local failed, get, open, post, serve = case.failed, case.get, case.open, case.post, case.serve

-- On libcurl alone: these claims are about its bytes and sockets.
describe("curl", function()
  after_each(case.finish)

  describe("a failure", function()
    -- claim, answer, reason
    local BROKEN = {
      { "of a connection that is closed at once", "close:", "closed" },
      { "of a connection that is reset", "reset:", "closed" },
      {
        "of a body that is too short",
        "close:HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",
        "closed",
      },
      {
        "of a chunk that is cut",
        "close:HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhi",
        "closed",
      },
      { "of a head that is cut", "close:HTTP/1.1 200 OK\r\nConten", "closed" },
      { "of an interim answer and nothing more", "close:HTTP/1.1 100 Continue\r\n\r\n", "closed" },
      { "of a peer that does not speak HTTP", "close:220 mail.example ESMTP\r\n", "malformed" },
      {
        "of a body that is not what its encoding says",
        "keep:HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nfine",
        "malformed",
      },
    }
    for _, row in ipairs(BROKEN) do
      it(row[1] .. " is told as sent", function()
        local server = serve { row[2] }
        local url = server.url .. "/invitations?$filter=secret"
        local response, message, reason, sent = open():send(post(url), LIMIT)
        failed(row[3], true, { (server.url:gsub("%p", "%%%0")) }, response, message, reason, sent)
        assert.is_nil(message:find("secret", 1, true))
        assert.equal(1, #server:requests())
      end)
    end

    it("of a refused connection is told as not sent", function()
      local server = serve({ "keep:" }, "deaf")
      failed("connect", false, { "does not accept" }, open():send(post(server.url), LIMIT))
    end)

    it("of a Unix socket without a server is told as not sent", function()
      local pool = open { unix_socket = "/nonexistent/socket" }
      failed("connect", false, { "unix_socket" }, pool:send(post "http://graph.example/", LIMIT))
    end)

    it("of a name that does not resolve is told as not sent", function()
      -- no label of a name has 64 letters, so no DNS server is asked
      local url = "http://" .. ("a"):rep(64) .. ".invalid/?secret"
      local response, message, reason, sent = open { proxy = "" }:send(post(url), LIMIT)
      failed("resolve", false, { "DNS" }, response, message, reason, sent)
      assert.is_nil(message:find("secret", 1, true))
    end)

    it("of a server that hangs comes at the time limit, as sent", function()
      local server = serve { "keep:" }
      failed("timeout", true, { "time" }, open():send(post(server.url), 0.05))
      assert.equal(1, #server:requests())
    end)

    it("of a TLS server that hangs comes at the time limit, as not sent", function()
      local server = serve { "keep:" }
      local url = server.url:gsub("http", "https")
      failed("timeout", false, { "no connection" }, open():send(post(url), 0.05))
    end)

    it("of a time that is over comes before anything is sent", function()
      local server = serve { "keep:" .. OK }
      failed("timeout", false, {}, open():send(post(server.url), 0))
      failed("timeout", false, {}, open():send(post(server.url), -1))
      assert.equal(0, #server:requests())
    end)

    it("of a proxy that refuses the tunnel is told as not sent", function()
      local server = serve { "close:HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n" }
      local pool = open { proxy = server.url }
      local request = post "https://graph.example/"
      request.headers.Authorization = "Bearer secret"
      failed("connect", false, { "proxy" }, pool:send(request, LIMIT))
      assert.is_nil(server:requests()[1].text:find("secret", 1, true))
    end)
  end)

  describe("a connection", function()
    it("serves one call after the other", function()
      local server = serve { "keep:" .. OK }
      local pool = open()
      for _ = 1, 20 do
        assert(pool:send(post(server.url), LIMIT))
      end
      local requests = server:requests()
      assert.equal(20, #requests)
      assert.equal(1, requests[20].connection)
    end)

    it("that dies under an unsafe call fails it, and the call is not repeated", function()
      for _, verb in ipairs { "close:", "reset:" } do
        local server = serve { "keep:" .. OK, verb, "keep:" .. OK }
        local pool = open()
        assert(pool:send(get(server.url), LIMIT))
        failed("closed", true, { "not repeated" }, pool:send(post(server.url), LIMIT))
        assert.equal(2, #server:requests())
        assert.equal(200, pool:send(post(server.url), LIMIT).status)
        assert.equal(3, #server:requests())
      end
    end)

    it("that dies under a call without an operation fails it too", function()
      local server = serve { "keep:" .. OK, "close:" }
      local pool = open()
      local request = { method = "GET", url = server.url }
      assert(pool:send(request, LIMIT))
      failed("closed", true, {}, pool:send(request, LIMIT))
      assert.equal(2, #server:requests())
    end)

    it("that dies under a safe call is replaced, and the call repeated once", function()
      local server = serve { "keep:" .. OK, "close:", "keep:" .. OK }
      local pool = open()
      assert(pool:send(get(server.url), LIMIT))
      assert.equal(200, assert(pool:send(get(server.url), LIMIT)).status)
      assert.equal(3, #server:requests())
    end)

    it("that dies under every try of a safe call fails it after the second", function()
      local server = serve { "keep:" .. OK, "close:" }
      local pool = open()
      assert(pool:send(get(server.url), LIMIT))
      failed("closed", true, {}, pool:send(get(server.url), LIMIT))
      assert.equal(3, #server:requests())
    end)

    it("that was closed while idle is replaced before anything is sent", function()
      local server = serve { "close:" .. OK, "keep:" .. OK }
      local pool = open()
      assert(pool:send(post(server.url), LIMIT))
      assert(open():send(get(server.url), LIMIT)) -- answered after the first was closed
      assert(pool:send(post(server.url), LIMIT))
      assert.equal(3, #server:requests())
    end)

    -- the sockets that a child of this program has
    local function inherited()
      local list, set = io.popen "readlink /proc/self/fd/* | grep socket:", {}
      for line in list:lines() do
        set[line] = true
      end
      list:close()
      return set
    end

    for _, listen in ipairs { "tcp", "unix" } do
      it(("is none of a child's, over %s"):format(listen), function()
        local server = serve({ "keep:" .. OK }, listen)
        local pool = open { unix_socket = listen == "unix" and server.path or nil }
        local before = inherited()
        assert(pool:send(get(server.url), LIMIT))
        for socket in pairs(inherited()) do
          assert.is_true(before[socket])
        end
        assert(pool:send(get(server.url), LIMIT))
        assert.equal(1, server:requests()[2].connection)
      end)
    end

    it("goes through a Unix socket, past any proxy", function()
      local server = serve({ "keep:" .. OK }, "unix")
      local pool = open { unix_socket = server.path }
      assert.equal("fine", pool:send(get "http://graph.example/x", LIMIT).body)
      assert.is_truthy(server:requests()[1].text:find("Host: graph.example\r\n", 1, true))
    end)

    it("goes through a proxy with the whole URL", function()
      local server = serve { "keep:" .. OK }
      local pool = open { proxy = server.url }
      assert.equal("fine", pool:send(get "http://graph.example/x", LIMIT).body)
      local text = server:requests()[1].text
      assert.is_truthy(text:find("GET http://graph.example/x HTTP/1.1\r\n", 1, true))
      assert.is_nil(text:find "Proxy%-Connection")
    end)
  end)

  it("takes its proxy from the environment, unless it is told otherwise", function()
    local proxy = serve { "keep:" .. raw.response("200 OK", "proxy") }
    local server = serve { "keep:" .. OK }
    local code = ([[
      local curl = require "graphinvite.curl"
      for _, options in ipairs { {}, { proxy = "" } } do
        print(curl.pool(options):send({ method = "GET", url = %q }, 20).body)
      end
    ]]):format(server.url)
    assert.equal("proxy\nfine", process.elsewhere("http_proxy=" .. proxy.url, code))
    local exempt = "no_proxy=127.0.0.1 http_proxy=" .. proxy.url
    assert.equal("fine\nfine", process.elsewhere(exempt, code))
    assert.equal("fine\nfine", process.elsewhere("", code))
  end)

  describe("the options", function()
    local OPTIONS = {
      { "an unknown one", { cacert = "x" }, "unknown option 'cacert'" },
      { "one of a wrong type", { verify = "no" }, "'verify': boolean expected, got string" },
      { "one with a NUL", { proxy = "a\0b" }, "option 'proxy': has a NUL byte" },
    }
    for _, row in ipairs(OPTIONS) do
      it("raise for " .. row[1], function()
        assert.error_matches(function()
          curl.pool(row[2])
        end, row[3])
      end)
    end

    local FILES = {
      { "of authorities", { ca = "/nonexistent/ca" }, "option ca: /nonexistent/ca: No such file" },
      { "of a certificate", { cert = "/nonexistent/c" }, "cert: /nonexistent/c: No such file" },
      { "of a key", { cert = "/dev/null", key = "/nonexistent/k" }, "option key: /nonexistent/k" },
      { "of a certificate to a key", { key = "/dev/null" }, "option key: needs the option cert" },
      { "short enough for a socket", { unix_socket = ("x"):rep(200) }, "option unix_socket" },
    }
    for _, row in ipairs(FILES) do
      it("miss a file " .. row[1] .. " at once", function()
        local pool, message = curl.pool(row[2])
        assert.is_nil(pool)
        assert.is_truthy(message:find(row[3], 1, true), message)
      end)
    end

    it("of a method raise at the caller's line where they are of a wrong type", function()
      local pool = open()
      local calls = {
        function() pool:send("x", 1); end,
        function() pool:send({}, "soon"); end,
        function() pool:send({}, 0 / 0); end,
        function() pool:send({}, 1, -1); end,
        function() pool.send({}, {}, 1); end,
        function() pool:start({}); end,
        function() pool:next(0 / 0); end,
      }
      for _, call in ipairs(calls) do
        raises("bad argument", call)
      end
    end)
  end)
end)
