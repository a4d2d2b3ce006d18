--- A server that answers with the bytes a spec gives it (raw_server.pl).
local process = require "spec.support.process"

local M = {}

local server = {}
server.__index = server

local function hex(bytes)
  return (bytes:gsub(".", function(c)
    return ("%02x"):format(c:byte())
  end))
end

--- Starts one.
---@param answers string[] "VERB:bytes": see raw_server.pl; the last one is repeated
---@param listen string? "tcp", "unix" or "deaf"; default tcp
---@return table server with url, and path (of its Unix socket)
function M.start(answers, listen)
  local directory = process.directory()
  local file = assert(io.open(directory .. "/answers", "w"))
  for _, answer in ipairs(answers) do
    local verb, bytes = answer:match "^(%l+):(.*)$"
    file:write(verb, ":", hex(bytes), "\n")
  end
  file:close()
  local where = listen == "unix" and directory .. "/socket" or listen or "tcp"
  local command = "perl spec/support/raw_server.pl %s/log %s %s/answers"
  command = command:format(directory, where, directory)
  local self = setmetatable({ process = process.spawn(command, directory) }, server)
  self.path = self.process.line
  self.url = "http://127.0.0.1:" .. (listen == "unix" and "1" or self.path)
  return self
end

--- What has come in so far, in order.
---@return { connection: integer, text: string }[]
function server:requests()
  local list = {}
  local log = assert(io.open(self.process.directory .. "/log", "rb"))
  for connection, length in
    function()
      return log:read("*n", "*n")
    end
  do
    log:read(1)
    list[#list + 1] = { connection = connection, text = log:read(length) }
  end
  log:close()
  return list
end

function server:stop()
  self.process:stop()
end

---@param status string e.g. "200 OK"
---@param body string
---@param headers string? whole lines
---@return string bytes of a response with a length
function M.response(status, body, headers)
  local head = "HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n"
  return head:format(status, #body, headers or "") .. body
end

return M
