--- What the specs of the HTTP/1.1 reader share: an answer fed in every way it may come in.
local core = require "graphinvite.core"

local M = {}

M.HEAD = "HTTP/1.1 200 OK\r\n"
M.OK = M.HEAD .. "Content-Length: 2\r\n\r\nok"

---@param headers string lines without their ends, apart by line feeds
---@param rest string? what follows the head
---@return string bytes of an answer with status 200
function M.answer(headers, rest)
  local lines = headers == "" and "" or headers:gsub("\n", "\r\n") .. "\r\n"
  return M.HEAD .. lines .. "\r\n" .. (rest or "")
end

---@param rest string chunks
---@return string bytes of an answer in chunks
function M.chunked(rest)
  return M.answer("Transfer-Encoding: chunked", rest)
end

-- Feeds pieces until the answer has ended; then, where it has not, the end of the connection.
local function feed(parser, pieces)
  for i, piece in ipairs(pieces) do
    local response, keep, reason = parser:feed(piece)
    if response then
      return response, keep and i == #pieces
    elseif keep then
      return nil, keep, reason
    end
  end
  return parser:finish()
end

-- Every way to cut a text: not at all, everywhere, and in two at each place.
local function cuts(text)
  local bytes = {}
  for i = 1, #text do
    bytes[i] = text:sub(i, i)
  end
  local ways = { { text }, bytes }
  for i = 1, #text - 1 do
    ways[#ways + 1] = { text:sub(1, i), text:sub(i + 1) }
  end
  return ways
end

--- Feeds an answer in every way, each to a fresh parser and all to one that is used again.
---@param text string
---@param options table? of the parser
---@param check fun(response: table?, keep: any, reason: string?)
function M.every_way(text, options, check)
  options = options or {}
  local used = core.http1_parser(options)
  for _, pieces in ipairs(cuts(text)) do
    check(feed(core.http1_parser(options), pieces))
    used:reset(options.method or "GET")
    check(feed(used, pieces))
  end
end

return M
