--- The nginx that answers a create, and what its log says about connections and calls.
local process = require "spec.support.process"

local M = {}

local server = {}
server.__index = server

local ID = "7b92124c-9fa9-406f-8b8e-225df8376ba9"

-- Graph's own answer has these headers too (reference, section 8).
local CONFIG = [[
pid DIR/pid;
error_log /dev/stdout notice;
events { worker_connections 512; }
http {
  geo $dollar { default "$"; }
  error_log DIR/error.log;
  log_format calls "$connection $status";
  access_log DIR/calls.log calls;
  client_body_temp_path DIR/body;
  proxy_temp_path DIR/proxy;
  fastcgi_temp_path DIR/fastcgi;
  uwsgi_temp_path DIR/uwsgi;
  scgi_temp_path DIR/scgi;
  keepalive_requests 10000000;
  keepalive_timeout 1h;
  default_type application/json;
  server {
    listen 127.0.0.1:PORT;
    add_header Location https://graph.microsoft.com/v1.0/invitations/ID;
    add_header Cache-Control no-cache;
    add_header Strict-Transport-Security max-age=31536000;
    add_header request-id ID;
    add_header client-request-id $http_client_request_id;
    add_header x-ms-ags-diagnostic '{"ServerInfo":{"DataCenter":"West Europe","Slice":"E"}}';
    add_header OData-Version 4.0;
    location = /v1.0/invitations { return 201 'BODY'; }
  }
}
]]

local START = "nginx -e /dev/stdout -p %s -c %s/conf -g 'daemon off; master_process off;'"
local FREE_PORT = [[perl -MIO::Socket::INET -e \
  'print IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1)->sockport']]

---@return string port of 127.0.0.1 that nobody has
function M.free_port()
  return process.output(FREE_PORT)
end

--- Starts it; every POST to url/v1.0/invitations gets 201 and the body.
---@param body string
---@return table server with url
function M.start(body)
  local directory, port = process.directory(), M.free_port()
  local values = { DIR = directory, PORT = port, BODY = body:gsub("%$", "${dollar}"), ID = ID }
  local file = assert(io.open(directory .. "/conf", "w"))
  file:write((CONFIG:gsub("%u+", values)))
  file:close()
  local self = setmetatable({ log = directory .. "/calls.log" }, server)
  self.url = "http://127.0.0.1:" .. port
  self.process = process.spawn(START:format(directory, directory), directory)
  assert(self.process.line:find("[notice]", 1, true), self.process.line)
  return self
end

--- The calls so far: the number of the connection of each, in order. All were answered 201.
---@return integer[]
function server:calls()
  local list = {}
  for line in io.lines(self.log) do
    local connection, status = line:match "^(%d+) (%d+)$"
    assert(status == "201", line)
    list[#list + 1] = tonumber(connection)
  end
  return list
end

function server:stop()
  self.process:stop()
end

return M
