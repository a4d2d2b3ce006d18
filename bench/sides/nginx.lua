--- What bench/nginx.lua measures, inside nginx: the service, the bare loop and the client.
local core = require "graphinvite.core"
local documents = require "bench.documents"
local graphinvite = require "graphinvite"

local M = {}

local HOST = "graph.example"
local TOKEN = ("eyJ0eXAiOiJKV1QifQ"):rep(80) -- as long as an application's
local POOL = 256

local ID = ("%x"):rep(8) .. ("%-" .. ("%x"):rep(4)):rep(3) .. "%-" .. ("%x"):rep(12)
local TICKET = documents.TICKET:gsub("%p", "%%%0")

local BLANKS = { "\n", "\r", "\t", " " }

-- Its ids and its ticket are new each time, as a real one's are; and so are its last bytes, for by
-- those LuaJIT finds a string's place: many strings in one place would be dear for who reads the
-- body as a string of its own, as the loop does.
local function answer()
  local ticket, blanks = (core.uuid() .. core.uuid()):sub(1, #documents.TICKET), ""
  for _ = 1, 4 do
    blanks = blanks .. BLANKS[1 + math.floor(core.random() * #BLANKS)]
  end
  return documents.INVITATION:gsub(ID, core.uuid):gsub(TICKET, ticket) .. blanks
end

--- The service's answer after so many seconds.
function M.serve(seconds, status)
  local headers = ngx.header
  ngx.req.read_body()
  ngx.sleep(seconds)
  ngx.status = status
  headers.content_type = "application/json"
  local id, body = core.uuid(), answer()
  headers.content_length = #body
  headers.location = "https://graph.microsoft.com/v1.0/invitations/7b92124c"
  headers.cache_control = "no-cache"
  headers.strict_transport_security = "max-age=31536000"
  headers.request_id = id
  headers.client_request_id = ngx.var.http_client_request_id
  headers.odata_version = "4.0"
  ngx.print(body)
end

local function create(client)
  return client.invitations:create {
    invitedUserEmailAddress = "admin@fabrikam.com",
    inviteRedirectUrl = "https://myapp.contoso.com",
  }
end

local client, driver, record, bytes, path
local calls = 0

-- The record that the client makes of a create.
local function capture(options)
  local captured
  options.transport = {
    send = function(request)
      captured = request
      return { status = 201, headers = {}, body = documents.INVITATION, url = request.url }
    end,
    sleep = ngx.sleep, now = core.clock, wall = ngx.now,
  }
  graphinvite.check(create(graphinvite.new(options)))
  options.transport = nil
  return captured
end

--- Gets both sides ready. For init_by_lua.
---@param socket string path of the service's socket
function M.open(socket)
  local options = {
    base_url = "https://" .. HOST .. "/v1.0", auth = graphinvite.auth.static(TOKEN),
  }
  record = capture(options)
  bytes = assert(core.http1_request(record))
  options.unix_socket = socket
  driver = graphinvite.check(require("graphinvite.transport").new { unix_socket = socket })
  client, path = graphinvite.new(options), "unix:" .. socket
end

local pool = { pool = "bare", pool_size = POOL }

--- A call by nothing but cosockets.
function M.bare()
  local socket = ngx.socket.tcp()
  socket:settimeout(30000)
  assert(socket:connect(path, pool))
  if socket:getreusedtimes() == 0 then
    assert(socket:sslhandshake(nil, HOST, true))
  end
  assert(socket:send(bytes))
  local line, length
  repeat
    line = assert(socket:receive "*l")
    length = length or line:match "^[Cc]ontent%-[Ll]ength: (%d+)"
  until line == ""
  length = tonumber(length)
  local body = assert(socket:receive(length))
  assert(#body == length and socket:setkeepalive(60000, POOL))
  calls = calls + 1
  ngx.print "created"
end

--- The same bytes by the client's driver.
function M.driver()
  local response = graphinvite.check(driver.send(record, 30))
  assert(response.status == 201)
  calls = calls + 1
  ngx.print "created"
end

--- A whole call of the client, from a table to a table.
function M.ours()
  local made = graphinvite.check(create(client))
  assert(made.status == "PendingAcceptance")
  calls = calls + 1
  ngx.print "created"
end

--- Six calls at a time.
function M.six()
  local done = 0
  local function get(id)
    return client.users:get("user-" .. id)
  end
  for _, user, err in client:parallel({ 1, 2, 3, 4, 5, 6 }, get) do
    graphinvite.check(user, err)
    done = done + 1
  end
  ngx.print(done == 6 and "six" or done)
end

--- Calls, CPU seconds of this process, and time.
function M.mark()
  ngx.print(("%d %.6f %.6f"):format(calls, os.clock(), core.clock()))
end

return M
