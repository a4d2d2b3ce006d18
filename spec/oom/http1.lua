--- Requests and answers of HTTP/1.1.
local frame = ...
local case, always, faults = frame.case, frame.always, frame.faults

local REQUESTS = {
  { method = "POST", url = "https://graph.example/v1.0/users", body = ("{}"):rep(500), headers = {
    ["Content-Type"] = "application/json", ["x-empty"] = "", accept = "*/*",
  } },
  { method = "GET", url = "http://h" }, { method = "CONNECT", url = "https://[::1]:8443" },
}

case("a request", function()
  return always(function()
    local core = require "graphinvite.core"
    return function()
      local texts = {}
      for i, request in ipairs(REQUESTS) do
        local text, why = core.http1_request(request)
        local parts, why_not = core.http1_request(request, {})
        if not text or not parts then
          return nil, why or why_not
        end
        texts[i] = (text .. table.concat(parts)):gsub("\r\n(%S+: [^\r]*)", "") -- in any order
      end
      return texts
    end
  end)
end)

case("a request that is malformed", function()
  return always(function()
    local core = require "graphinvite.core"
    local calls = {}
    for i, request in ipairs {
      { method = "GET", url = "ftp://x" }, { method = "G T", url = "http://x" }, { method = "GET" },
      { method = "GET", url = "http://x", headers = { ["a b"] = "c" } },
      { method = "GET", url = "http://x", headers = { a = "b\nc" } },
      { method = "GET", url = "http://x", headers = { host = "c" } },
    } do
      calls[i] = { core.http1_request, request }
    end
    return faults(calls)
  end)
end)

local BODY = ("x"):rep(1000)
local HEAD = "HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nDate: x\r\n"
local CHUNKED = HEAD .. "Transfer-Encoding: chunked\r\n\r\n3e8\r\n" .. BODY

-- claim, pieces of an answer; the connection ends after them
local ANSWERS = {
  { "in one piece", { HEAD .. "Content-Length: 1000\r\n\r\n" .. BODY } },
  { "in pieces", { HEAD, "Content-Length: 2000\r\n\r\n", BODY, BODY } },
  { "in chunks", { CHUNKED, "\r\n1;x\r\nx\r\n0\r\n", "X-B: 1\r\n\r\n" } },
  { "to the end", { HEAD .. "\r\n", BODY, BODY, BODY } },
  { "that is malformed", { HEAD, "X-\0" .. BODY, "\r\n" } },
  { "that is half", { CHUNKED } },
}
for _, row in ipairs(ANSWERS) do
  case("an answer " .. row[1], function()
    return always(function()
      local core = require "graphinvite.core"
      return function()
        local parser = core.http1_parser { method = "GET", max_body = 10000 }
        parser:reset("POST", 5000)
        local response, keep, reason
        for _, piece in ipairs(row[2]) do
          if not keep then
            response, keep, reason = parser:feed(piece)
          end
        end
        if not response and not keep then
          response, keep, reason = parser:finish()
        end
        if not response then
          return nil, keep, reason
        end
        return response.status, response.headers, #response.body, keep
      end
    end)
  end)
end
