--- The driver inside nginx: HTTP/1.1 over cosockets. A call waits without holding up its worker.
local connections = require "graphinvite.transport.ngx_connection"
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local faults = require "graphinvite.transport.ngx_fault"

local M = {}

local MAX_BODY = 16777216
local PIECE = 65536 -- bytes that are taken at a time, at most

local allow, leave = connections.allow, connections.leave
local clock = core.clock

-- Reads the answer, which may be there even where the request could not be sent to its end (broke).
-- Or gives nil, the error, and whether not one byte came.
local function read(socket, parser, request, deadline, broke, spare)
  local begun = false
  while true do
    local piece, why = nil, "timeout"
    if allow(socket, deadline) or not begun then -- what has come before may still be taken
      piece, why = socket:receiveany(PIECE)
    end
    local response, keep, reason
    why = broke or why
    if piece then
      begun = true
      response, keep, reason = parser:feed(piece, spare)
    elseif why == "closed" then
      response, keep, reason = parser:finish()
    else
      leave(socket, false)
      local _, err = faults.unanswered(request.url, why)
      return nil, err, not begun and why ~= "timeout"
    end
    if response then
      leave(socket, keep and not broke)
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
  local max_body = options.max_body or MAX_BODY
  local closed = false
  local tools -- what a call works with, of those that are over: linked by below

  -- Sends and reads on one connection. The third result: another connection may do better, because
  -- this one was an old one that had ended.
  local function attempt(request, tool, deadline, spare)
    local socket, err, used = connector:open(request.url, deadline)
    if not socket then
      return nil, err
    end
    local _, broke = socket:send(tool.parts)
    tool.parser:reset(request.method, request.max_body or max_body)
    local response, fault, unseen = read(socket, tool.parser, request, deadline, broke, spare)
    return response, fault, used and unseen
  end

  local transport = {
    sleep = ngx.sleep, now = clock, wall = ngx.now, record = core.http1_parser().record,
    overlaps = true,
  }

  function transport.send(request, timeout, spare)
    local tool = tools or { parts = {}, parser = core.http1_parser() }
    tools = tool.below
    local parts, malformed = core.http1_request(request, tool.parts)
    if closed then
      return faults.unsent("aborted", "the transport is closed")
    elseif not parts then
      return faults.unsent("malformed", malformed)
    elseif timeout <= 0 then
      return faults.unsent("timeout", "no time was left to send the request")
    end
    local deadline = clock() + timeout
    local response, err, stale = attempt(request, tool, deadline, spare)
    if stale and request.op and request.op.safe == true then
      response, err = attempt(request, tool, deadline, spare)
    end
    if response then
      response.url = request.url
      tool.below, tools = tools, tool -- what has failed may hold much
    end
    return response, err
  end

  --- Nothing more is sent; what is under way comes to its end, for no other light thread may break
  --- off what one waits for. Idle connections are the worker's, and end by their age.
  function transport.close()
    closed = true
  end

  return transport
end

return M
