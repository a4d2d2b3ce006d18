-- Invites people in a loop of cqueues, while something else runs in it.
--
--   lua cqueues.lua ADDRESS...
--
-- GRAPHINVITE_BASE_URL and GRAPHINVITE_TOKEN say where to and as whom.
local cqueues = require "cqueues"
local graphinvite = require "graphinvite"

local client = graphinvite.new {
  base_url = os.getenv "GRAPHINVITE_BASE_URL",
  auth = graphinvite.auth.static(os.getenv "GRAPHINVITE_TOKEN" or "emulator"),
}

local run = client:parallel(arg, function(address)
  return client.invitations:create {
    invitedUserEmailAddress = address,
    inviteRedirectUrl = "https://app.contoso.example/welcome",
  }
end)

-- Lets other coroutines run until the run can go on.
local function wait()
  local fds, seconds = run:fds()
  local objects = { seconds } -- to cqueues a number is a time limit
  for _, each in ipairs(fds) do
    table.insert(objects, { pollfd = each.fd, events = each.events })
  end
  cqueues.poll((table.unpack or unpack)(objects)) -- luacheck: ignore
end

local loop = cqueues.new()

loop:wrap(function()
  while not run:done() do
    local index, invitation, err = run:step(0)
    if index then
      print(arg[index], invitation and invitation.status or err)
    elseif not run:done() then
      wait()
    end
  end
end)

loop:wrap(function()
  while not run:done() do
    print "tick"
    cqueues.sleep(0.05)
  end
end)

assert(loop:loop())
