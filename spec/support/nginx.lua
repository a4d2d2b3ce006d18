--- nginx as a peer: one process in a directory of its own, reached by a Unix socket.
local process = require "spec.support.process"

local M = {}

local nginx = {}
nginx.__index = nginx

-- The notices of the start go to standard output: the first comes when the sockets listen.
local COMMAND = [[nginx -e /dev/stdout -p DIR -c DIR/conf -g 'daemon off; %s']]

local CONFIG = [[
MAIN
pid DIR/pid;
error_log /dev/stdout notice;
events {}
http {
  HTTP
  error_log DIR/error.log;
  access_log off;
  client_body_temp_path DIR/body;
  proxy_temp_path DIR/proxy;
  fastcgi_temp_path DIR/fastcgi;
  uwsgi_temp_path DIR/uwsgi;
  scgi_temp_path DIR/scgi;
  server {
BODY
  }
}
]]

-- Workers keep what their master may do: the directory is nobody else's.
local function privileges()
  return process.output "id -u" == "0" and "user root;" or ""
end

-- Not any DIR: a directory's name by chance has one inside.
local HERE = "%f[%w]DIR%f[%W]"

--- Starts one.
---@param body string directives of one server; DIR stands for the directory
---@param directory string? has files the directives name; is removed at the end
---@param outside table? further directives: main, http; preload: what nginx is started with, for
--- modules of ours in it; workers: how many, under a master
---@return table nginx with socket, the path for directives such as "listen unix:DIR/socket;"
function M.start(body, directory, outside)
  directory = directory or process.directory()
  local parts = { BODY = body, MAIN = outside and outside.main, HTTP = outside and outside.http }
  local text = CONFIG:gsub("%f[%u]%u+%f[%U]", function(word)
    return parts[word] or (word == "MAIN" or word == "HTTP") and "" or nil
  end):gsub(HERE, directory)
  local file = assert(io.open(directory .. "/conf", "w"))
  file:write(text)
  file:close()
  local processes = outside and outside.workers
    and ("worker_processes %d; %s"):format(outside.workers, privileges())
  local command = COMMAND:format(processes or "master_process off;"):gsub(HERE, directory)
  if outside and outside.preload then
    command = ("env LD_PRELOAD=%s %s"):format(process.quote(outside.preload), command)
  end
  local self = setmetatable({ process = process.spawn(command, directory) }, nginx)
  assert(self.process.line:find("[notice]", 1, true), self.process.line)
  self.socket = directory .. "/socket"
  return self
end

--- The pattern of our modules for nginx, which has Lua 5.1, beside those of this interpreter.
---@return string
function M.modules()
  return (package.cpath:match "[^;]*/lua/5%.%d/%?%.so":gsub("/lua/5%.%d/", "/lua/5.1/"))
end

--- What nginx needs beside its server for Lua with our modules: an `outside` for start.
---@param http string? further directives of http
---@param main string? and of the main level
---@param workers integer? unset: one, and no master
---@return table
function M.with_lua(http, main, workers)
  local here = process.output "pwd"
  local paths = 'lua_package_path "%s/lua/?.lua;%s/lua/?/init.lua;%s/?.lua;;";\n'
    .. 'lua_package_cpath "%s;;";\n%s'
  return {
    preload = os.getenv "LD_PRELOAD",
    main = "load_module /usr/lib/nginx/modules/ndk_http_module.so;\n"
      .. "load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;\n" .. (main or ""),
    http = paths:format(here, here, here, M.modules(), http or ""),
    workers = workers,
  }
end

--- Starts one with the emulator in its worker.
---@return table nginx
function M.start_emulator()
  return M.start([[
    listen unix:DIR/socket;
    client_max_body_size 8m;
    location / {
      content_by_lua_block {
        require("graphinvite.emulator.nginx").serve(require "tenant")
      }
    }
  ]], nil, M.with_lua [[
    init_by_lua_block {
      package.loaded.tenant = require("graphinvite.emulator").new()
    }]])
end

--- The process to send signals to.
---@return integer
function nginx:pid()
  local file = assert(io.open(self.process.directory .. "/pid"))
  local pid = file:read "*n"
  file:close()
  return pid
end

function nginx:stop()
  self.process:stop()
end

return M
