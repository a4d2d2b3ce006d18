local core = require "graphinvite.core"

local URL = "https://graph.example/v1.0/users?$top=1"

-- claim, record, the bytes
local WRITTEN = {
  { "GET has no headers but Host, the record's and the word that nothing be packed",
    { method = "GET", url = URL, headers = { ["X-A"] = "1" } },
    "GET /v1.0/users?$top=1 HTTP/1.1\r\nHost: graph.example\r\nX-A: 1\r\n"
      .. "Accept-Encoding: identity\r\n\r\n" },
  { "POST has its length, and its body as it is",
    { method = "POST", url = URL, headers = {}, body = "a\0\r\n" },
    "POST /v1.0/users?$top=1 HTTP/1.1\r\nHost: graph.example\r\nAccept-Encoding: identity\r\n"
      .. "Content-Length: 4\r\n\r\na\0\r\n" },
  { "POST without a body has the length 0", { method = "POST", url = "http://h/" },
    "POST / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\nContent-Length: 0\r\n\r\n" },
  { "DELETE has no body and no length", { method = "DELETE", url = "http://h/x" },
    "DELETE /x HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n\r\n" },
  { "DELETE with a body has both", { method = "DELETE", url = "http://h/x", body = "{}" },
    "DELETE /x HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}" },
  { "a coding of the caller's own goes first",
    { method = "GET", url = "http://h/", headers = { ["accept-ENCODING"] = "gzip" } },
    "GET / HTTP/1.1\r\nHost: h\r\naccept-ENCODING: gzip\r\n\r\n" },
  { "a header may be empty or have a tab",
    { method = "GET", url = "http://h/", headers = { ["Accept-Encoding"] = "" } },
    "GET / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: \r\n\r\n" },
  { "CONNECT names host and port",
    { method = "CONNECT", url = URL, headers = { ["accept-encoding"] = "\t" } },
    "CONNECT graph.example:443 HTTP/1.1\r\nHost: graph.example:443\r\naccept-encoding: \t\r\n"
      .. "\r\n" },
}

-- URL, Host, target
local URLS = {
  { "http://h", "h", "/" }, { "HTTP://H/", "H", "/" }, { "https://h?x=/#y", "h", "/?x=/" },
  { "http://h#/a", "h", "/" }, { "http://h:80/", "h", "/" }, { "http://h:443/", "h:443", "/" },
  { "https://h:443/", "h", "/" }, { "https://h:80/", "h:80", "/" }, { "http://h:/", "h", "/" },
  { "http://h:8080/a/../b/%2e/%2F//?a?b", "h:8080", "/a/../b/%2e/%2F//?a?b" },
  { "http://[::1]/", "[::1]", "/" }, { "http://[::1]:80", "[::1]", "/" },
  { "https://[::80]:8443?@", "[::80]:8443", "/?@" }, { "http://h/\195\164", "h", "/\195\164" },
}

-- what it is, record, what the message says
local REFUSED = {
  { "no URL", { url = false }, "no URL" },
  { "a URL without a scheme", { url = "graph.example/x" }, "http://" },
  { "a URL of another scheme", { url = "ftp://graph.example/x" }, "http://" },
  { "a URL without a host", { url = "http:///x" }, "no host" },
  { "a URL of nothing but a port", { url = "http://:80/" }, "no host" },
  { "a port that is none", { url = "http://h:8o/" }, "no number" },
  { "a user name", { url = "http://me:secret@h/" }, "user name" },
  { "a backslash in the host", { url = "http://h\\@evil/" }, "backslash" },
  { "a blank in the URL", { url = "http://h/a b" }, "blank" },
  { "a line end in the URL", { url = "http://h/\r\nX: 1" }, "control" },
  { "NUL in the URL", { url = "http://h/\0" }, "control" },
  { "no method", { method = false }, "method" },
  { "a method of two words", { method = "GET /x" }, "method" },
  { "a method with a line end", { method = "GET\r\n" }, "method" },
  { "an empty method", { method = "" }, "method" },
  { "headers that are no table", { headers = "A: b" }, "not a table" },
  { "a numbered header", { headers = { "A: b" } }, "not a string" },
  { "a header that is a number", { headers = { A = 1 } }, "header A: not a string" },
  { "a header with CR", { headers = { A = "secret\rB" } }, "header A: its value has a control" },
  { "a header with LF", { headers = { A = "1\nB: 2" } }, "control" },
  { "a header with NUL", { headers = { A = "1\0" } }, "control" },
  { "a header's name with a colon", { headers = { ["A:"] = "1" } }, "not allowed" },
  { "a header's name with a line end", { headers = { ["A\r\nB"] = "1" } }, "not allowed" },
  { "a header without a name", { headers = { [""] = "1" } }, "empty" },
  { "a length of its own", { headers = { ["content-length"] = "9" } }, "set by the transport" },
  { "a coding of its own", { headers = { ["Transfer-Encoding"] = "x" } }, "set by the transport" },
  { "a host of its own", { headers = { HOST = "evil" } }, "set by the transport" },
  { "a connection of its own", { headers = { Connection = "x" } }, "set by the transport" },
  { "a body that is a table", { body = {} }, "body is not a string" },
  { "a body that is a number", { body = 1 }, "body is not a string" },
}

describe("http1: a request", function()
  for _, row in ipairs(WRITTEN) do
    it("by " .. row[1], function()
      assert.equal(row[3], core.http1_request(row[2]))
    end)
  end

  it("comes in parts where a table for them is given, which may have those of another", function()
    local parts = { "x" }
    for _, row in ipairs(WRITTEN) do
      for _, given in ipairs { parts, {} } do
        assert.equal(given, core.http1_request(row[2], given))
        assert.equal(row[3], table.concat(given))
      end
    end
    assert.is_nil((core.http1_request({}, parts)))
    assert.has_error(function() core.http1_request({}, "parts") end)
  end)

  it("has target and Host by its URL", function()
    for _, row in ipairs(URLS) do
      local text = assert(core.http1_request { method = "GET", url = row[1] })
      local target, host = text:match "^GET (%S+) HTTP/1.1\r\nHost: (%S+)\r\n"
      assert.same({ row[2], row[3] }, { host, target })
    end
  end)

  it("has every header of the record once", function()
    local headers, expected = {}, { "Accept-Encoding: identity" }
    for i = 1, 100 do
      headers["X-" .. i] = ("v"):rep(i)
      expected[#expected + 1] = ("X-%d: %s"):format(i, ("v"):rep(i))
    end
    local text = core.http1_request { method = "GET", url = "http://h/", headers = headers }
    local lines = {}
    for line in text:match("Host: h\r\n(.*)$"):gmatch "[^\r\n]+" do
      lines[#lines + 1] = line
    end
    table.sort(lines)
    table.sort(expected)
    assert.same(expected, lines)
  end)

  for _, row in ipairs(REFUSED) do
    it("is refused for " .. row[1], function()
      local record = { method = "GET", url = URL, headers = {} }
      for name, value in pairs(row[2]) do
        record[name] = value
      end
      local bytes, why = core.http1_request(record)
      assert.is_nil(bytes)
      assert.is_truthy(why:find(row[3], 1, true), why)
      assert.is_nil(why:find("secret", 1, true))
    end)
  end

  it("is read without metamethods", function()
    local function trap()
      error "a metamethod ran"
    end
    local trapped = setmetatable({}, { __index = trap, __pairs = trap, __len = trap })
    assert.is_nil((core.http1_request(trapped)))
    assert.has_error(function() core.http1_request "GET" end)
  end)
end)
