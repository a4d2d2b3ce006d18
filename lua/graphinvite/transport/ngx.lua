--- The driver inside nginx: HTTP/1.1 over cosockets. A call waits without holding up its worker.
local connections = require "graphinvite.transport.ngx_connection"
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local faults = require "graphinvite.transport.ngx_fault"

local M = {}

local MAX_BODY = 16777216
local PIECE = 65536 -- bytes that are taken at a time, at most
local IDLE_PARSERS = 64

local allow, leave = connections.allow, connections.leave
local clock = core.clock

-- Reads the answer, which may be there even where the request could not be sent to its end (broke).
-- Or gives nil, the error, and whether not one byte came.
local function read(socket, parser, request, deadline, broke)
  local begun = false
  while true do
    allow(socket, deadline)
    local piece, why = socket:receiveany(PIECE)
    local response, keep, reason
    why = broke or why
    if piece then
      begun = true
      response, keep, reason = parser:feed(piece)
    elseif why == "closed" then
      response, keep, reason = parser:finish()
    else
      leave(socket, false)
      local _, err = faults.unanswered(request.url, why)
      return nil, err, not begun and why ~= "timeout"
    end
    if response then
      leave(socket, keep)
      return response
    elseif keep then
      leave(socket, false)
      local _, err = faults.refused(request.url, keep, reason)
      return nil, err, not begun
    end
  end
end

---@class graphinvite.NgxOptions
---@field tls graphinvite.TlsOptions? ca stands in nginx's configuration instead
---@field proxy string? URL of an http proxy
---@field unix_socket string? path of the server's socket
---@field max_body integer? bytes; a request's own max_body goes first

---@param options graphinvite.NgxOptions? further fields are not looked at
---@return graphinvite.Transport?
---@return graphinvite.Error?
function M.new(options)
  options = options or {}
  local connector, why = connections.new(options)
  if not connector then
    return errors.fail("transport", why, { reason = "other", sent = false, retriable = false })
  end
  local max_body, parsers = options.max_body or MAX_BODY, {}

  -- Sends and reads on one connection. The third result: another connection may do better, because
  -- this one was an old one that had ended.
  local function attempt(request, bytes, deadline)
    local socket, err = connector:open(request.url, deadline)
    if not socket then
      return nil, err
    end
    local used = socket:getreusedtimes() > 0
    allow(socket, deadline)
    local _, broke = socket:send(bytes)
    local parser = table.remove(parsers) or core.http1_parser()
    parser:reset(request.method, request.max_body or max_body)
    local response, fault, unseen = read(socket, parser, request, deadline, broke)
    if response and #parsers < IDLE_PARSERS then -- the others hold what has come in
      parsers[#parsers + 1] = parser
    end
    return response, fault, used and unseen
  end

  local transport = { sleep = ngx.sleep, now = clock, wall = ngx.now }

  function transport.send(request, timeout)
    local bytes, malformed = core.http1_request(request)
    if not bytes then
      return faults.unsent("malformed", malformed)
    elseif timeout <= 0 then
      return faults.unsent("timeout", "no time was left to send the request")
    end
    local deadline = clock() + timeout
    local response, err, stale = attempt(request, bytes, deadline)
    if stale and request.op and request.op.safe == true then
      response, err = attempt(request, bytes, deadline)
    end
    if response then
      response.url = request.url
    end
    return response, err
  end

  return transport
end

return M
