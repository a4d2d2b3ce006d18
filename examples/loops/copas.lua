-- Invites people in a loop of copas, while something else runs in it.
--
--   lua copas.lua ADDRESS...
--
-- GRAPHINVITE_BASE_URL and GRAPHINVITE_TOKEN say where to and as whom.
local copas = require "copas"
local graphinvite = require "graphinvite"
local socket = require "socket"

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

local watched = {} -- by descriptor

-- Takes the results that there are. To copas a descriptor is a server at which nobody arrives.
local function go_on()
  for index, invitation, err in function() return run:step(0) end do
    print(arg[index], invitation and invitation.status or err)
  end
  for _, each in ipairs(run:fds()) do
    if not watched[each.fd] then
      watched[each.fd] = true
      copas.addserver({
        getfd = function() return each.fd end,
        settimeout = function() end,
        accept = go_on,
      }, function() end)
    end
  end
end

copas.addthread(function()
  local box = assert(socket.udp())
  assert(box:setsockname("127.0.0.1", 0))
  for _ = 1, 5 do
    box:sendto("tick", box:getsockname())
    print((copas.receivefrom(box)))
  end
end)

go_on()
while not run:done() do
  copas.step((select(2, run:fds())))
  go_on() -- its time may have come
end
