local case = require "spec.support.http1_case"
local core = require "graphinvite.core"
local garbage = require "spec.support.garbage"

local answer, chunked, OK, HEAD = case.answer, case.chunked, case.OK, case.HEAD

local SIZED = { ["content-length"] = "2" }
local CHUNKED = { ["transfer-encoding"] = "chunked" }
local TO_HEAD, TO_CONNECT = { method = "HEAD" }, { method = "CONNECT" }

-- claim, bytes, status, body, headers, whether the connection can be kept, options
local TAKEN = {
  { "of a length", OK, 200, "ok", SIZED, true },
  { "of no bytes", answer "Content-Length: 0", 200, "", { ["content-length"] = "0" }, true },
  { "with NUL bytes in its body", answer("Content-Length: 2", "\0\n"), 200, "\0\n", SIZED, true },
  { "with the same length twice", answer("Content-Length: 2\nContent-Length: 2", "ok"), 200, "ok",
    { ["content-length"] = "2, 2" }, true },
  { "with the same length in one line", answer("Content-Length: 2 ,\t2", "ok"), 200, "ok",
    { ["content-length"] = "2 ,\t2" }, true },
  { "with zeros before its length", answer("Content-Length: 002", "ok"), 200, "ok",
    { ["content-length"] = "002" }, true },
  { "that comes with the next one", OK .. OK, 200, "ok", SIZED, false },
  { "that ends with the connection", answer("X-A: 1", "to the end"), 200, "to the end",
    { ["x-a"] = "1" }, false },
  { "of nothing but a head", answer "", 200, "", {}, false },
  { "in one chunk", chunked "2\r\nok\r\n0\r\n\r\n", 200, "ok", CHUNKED, true },
  { "in many chunks", chunked "1\r\na\r\n2\r\nbc\r\n00A\r\n0123456789\r\n0\r\n\r\n", 200,
    "abc0123456789", CHUNKED, true },
  { "in no chunk", chunked "0\r\n\r\n", 200, "", CHUNKED, true },
  { "in chunks with extensions", chunked '2;a;b="c d"\r\nok\r\n0 ; last\r\n\r\n', 200, "ok",
    CHUNKED, true },
  { "in chunks with blanks behind their sizes", chunked "2 \t\r\nok\r\n0  \r\n\r\n", 200, "ok",
    CHUNKED, true },
  { "in chunks with a trailer", chunked "2\r\nok\r\n0\r\nX-A: 1\r\nContent-Length: 9\r\n\r\n", 200,
    "ok", CHUNKED, true },
  { "in chunks that hold what looks like chunks", chunked "7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n", 200,
    "0\r\n\r\n\r\n", CHUNKED, true },
  { "in chunks, by another spelling", answer("TRANSFER-encoding: Chunked", "0\r\n\r\n"), 200, "",
    { ["transfer-encoding"] = "Chunked" }, true },
  { "that closes", answer("Content-Length: 2\nConnection: close", "ok"), 200, "ok",
    { ["content-length"] = "2", connection = "close" }, false },
  { "that closes, among other words", answer("Content-Length: 2\nConnection: x,\t CLOSE ,y", "ok"),
    200, "ok", { ["content-length"] = "2", connection = "x,\t CLOSE ,y" }, false },
  { "that does not quite close", answer("Content-Length: 2\nConnection: closed", "ok"), 200, "ok",
    { ["content-length"] = "2", connection = "closed" }, true },
  { "of HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", SIZED, false },
  { "of HTTP/1.0 that stays", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: Keep-Alive\r\n"
    .. "\r\nok", 200, "ok", { ["content-length"] = "2", connection = "Keep-Alive" }, true },
  { "of HTTP/1.0 to its end", "HTTP/1.0 200 OK\r\n\r\nok", 200, "ok", {}, false },
  { "of a later HTTP/1", "HTTP/1.7 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", SIZED, true },
  { "without a reason", "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", 200, "ok", SIZED, true },
  { "without even the blank", "HTTP/1.1 599\r\nContent-Length: 2\r\n\r\nok", 599, "ok", SIZED,
    true },
  { "whose reason has other letters", "HTTP/1.1 404 Pas trouv\233\r\nContent-Length: 2\r\n\r\nok",
    404, "ok", SIZED, true },
  { "after interim ones", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-A: 0\r\n"
    .. "Connection: close\r\n\r\n" .. OK, 200, "ok", SIZED, true },
  { "without content", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", {}, true },
  { "without content, but with a length", "HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n", 204, "",
    SIZED, false },
  { "that has not changed", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n", 304, "",
    SIZED, true },
  { "to HEAD", answer "Content-Length: 99999999999", 200, "",
    { ["content-length"] = "99999999999" }, true, TO_HEAD },
  { "to HEAD in chunks", answer "Transfer-Encoding: chunked", 200, "", CHUNKED, true, TO_HEAD },
  { "to CONNECT", answer "X-A: 1", 200, "", { ["x-a"] = "1" }, true, TO_CONNECT },
  { "to CONNECT that refuses", "HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nok", 407, "", SIZED,
    false, TO_CONNECT },
  { "with headers of all kinds", answer("X-A: 1\nDate: x\nx-b:2 \t\nX-a:\t3\nX-Empty:\n"
    .. "!#$%&'*+-.^_`|~0aZ: :\nX-8: \255\nContent-Length:0"), 200, "", {
    ["x-a"] = "1, 3", date = "x", ["x-b"] = "2", ["x-empty"] = "", ["content-length"] = "0",
    ["!#$%&'*+-.^_`|~0az"] = ":", ["x-8"] = "\255",
  }, true },
  { "as large as is allowed", OK, 200, "ok", SIZED, true, { max_body = 2, max_head = #OK - 2 } },
  { "in chunks, as large as is allowed", chunked "1\r\no\r\n1\r\nk\r\n0\r\n\r\n", 200, "ok",
    CHUNKED, true, { max_body = 2 } },
  { "to the end, as large as is allowed", answer("", "ok"), 200, "ok", {}, false,
    { max_body = 2 } },
}

describe("http1: an answer", function()
  for _, row in ipairs(TAKEN) do
    it(row[1] .. " is taken, however it comes in", function()
      case.every_way(row[2], row[7], function(response, keep, why)
        assert(response, keep, why)
        assert.same({ row[3], row[4] }, { response.status, response.body })
        assert.same(row[5], response.headers)
        assert.equal(row[6], keep)
      end)
    end)
  end

  it("of a megabyte is taken from pieces of any size", function()
    local body = ("0123456789abcdef"):rep(65536)
    for _, text in ipairs {
      answer("Content-Length: " .. #body, body), answer("", body),
      chunked(("10000\r\n" .. body:sub(1, 65536) .. "\r\n"):rep(16) .. "0\r\n\r\n"),
    } do
      for _, size in ipairs { 1000, 65536, 2000000 } do
        local parser = core.http1_parser()
        local response
        for i = 1, #text, size do
          response = parser:feed(text:sub(i, i + size - 1))
        end
        assert.is_true((response or parser:finish()).body == body)
      end
    end
  end)

  it("may be in more chunks than its head may have bytes", function()
    local parser = core.http1_parser { max_head = 60 }
    assert.is_nil(parser:feed(chunked ""))
    for _ = 1, 1000 do
      assert.is_nil((parser:feed "00000001\r\nx\r\n"))
    end
    assert.equal(1000, #parser:feed("0\r\n\r\n").body)
  end)

  it("comes by bytes of no number", function()
    local parser = core.http1_parser()
    for i = 1, #OK - 1 do
      assert.equal(0, select("#", parser:feed ""))
      assert.equal(0, select("#", parser:feed(OK:sub(i, i))))
    end
    assert.equal("ok", parser:feed("k").body)
  end)
end)

describe("http1: a parser", function()
  it("takes one answer until it is reset", function()
    local parser = core.http1_parser { method = "GET" }
    for _, ending in ipairs { OK, "SMTP\r\n" } do
      parser:feed(ending)
      assert.error_matches(function() parser:feed(OK) end, "has ended")
      assert.error_matches(function() parser:finish() end, "has ended")
      parser:reset("HEAD", 1)
      assert.equal("", parser:feed(answer "Content-Length: 2").body)
      parser:reset "GET"
      assert.equal("too_large", select(3, parser:feed(OK)))
      parser:reset("GET", 2)
    end
  end)

  it("takes no half answer over into the next one", function()
    local parser = core.http1_parser()
    for i = 1, #OK - 1 do
      parser:feed(OK:sub(1, i))
      parser:reset "GET"
    end
    local response, keep = parser:feed(OK)
    assert.same({ 200, "ok", SIZED, true }, {
      response.status, response.body, response.headers, keep,
    })
  end)

  it("fills a record that is given, and keeps nothing of what was in it", function()
    local parser = core.http1_parser()
    local record = parser.record()
    for _, text in ipairs { OK, chunked "1\r\nx\r\n0\r\n\r\n", answer "Content-Length: 0" } do
      local response = parser:feed(text, record)
      assert.is_true(rawequal(record, response))
      parser:reset "GET"
      local fresh = parser:feed(text)
      assert.same({ fresh.status, fresh.body, fresh.headers },
        { response.status, response.body, response.headers })
      parser:reset "GET"
    end
  end)

  it("refuses a finalizer that interferes", function()
    local parser = core.http1_parser()
    for _ = 1, 200 do
      garbage.leave(function() pcall(parser.reset, parser, "GET") end)
      assert.equal("ok", parser:feed(OK).body)
      parser:reset "GET"
    end
    collectgarbage()
  end)

  it("has options of the right names and types", function()
    for _, options in ipairs {
      { maxbody = 1 }, { max_body = "many" }, { max_head = -1 }, { method = {} }, { "GET" },
    } do
      assert.has_error(function() core.http1_parser(options) end)
    end
    assert.has_error(function() core.http1_parser "GET" end)
    assert.has_error(function() core.http1_parser():feed() end)
    assert.has_error(function() core.http1_parser().feed({}, HEAD) end)
    assert.has_error(function() core.http1_parser():reset("GET", 0 / 0) end)
  end)
end)
