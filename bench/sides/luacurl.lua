--- Program: the create of create.lua as one writes it with Debian's lua-curl and lua-cjson.
--- luacurl.lua URL HEADER...
local cjson = require "cjson"
local core = require "graphinvite.core" -- for its clock and its random id
local curl = require "curl"

local easy = curl.easy_init()
local received -- parts of the answer's head and body

local function collector(name)
  return function(bytes)
    local parts = received[name]
    parts[#parts + 1] = bytes
    return #bytes
  end
end

-- The HTTP options are those of csrc/curl_options.c, as far as it knows them.
easy:setopt(curl.OPT_URL, arg[1])
easy:setopt(curl.OPT_PROXY, "")
easy:setopt(curl.OPT_ACCEPT_ENCODING, "")
easy:setopt(curl.OPT_NOSIGNAL, 1)
easy:setopt(curl.OPT_TIMEOUT_MS, 30000)
easy:setopt(curl.OPT_HEADERFUNCTION, collector "head")
easy:setopt(curl.OPT_WRITEFUNCTION, collector "body")

local function create(invitation)
  local headers = { unpack(arg, 2) } -- luacheck: ignore
  headers[#headers + 1] = "client-request-id: " .. core.uuid()
  local body = cjson.encode(invitation)
  received = { head = {}, body = {} }
  easy:setopt(curl.OPT_HTTPHEADER, headers)
  easy:setopt(curl.OPT_POSTFIELDS, body)
  easy:setopt(curl.OPT_POSTFIELDSIZE, #body)
  assert(easy:perform())
  local status = table.concat(received.head):match "^HTTP/%S+ (%d+)"
  assert(status == "201", status)
  return cjson.decode(table.concat(received.body))
end

for line in io.lines() do
  local count = tonumber(line:match "^create (%d+)$")
  local wall, cpu = core.clock(), os.clock()
  for _ = 1, count do
    local invitation = create {
      invitedUserEmailAddress = "admin@fabrikam.com",
      inviteRedirectUrl = "https://myapp.contoso.com",
    }
    assert(invitation.status == "PendingAcceptance")
  end
  print(("%d %.9f %.9f"):format(count, os.clock() - cpu, core.clock() - wall))
  io.stdout:flush()
end
