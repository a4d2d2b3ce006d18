--- The emulator as an HTTP server: one process, one loop, no waiting on a single client.
local core = require "graphinvite.core"
local couriers = require "graphinvite.emulator.courier"
local faults = require "graphinvite.emulator.faults"
local httpd = require "graphinvite.httpd"
local sys = require "graphinvite.sys"

local M = {}

local STDIN = 0 -- file descriptor
local PATIENCE = 60 -- seconds of one wait; nothing happens when they are over
local LOOK = 1 -- seconds of it where signals end it: one that comes just before a wait is seen then

local FAILED = {
  status = 500,
  headers = { ["content-type"] = "application/json" },
  body = '{"error":{"code":"InternalServerError","message":"The emulator failed; its standard'
    .. ' error says how.","innerError":{}}}',
}

-- Where a client reaches a server that listens on every address.
local REACHED_AT = { ["0.0.0.0"] = "127.0.0.1", ["::"] = "::1" }

local function is_loopback(host)
  return host == "localhost" or host == "::1" or host:find("^127%.") ~= nil
end

---@param host string address or name that the server listens on
---@param port integer
---@param tls table?
---@return string url without a path
function M.url(host, port, tls)
  host = REACHED_AT[host] or host
  host = host:find(":", 1, true) and "[" .. host .. "]" or host
  return ("%s://%s:%d"):format(tls and "https" or "http", host, port)
end

-- The first line that a server prints: all that a client has to know.
local function greeting(url, ca)
  local quoted = core.encode(nil, url)
  return ('{"url":%s,"graph":%s,"authority":%s,"pid":%d%s}\n'):format(
    quoted, core.encode(nil, url .. "/v1.0"), quoted, sys.pid(),
    ca and ',"ca":' .. core.encode(nil, ca) or "")
end

-- Ctrl-C reaches Lua as an error, wherever it is.
local function is_interrupt(problem)
  return problem:find("^[^\n]*interrupted!\n") ~= nil
end

local function complain(request, problem)
  local path = request.url:match("^[^?]*") -- a query may hold a secret
  io.stderr:write(("graphinvite emulator: %s %s: %s\n"):format(request.method, path, problem))
end

-- Gives a client its answer, or what a fault leaves of it.
local function deliver(server, request, response)
  local bytes = response.passage and faults.bytes(response)
  local sent, problem
  if bytes then
    sent, problem = server:cut(request.id, bytes)
  else
    sent, problem = server:answer(request.id, response)
  end
  if not sent then
    complain(request, problem)
  end
end

-- Delivers the held answers whose time has come. Returns seconds until the next one is due. They
-- wait in real time, whatever the tenant's clock says: so do their clients.
local function release(server, held, patience)
  local now, wait = core.clock(), patience
  for i = #held, 1, -1 do
    local answer = held[i]
    if answer.due <= now then
      table.remove(held, i)
      deliver(server, answer.request, answer.response)
    else
      wait = math.min(wait, answer.due - now)
    end
  end
  return wait
end

-- Takes requests and answers them until the end; what went wrong with one is its client's.
local function loop(server, emulator, secure, signals)
  local request
  local held = {} -- what a fault stalls: request, response, and when it is due
  local courier = emulator.on_notification and couriers.new(emulator)
  local function handle()
    local response = emulator:handle(request)
    assert(type(response) == "table", "handle gave no response")
    return response
  end
  local function explain(problem)
    return debug.traceback(tostring(problem), 2)
  end
  while true do
    local why
    local signal = signals and signals:caught()
    if signal then
      return true, signal
    end
    local patience = release(server, held, signals and LOOK or PATIENCE)
    request, why = server:step(courier and courier:turn(patience) or patience)
    if request then
      request.secure = secure
      local fine, response = xpcall(handle, explain)
      if not fine and is_interrupt(response) then
        error(response, 0)
      elseif not fine then
        complain(request, response)
        response = FAILED
      end
      local passage = response.passage
      if passage and passage.delay then
        local due = core.clock() + passage.delay
        held[#held + 1] = { request = request, response = response, due = due }
      else
        deliver(server, request, response)
      end
    elseif why == "watch" then
      return true
    elseif why then
      return nil, why
    end
  end
end

---@class graphinvite.ServerOptions
---@field emulator table answers each request: emulator:handle(request) -> response
---@field host string? address or name to listen on; default 127.0.0.1
---@field port integer? default 0: any that is free
---@field tls { cert: string, key: string, ca: string? }? PEM texts; ca: path of what clients trust
---@field own_links boolean? redeem links lead here, not to the service's authority
---@field until_eof boolean? stop when standard input ends
---@field out file*? where the first line goes; default standard output
---@field signals graphinvite.Signals? each of them stops it

--- Serves until standard input ends (with until_eof) or a signal comes, else for ever.
---@param options graphinvite.ServerOptions
---@return true?
---@return string? message the signal; or why it cannot listen, or cannot go on
function M.run(options)
  local host, out, tls = options.host or "127.0.0.1", options.out or io.stdout, options.tls
  local server, why = httpd.listen {
    address = host, port = options.port, tls = tls and { cert = tls.cert, key = tls.key },
    watch = options.until_eof and STDIN or nil,
  }
  if not server then
    return nil, why
  end
  if not is_loopback(host) then
    io.stderr:write(("graphinvite emulator: others may reach %s, where it listens; controls and"
      .. " pages answer under the names of --allow-host\n"):format(host))
  end
  local url = M.url(host, server:port(), tls)
  if options.own_links then
    options.emulator:lead_links(url)
  end
  out:write(greeting(url, tls and tls.ca))
  out:flush()
  local fine, problem = loop(server, options.emulator, tls ~= nil, options.signals)
  server:close()
  return fine, problem
end

return M
