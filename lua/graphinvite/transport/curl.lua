--- The driver over libcurl: blocking calls, or several in flight by start and next.
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local sys = require "graphinvite.sys"

local M = {}

local NAP = 0.1 -- seconds; between two of them Ctrl-C ends a program that the Lua interpreter runs

-- Sleeps in naps: a signal does not shorten one.
local function sleep(seconds)
  local finish = core.clock() + seconds
  repeat
    sys.sleep(math.min(NAP, math.max(0, finish - core.clock())))
  until core.clock() >= finish
end

---@class graphinvite.TlsOptions
---@field ca string? path of a PEM file, or of a hashed directory
---@field cert string? path of the client's certificate
---@field key string? path of its key
---@field verify boolean? default true

---@class graphinvite.CurlOptions
---@field tls graphinvite.TlsOptions?
---@field proxy string? URL; "" switches the environment's off
---@field unix_socket string? path of the server's socket
---@field max_body integer? bytes; a request's own max_body goes first
---@field http1 boolean? never HTTP/2

---@class graphinvite.CurlTransport: graphinvite.Transport
---@field start fun(request: graphinvite.Request, timeout: number): integer?, graphinvite.Error?
---@field next fun(timeout: number?): integer?, graphinvite.Response?, graphinvite.Error?
---@field fds fun(): { fd: integer, events: "r"|"w"|"rw" }[], number?
---@field close fun()

---@param options graphinvite.CurlOptions? further fields are not looked at
---@return graphinvite.CurlTransport?
---@return graphinvite.Error?
function M.new(options)
  options = options or {}
  local tls, max_body = options.tls or {}, options.max_body
  local pool, why = require("graphinvite.curl").pool {
    ca = tls.ca,
    cert = tls.cert,
    key = tls.key,
    verify = tls.verify,
    proxy = options.proxy,
    unix_socket = options.unix_socket,
    http1 = options.http1,
  }
  if not pool then
    return errors.fail("transport", why, { reason = "other", sent = false })
  end

  local transport = { sleep = sleep, now = core.clock, wall = sys.wall, record = pool.record }
  local send, start, fetch = pool.send, pool.start, pool.next -- looked up once
  local spares = {} -- by handle

  function transport.send(request, timeout, spare)
    local response, message, reason, sent =
      send(pool, request, timeout, request.max_body or max_body, spare)
    if response then
      return response
    end
    return errors.fail("transport", message, { reason = reason, sent = sent })
  end

  function transport.start(request, timeout, spare)
    local handle, message, reason, sent =
      start(pool, request, timeout, request.max_body or max_body)
    if handle then
      spares[handle] = spare
      return handle
    end
    return errors.fail("transport", message, { reason = reason, sent = sent })
  end

  function transport.next(timeout)
    local handle, response, message, reason, sent = fetch(pool, timeout, spares)
    if response or handle == nil then
      return handle, response
    end
    return handle, errors.fail("transport", message, { reason = reason, sent = sent })
  end

  function transport.fds()
    return pool:fds()
  end

  function transport.close()
    pool:close()
  end

  return transport
end

return M
