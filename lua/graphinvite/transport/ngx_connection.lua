--- Opens connections for the driver inside nginx, and keeps apart those that must not be mixed up.
local clouds = require "graphinvite.clouds"
local core = require "graphinvite.core"
local faults = require "graphinvite.transport.ngx_fault"

local M = {}

local LONGEST = 2147483 -- seconds; nginx counts milliseconds in an int
local POOL = 256 -- idle connections of one kind that a worker keeps
local IDLE = 50000 -- milliseconds
local TARGETS = 64 -- origins that are remembered
local PROXY_PORT = 1080 -- as libcurl has it
local LONGEST_PATH = 107 -- bytes of a Unix socket's path
local HAS_CLIENT_CERT = 10022 -- ngx_lua from this version on

local Connector = {}
Connector.__index = Connector

local identities, last = {}, 0

-- A number for what all connections of a transport depend on. A pool's name gets into nginx's debug
-- log; the number gives nothing away of a proxy's password.
local function identity(parts)
  for i = 1, parts.n do
    parts[i] = ("%q"):format(tostring(parts[i]))
  end
  local text = table.concat(parts, ",")
  if not identities[text] then
    last = last + 1
    identities[text] = last
  end
  return identities[text]
end

local function read(name, path)
  local file, why = io.open(path, "rb")
  if not file then
    return nil, ("option tls.%s: %s"):format(name, why)
  end
  local text = file:read "*a"
  file:close()
  return text
end

-- The client's certificate and key as nginx takes them, and their text.
local function client_cert(tls)
  if not tls.cert then
    return nil, tls.key and "option tls.key: needs the option tls.cert as well" or nil
  end
  local ok, ssl = pcall(require, "ngx.ssl")
  if not ok or not ssl.parse_pem_cert or ngx.config.ngx_lua_version < HAS_CLIENT_CERT then
    return nil, "option tls.cert: this nginx cannot show a client certificate over a cosocket; it "
      .. "needs ngx_lua 0.10.22 and lua-resty-core"
  end
  local pem, why = read("cert", tls.cert)
  local key_pem, cert, key
  if pem then
    key_pem, why = read("key", tls.key or tls.cert)
  end
  if not key_pem then
    return nil, why
  end
  cert = ssl.parse_pem_cert(pem)
  key = ssl.parse_pem_priv_key(key_pem)
  if not cert or not key then
    return nil, ("option tls.%s: no PEM file with a %s"):format(cert and "key" or "cert",
      cert and "key without a password" or "certificate")
  end
  return { cert = cert, key = key, text = pem .. key_pem }
end

local function decode(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- Host, port and credentials of a proxy's URL.
local function read_proxy(url)
  local scheme, rest = url:match "^(%a[%w+.-]*)://(.*)$"
  if scheme and scheme:lower() ~= "http" then
    return nil, ("option proxy: %s:// cannot be spoken over cosockets, only http://"):format(scheme)
  end
  local authority = (rest or url):match "^[^/?#]*"
  local user, address = authority:match "^(.*)@([^@]*)$"
  local host, port = (address or authority):match "^(%[[%x:.]+%]):?(%d*)$"
  if not host then
    host, port = (address or authority):match "^([^:%s]+):?(%d*)$"
  end
  if not host then
    return nil, "option proxy: is no URL such as http://proxy.example:3128"
  end
  local headers = {}
  if user then
    local credentials = decode(user:match "^[^:]*") .. ":" .. decode(user:match ":(.*)$" or "")
    headers["Proxy-Authorization"] = "Basic " .. core.base64_encode(credentials)
  end
  return { host = host, port = tonumber(port) or PROXY_PORT, headers = headers }
end

---@param options table tls, proxy and unix_socket, as graphinvite.new has them
---@return table? connector
---@return string? why
function M.new(options)
  local tls, path = options.tls or {}, options.unix_socket
  local self = setmetatable({ verify = tls.verify ~= false, targets = {}, count = 0 }, Connector)
  if tls.ca then
    return nil, "option tls.ca: cosockets take the authorities from nginx's configuration; name "
      .. "the file in the directive lua_ssl_trusted_certificate and leave the option out"
  elseif path and #path > LONGEST_PATH then
    return nil, "option unix_socket: longer than the path of a socket may be"
  end
  local why
  self.client, why = client_cert(tls)
  if why then
    return nil, why
  end
  if path then
    self.path = "unix:" .. path
  elseif options.proxy and options.proxy ~= "" then
    self.proxy, why = read_proxy(options.proxy)
    if why then
      return nil, why
    end
  end
  self.identity = identity {
    n = 4, self.verify, self.client and self.client.text, path, self.proxy and options.proxy,
  }
  return self
end

-- Where the requests to an origin go, and the pool that they share.
local function target_of(self, url)
  local slash = url:find("/", #"https://" + 1, true)
  local authority = url:sub(1, (slash or 0) - 1)
  local target = self.targets[authority]
  if target then
    return target
  end
  local origin, scheme, host = clouds.origin(url)
  local port = origin and tonumber(origin:match ":(%d+)$")
  if not port or port < 1 or port > 65535 then
    return nil
  end
  if self.count >= TARGETS then
    self.targets, self.count = {}, 0
  end
  local pool = { pool = ("graphinvite %d %s"):format(self.identity, origin), pool_size = POOL }
  target = { tls = scheme == "https", host = host, port = port, origin = origin, pool = pool }
  self.targets[authority], self.count = target, self.count + 1
  return target
end

--- Gives a socket what is left of its time for the next thing it does.
---@param socket table
---@param deadline number on core.clock
---@return boolean left whether anything is: who sends byte after byte is never late for nginx
function M.allow(socket, deadline)
  local left = math.min(deadline - core.clock(), LONGEST)
  socket:settimeout(math.max(1, math.ceil(left * 1000)))
  return left > 0
end

local function connect(self, socket, target)
  if self.path then
    return socket:connect(self.path, target.pool)
  elseif self.proxy then
    return socket:connect(self.proxy.host, self.proxy.port, target.pool)
  end
  return socket:connect(target.host, target.port, target.pool)
end

-- Has the proxy pass everything on to the target. Gives what is wrong, or nil.
local function tunnel(self, socket, target, deadline)
  local bytes, why = core.http1_request {
    method = "CONNECT", url = target.origin, headers = self.proxy.headers,
  }
  if not bytes then
    return why
  end
  local parser = core.http1_parser { method = "CONNECT" }
  M.allow(socket, deadline)
  local piece
  piece, why = socket:send(bytes)
  while piece do
    if not M.allow(socket, deadline) then
      return "timeout"
    end
    piece, why = socket:receiveany(4096)
    if piece then
      local response, keep = parser:feed(piece)
      if response then
        return not (response.status < 300 and keep) and "proxy" or nil
      elseif keep then
        return "proxy"
      end
    end
  end
  return why
end

-- A certificate that is refused before the handshake had to wait shows as an assertion's error, or
-- as success where no session is asked for: only a session proves that there is TLS. The name is
-- checked only where it is given. Gives what is wrong, or nil.
local function shake_hands(self, socket, target)
  if self.client then
    socket:setclientcert(self.client.cert, self.client.key)
  end
  local ok, session, why = pcall(socket.sslhandshake, socket, nil, target.host, self.verify)
  if not ok then
    return "refused"
  elseif session == nil then
    return why or "no session"
  end
end

--- A socket that a request can be sent on; an idle one of the same kind where there is one.
---@param url string of the request
---@param deadline number on core.clock
---@return table? socket
---@return graphinvite.Error? err
---@return boolean? used it has carried requests before; then there was nothing to wait for
function Connector:open(url, deadline)
  local target = target_of(self, url)
  if not target then
    return faults.unsent("malformed",
      "the request's URL is not one that can be called: check base_url")
  end
  local has_sockets, socket = pcall(ngx.socket.tcp)
  if not has_sockets then
    return faults.phase(ngx.get_phase())
  end
  M.allow(socket, deadline)
  local ok, why = connect(self, socket, target)
  if not ok then
    return faults.connecting(url, why)
  elseif socket:getreusedtimes() > 0 then
    return socket, nil, true
  end
  why = self.proxy and tunnel(self, socket, target, deadline)
  if why then
    socket:close()
    return faults.connecting(url, why)
  end
  if target.tls then
    M.allow(socket, deadline)
    why = shake_hands(self, socket, target)
    if why then
      socket:close()
      return faults.shaking_hands(url, why)
    end
  end
  M.allow(socket, deadline)
  return socket
end

--- Keeps a connection for the next request, or ends it.
---@param socket table
---@param keep boolean
function M.leave(socket, keep)
  if not keep or not socket:setkeepalive(IDLE, POOL) then
    socket:close()
  end
end

return M
