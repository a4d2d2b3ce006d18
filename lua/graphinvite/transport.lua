--- Picks the driver that moves requests: libcurl, or cosockets inside nginx.
local errors = require "graphinvite.errors"

local M = {}

---@class graphinvite.Request
---@field method string
---@field url string absolute
---@field headers table<string, string>
---@field body string?
---@field op graphinvite.Operation
---@field max_body integer? bytes of the response's body, at the most

---@class graphinvite.Response
---@field status integer
---@field headers table<string, string> lower-case names; repeated ones joined with ", "
---@field body string
---@field url string

---@class graphinvite.Transport
---@field send fun(request: graphinvite.Request, timeout: number, spare?: table): table?, any
---@field record? fun(): table a response record to be given to send as the spare one, which may
--- fill it; a transport that has this keeps neither record once it has answered, so that the next
--- call may use them again
---@field sleep fun(seconds: number)
---@field now fun(): number monotonic seconds
---@field wall fun(): number epoch seconds
---@field random? fun(): number in [0, 1)
---@field overlaps? boolean inside nginx: its send and sleep yield to other light threads
---@field waiting? table<any, table> the scheduler's own: which task waits for which handle

local CONNECTION = { "proxy", "unix_socket" }
local TLS = { "ca", "cert", "key", "verify" }

--- Names what a connection depends on: clients that agree on it share a driver.
---@param settings table
---@return string
function M.key(settings)
  local parts = {}
  for i, name in ipairs(CONNECTION) do
    parts[i] = tostring(settings[name])
  end
  for _, name in ipairs(TLS) do
    parts[#parts + 1] = tostring((settings.tls or {})[name])
  end
  return table.concat(parts, "\n")
end

-- An option that cannot be the name of anything.
local function unusable(settings)
  local tls = settings.tls or {}
  local values = {
    proxy = settings.proxy, unix_socket = settings.unix_socket,
    ["tls.ca"] = tls.ca, ["tls.cert"] = tls.cert, ["tls.key"] = tls.key,
  }
  for name, value in pairs(values) do
    if value:find("%c") then
      return name .. ": has a control character"
    end
  end
end

--- The driver over cosockets inside nginx, where libcurl would hold up a worker; else libcurl.
---@param settings table options of a client
---@return graphinvite.Transport?
---@return graphinvite.Error?
function M.new(settings)
  local why = unusable(settings)
  if why then
    return errors.fail("transport", why, { reason = "other", sent = false, retriable = false })
  end
  local nginx = rawget(_G, "ngx")
  local name = nginx and nginx.socket and "ngx" or "curl"
  return require("graphinvite.transport." .. name).new(settings)
end

return M
