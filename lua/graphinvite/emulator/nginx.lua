--- The emulator inside nginx, by content_by_lua: one worker, because the tenant is that worker's.
local courier = require "graphinvite.emulator.nginx_courier"
local faults = require "graphinvite.emulator.faults"

local M = {}

local CLOSE = 444 -- nginx: close the connection without an answer

-- The headers of the request, lower-case; repeated ones joined.
local function read_headers()
  local headers = ngx.req.get_headers(0)
  local plain = {}
  for name, value in pairs(headers) do
    plain[name:lower()] = type(value) == "table" and table.concat(value, ", ") or tostring(value)
  end
  return plain
end

-- The body of the request; nginx keeps a long one in a file.
local function read_body()
  ngx.req.read_body()
  local body, path = ngx.req.get_body_data(), ngx.req.get_body_file()
  if not body and path then
    local file = assert(io.open(path, "rb"))
    body = file:read("*a")
    file:close()
  end
  return body or ""
end

-- Sends what a fault leaves of an answer, and closes the connection.
local function cut(bytes)
  local socket = bytes ~= "" and ngx.req.socket(true)
  if socket then
    socket:send(bytes)
  end
  return ngx.exit(CLOSE)
end

local function send(response)
  local body = response.body or ""
  ngx.status = response.status
  for name, value in pairs(response.headers) do
    ngx.header[name] = value
  end
  if not response.headers["content-type"] then
    ngx.header["content-type"] = "" -- else nginx adds its own
  end
  ngx.header["content-length"] = response.status ~= 204 and response.status ~= 304 and #body or nil
  ngx.send_headers()
  if body ~= "" then
    ngx.print(body)
  end
  return ngx.exit(ngx.OK)
end

--- Answers the request that nginx has at hand.
---@param emulator graphinvite.Emulator one for the worker, made in init_by_lua
function M.serve(emulator)
  if ngx.worker.count() > 1 then
    error("the emulator's tenant is one worker's: set worker_processes to 1", 2)
  end
  courier.turn(emulator)
  local response = emulator:handle {
    method = ngx.req.get_method(), url = ngx.var.request_uri, headers = read_headers(),
    body = read_body(), secure = ngx.var.scheme == "https",
  }
  courier.turn(emulator)
  local passage = response.passage
  if passage and passage.delay then
    ngx.sleep(passage.delay)
  end
  local bytes = passage and faults.bytes(response)
  if bytes then
    return cut(bytes)
  end
  return send(response)
end

return M
