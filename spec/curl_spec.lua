local certificates = require "spec.support.certificates"
local curl = require "graphinvite.curl"
local driver = require "graphinvite.transport.curl"
local nginx = require "spec.support.nginx"
local process = require "spec.support.process"
local raw = require "spec.support.raw_server"

local SAFE, UNSAFE = { safe = true }, { safe = false }
local OK = raw.response("200 OK", "fine")
local LIMIT = 20 -- seconds; nothing here comes near it

-- Everything runs on this driver alone: these claims are about its bytes and sockets.
describe("curl", function()
  local servers, pools

  before_each(function()
    servers, pools = {}, {}
  end)

  after_each(function()
    for _, pool in ipairs(pools) do
      pool:close()
    end
    for _, server in ipairs(servers) do
      server:stop()
    end
  end)

  local function serve(answers, listen)
    servers[#servers + 1] = raw.start(answers, listen)
    return servers[#servers]
  end

  local function open(options)
    pools[#pools + 1] = assert(curl.pool(options or {}))
    return pools[#pools]
  end

  local function get(url, op)
    return { method = "GET", url = url, headers = {}, op = op or SAFE }
  end

  local function post(url, body)
    return { method = "POST", url = url, headers = {}, body = body or "{}", op = UNSAFE }
  end

  -- Asserts how a call failed; the message must match every pattern.
  local function failed(reason, sent, patterns, response, message, got_reason, got_sent)
    assert.is_nil(response)
    assert.equal(reason, got_reason, message)
    assert.equal(sent, got_sent)
    for _, pattern in ipairs(patterns) do
      assert.is_truthy(message:find(pattern), ("%q lacks %s"):format(message, pattern))
    end
  end

  describe("a request", function()
    -- claim, record, the whole text that arrives
    local WIRE = {
      {
        "GET has no headers but the record's, Host and Accept-Encoding",
        { method = "GET", headers = { ["X-A"] = "1" } },
        "GET /v1.0/users?$top=1 HTTP/1.1\r\nHost: HOST\r\nAE\r\nX-A: 1\r\n\r\n",
      },
      {
        "POST has its length and no type, Accept or Expect of libcurl's own",
        { method = "POST", body = '{"a":1}' },
        "POST /v1.0/users?$top=1 HTTP/1.1\r\nHost: HOST\r\nAE\r\n"
          .. 'Content-Length: 7\r\n\r\n{"a":1}',
      },
      {
        "POST without a body has the length 0",
        { method = "POST" },
        "POST /v1.0/users?$top=1 HTTP/1.1\r\nHost: HOST\r\nAE\r\nContent-Length: 0\r\n\r\n",
      },
      {
        "PATCH sends its body, NUL bytes included",
        { method = "PATCH", body = "a\0b", headers = { ["Content-Type"] = "application/json" } },
        "PATCH /v1.0/users?$top=1 HTTP/1.1\r\nHost: HOST\r\nAE\r\n"
          .. "Content-Type: application/json\r\nContent-Length: 3\r\n\r\na\0b",
      },
      {
        "DELETE has no body and no length",
        { method = "DELETE" },
        "DELETE /v1.0/users?$top=1 HTTP/1.1\r\nHost: HOST\r\nAE\r\n\r\n",
      },
      {
        "header without a value is sent",
        { method = "GET", headers = { ["X-Empty"] = "", Accept = "text/plain" } },
        "GET /v1.0/users?$top=1 HTTP/1.1\r\nHost: HOST\r\nAE\r\n"
          .. "Accept: text/plain\r\nX-Empty:\r\n\r\n",
      },
    }

    -- The order of headers is that of a Lua table, so the lines are compared sorted.
    local function sorted(text)
      local head, body = text:match "^(.-\r\n\r\n)(.*)$"
      local lines = {}
      for line in head:gmatch "[^\r\n]+" do
        lines[#lines + 1] = line
      end
      table.sort(lines)
      return table.concat(lines, "\n") .. "\n" .. body
    end

    for _, row in ipairs(WIRE) do
      it(row[1], function()
        local server = serve { "keep:" .. OK }
        local request = row[2]
        request.url = server.url .. "/v1.0/users?$top=1"
        assert.equal(200, assert(open():send(request, LIMIT)).status)
        local expected = row[3]:gsub("HOST", (server.url:gsub("^http://", "")))
        expected = expected:gsub("AE", "Accept-Encoding: deflate, gzip, br, zstd", 1)
        local text = server:requests()[1].text
        text = text:gsub("Accept%-Encoding: [^\r]*", "Accept-Encoding: deflate, gzip, br, zstd")
        assert.equal(sorted(expected), sorted(text))
      end)
    end

    it("keeps dots and percent signs of its path as they are", function()
      local server = serve { "keep:" .. OK }
      assert(open():send(get(server.url .. "/a/../b/%2e%2e/%2F"), LIMIT))
      assert.equal("GET /a/../b/%2e%2e/%2F HTTP/1.1", server:requests()[1].text:match "^[^\r]*")
    end)

    it("sends a body of 4 MiB without waiting for 100 Continue", function()
      local server = serve { "keep:" .. OK }
      local body = ("0123456789abcdef"):rep(262144)
      assert(open():send(post(server.url .. "/", body), LIMIT))
      local text = server:requests()[1].text
      assert.is_nil(text:find("Expect", 1, true))
      assert.equal(body, text:match "\r\n\r\n(.*)$")
    end)

    local TAINTED = { cr = "a\rb", lf = "a\nX-B: 1", nul = "a\0b", del = "a\127b", escape = "\27[2J" }
    for name, value in pairs(TAINTED) do
      it("with the control character " .. name .. " in any part is refused unsent", function()
        local server = serve { "keep:" .. OK }
        local pool = open()
        local records = {
          { method = "GET", url = server.url .. "/" .. value },
          { method = value, url = server.url },
          { method = "GET", url = server.url, headers = { ["X-A"] = value } },
          { method = "GET", url = server.url, headers = { [value] = "1" } },
        }
        for _, record in ipairs(records) do
          failed("malformed", false, {}, pool:send(record, LIMIT))
        end
        assert.equal(200, pool:send(get(server.url), LIMIT).status)
        assert.equal(1, #server:requests())
      end)
    end

    -- claim, record, what the message says
    local REFUSED = {
      { "whose URL has no scheme", { url = "graph.microsoft.com" }, "http://" },
      { "to a file", { url = "file:///etc/passwd" }, "http://" },
      { "without a URL", {}, "http://" },
      { "with a blank in its URL", { url = "http://127.0.0.1/a b" }, "blank" },
      { "with a password in its URL", { url = "http://me:secret@127.0.0.1/" }, "user name" },
      { "with a port that is none", { url = "http://127.0.0.1:99999/" }, "base_url" },
      { "without a method", { url = "http://127.0.0.1/", method = false }, "method" },
      { "with headers that are no table", { url = "http://127.0.0.1/", headers = "A: b" }, "table" },
      {
        "with a header that is a number",
        { url = "http://127.0.0.1/", headers = { A = 1 } },
        "header A: not a string",
      },
      {
        "with a numbered header",
        { url = "http://127.0.0.1/", headers = { "A: b" } },
        "not a string",
      },
      {
        "that frames itself",
        { url = "http://127.0.0.1/", headers = { ["content-length"] = "9" } },
        "Content%-Length",
      },
      {
        "that would be chunked",
        { url = "http://127.0.0.1/", headers = { ["Transfer-Encoding"] = "chunked" } },
        "Transfer%-Encoding",
      },
      { "with a body that is a table", { url = "http://127.0.0.1/", body = {} }, "body" },
    }
    for _, row in ipairs(REFUSED) do
      it(row[1] .. " is refused with a reason", function()
        local record = row[2]
        if record.method == nil then
          record.method = "GET"
        end
        local response, message, reason, sent = open():send(record, LIMIT)
        failed("malformed", false, { row[3] }, response, message, reason, sent)
        assert.is_nil(message:find("secret", 1, true))
      end)
    end

    it("is read without metamethods", function()
      local function trap()
        error "a metamethod ran"
      end
      local trapped = setmetatable({}, { __index = trap, __pairs = trap, __len = trap })
      failed("malformed", false, {}, open():send(trapped, LIMIT))
    end)
  end)

  describe("a response", function()
    -- claim, bytes of the answer, the record without its url
    local RECORDS = {
      {
        "has lower-case names and joins repeated headers",
        "HTTP/1.1 200 Fine\r\nX-A: 1\r\nx-b:2  \r\nx-a:  3\r\nX-Empty:\r\nContent-Length: 2\r\n\r\nhi",
        {
          status = 200,
          headers = { ["x-a"] = "1, 3", ["x-b"] = "2", ["x-empty"] = "", ["content-length"] = "2" },
          body = "hi",
        },
      },
      {
        "makes one of continued lines",
        "HTTP/1.1 200 OK\r\nX-A: 1\r\n  and\r\n\tmore\r\nContent-Length: 0\r\n\r\n",
        { status = 200, headers = { ["x-a"] = "1    and  \tmore", ["content-length"] = "0" }, body = "" },
      },
      {
        "shows nothing of interim answers",
        "HTTP/1.1 100 Continue\r\nX-A: 0\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
          .. "HTTP/1.1 201 Created\r\nX-A: 1\r\nContent-Length: 1\r\n\r\n!",
        { status = 201, headers = { ["x-a"] = "1", ["content-length"] = "1" }, body = "!" },
      },
      {
        "puts chunks together and leaves trailers out",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nX-Late: 1\r\n\r\n",
        { status = 200, headers = { ["transfer-encoding"] = "chunked" }, body = "abc" },
      },
      {
        "may be empty",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        { status = 200, headers = { ["content-length"] = "0" }, body = "" },
      },
      {
        "may have no content",
        "HTTP/1.1 204 No Content\r\n\r\n",
        { status = 204, headers = {}, body = "" },
      },
      {
        "is given as it is when it is a page of a proxy",
        "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>",
        {
          status = 502,
          headers = { ["content-type"] = "text/html", ["content-length"] = "13" },
          body = "<html></html>",
        },
      },
      {
        "that redirects is not followed",
        "HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        { status = 307, headers = { location = "http://127.0.0.1:1/", ["content-length"] = "0" }, body = "" },
      },
    }
    for _, row in ipairs(RECORDS) do
      it(row[1], function()
        local server = serve { "keep:" .. row[2] }
        local response = assert(open():send(post(server.url .. "/x?y=1"), LIMIT))
        assert.equal(server.url .. "/x?y=1", response.url)
        response.url = nil
        assert.same(row[3], response)
        assert.equal(1, #server:requests())
      end)
    end

    it("ends with the connection where it has no length", function()
      local server = serve { "close:HTTP/1.0 200 OK\r\n\r\nto the end" }
      assert.equal("to the end", open():send(get(server.url), LIMIT).body)
    end)

    it("to HEAD has no body", function()
      local server = serve { "keep:HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" }
      local pool = open()
      local request = { method = "HEAD", url = server.url, op = SAFE }
      assert.equal("", assert(pool:send(request, LIMIT)).body)
      assert.equal("", assert(pool:send(request, LIMIT)).body)
    end)

    it("is unpacked", function()
      local body = ("invitation "):rep(1000)
      local directory = process.directory()
      local file = assert(io.open(directory .. "/page", "w"))
      file:write(body)
      file:close()
      servers[1] = nginx.start(
        "listen unix:DIR/socket; root DIR; gzip on; gzip_types *; gzip_min_length 1;",
        directory
      )
      local pool = open { unix_socket = servers[1].socket }
      local response = assert(pool:send(get "http://graph.example/page", LIMIT))
      assert.equal("gzip", response.headers["content-encoding"])
      assert.equal(body, response.body)
    end)

    -- claim, answer, limit, reason
    local LIMITS = {
      { "as long as the limit is taken", "keep:" .. OK, 4 },
      { "longer than the limit by its announced length is cut off", "keep:" .. OK, 3, "too_large" },
      {
        "longer than the limit without a length is cut off",
        "close:HTTP/1.1 200 OK\r\n\r\n" .. ("x"):rep(100000),
        99999,
        "too_large",
      },
      {
        "with a huge announced length is refused before it comes",
        "keep:HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        nil,
        "too_large",
      },
      { "of any length is refused by a limit of 0", "keep:" .. OK, 0, "too_large" },
      {
        "with headers without end is cut off",
        "keep:HTTP/1.1 200 OK\r\n" .. ("X-A: 1\r\n"):rep(20000),
        nil,
        "too_large",
      },
    }
    for _, row in ipairs(LIMITS) do
      it(row[1], function()
        local server = serve { row[2] }
        local response, message, reason, sent = open():send(post(server.url), LIMIT, row[3])
        if row[4] then
          failed(row[4], true, { "max_body" }, response, message, reason, sent)
        else
          assert.equal("fine", response.body)
        end
      end)
    end
  end)

  describe("a failure", function()
    -- claim, answer, reason
    local BROKEN = {
      { "of a connection that is closed at once", "close:", "closed" },
      { "of a connection that is reset", "reset:", "closed" },
      { "of a body that is too short", "close:HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", "closed" },
      { "of a chunk that is cut", "close:HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhi", "closed" },
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
      failed("connect", false, {}, pool:send(post "http://graph.example/", LIMIT))
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
      failed("timeout", false, { "no connection" }, open():send(post((server.url:gsub("http", "https"))), 0.05))
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

  describe("overlapping calls", function()
    it("each come back once, with their own handle", function()
      local server = serve { "keep:" .. OK }
      local pool, started = open(), {}
      for i = 1, 40 do
        started[assert(pool:start(post(server.url, "body " .. i), LIMIT))] = true
      end
      for _ = 1, 40 do
        local handle, response = pool:next(LIMIT)
        assert.is_true(started[handle])
        assert.equal("fine", response.body)
        started[handle] = nil
      end
      assert.is_nil(pool:next(LIMIT))
      assert.equal(40, #server:requests())
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

    it("say what they wait for", function()
      local server = serve { "keep:" }
      local pool = open()
      assert.same({}, (pool:fds()))
      local handle = pool:start(post(server.url), LIMIT)
      local _, due = pool:fds()
      assert.equal(0, due)
      while #server:requests() == 0 do
        assert.is_nil(pool:next(0))
      end
      local fds, seconds = pool:fds()
      assert.equal(1, #fds)
      assert.equal("r", fds[1].events)
      assert.equal("number", type(fds[1].fd))
      assert.is_true(seconds <= LIMIT)
      assert.is_not_nil(handle)
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

    it("survive a finalizer that uses and closes their pool", function()
      local server = serve { "keep:" .. OK }
      for _ = 1, 50 do
        local pool = open()
        local function finalizer(act)
          if newproxy then
            getmetatable(newproxy(true)).__gc = act
          else
            setmetatable({}, { __gc = act })
          end
        end
        for _ = 1, 20 do
          finalizer(function()
            pool:send(get(server.url), LIMIT)
          end)
        end
        finalizer(function()
          pool:close()
        end)
        collectgarbage "restart"
        local pause = collectgarbage("setpause", 1)
        for _ = 1, 100 do
          if not pool:send(post(server.url), LIMIT) then
            break
          end
        end
        collectgarbage("setpause", pause)
      end
    end)
  end)

  describe("TLS", function()
    local directory

    setup(function()
      directory = certificates.make()
    end)

    teardown(function()
      os.execute("rm -rf " .. directory)
    end)

    -- an nginx with that certificate, further directives and the pool's options
    local function secure(name, options, directives)
      local server = nginx.start(([[
        listen unix:DIR/socket ssl http2;
        ssl_certificate %s/%s.pem;
        ssl_certificate_key %s/%s.key;
        %s
        location / { return 200 "$server_protocol $connection $ssl_client_verify"; }
      ]]):format(directory, name, directory, name, directives or ""))
      servers[#servers + 1] = server
      options.unix_socket = server.socket
      return open(options)
    end

    it("accepts an issuer given as a file, and speaks HTTP/2", function()
      local pool = secure("good", { ca = directory .. "/ca.pem" })
      assert.matches("^HTTP/2.0", assert(pool:send(get "https://graph.example/", LIMIT)).body)
    end)

    it("accepts an issuer given as a hashed directory", function()
      local pool = secure("good", { ca = directory .. "/authorities" })
      assert.equal(200, assert(pool:send(get "https://graph.example/", LIMIT)).status)
    end)

    it("speaks HTTP/1.1 where it is told to", function()
      local pool = secure("good", { ca = directory .. "/ca.pem", http1 = true })
      assert.matches("^HTTP/1.1", assert(pool:send(get "https://graph.example/", LIMIT)).body)
    end)

    it("carries 32 calls in flight on one connection", function()
      local pool = secure("good", { ca = directory .. "/ca.pem" })
      for _ = 1, 32 do
        assert(pool:start(post "https://graph.example/", LIMIT))
      end
      local connections = {}
      for _ = 1, 32 do
        local _, response = pool:next(LIMIT)
        connections[response.body] = true
      end
      local one = next(connections)
      assert.matches("^HTTP/2.0", one)
      assert.is_nil(next(connections, one))
    end)

    it("shows the client's certificate", function()
      local pool = secure("good", {
        ca = directory .. "/ca.pem",
        cert = directory .. "/client.pem",
        key = directory .. "/client.key",
      }, ("ssl_client_certificate %s/ca.pem; ssl_verify_client on;"):format(directory))
      assert.matches("SUCCESS$", assert(pool:send(get "https://graph.example/", LIMIT)).body)
    end)

    it("trusts everybody only where verify is false", function()
      local pool = secure("alone", { verify = false })
      assert.equal(200, assert(pool:send(get "https://graph.example/", LIMIT)).status)
    end)

    -- certificate, what the message says, whether the issuer is known
    local UNTRUSTED = {
      { "good", "unknown issuer", false },
      { "alone", "self%-signed", true },
      { "other", "another host name", true },
      { "expired", "expired", true },
    }
    for _, row in ipairs(UNTRUSTED) do
      it(("refuses the certificate %q: %s"):format(row[1], row[2]), function()
        local pool = secure(row[1], row[3] and { ca = directory .. "/ca.pem" } or {})
        for _ = 1, 2 do
          failed("tls", false, { row[2], "https://graph.example" }, pool:send(post "https://graph.example/", LIMIT))
        end
      end)
    end

    it("says when the server does not speak it", function()
      local server = serve { "greet:HTTP/1.1 400 Bad Request\r\n\r\n" }
      local url = server.url:gsub("http", "https")
      failed("tls", false, { "does not speak TLS" }, open():send(post(url), LIMIT))
    end)
  end)

  describe("the options", function()
    local OPTIONS = {
      { "an unknown one", { cacert = "x" }, "unknown option 'cacert'" },
      { "one of a wrong type", { verify = "no" }, "option 'verify': boolean expected, got string" },
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
      { "of a certificate", { cert = "/nonexistent/c" }, "option cert: /nonexistent/c: No such file" },
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

    it("raise at the caller's line for wrong arguments of a method", function()
      local pool = open()
      for _, call in ipairs {
        function()
          pool:send("x", 1)
        end,
        function()
          pool:send({}, "soon")
        end,
        function()
          pool:send({}, 0 / 0)
        end,
        function()
          pool:send({}, 1, -1)
        end,
        function()
          pool.send({}, {}, 1)
        end,
        function()
          pool:next(0 / 0)
        end,
      } do
        assert.matches("curl_spec.lua:%d+: bad argument", select(2, pcall(call)))
      end
    end)
  end)

  describe("the driver", function()
    it("gives responses, and errors with reason and sent", function()
      local server = serve { "keep:" .. OK, "close:" }
      local transport = assert(driver.new { max_body = 10 })
      assert.equal("fine", assert(transport.send(post(server.url), LIMIT)).body)
      local response, err = transport.send(post(server.url), LIMIT)
      assert.is_nil(response)
      assert.equal("transport", err.kind)
      assert.equal("closed", err.reason)
      assert.is_true(err.sent)
      transport.close()
      response, err = transport.send(post(server.url), LIMIT)
      assert.is_nil(response)
      assert.equal("aborted", err.reason)
      assert.is_false(err.sent)
    end)

    it("overlaps calls", function()
      local server = serve { "keep:" .. OK }
      local transport = assert(driver.new())
      local handle = assert(transport.start(post(server.url), LIMIT))
      assert.same({}, (transport.fds()))
      local got, response, err = transport.next(LIMIT)
      assert.equal(handle, got)
      assert.equal("fine", response.body)
      assert.is_nil(err)
      assert.is_nil(transport.next(LIMIT))
      handle = assert(transport.start(get "http://127.0.0.1:99999/", LIMIT))
      got, response, err = transport.next(LIMIT)
      assert.equal(handle, got)
      assert.is_nil(response)
      assert.equal("malformed", err.reason)
      assert.equal("malformed", select(2, transport.start({}, LIMIT)).reason)
      transport.close()
    end)

    it("takes the limit of a request before its own", function()
      local server = serve { "keep:" .. OK }
      local transport = assert(driver.new { max_body = 3 })
      assert.equal("too_large", select(2, transport.send(post(server.url), LIMIT)).reason)
      local request = post(server.url)
      request.max_body = 4
      assert.equal("fine", assert(transport.send(request, LIMIT)).body)
      transport.close()
    end)

    it("says which option names no file", function()
      local transport, err = driver.new { tls = { ca = "/nonexistent" } }
      assert.is_nil(transport)
      assert.equal("transport", err.kind)
      assert.matches("option ca", err.message)
    end)

    it("has the clocks of this machine", function()
      local transport = assert(driver.new())
      assert.is_true(math.abs(transport.wall() - os.time()) < 2)
      local before = transport.now()
      transport.sleep(0)
      assert.is_true(transport.now() >= before)
      transport.close()
    end)
  end)

  it("leaves no process behind a run that was killed", function()
    local directory = process.directory()
    local script = ([[
      package.path = %q
      local server = require("spec.support.process").spawn(
        "perl spec/support/raw_server.pl /dev/null tcp /dev/null", %q)
      print(server.line)
      io.stdout:flush()
      os.execute("kill -9 $PPID")
    ]]):format(package.path, directory)
    local interpreter = arg[-1] or "lua"
    for i = -1, -20, -1 do
      interpreter = arg[i] or interpreter
    end
    local port = process.output(interpreter .. " -e " .. process.quote(script) .. " 2> /dev/null")
    assert.matches("^%d+$", port)
    -- the guard removes the directory when the server is gone
    os.execute("while test -e " .. directory .. "; do :; done")
    failed("connect", false, {}, open():send(get("http://127.0.0.1:" .. port), LIMIT))
  end)
end)
