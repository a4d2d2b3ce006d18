local certificates = require "spec.support.certificates"
local helper = require "spec.helper"
local httpd = require "graphinvite.httpd"
local process = require "spec.support.process"

local LIMIT = 20 -- seconds; nothing here comes near it

local function hex(bytes)
  return (bytes:gsub(".", function(c)
    return ("%02x"):format(c:byte())
  end))
end

-- A program of this interpreter, with the sanitizers' runtime where we have it.
local function lua(words)
  local preload = os.getenv("LD_PRELOAD") or ""
  return ("env LD_PRELOAD=%s %s %s"):format(process.quote(preload), helper.interpreter(), words)
end

-- Starts a client that runs beside us.
local function begin(command)
  return assert(io.popen("unset LD_PRELOAD; " .. command))
end

local function finish(client)
  local text = client:read "*a"
  client:close()
  return text
end

-- The command of a client that sends these bytes, then takes further steps (see raw_client.pl).
local function raw(port, bytes, steps)
  return ("perl spec/support/raw_client.pl %s send:%s %s"):format(port, hex(bytes), steps or "")
end

local function curl(server, path, arguments)
  return ("curl -sS --max-time %d %s 'http://127.0.0.1:%d%s'"):format(LIMIT, arguments or "",
    server:port(), path)
end

local function listen(options)
  return assert(httpd.listen(options or {}))
end

-- Lets everything that is ready happen.
local function settle(server)
  assert.is_nil((server:step(0)))
end

local ANSWER = { status = 200, body = "fine" }

local MISUSES = {
  { "an unknown option", { ports = 1 }, "unknown option: ports" },
  { "an option without a name", { 80 }, "unknown option" },
  { "a port that is a text", { port = "80" }, "port: out of range" },
  { "a port out of range", { port = 65536 }, "port: out of range" },
  { "half a port", { port = 80.5 }, "port: out of range" },
  { "no connections at all", { connections = 0 }, "connections: out of range" },
  { "a body of less than nothing", { max_body = -1 }, "max_body: out of range" },
  { "an address with NUL", { address = "127.0.0.1\0" }, "address: must be a text" },
  { "TLS without a key", { tls = { cert = "x" } }, "tls.key: must be a text" },
  { "TLS that is no table", { tls = true }, "tls: must be a table" },
}

local REFUSED = {
  { "no status", {}, "status" },
  { "a status of 199", { status = 199 }, "status" },
  { "a status of 600", { status = 600 }, "status" },
  { "half a status", { status = 200.5 }, "status" },
  { "a status that is a text", { status = "200" }, "status" },
  { "headers that are no table", { status = 200, headers = "x" }, "headers" },
  { "CR LF in a value", { status = 200, headers = { X = "a\r\nB: c" } }, "CR, LF or NUL" },
  { "CR in a value", { status = 200, headers = { X = "a\rb" } }, "CR, LF or NUL" },
  { "NUL in a value", { status = 200, headers = { X = "a\0b" } }, "CR, LF or NUL" },
  { "an empty value", { status = 200, headers = { X = "" } }, "empty" },
  { "a number as a value", { status = 200, headers = { X = 1 } }, "not a string" },
  { "a header without a name", { status = 200, headers = { "x" } }, "not a string" },
  { "an empty name", { status = 200, headers = { [""] = "x" } }, "a name" },
  { "CR LF in a name", { status = 200, headers = { ["A: b\r\nC"] = "x" } }, "a name" },
  { "NUL in a name", { status = 200, headers = { ["A\0"] = "x" } }, "a name" },
  { "a name with a space", { status = 200, headers = { ["A B"] = "x" } }, "a name" },
  { "headers without end", { status = 200, headers = { X = ("x"):rep(5000) } }, "many bytes" },
  { "a body that is a number", { status = 200, body = 5 }, "body" },
}

describe("httpd", function()
  for _, row in ipairs(MISUSES) do
    it("raises for " .. row[1], function()
      local fine, why = pcall(httpd.listen, row[2])
      assert.is_false(fine)
      assert.matches(row[3], why, 1, true)
    end)
  end

  it("says why it cannot listen", function()
    local server = listen()
    local _, taken = httpd.listen { port = server:port() }
    server:close()
    assert.equal(("cannot listen on 127.0.0.1, port %d: Address already in use"):format(
      server:port()), taken)
    local _, unknown = httpd.listen { address = "256.0.0.1" }
    assert.matches("^cannot listen on 256.0.0.1, port 0: .", unknown)
    local _, uncertain = httpd.listen { tls = { cert = "x", key = "y" } }
    assert.matches("certificate", uncertain, 1, true)
  end)

  it("listens on another address when asked", function()
    local server = listen { address = "::1" }
    local client = begin("curl -sS 'http://[::1]:" .. server:port() .. "/'")
    server:answer(server:step(LIMIT).id, ANSWER)
    settle(server)
    assert.equal("fine", finish(client))
    server:close()
  end)

  it("gives what a client sent", function()
    local server = listen()
    local client = begin(curl(server, "/a/../%62?c=d%20e&f", "--path-as-is -X PATCH -d hello"
      .. " -H 'X-Two: 1' -H 'x-two: 2  ' -H 'Content-Type: text/plain' -A me"))
    local request = server:step(LIMIT)
    assert.equal("PATCH", request.method)
    assert.equal("/a/../%62?c=d%20e&f", request.url)
    assert.equal("hello", request.body)
    assert.same({
      accept = "*/*", ["content-length"] = "5", ["content-type"] = "text/plain",
      host = "127.0.0.1:" .. server:port(), ["user-agent"] = "me", ["x-two"] = "1, 2",
    }, request.headers)
    assert.is_true(server:answer(request.id, ANSWER))
    settle(server)
    assert.equal("fine", finish(client))
    server:close()
  end)

  it("does not wait for anything after an answer was given", function()
    local server = listen()
    local client = begin(curl(server, "/"))
    server:answer(server:step(LIMIT).id, ANSWER)
    settle(server) -- step(0) sends it
    assert.equal("fine", finish(client))
    server:close()
  end)

  it("takes answers in any order", function()
    local server = listen()
    local clients, requests = {}, {}
    for i = 1, 3 do
      clients[i] = begin(curl(server, "/" .. i))
      requests[i] = server:step(LIMIT)
    end
    settle(server)
    for i = 3, 1, -1 do
      assert.is_true(server:answer(requests[i].id, { status = 200, body = requests[i].url }))
      settle(server)
      assert.equal("/" .. i, finish(clients[i]))
    end
    server:close()
  end)

  it("takes an answer only once, and only to a request", function()
    local server = listen()
    local client = begin(curl(server, "/"))
    local id = server:step(LIMIT).id
    assert.is_true(server:answer(id, ANSWER))
    for _, other in ipairs { id, id + 1, 0, -1, 0.5 } do
      local sent, why = server:answer(other, ANSWER)
      assert.is_nil(sent)
      assert.matches("no such request", why, 1, true)
    end
    settle(server)
    assert.equal("fine", finish(client))
    server:close()
  end)

  for _, row in ipairs(REFUSED) do
    it("answers 500 instead of an answer with " .. row[1], function()
      local server = listen()
      local client = begin(curl(server, "/", "-i"))
      local sent, why = server:answer(server:step(LIMIT).id, row[2])
      settle(server)
      local text = finish(client)
      server:close()
      assert.is_nil(sent)
      assert.matches(row[3], why, 1, true)
      assert.matches("^HTTP/1.1 500 ", text)
      assert.matches('{"error":{"code":"InternalServerError"', text, 1, true)
      assert.is_nil(text:find("\nX:", 1, true))
    end)
  end

  it("cuts a connection after bytes of any kind, or resets it", function()
    local server = listen()
    for _, bytes in ipairs { "HTTP/1.1 200 \r\nContent-Length: 9\r\n\r\nhalf", "\0no HTTP", "" } do
      for _, suspended in ipairs { true, false } do
        local client = begin(raw(server:port(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
        local request = server:step(LIMIT)
        if suspended then
          settle(server)
        end
        assert.is_true(server:cut(request.id, bytes))
        settle(server)
        assert.equal(bytes, finish(client))
        assert.is_nil((server:cut(request.id, bytes)))
        assert.is_nil((server:answer(request.id, ANSWER)))
      end
    end
    local client = begin(curl(server, "/", "-w '%{exitcode}' 2>&1"))
    assert.is_true(server:cut(server:step(LIMIT).id))
    settle(server)
    assert.matches("56$", finish(client)) -- the connection was reset by its peer
    server:close()
  end)

  it("takes no further request of a connection that it cuts", function()
    local server = listen()
    local client = begin(raw(server:port(), ("GET / HTTP/1.1\r\nHost: x\r\n\r\n"):rep(2)))
    assert.is_true(server:cut(server:step(LIMIT).id, "end"))
    settle(server)
    assert.matches("^e?n?d?$", finish(client)) -- what it had sent and nobody reads resets it
    server:close()
  end)

  it("writes nothing beside TLS, but ends the connection", function()
    local directory = certificates.make()
    local cert = process.output("cat " .. directory .. "/good.pem")
    local key = process.output("cat " .. directory .. "/good.key")
    local server = listen { tls = { cert = cert, key = key } }
    for _, bytes in ipairs { "plain", "" } do
      local client = begin(("curl -sk --max-time %d https://127.0.0.1:%d/ -w '%%{exitcode}'")
        :format(LIMIT, server:port()))
      local cut, why = server:cut(server:step(LIMIT).id, bytes)
      settle(server)
      assert.equal(bytes == "", cut == true)
      assert.matches(bytes == "" and "nil" or "speaks TLS", tostring(why), 1, true)
      assert.matches("^[1-9]", finish(client)) -- of many codes; 0 would be a success
    end
    server:close()
    process.output("rm -r " .. directory)
  end)

  it("does not wait for a client that does not read what it is cut with", function()
    local server = listen()
    local client = begin(curl(server, "/", "--max-filesize 1 2> /dev/null"))
    local _, why = server:cut(server:step(LIMIT).id,
      "HTTP/1.1 200 \r\nContent-Length: 67108864\r\n\r\n" .. ("x"):rep(67108864))
    assert.matches("not all bytes could be written", why, 1, true)
    settle(server)
    finish(client)
    server:close()
  end)

  it("goes on when a client is gone before its answer", function()
    local server = listen()
    local gone = begin(raw(server:port(), "GET /gone HTTP/1.1\r\nHost: x\r\n\r\n", "drop"))
    local request
    repeat
      request = server:step(1)
    until request or gone:read "*a"
    finish(gone)
    settle(server)
    if request then
      server:answer(request.id, ANSWER)
    end
    local client = begin(curl(server, "/here"))
    request = server:step(LIMIT)
    assert.equal("/here", request.url)
    server:answer(request.id, ANSWER)
    settle(server)
    assert.equal("fine", finish(client))
    server:close()
  end)

  it("serves from two servers in one process", function()
    local first, second = listen(), listen()
    local clients = { begin(curl(first, "/1")), begin(curl(second, "/2")) }
    local two, one = second:step(LIMIT), first:step(LIMIT)
    assert.equal("/1", one.url)
    assert.equal("/2", two.url)
    first:answer(one.id, ANSWER)
    settle(first)
    first:close()
    second:answer(two.id, ANSWER)
    settle(second)
    second:close()
    assert.equal("fine", finish(clients[1]))
    assert.equal("fine", finish(clients[2]))
  end)

  it("cuts off who waits when it closes, and sends what was answered", function()
    local server = listen()
    local port = server:port()
    local answered = begin(curl(server, "/answered"))
    local request = server:step(LIMIT)
    local taken = begin(curl(server, "/taken", "-w '%{http_code}' 2>&1"))
    server:step(LIMIT)
    settle(server)
    local queued = begin(raw(port, ("GET /queued HTTP/1.1\r\nHost: x\r\n\r\n"):rep(2)))
    server:step(LIMIT)
    server:answer(request.id, ANSWER)
    server:close()
    server:close()
    assert.equal("fine", finish(answered))
    assert.matches("000$", finish(taken))
    assert.equal("", finish(queued))
    assert.is_false((pcall(server.step, server, 0)))
    assert.is_false((pcall(server.answer, server, 1, ANSWER)))
    listen({ port = port }):close()
  end)

  it("closes when it is collected", function()
    local server = listen()
    local port = server:port()
    local client = begin(raw(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
    server:step(LIMIT)
    server = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.equal("", finish(client))
    listen({ port = port }):close()
  end)
end)

-- What follows talks to a program that answers what it got: spec/support/echo_server.lua.
local GET = "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
local POST = "POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
local CHUNKED = POST .. "Transfer-Encoding: chunked\r\n\r\n"

-- Name and bytes of what is well-formed, and what the answer has in it.
local ACCEPTED = {
  { "HTTP/1.0", "GET /a HTTP/1.0\r\n\r\n", "GET /a\nbody none" },
  { "a body in chunks, with an extension and a trailer",
    CHUNKED .. "2;x=y\r\nhi\r\n3\r\nyou\r\n0\r\nX-Trailer: 1\r\n\r\n", "body 5\nhiyou" },
  { "empty lines before the request", "\r\n\r\n" .. GET .. "\r\n", "GET /a" },
  { "bare line feeds", (GET .. "\r\n"):gsub("\r", ""), "GET /a" },
  { "an empty header", GET .. "X:\r\nY: \t \r\n\r\n", "x: \ny: \n" },
  { "an absolute URL", "GET http://x/a HTTP/1.0\r\n\r\n", "GET http://x/a" },
  { "OPTIONS *", "OPTIONS * HTTP/1.0\r\n\r\n", "OPTIONS *" },
  { "an unknown method", "INVITE /a HTTP/1.0\r\n\r\n", "INVITE /a" },
  { "UTF-8 in a URL", "GET /\195\164 HTTP/1.0\r\n\r\n", "GET /\195\164" },
  { "headers of 20 KB", GET .. "X: " .. ("y"):rep(20000) .. "\r\n\r\n", "x: yyyy" },
  { "many headers", GET .. ("X: y\r\n"):rep(200) .. "\r\n", "x: y, y, y" },
  { "another expectation", POST .. "Expect: more\r\nContent-Length: 2\r\n\r\nhi", "body 2\nhi" },
}

-- Name and bytes of what is not, and the status it gets; nil: closed without one.
local MALFORMED = {
  { "HTTP/0.9", "GET /a\r\n\r\n", 400 },
  { "HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505 },
  { "HTTP/0.5", "GET / HTTP/0.5\r\n\r\n", 505 },
  { "another protocol", "GET /a HTTX/1.1\r\n\r\n", 400 },
  { "bytes that are no text", "\1\2\3\4\r\n\r\n" },
  { "a TLS greeting", "\22\3\1\2\0\1\0\1\252\3\3\r\n\r\n" },
  { "no host", "GET /a HTTP/1.1\r\n\r\n", 400 },
  { "two hosts", GET .. "host: y\r\n\r\n", 400 },
  { "NUL in the method", "GE\0T /a HTTP/1.0\r\n\r\n", 400 },
  { "NUL in the URL", "GET /a\0b HTTP/1.0\r\n\r\n", 400 },
  { "NUL in the version", "GET /a HTTP/1.0\0\r\n\r\n", 400 },
  { "NUL in a name", GET .. "X\0Y: a\r\n\r\n", 400 },
  { "NUL in a value", "GET /a HTTP/1.1\r\nX: a\0b\r\nHost: x\r\n\r\n", 400 },
  { "NUL in the last value", GET .. "X: a\0b\r\n\r\n", 400 },
  { "CR in a value", GET .. "X: a\rb\r\n\r\n", 400 },
  { "a control byte in a value", GET .. "X: a\27b\r\n\r\n", 400 },
  { "a folded line", "GET /a HTTP/1.1\r\nAuthor: a\r\n ization\r\nHost: x\r\n\r\n", 400 },
  { "a folded line at the end", GET .. "X: a\r\n\tb\r\n\r\n", 400 },
  { "a folded line at the start", "GET /a HTTP/1.0\r\n X: b\r\n\r\n", 400 },
  { "a space before the colon", GET .. "X : a\r\n\r\n", 400 },
  { "a header without a name", GET .. ": a\r\n\r\n", 400 },
  { "a header without a colon", GET .. "hello\r\n\r\n", 400 },
  { "a space in the URL", "GET /a b HTTP/1.0\r\n\r\n", 400 },
  { "two spaces", "GET  /a HTTP/1.0\r\n\r\n", 400 },
  { "a tab for a space", "GET\t/a HTTP/1.0\r\n\r\n", 400 },
  { "a control byte in the URL", "GET /a\1 HTTP/1.0\r\n\r\n", 400 },
  { "a method that is no word", "G(T /a HTTP/1.0\r\n\r\n", 400 },
  { "a length that is a word", POST .. "Content-Length: x\r\n\r\n", 400 },
  { "a negative length", POST .. "Content-Length: -1\r\n\r\n", 400 },
  { "a signed length", POST .. "Content-Length: +1\r\n\r\na", 400 },
  { "no length", POST .. "Content-Length:\r\n\r\na", 400 },
  { "two lengths", POST .. "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400 },
  { "a length beyond 64 bits", POST .. "Content-Length: 18446744073709551616\r\n\r\n", 413 },
  { "a length and chunks",
    POST .. "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
  { "another coding", POST .. "Transfer-Encoding: gzip\r\n\r\n", 501 },
  { "two codings", POST .. "Transfer-Encoding: gzip, chunked\r\n\r\n", 501 },
  { "a chunk that is a word", CHUNKED .. "zz\r\n\r\n", 400 },
  { "a chunk beyond 64 bits", CHUNKED .. "fffffffffffffffff\r\n\r\n", 413 },
  { "a chunk without an end", CHUNKED .. "2\r\nhiX0\r\n\r\n", 400 },
  { "a trailer without a colon", CHUNKED .. "2\r\nhi\r\n0\r\nX\r\n\r\n", 400 },
  { "a URL without end", "GET /" .. ("a"):rep(40000), 414 },
  { "a header without end", GET .. "X: " .. ("a"):rep(40000), 431 },
  { "headers without end", GET .. ("X: a\r\n"):rep(1000) .. "\r\n", 431 },
  { "cookies without end", GET .. "Cookie: " .. ("a=b; "):rep(400) .. "\r\n\r\n", 431 },
}

-- Arguments of curl, and what it shows of the answer.
local UPLOADS = {
  { "a body at the limit", "--data-binary @FULL", "200", "body 100000" },
  { "a body at the limit in chunks", "-H 'Transfer-Encoding: chunked' --data-binary @FULL", "200",
    "body 100000" },
  { "a body after 100 Continue", "-H 'Expect: 100-continue' --data-binary @FULL", "200",
    "body 100000" },
  { "a body over the limit", "--data-binary @OVER", "413", "RequestEntityTooLarge" },
  { "a body over the limit in chunks", "-H 'Transfer-Encoding: chunked' --data-binary @OVER",
    "413", "RequestEntityTooLarge" },
  { "a body over the limit that is announced", "-H 'Expect: 100-continue' --data-binary @OVER",
    "413", "RequestEntityTooLarge" },
}

describe("httpd, alone in a process,", function()
  local servers = {}

  -- The port of a server with these options, started when it is first wanted.
  local function port(words)
    words = words or "max_body=100000"
    if not servers[words] then
      servers[words] = process.spawn(lua("spec/support/echo_server.lua " .. words),
        process.directory())
    end
    return servers[words].line
  end

  local function ask(path, arguments)
    return process.output(("curl -sS --max-time %d %s 'http://127.0.0.1:%s%s' 2>&1"):format(LIMIT,
      arguments or "", port(), path))
  end

  teardown(function()
    for _, server in pairs(servers) do
      server:stop()
    end
  end)

  for _, row in ipairs(ACCEPTED) do
    it("accepts " .. row[1], function()
      local text = process.output(raw(port(), row[2]))
      assert.matches("^HTTP/1.1 200 OK\r\n", text)
      assert.matches(row[3], text, 1, true)
    end)
  end

  for _, row in ipairs(MALFORMED) do
    it("refuses " .. row[1], function()
      local before = ask "/reached"
      local text = process.output(raw(port(), row[2]))
      local status = text:match "^HTTP/1.1 (%d%d%d) "
      assert.equal(row[3], tonumber(status))
      assert.is_true(status ~= nil or text == "")
      assert.equal(before, ask "/reached")
    end)
  end

  for _, row in ipairs {
    { "the head", GET },
    { "the body", POST .. "Content-Length: 5\r\n\r\nab" },
  } do
    it("never sees a request whose client ends it in " .. row[1], function()
      local before = ask "/reached"
      assert.equal("", process.output(raw(port "timeout=0.1", row[2], "end")))
      assert.equal(before, ask "/reached")
    end)
  end

  it("reads a request that comes byte by byte", function()
    local bytes = {}
    for c in (POST .. "Content-Length: 2\r\n\r\nhi"):gmatch "." do
      bytes[#bytes + 1] = "send:" .. hex(c)
    end
    assert.matches("body 2\nhi$", process.output(raw(port(), "", table.concat(bytes, " "))))
  end)

  it("answers requests of one connection in their order", function()
    local text = process.output(raw(port(), "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
      .. "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi" .. GET .. "\r\n"))
    assert.matches("GET /1\n.*POST /2\n.*hi\n.*GET /a\n", text)
    local many = process.output(raw(port(), "", "times:2000:"
      .. hex "GET /created HTTP/1.1\r\nHost: x\r\n\r\n" .. " end"))
    local _, answers = many:gsub("HTTP/1.1 201", "")
    assert.equal(2000, answers)
  end)

  it("closes when its client has said that it will send no more", function()
    local text = process.output(raw(port(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "end"))
    assert.matches("body none$", text)
  end)

  it("keeps a connection for the next request", function()
    local one = " -sS -o /dev/null -w '%%{num_connects}' %s http://127.0.0.1:" .. port() .. "/x"
    assert.equal("100", process.output("curl" .. one:format "" .. " --next" .. one:format "-I"
      .. " --next" .. one:format "-d hi"))
  end)

  it("closes a connection when its answer says so", function()
    assert.matches("\r\nConnection: close\r\n.*bye$", ask("/close", "-i"))
  end)

  for _, row in ipairs(UPLOADS) do
    it("answers " .. row[3] .. " to " .. row[1], function()
      local directory = process.directory()
      local make = "head -c %d /dev/zero > %s/%s"
      process.output(make:format(100000, directory, "FULL"))
      process.output(make:format(100001, directory, "OVER"))
      local text = ask("/", "-i " .. row[2]:gsub("@", "@" .. directory .. "/"))
      process.output("rm -r " .. directory)
      assert.matches("HTTP/1.1 " .. row[3], text, 1, true)
      assert.matches(row[4], text, 1, true)
      assert.equal(row[2]:find "Expect" and row[3] == "200",
        row[2]:find "Expect" and text:find "^HTTP/1.1 100 Continue" ~= nil)
    end)
  end

  it("asks for no body that it would refuse", function()
    local before = ask "/reached"
    local text = process.output(raw(port(), POST
      .. "Expect: 100-continue\r\nContent-Length: 18446744073709551615\r\n\r\n"))
    assert.matches("^HTTP/1.1 413 ", text)
    assert.equal(before, ask "/reached")
  end)

  it("sends status, headers and body as they are given", function()
    local created = ask("/created", "-i -d x")
    assert.matches("^HTTP/1.1 201 Created\r\n", created)
    assert.matches("\r\nLocation: /x\r\n", created)
    assert.matches("\r\nContent%-Length: 2\r\n.*{}$", created)
    local empty = ask("/empty", "-i")
    assert.matches("^HTTP/1.1 204 No Content\r\n.*\r\n\r\n$", empty .. "\n")
    assert.is_nil(empty:find "Content%-Length")
    assert.matches("\r\nContent%-Length: 1234\r\n", ask("/big?1234", "-I"))
    assert.equal("8000000", ask("/big?8000000", "-o /dev/null -w '%{size_download}'"))
  end)

  it("answers many clients at once", function()
    local text = process.output(("curl -s -Z --parallel-max 100 --parallel-immediate"
      .. " 'http://127.0.0.1:%s/big?[1-300]' -o /dev/null -w '%%{http_code}\n' 2> /dev/null"
      .. " | sort | uniq -c"):format(port()))
    assert.matches("^%s*300 200$", text)
  end)

  it("bounds its connections: 500 at once are answered by a few at a time", function()
    local limited = port "connections=16"
    local files_before = process.output(("curl -s http://127.0.0.1:%s/files"):format(limited))
    local counts = process.output("perl spec/support/crowd.pl " .. limited .. " 500")
    local answered, files = counts:match "^(%d+) (%d+)$"
    assert.equal("500", answered)
    assert.is_true(tonumber(files) - tonumber(files_before) <= 16)
  end)

  -- name and what is sent, of clients that never finish
  local SLOW = {
    { "says nothing", "" },
    { "stops within the request line", "GET /" },
    { "stops within the head", GET },
    { "stops within the body", POST .. "Content-Length: 10\r\n\r\nab" },
    { "stops within a chunk", CHUNKED .. "5\r\nab" },
    { "stops within its second request", "GET / HTTP/1.1\r\nHost: x\r\n\r\n" .. GET },
  }
  for _, row in ipairs(SLOW) do
    it("cuts off a client that " .. row[1], function()
      local text = process.output(raw(port "timeout=0.05", row[2]))
      assert.equal(row[1]:find "second" and "GET /" or nil, text:match "\r\n\r\n(GET /)")
    end)
  end

  it("serves others while slow clients hold every place for their time", function()
    local limited = port "connections=8 timeout=0.05"
    local silent = {}
    for i = 1, 24 do
      silent[i] = begin(raw(limited, ""))
    end
    assert.matches("GET /a\n", process.output(raw(limited, GET .. "\r\n")))
    for i = 1, 24 do
      assert.equal("", finish(silent[i]))
    end
  end)

  it("ends when the file that it watches ends", function()
    local directory = process.directory()
    local text = process.output(([[
      cd %s && mkfifo in out && cd "$OLDPWD"
      %s spec/support/echo_server.lua watch=0 < %s/in > %s/out &
      exec 3> %s/in 4< %s/out
      read -r port <&4
      echo bytes that nobody reads >&3
      curl -sS "http://127.0.0.1:$port/reached"
      exec 3>&-
      cat <&4
      rm -r %s
    ]]):format(directory, lua "", directory, directory, directory, directory,
      directory))
    assert.equal("0watch", text)
  end)

  describe("with TLS,", function()
    local directory, secure

    setup(function()
      directory = certificates.make()
      process.output(("cd %s && ln -s good.pem cert && ln -s good.key key"):format(directory))
      secure = port("tls=" .. directory)
    end)

    teardown(function()
      process.output("rm -r " .. directory)
    end)

    it("serves a client that checks its certificate", function()
      local one = (" -sS --cacert %s/ca.pem --resolve graph.example:%s:127.0.0.1"
        .. " -w ' %%{num_connects}' https://graph.example:%s/"):format(directory, secure, secure)
      local text = process.output("curl" .. one .. "x -d hi --next" .. one
        .. "big?100000 -o /dev/null 2>&1")
      assert.matches("POST /x\n.*body 2\nhi\n 1 0$", text)
    end)

    for _, version in ipairs { "-tls1_2", "-tls1_3" } do
      it("talks to openssl s_client " .. version, function()
        local text = process.output(("printf 'GET /a HTTP/1.0\r\n\r\n' | openssl s_client %s -quiet"
          .. " -ign_eof -connect 127.0.0.1:%s 2> /dev/null"):format(version, secure))
        assert.matches("^HTTP/1.1 200 OK\r\n.*GET /a\n", text)
      end)
    end

    it("closes on who does not speak TLS", function()
      local text = process.output(raw(secure, GET .. "\r\n"))
      assert.is_nil(text:find("HTTP", 1, true))
    end)
  end)
end)
