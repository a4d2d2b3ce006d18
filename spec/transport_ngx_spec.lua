local case = require "spec.support.curl_case"
local raw = require "spec.support.raw_server"
local worker = require "spec.support.worker"

local OK, LIMIT = case.OK, case.LIMIT
local get, post, serve = case.get, case.post, case.serve

-- Asserts how a call failed.
local function failed(reason, sent, patterns, response, err)
  assert.is_nil(response)
  assert.equal("transport", err.kind)
  assert.same({ reason, sent }, { err.reason, err.sent }, err.message)
  for _, pattern in ipairs(patterns) do
    assert.matches(pattern, err.message)
  end
end

-- Inside nginx alone: these claims are about cosockets.
describe("transport.ngx", function()
  local nginx, transport

  setup(function()
    nginx = worker.start()
    transport = nginx:transport()
  end)

  teardown(function()
    nginx:stop()
  end)

  after_each(case.finish)

  it("gives responses", function()
    local answer = raw.response("201 Created", "\0fine", "X-A: 1\r\nx-a: 2\r\n")
    local server = serve { "keep:" .. answer }
    local response = assert(transport.send(post(server.url .. "/x?y"), LIMIT))
    assert.same({
      status = 201, headers = { ["content-length"] = "5", ["x-a"] = "1, 2" }, body = "\0fine",
      url = server.url .. "/x?y",
    }, response)
    assert.matches("^POST /x%?y HTTP/1.1\r\nHost: 127.0.0.1:%d+\r\n", server:requests()[1].text)
  end)

  it("sends and takes bodies of megabytes", function()
    local body = ("0123456789abcdef"):rep(131072)
    local server = serve { "keep:" .. raw.response("200 OK", body) }
    assert.is_true(assert(transport.send(post(server.url, body), LIMIT)).body == body)
    assert.is_truthy(server:requests()[1].text:find(body, 1, true))
  end)

  it("is closed by an answer that ends with the connection", function()
    local server = serve { "close:HTTP/1.0 200 OK\r\n\r\nto the end" }
    assert.equal("to the end", assert(transport.send(get(server.url), LIMIT)).body)
  end)

  it("maps no libcurl into its worker", function()
    local maps = nginx:maps()
    assert.matches("graphinvite/core.so", maps)
    assert.equal(os.getenv "LD_PRELOAD" ~= nil, maps:find "libasan" ~= nil) -- as ./dev test runs it
    assert.not_matches("libcurl", maps)
    assert.not_matches("graphinvite/curl", maps)
  end)

  describe("a connection", function()
    it("carries one call after the other", function()
      local server = serve { "keep:" .. OK }
      for _ = 1, 3 do
        assert(transport.send(post(server.url), LIMIT))
      end
      assert.equal(1, server:requests()[3].connection)
    end)

    it("is not shared by transports of other options", function()
      local server = serve { "keep:" .. OK }
      for _, options in ipairs { {}, { tls = { verify = false } }, { max_body = 100 } } do
        assert(nginx:transport(options).send(get(server.url), LIMIT))
      end
      local requests = server:requests()
      assert.same({ 1, 2, 1 }, {
        requests[1].connection, requests[2].connection, requests[3].connection,
      })
    end)

    -- claim, first answer
    local ENDED = {
      { "that is to be closed", raw.response("200 OK", "fine", "Connection: close\r\n") },
      { "of HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nfine" },
      { "on which more has come than the answer", OK .. "HTTP/1.1 200 OK\r\n" },
      { "on which a 204 announced a body", "HTTP/1.1 204 No\r\nContent-Length: 4\r\n\r\n" },
    }
    for _, row in ipairs(ENDED) do
      it(row[1] .. " is not used again", function()
        local server = serve { "keep:" .. row[2], "keep:" .. OK }
        assert(transport.send(get(server.url), LIMIT))
        assert(transport.send(get(server.url), LIMIT))
        assert.equal(2, server:requests()[2].connection)
      end)
    end

    for _, verb in ipairs { "close:", "reset:" } do
      it(("that dies (%s) under an unsafe call fails it, which is not repeated"):format(verb),
        function()
          local server = serve { "keep:" .. OK, verb, "keep:" .. OK }
          assert(transport.send(get(server.url), LIMIT))
          failed("closed", true, { "may have been carried out" },
            transport.send(post(server.url), LIMIT))
          assert.equal(2, #server:requests())
          assert(transport.send(post(server.url), LIMIT))
        end)

      it(("that dies (%s) under a safe call is replaced, and the call repeated once"):format(verb),
        function()
          local server = serve { "keep:" .. OK, verb, "keep:" .. OK }
          assert(transport.send(get(server.url), LIMIT))
          assert.equal("fine", assert(transport.send(get(server.url), LIMIT)).body)
          assert.equal(3, #server:requests())
        end)

      it(("that dies (%s) when it is new is not replaced"):format(verb), function()
        local server = serve { verb, "keep:" .. OK }
        failed("closed", true, {}, transport.send(get(server.url), LIMIT))
        assert.equal(1, #server:requests())
      end)
    end

    it("that dies after the first byte of the answer is not replaced", function()
      local server = serve { "keep:" .. OK, "close:H", "keep:" .. OK }
      assert(transport.send(get(server.url), LIMIT))
      failed("closed", true, { "before it was complete" }, transport.send(get(server.url), LIMIT))
      assert.equal(2, #server:requests())
    end)

    it("that dies under a call without an operation is not replaced", function()
      local server = serve { "keep:" .. OK, "close:", "keep:" .. OK }
      local request = { method = "GET", url = server.url, headers = {} }
      assert(transport.send(request, LIMIT))
      failed("closed", true, {}, transport.send(request, LIMIT))
      assert.equal(2, #server:requests())
    end)

    it("that was closed while idle is replaced before anything is sent", function()
      local server = serve { "close:" .. OK, "keep:" .. OK }
      assert(transport.send(post(server.url), LIMIT))
      local other = nginx:transport { tls = { verify = false } }
      assert(other.send(post(server.url), LIMIT)) -- answered after the first was closed
      assert(transport.send(post(server.url), LIMIT))
      assert.equal(3, server:requests()[3].connection)
    end)

    it("that is refused fails the call unsent", function()
      local server = serve({}, "deaf")
      failed("connect", false, { "does not accept", server.url }, transport.send(post(server.url),
        LIMIT))
    end)

    it("goes through a Unix socket, past any proxy", function()
      local server = serve({ "keep:" .. OK }, "unix")
      local through = nginx:transport { unix_socket = server.path, proxy = "http://127.0.0.1:1" }
      for _ = 1, 2 do
        assert.equal("fine", assert(through.send(get "http://graph.example/x", LIMIT)).body)
      end
      local requests = server:requests()
      assert.matches("^GET /x HTTP/1.1\r\nHost: graph.example\r\n", requests[2].text)
      assert.equal(1, requests[2].connection)
    end)

    it("through a Unix socket that is not there says so", function()
      local through = nginx:transport { unix_socket = "/nonexistent/socket" }
      failed("connect", false, { "unix_socket" }, through.send(get "http://graph.example/", LIMIT))
    end)

    it("needs the directive resolver where the host is a name", function()
      failed("resolve", false, { "directive resolver", "http://graph.example" },
        transport.send(get "http://graph.example/secret", LIMIT))
    end)
  end)

  describe("an early answer", function()
    local LONG = ("x"):rep(4000000) -- more than a socket holds that nobody reads

    for _, answer in ipairs { OK, raw.response("413 Too Large", "much") } do
      it("is taken although nobody read the request: " .. answer:match "%d%d%d", function()
        local server = serve({ "deaf:" .. answer }, "unix")
        local through = nginx:transport { unix_socket = server.path }
        local response = assert(through.send(post("http://graph.example/", LONG), 0.05))
        assert.equal(answer:match "\r\n\r\n(.*)$", response.body)
      end)
    end

    it("is taken although the connection broke under the request", function()
      local server = serve({ "hangup:" .. OK }, "unix")
      local through = nginx:transport { unix_socket = server.path }
      assert.equal("fine", assert(through.send(post("http://graph.example/", LONG), LIMIT)).body)
    end)

    it("that is not whole is none", function()
      local server = serve({ "deaf:HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfine" }, "unix")
      local through = nginx:transport { unix_socket = server.path }
      failed("timeout", true, {}, through.send(post("http://graph.example/", LONG), 0.05))
    end)
  end)

  describe("time", function()
    it("is over when the answer does not come", function()
      local server = serve { "keep:" }
      failed("timeout", true, { "did not answer in the time allowed", server.url },
        transport.send(post(server.url), 0.05))
      assert.equal(1, #server:requests())
    end)

    it("is over when only half of the answer comes, and the connection is gone", function()
      local server = serve { "keep:HTTP/1.1 200 OK\r\n", "keep:" .. OK }
      failed("timeout", true, {}, transport.send(get(server.url), 0.05))
      assert(transport.send(get(server.url), LIMIT))
      assert.equal(2, server:requests()[2].connection)
    end)

    it("is over when nobody reads the request", function()
      local server = serve({ "deaf:" }, "unix")
      local through = nginx:transport { unix_socket = server.path }
      failed("timeout", true, {}, through.send(post("http://h/", ("x"):rep(4000000)), 0.05))
    end)

    it("that is none sends nothing", function()
      local server = serve { "keep:" .. OK }
      for _, timeout in ipairs { 0, -1 } do
        failed("timeout", false, {}, transport.send(post(server.url), timeout))
      end
      assert.equal(0, #server:requests())
    end)

    it("may be longer than nginx can count", function()
      local server = serve { "keep:" .. OK }
      assert(transport.send(post(server.url), 1e12))
    end)
  end)

  -- what it is, record, what the message says
  local MALFORMED = {
    { "a header that would end its line", { headers = { A = "1\r\nB: 2" } }, "control character" },
    { "a length of its own", { headers = { ["Content-Length"] = "0" } }, "set by the transport" },
    { "a password in the URL", { url = "http://me:secret@127.0.0.1/" }, "user name" },
    { "a port that is none", { url = "http://127.0.0.1:99999/" }, "base_url" },
    { "a port of 0", { url = "http://127.0.0.1:0/" }, "base_url" },
    { "a host that is none", { url = "http://::1/" }, "base_url" },
    { "a URL of another scheme", { url = "unix:/tmp/x" }, "http://" },
  }
  for _, row in ipairs(MALFORMED) do
    it("refuses a request with " .. row[1] .. " unsent", function()
      local request = get "http://127.0.0.1:1/"
      for name, value in pairs(row[2]) do
        request[name] = value
      end
      local response, err = transport.send(request, LIMIT)
      failed("malformed", false, { row[3] }, response, err)
      assert.not_matches("secret", err.message)
    end)
  end

  -- claim, options, what the message says
  local OPTIONS = {
    { "authorities of its own", { tls = { ca = "/etc/ca.pem" } }, "lua_ssl_trusted_certificate" },
    { "a key without a certificate", { tls = { key = "/dev/null" } }, "needs the option tls.cert" },
    { "a certificate that is missing", { tls = { cert = "/nonexistent/c" } }, "tls.cert: /nonexi" },
    { "a key that is missing", { tls = { cert = "/dev/null", key = "/none/k" } }, "tls.key" },
    { "a certificate that is none", { tls = { cert = "/dev/null" } }, "tls.cert: no PEM" },
    { "a proxy by TLS", { proxy = "https://me:secret@h" }, "https:// cannot be spoken" },
    { "a proxy of another kind", { proxy = "socks5://me:secret@h" }, "socks5:// cannot be spoken" },
    { "a proxy that is no URL", { proxy = "http://me:secret@h:port" }, "is no URL" },
    { "a path that is too long", { unix_socket = ("x"):rep(108) }, "option unix_socket" },
    { "a path with a line end", { unix_socket = "/x\n" }, "unix_socket: has a control character" },
  }
  for _, row in ipairs(OPTIONS) do
    it("cannot have " .. row[1], function()
      local response, err = nginx:transport(row[2]).send(get "http://127.0.0.1:1/", LIMIT)
      failed("other", false, { row[3] }, response, err)
      assert.is_false(err.retriable)
      assert.not_matches("secret", err.message)
    end)
  end
end)
