--- Program: creates through the client, by commands from standard input as loop.c takes
--- them. create.lua URL [TOKEN]
local core = require "graphinvite.core"
local graphinvite = require "graphinvite"

local IN_FLIGHT = 32

local client = graphinvite.new {
  base_url = arg[1] .. "/v1.0",
  auth = arg[2] and graphinvite.auth.static(arg[2]),
}

local function create()
  return client.invitations:create {
    invitedUserEmailAddress = "admin@fabrikam.com",
    inviteRedirectUrl = "https://myapp.contoso.com",
  }
end

local function verify(invitation, err)
  local status = graphinvite.check(invitation, err).status
  assert(status == "PendingAcceptance", status)
end

local commands = {}

function commands.create(count)
  for _ = 1, count do
    verify(create())
  end
end

function commands.parallel(count)
  local begun, ended = 0, 0
  local function items()
    begun = begun + 1
    return begun <= count and begun or nil
  end
  for _, invitation, err in client:parallel(items, create, { concurrency = IN_FLIGHT }) do
    verify(invitation, err)
    ended = ended + 1
  end
  assert(ended == count)
end

for line in io.lines() do
  local command, count = line:match "^(%l+) (%d+)$"
  local wall, cpu = core.clock(), os.clock() -- user and system time of this process
  commands[command](tonumber(count))
  print(("%d %.9f %.9f"):format(count, os.clock() - cpu, core.clock() - wall))
  io.stdout:flush()
end
