--- A worker of nginx that calls by its cosockets what a spec asks it to; `serve` is its side.
local cjson = require("cjson").new()
local nginx = require "spec.support.nginx"
local process = require "spec.support.process"

local M = {}

local worker = {}
worker.__index = worker

local LIMIT = 60 -- seconds; nothing here comes near it

local SERVER = [[
  listen unix:DIR/socket;
  client_max_body_size 16m;
  client_body_buffer_size 16m;
  location = /send { content_by_lua_block { require("spec.support.worker").serve() } }
]]

--- Starts one.
---@param http string? further directives of http
---@param server string? further directives of its server
---@return table worker
function M.start(http, server)
  local self = setmetatable({}, worker)
  self.nginx = nginx.start(SERVER .. (server or ""), nil, nginx.with_lua(http))
  self.curl = require("graphinvite.transport.curl").new { unix_socket = self.nginx.socket }
  return self
end

-- The record that has the worker send a request.
local function order(options, request, timeout)
  return {
    method = "POST", url = "http://localhost/send", headers = {}, op = { safe = false },
    body = cjson.encode { options = options, request = request, timeout = timeout },
  }
end

local function result(answer, err)
  assert(answer, tostring(err))
  assert(answer.status == 200, answer.body)
  local outcome = cjson.decode(answer.body)
  return outcome.response, outcome.err
end

--- A transport whose calls are made in the worker.
---@param options table? of transport.ngx
---@return table transport send; start and next as libcurl's driver has them
function worker:transport(options)
  return {
    send = function(request, timeout)
      return result(self.curl.send(order(options or {}, request, timeout), LIMIT))
    end,
    start = function(request, timeout)
      return assert(self.curl.start(order(options or {}, request, timeout), LIMIT))
    end,
    next = function()
      local handle, answer, err = self.curl.next(LIMIT)
      return handle, result(answer, err)
    end,
  }
end

--- Asks the worker for a page of its own.
---@return string body
function worker:get(path)
  local answer = assert(self.curl.send({
    method = "GET", url = "http://localhost" .. path, headers = {}, op = { safe = true },
  }, LIMIT))
  return answer.body
end

--- What the worker's process has mapped.
---@return string
function worker:maps()
  local directory = self.nginx.process.directory
  return process.output(("cat /proc/$(cat %s/pid)/maps"):format(directory))
end

function worker:stop()
  self.curl.close()
  self.nginx:stop()
end

local transports = {}

--- The worker's side: makes the call and says what came of it.
function M.serve()
  local given = ngx.req.read_body() or cjson.decode(ngx.req.get_body_data())
  local key = cjson.encode(given.options)
  local err, response
  if not transports[key] then
    transports[key], err = require("graphinvite.transport").new(given.options)
  end
  if transports[key] then
    response, err = transports[key].send(given.request, given.timeout)
  end
  ngx.print(cjson.encode {
    response = response and {
      status = response.status, headers = response.headers, body = response.body,
      url = response.url,
    },
    err = err,
  })
end

return M
