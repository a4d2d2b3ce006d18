local case = require "spec.support.curl_case"
local nginx = require "spec.support.nginx"
local process = require "spec.support.process"
local raw = require "spec.support.raw_server"

local OK, LIMIT, SAFE = case.OK, case.LIMIT, case.SAFE
local failed, get, open, post, serve = case.failed, case.get, case.open, case.post, case.serve

local function fields(response)
  return { status = response.status, headers = response.headers, body = response.body }
end

-- On libcurl alone: these claims are about its bytes and sockets.
describe("curl: a response", function()
  after_each(case.finish)

  -- claim, bytes of the answer, the record without its url
  local RECORDS = {
    {
      "has lower-case names and joins repeated headers",
      "HTTP/1.1 200 Fine: yes\r\nX-A: 1\r\nDate: x\r\nx-b:2  \r\nx-a:  3\r\nDATE: y\r\n"
        .. "X-Empty:\r\nContent-Length: 2\r\n\r\nhi",
      {
        status = 200,
        headers = {
          ["x-a"] = "1, 3",
          date = "x, y",
          ["x-b"] = "2",
          ["x-empty"] = "",
          ["content-length"] = "2",
        },
        body = "hi",
      },
    },
    {
      "makes one of continued lines",
      "HTTP/1.1 200 OK\r\nX-A: 1\r\n  and\r\n\tmore\r\nContent-Length: 0\r\n\r\n",
      {
        status = 200,
        headers = { ["x-a"] = "1    and  \tmore", ["content-length"] = "0" },
        body = "",
      },
    },
    {
      "shows nothing of interim answers",
      "HTTP/1.1 100 Continue\r\nX-A: 0\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        .. "HTTP/1.1 201 Created\r\nX-A: 1\r\nContent-Length: 1\r\n\r\n!",
      { status = 201, headers = { ["x-a"] = "1", ["content-length"] = "1" }, body = "!" },
    },
    {
      "puts chunks together and leaves trailers out",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        .. "2\r\nab\r\n1\r\nc\r\n0\r\nX-Late: 1\r\n\r\n",
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
      "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n"
        .. "<html></html>",
      {
        status = 502,
        headers = { ["content-type"] = "text/html", ["content-length"] = "13" },
        body = "<html></html>",
      },
    },
    {
      "that redirects is not followed",
      "HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
      {
        status = 307,
        headers = { location = "http://127.0.0.1:1/", ["content-length"] = "0" },
        body = "",
      },
    },
  }
  for _, row in ipairs(RECORDS) do
    it(row[1], function()
      local server = serve { "keep:" .. row[2] }
      local response = assert(open():send(post(server.url .. "/x?y=1"), LIMIT))
      assert.equal(server.url .. "/x?y=1", response.url)
      assert.same(row[3], fields(response))
      assert.equal(1, #server:requests())
    end)
  end

  local FIRST = "HTTP/1.1 201 Created\r\nX-A: first\r\nContent-Length: 5\r\n\r\nfirst"
  local MANY = ("x"):rep(20000)

  -- claim, the second answer, what of it is seen, and whether the spare record has it
  local SPARES = {
    { "fills a record that is spare", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2",
      { status = 200, headers = { ["content-length"] = "1" }, body = "2" }, true },
    { "is empty in a record that is spare", "HTTP/1.1 204 No Content\r\n\r\n",
      { status = 204, headers = {}, body = "" }, true },
    { "that is longer fills a record that is spare",
      "HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" .. MANY:sub(1, 9000),
      { status = 200, headers = { ["content-length"] = "9000" }, body = MANY:sub(1, 9000) }, true },
    { "that is large keeps no spare record's memory busy",
      "HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" .. MANY,
      { status = 200, headers = { ["content-length"] = "20000" }, body = MANY }, false },
  }
  for _, row in ipairs(SPARES) do
    it(row[1], function()
      local server = serve { "keep:" .. FIRST, "keep:" .. row[2] }
      local pool = open()
      local spare = pool:record()
      local response = assert(pool:send(post(server.url), LIMIT, nil, spare))
      assert.equal(spare, response)
      assert.equal("first", response.body)
      assert.equal("first", response.headers["x-a"])
      local headers = response.headers
      response = assert(pool:send(post(server.url .. "/second"), LIMIT, nil, spare))
      assert.equal(row[4], spare == response)
      assert.same(row[3], fields(response))
      assert.equal(server.url .. "/second", response.url)
      assert.equal("first", headers["x-a"]) -- an error may have kept them
    end)
  end

  it("that was changed by a script is read as it is now", function()
    local server = serve { "keep:HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}" }
    local response = assert(open():send(post(server.url), LIMIT))
    response.body = '{"id":"changed"}'
    local core = require "graphinvite.core"
    local row = core.request("invitations.get", { "x" }).op
    assert.equal("changed", core.response(row, response).id)
    response.body, response[1] = nil, "rubbish"
    assert.is_nil(response.body)
    assert.is_nil((core.response(row, response)))
  end)

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
    local directives = "listen unix:DIR/socket; root DIR; gzip on; gzip_types *; gzip_min_length 1;"
    local server = case.keep(nginx.start(directives, directory))
    local pool = open { unix_socket = server.socket }
    local response = assert(pool:send(get "http://graph.example/page", LIMIT))
    assert.equal("gzip", response.headers["content-encoding"])
    assert.equal(body, response.body)
  end)

  local LONG = ("x"):rep(4000000) -- more than a socket holds that nobody reads
  local GZIPPED = "\31\139\8\0\0\0\0\0\2\3\75\203\204\75\5\0\146\84\169\190\4\0\0\0"

  -- claim, answer to the head of a request whose body nobody reads, the answer's body; or nil
  local EARLY = {
    { "with a length", OK, "fine" },
    { "that refuses the request", raw.response("413 Too Large", "much"), "much" },
    { "of no bytes", raw.response("200 OK", ""), "" },
    { "without content", "HTTP/1.1 204 No Content\r\n\r\n", "" },
    { "that is packed", raw.response("200 OK", GZIPPED, "Content-Encoding: gzip\r\n"), "fine" },
    { "without a length", "HTTP/1.1 200 OK\r\n\r\nfine", nil },
    { "that lacks a byte", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfine", nil },
    { "that lacks its last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      .. "4\r\nfine\r\n", nil },
    { "that lacks the end of its head", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", nil },
  }
  for _, row in ipairs(EARLY) do
    local name, answer, body = row[1], row[2], row[3]
    local claim = ("%s %s before the request was read, and the connection broke then")
    it(claim:format(name, body and "is taken that came" or "is not taken that came"), function()
      local server = serve({ "early:" .. answer }, "unix")
      local pool = open { unix_socket = server.path }
      local request = post("http://graph.example/", LONG)
      local response, message, reason, sent = pool:send(request, LIMIT)
      if body then
        assert.equal(body, assert(response, message).body)
      else
        failed("closed", true, { "broke" }, response, message, reason, sent)
      end
    end)
  end

  it("is taken that came whole before the time was over", function()
    local server = serve({ "deaf:" .. OK }, "unix")
    local pool = open { unix_socket = server.path }
    assert.equal("fine", assert(pool:send(post("http://graph.example/", LONG), 0.3)).body)
  end)

  -- claim, answer, limit, what the message says
  local LIMITS = {
    { "as long as the limit is taken", "keep:" .. OK, 4 },
    { "longer than the limit by its announced length is cut off", "keep:" .. OK, 3, "max_body" },
    {
      "longer than the limit without a length is cut off",
      "close:HTTP/1.1 200 OK\r\n\r\n" .. ("x"):rep(100000),
      99999,
      "max_body",
    },
    {
      "with a huge announced length is refused before it comes",
      "keep:HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
      nil,
      "max_body",
    },
    { "of any length is refused by a limit of 0", "keep:" .. OK, 0, "max_body" },
    {
      "with headers without end is cut off",
      "keep:HTTP/1.1 200 OK\r\n" .. ("X-A: 1\r\n"):rep(20000),
      nil,
      "headers",
    },
  }
  for _, row in ipairs(LIMITS) do
    it(row[1], function()
      local server = serve { row[2] }
      local response, message, reason, sent = open():send(post(server.url), LIMIT, row[3])
      if row[4] then
        failed("too_large", true, { row[4] }, response, message, reason, sent)
      else
        assert.equal("fine", response.body)
      end
    end)
  end
end)
