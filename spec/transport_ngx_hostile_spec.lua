local case = require "spec.support.curl_case"
local raw = require "spec.support.raw_server"
local worker = require "spec.support.worker"

local OK, LIMIT = case.OK, case.LIMIT
local HEAD = "HTTP/1.1 200 OK\r\n"
local CHUNKED = HEAD .. "Transfer-Encoding: chunked\r\n\r\n"

-- what it is, verb and bytes of raw_server.pl, reason
local HOSTILE = {
  { "a greeting", "keep:220 mail.example ready\r\n", "malformed" },
  { "a greeting without an end", "keep:SSH-2.0-", "malformed" },
  { "an alert of TLS", "keep:\21\3\1\0\2\2\70", "malformed" },
  { "HTTP/2", "keep:HTTP/2 200\r\n\r\n", "malformed" },
  { "HTTP/0.9", "keep:<html></html>", "malformed" },
  { "a status of letters", "keep:HTTP/1.1 abc OK\r\n\r\n", "malformed" },
  { "a status above 599", "keep:HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n", "malformed" },
  { "line ends without CR", "keep:HTTP/1.1 200 OK\nContent-Length: 0\n\n", "malformed" },
  { "NUL in a header", "keep:" .. HEAD .. "X-A: \0\r\nContent-Length: 0\r\n\r\n", "malformed" },
  { "a header that goes on", "keep:" .. HEAD .. "X-A: 1\r\n 2\r\n\r\n", "malformed" },
  { "a header without a name", "keep:" .. HEAD .. ": 1\r\n\r\n", "malformed" },
  { "a blank before a colon", "keep:" .. HEAD .. "Content-Length : 0\r\n\r\n", "malformed" },
  { "length and chunks", "keep:" .. HEAD .. "Content-Length: 4\r\n"
    .. "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "malformed" },
  { "two lengths", "keep:" .. HEAD .. "Content-Length: 4\r\nContent-Length: 5\r\n\r\nfine!",
    "malformed" },
  { "a negative length", "keep:" .. HEAD .. "Content-Length: -1\r\n\r\n", "malformed" },
  { "a length above 64 bits", "keep:" .. HEAD .. "Content-Length: 18446744073709551620\r\n\r\nfine",
    "malformed" },
  { "a huge length", "keep:" .. HEAD .. "Content-Length: 922337203685477580\r\n\r\n", "too_large" },
  { "an unknown coding", "keep:" .. HEAD .. "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "malformed" },
  { "a chunk size above 64 bits", "keep:" .. CHUNKED .. "10000000000000004\r\nfine\r\n0\r\n\r\n",
    "too_large" },
  { "a negative chunk size", "keep:" .. CHUNKED .. "-4\r\nfine\r\n0\r\n\r\n", "malformed" },
  { "a chunk longer than its size", "keep:" .. CHUNKED .. "3\r\nfine\r\n0\r\n\r\n", "malformed" },
  { "headers without end", "keep:" .. HEAD .. ("X-A: 1\r\n"):rep(20000), "too_large" },
  { "one header without end", "keep:" .. HEAD .. "X-A: " .. ("x"):rep(200000), "too_large" },
  { "interim answers without end", "keep:" .. ("HTTP/1.1 100 Continue\r\n\r\n"):rep(6000),
    "too_large" },
  { "a trailer without end", "keep:" .. CHUNKED .. "0\r\n" .. ("X-A: 1\r\n"):rep(20000),
    "too_large" },
  { "an extension without end", "keep:" .. CHUNKED .. "4;" .. ("x"):rep(200000), "too_large" },
  { "a body above the limit", "keep:" .. raw.response("200 OK", ("x"):rep(1001)), "too_large" },
  { "a body without length above the limit", "close:" .. HEAD .. "\r\n" .. ("x"):rep(100000),
    "too_large" },
  { "chunks above the limit", "keep:" .. CHUNKED .. ("64\r\n" .. ("x"):rep(100) .. "\r\n"):rep(11),
    "too_large" },
  { "another protocol", "keep:HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "malformed" },
  { "an end before the answer", "close:", "closed" },
  { "a reset before the answer", "reset:", "closed" },
  { "an end in the head", "close:" .. HEAD .. "Content-Length: 0\r\n", "closed" },
  { "a reset in the head", "reset:" .. HEAD .. "Content-Length: 0\r\n", "closed" },
  { "an end in the body", "close:" .. HEAD .. "Content-Length: 5\r\n\r\nfine", "closed" },
  { "an end in a chunk", "close:" .. CHUNKED .. "5\r\nfine", "closed" },
  { "an end before the last chunk", "close:" .. CHUNKED .. "4\r\nfine\r\n", "closed" },
  { "only an interim answer", "close:HTTP/1.1 100 Continue\r\n\r\n", "closed" },
}

describe("transport.ngx: an answer that is or has", function()
  local nginx, transport, server

  setup(function()
    nginx = worker.start()
    transport = nginx:transport { max_body = 1000 }
    local answers = {}
    for _, row in ipairs(HOSTILE) do
      answers[#answers + 1] = "keep:" .. OK
      answers[#answers + 1] = row[2]
    end
    answers[#answers + 1] = "keep:" .. OK
    server = raw.start(answers)
  end)

  teardown(function()
    server:stop()
    nginx:stop()
  end)

  -- Each row has its place in the order of the answers: rows are not run one by one.
  for i, row in ipairs(HOSTILE) do
    it(row[1] .. " is an error, and its connection is not used again", function()
      assert.equal("fine", assert(transport.send(case.post(server.url), LIMIT)).body)
      local response, err = transport.send(case.post(server.url), LIMIT)
      assert.is_nil(response)
      assert.same({ "transport", row[3], true }, { err.kind, err.reason, err.sent }, err.message)
      assert.is_truthy(err.message:find(server.url, 1, true), err.message)
      local requests = server:requests()
      assert.equal(2 * i, #requests)
      assert.equal(i, requests[2 * i].connection) -- that of the good answer before
    end)
  end

  it("good is taken after all of these, by the same worker", function()
    assert.equal("fine", assert(transport.send(case.get(server.url), LIMIT)).body)
    assert.equal(#HOSTILE + 1, server:requests()[2 * #HOSTILE + 1].connection)
  end)
end)
