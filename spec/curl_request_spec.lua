local case = require "spec.support.curl_case"

local OK, LIMIT = case.OK, case.LIMIT
local failed, get, open, post, serve = case.failed, case.get, case.open, case.post, case.serve

-- On libcurl alone: these claims are about its bytes and sockets.
describe("curl: a request", function()
  after_each(case.finish)

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

  -- Each is sent on the same pool after the one before; the transport keeps what did not change.
  local FOLLOWING = {
    { ["X-A"] = "one", ["X-B"] = "two" },
    { ["X-A"] = "one", ["X-B"] = "two" },
    { ["X-A"] = "on2", ["X-B"] = "two" },
    { ["X-A"] = "   ", ["X-B"] = "two" },
    { ["X-A"] = "o e", ["X-B"] = "tw\t" },
    { ["X-C"] = "one", ["X-B"] = "two" },
    { ["X-B"] = "two" },
    {},
    { ["X-B"] = "two", ["X-Longer"] = "three", ["X-A"] = "one" },
    { ["X-B"] = "two", ["X-Longer"] = "three four", ["X-A"] = "one" },
    { Accept = "text/plain", ["Content-Type"] = "text/plain", ["X-A"] = "1" },
    { Accept = "text/plain", ["Content-Type"] = "text/plain", ["X-A"] = "1" },
    { Accent = "text/plain", ["Content-Tape"] = "text/plain", ["X-A"] = "1" },
    { ["Accept-Encoding"] = "gzip" },
  }

  it("has its own headers and body, whatever the one before had", function()
    local server, pool = serve { "keep:" .. OK }, open()
    local expected = {}
    for i, headers in ipairs(FOLLOWING) do
      for _, body in ipairs { "{}", ("x"):rep(70000), "{}" } do
        local url = server.url .. "/" .. math.floor(i / 3)
        assert(pool:send({ method = "POST", url = url, headers = headers, body = body }, LIMIT))
        expected[#expected + 1] = { headers = headers, body = body }
      end
    end
    for i, request in ipairs(server:requests()) do
      local head, body = request.text:match "^(.-\r\n)\r\n(.*)$"
      local seen = {}
      for name, value in head:gmatch "\n([^:]+): ?([^\r]*)" do
        assert.is_nil(seen[name])
        seen[name] = value
      end
      assert.equal(expected[i].body, body)
      assert.equal(tostring(#body), seen["Content-Length"])
      for name, value in pairs(expected[i].headers) do
        assert.equal(value:match "^%s*(.-)%s*$", seen[name]:match "^%s*(.-)%s*$")
        seen[name] = nil
      end
      seen["Host"], seen["Content-Length"], seen["Accept-Encoding"] = nil, nil, nil
      assert.is_nil((next(seen)))
    end
  end)

  it("with a control character where the one before had none is refused", function()
    local server, pool = serve { "keep:" .. OK }, open()
    local function with(value)
      return { method = "GET", url = server.url, headers = { ["X-A"] = value, ["X-B"] = "2" } }
    end
    assert(pool:send(with "abc", LIMIT))
    failed("malformed", false, { "header X%-A" }, pool:send(with "a\nc", LIMIT))
    failed("malformed", false, { "header X%-A" }, pool:send(with "a\0c", LIMIT))
    assert(pool:send(with "abc", LIMIT))
    assert.equal(2, #server:requests())
  end)

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
