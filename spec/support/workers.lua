--- An nginx of several workers whose client calls an emulator's server: see spec/nginx/load.lua.
local cjson = require("cjson").new()
local nginx = require "spec.support.nginx"

local M = {}
local Workers = {}
Workers.__index = Workers

local LIMIT = 60 -- seconds; nothing here comes near it

local HTTP = [[
  DICTIONARY
  lua_shared_dict state 1m;
  init_by_lua_block {
    package.loaded.client = require("graphinvite").new {
      base_url = "URL/v1.0", authority = "URL",
      auth = require("graphinvite").auth.client_secret {
        tenant = "contoso.example", client_id = "gateway", client_secret = "SECRET",
      },
    }
  }
  init_worker_by_lua_block { require("spec.nginx.load").start(CALLS) }
]]

local SERVER = [[
  listen unix:DIR/socket;
  keepalive_timeout 0; # a reload closes what is idle: a request may be on its way there
  location = /begin { content_by_lua_block { require("spec.nginx.load").begin() } }
  location = /tell { content_by_lua_block { require("spec.nginx.load").tell() } }
  location = /invite { content_by_lua_block { require("spec.nginx.load").invite() } }
]]

--- Starts one.
---@param url string of the emulator
---@param given { workers: integer, calls: integer?, dictionary: string? } calls of each worker in a
---round; dictionary is the directive of the one for tokens, "" for none
function M.start(url, given)
  local http = HTTP:gsub("%f[%u]%u+%f[%U]", {
    URL = url, CALLS = given.calls or 0, SECRET = "a secret of the spec",
    DICTIONARY = given.dictionary or "lua_shared_dict graphinvite 1m;",
  })
  local self = setmetatable({}, Workers)
  self.nginx = nginx.start(SERVER, nil, nginx.with_lua(http, nil, given.workers))
  self.transport = assert(require("graphinvite.transport").new {
    unix_socket = self.nginx.socket,
  })
  self:wait(function(state) return state.ready == given.workers end)
  return self
end

--- Asks for a path.
---@return table? response
---@return any err
function Workers:ask(path)
  return self.transport.send({
    method = "POST", url = "http://localhost" .. path, headers = {}, op = { safe = false },
  }, LIMIT)
end

--- Looks at the state of the round until it is as wanted.
---@param wanted fun(state: table): boolean
---@return table state
function Workers:wait(wanted)
  while true do
    local state = cjson.decode(assert(self:ask "/tell").body)
    if wanted(state) then
      return state
    end
    self.transport.sleep(0.01)
  end
end

--- What the error log says.
---@return string
function Workers:log()
  local file = assert(io.open(self.nginx.process.directory .. "/error.log"))
  local text = file:read "*a"
  file:close()
  return text
end

function Workers:stop()
  self.nginx:stop()
end

return M
