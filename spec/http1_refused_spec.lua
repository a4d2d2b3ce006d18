local case = require "spec.support.http1_case"
local core = require "graphinvite.core"

local answer, chunked, OK, HEAD = case.answer, case.chunked, case.OK, case.HEAD

local SMALL = { max_body = 4, max_head = 60 }
local STATUS_LINE, STATUS = "not a status line", "not a number from 100 to 599"
local LENGTH, NAME, CONTROL = "not a number of bytes", "no proper name", "control character"
local CRLF, CODING, SIZE = "CR LF", "not just chunked", "size of a chunk"
local HALF = "ended before it was complete"

-- what it is, bytes, what the message says, reason (else malformed), options
local REFUSED = {
  { "nothing", "", "did not come", "closed" },
  { "a greeting", "220 mail.example ready\r\n", STATUS_LINE },
  { "a greeting without an end", "SSH-2.0-", STATUS_LINE },
  { "an alert of TLS", "\21\3\1\0\2\2\70", STATUS_LINE },
  { "the preface of HTTP/2", "\0\0\18\4\0\0\0\0\0", STATUS_LINE },
  { "HTTP/2 by name", "HTTP/2 200\r\n\r\n", STATUS_LINE },
  { "HTTP in small letters", "http/1.1 200 OK\r\n\r\n", STATUS_LINE },
  { "a version without a number", "HTTP/1. 200 OK\r\n\r\n", STATUS_LINE },
  { "a version of two digits", "HTTP/1.10 200 OK\r\n\r\n", STATUS_LINE },
  { "an empty line first", "\r\n" .. OK, STATUS_LINE },
  { "a status of two digits", "HTTP/1.1 20\r\n\r\n", STATUS_LINE },
  { "a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", STATUS },
  { "a status below 100", "HTTP/1.1 099 OK\r\n\r\n", STATUS },
  { "a status above 599", "HTTP/1.1 600 OK\r\n\r\n", STATUS },
  { "a negative status", "HTTP/1.1 -20 OK\r\n\r\n", STATUS },
  { "a status of letters", "HTTP/1.1 OK! OK\r\n\r\n", STATUS },
  { "two blanks before the status", "HTTP/1.1  200 OK\r\n\r\n", STATUS },
  { "NUL in the reason", "HTTP/1.1 200 O\0K\r\n\r\n", STATUS },
  { "a status line that ends in LF", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", CRLF },
  { "a header that ends in LF", HEAD .. "Content-Length: 0\n\r\n", CRLF },
  { "a head that ends in LF", HEAD .. "Content-Length: 0\r\n\n", CRLF },
  { "CR in a header", answer "X-A: 1\rX-B: 2", CONTROL },
  { "CR before CR LF", answer "X-A: 1\r", CONTROL },
  { "NUL in a header", answer "X-A: \0", CONTROL },
  { "NUL in a header's name", answer "X\0A: 1", NAME },
  { "DEL in a header", answer "X-A: \127", CONTROL },
  { "a header without a colon", answer "X-A", NAME },
  { "a header without a name", answer ": 1", NAME },
  { "a blank before the colon", answer "Content-Length : 0", NAME },
  { "a blank in a name", answer "X A: 1", NAME },
  { "letters above ASCII in a name", answer "X-\195\164: 1", NAME },
  { "a header that goes on", answer "X-A: 1\n b", "second line" },
  { "a first header that goes on", answer "\tX-A: 1", "second line" },
  { "a length in two ways", answer("Content-Length: 2\nTransfer-Encoding: chunked", "0\r\n\r\n"),
    "in two ways" },
  { "a length in two ways, chunks first",
    answer("Transfer-Encoding: chunked\nContent-Length: 0", "0\r\n\r\n"), "in two ways" },
  { "chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "in two ways" },
  { "two lengths", answer("Content-Length: 2\nContent-Length: 3", "ok!"), "two different" },
  { "two lengths in one line", answer("Content-Length: 2, 3", "ok!"), "two different" },
  { "a negative length", answer("Content-Length: -1", "ok"), LENGTH },
  { "a length with a plus", answer("Content-Length: +2", "ok"), LENGTH },
  { "a length in hexadecimal", answer("Content-Length: 0x2", "ok"), LENGTH },
  { "a length with a fraction", answer("Content-Length: 2.0", "ok"), LENGTH },
  { "a length of two words", answer("Content-Length: 2 2", "ok"), LENGTH },
  { "a length of no digits", answer("Content-Length:", "ok"), LENGTH },
  { "half a list of lengths", answer("Content-Length: 2,", "ok"), LENGTH },
  { "a length above 64 bits", answer "Content-Length: 18446744073709551618", LENGTH },
  { "another coding", answer("Transfer-Encoding: gzip", "ok"), CODING },
  { "another coding first", answer("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"), CODING },
  { "chunks twice", answer("Transfer-Encoding: chunked, chunked", "0\r\n\r\n"), CODING },
  { "chunks in two lines", answer("Transfer-Encoding: chunked\nTransfer-Encoding: chunked"),
    CODING },
  { "chunks, almost", answer("Transfer-Encoding: xchunked", "0\r\n\r\n"), CODING },
  { "no coding", answer("Transfer-Encoding:", "0\r\n\r\n"), CODING },
  { "a chunk without a size", chunked "\r\nok\r\n0\r\n\r\n", SIZE },
  { "a chunk with a negative size", chunked "-2\r\nok\r\n0\r\n\r\n", SIZE },
  { "a chunk with a size of other letters", chunked "2g\r\nok\r\n0\r\n\r\n", SIZE },
  { "a chunk with 0x", chunked "0x2\r\nok\r\n0\r\n\r\n", SIZE },
  { "a chunk with a blank before its size", chunked " 2\r\nok\r\n0\r\n\r\n", SIZE },
  { "NUL in an extension", chunked "2;\0\r\nok\r\n0\r\n\r\n", SIZE },
  { "a chunk's size that ends in LF", chunked "2\nok\r\n0\r\n\r\n", CRLF },
  { "a chunk that ends in LF", chunked "2\r\nok\n0\r\n\r\n", "longer than its size" },
  { "a chunk that is too long", chunked "2\r\nok!\r\n0\r\n\r\n", "longer than its size" },
  { "a chunk of more than 64 bits", chunked "10000000000000002\r\nok\r\n0\r\n\r\n", "max_body",
    "too_large" },
  { "a chunk of almost 64 bits", chunked "fffffffffffffffe\r\nok\r\n0\r\n\r\n", "max_body",
    "too_large" },
  { "a trailer without a name", chunked "0\r\nX-A\r\n\r\n", NAME },
  { "NUL in a trailer", chunked "0\r\nX-A: \0\r\n\r\n", CONTROL },
  { "another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "another" },
  { "an interim answer with a body", "HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\nok" .. OK,
    "interim" },
  { "an interim answer in chunks", "HTTP/1.1 100 C\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "interim" },
  { "interim answers without end", ("HTTP/1.1 100 Continue\r\n\r\n"):rep(10), "max_head",
    "too_large", SMALL },
  { "half a status line", "HTTP/1.", HALF, "closed" },
  { "half a head", HEAD .. "Content-Length: 0\r\n", HALF, "closed" },
  { "only an interim answer", "HTTP/1.1 100 Continue\r\n\r\n", HALF, "closed" },
  { "half a body", answer("Content-Length: 3", "ok"), HALF, "closed" },
  { "no body", answer "Content-Length: 3", HALF, "closed" },
  { "half a chunk", chunked "3\r\nok", HALF, "closed" },
  { "half a chunk's end", chunked "2\r\nok\r", HALF, "closed" },
  { "no last chunk", chunked "2\r\nok\r\n", HALF, "closed" },
  { "half a trailer", chunked "2\r\nok\r\n0\r\nX-A: 1\r\n", HALF, "closed" },
  { "headers without end", HEAD .. ("X-A: 1\r\n"):rep(9), "max_head", "too_large", SMALL },
  { "a header without end", HEAD .. ("x"):rep(60), "max_head", "too_large", SMALL },
  { "a status line without end", "HTTP/1.1 200 " .. ("x"):rep(60), "max_head", "too_large", SMALL },
  { "a trailer without end", chunked("0\r\n" .. ("X: 1\r\n"):rep(9)), "max_head", "too_large",
    SMALL },
  { "an extension without end", chunked("2;" .. ("x"):rep(60)), "max_head", "too_large", SMALL },
  { "extensions without end", chunked(("1;0123456789012345678\r\nx\r\n"):rep(4)), "max_head",
    "too_large", SMALL },
  { "zeros of a chunk's size without end", chunked(("0"):rep(60)), "max_head", "too_large",
    SMALL },
  { "a body above the limit", answer("Content-Length: 5", "hello"), "max_body", "too_large",
    SMALL },
  { "a body above the limit to the end", answer("", "hello"), "max_body", "too_large", SMALL },
  { "a chunk above the limit", chunked "5\r\nhello\r\n", "max_body", "too_large", SMALL },
  { "chunks above the limit", chunked "3\r\nhel\r\n2\r\nlo\r\n", "max_body", "too_large", SMALL },
}

describe("http1: an answer is refused that is or has", function()
  for _, row in ipairs(REFUSED) do
    local name, text, message, reason, options = row[1], row[2], row[3], row[4], row[5]
    it(name, function()
      case.every_way(text, options, function(response, why, got)
        assert.is_nil(response)
        assert.is_truthy(why:find(message, 1, true), why)
        assert.equal(reason or "malformed", got)
      end)
    end)
  end

  it("a head of 128 KiB, unless more is allowed", function()
    local text = HEAD .. ("X-A: 1\r\n"):rep(16384) .. "Content-Length: 0\r\n\r\n"
    assert.equal("too_large", select(3, core.http1_parser():feed(text)))
    assert.equal(200, core.http1_parser({ max_head = 200000 }):feed(text).status)
  end)

  it("a body of more than 16 MiB, unless more is allowed, before it has come", function()
    local text = answer "Content-Length: 16777217"
    assert.equal("too_large", select(3, core.http1_parser():feed(text)))
    assert.is_nil((core.http1_parser({ max_body = math.huge }):feed(text)))
  end)
end)
