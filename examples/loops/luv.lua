-- Invites people in a loop of luv, while something else runs in it.
--
--   lua luv.lua ADDRESS...
--
-- GRAPHINVITE_BASE_URL and GRAPHINVITE_TOKEN say where to and as whom.
local graphinvite = require "graphinvite"
local uv = require "luv"

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

local ticker, due = uv.new_timer(), uv.new_timer()
local watchers = {} -- by descriptor

-- Takes the results that there are, and asks luv to call again when there may be more.
local function go_on()
  for index, invitation, err in function() return run:step(0) end do
    print(arg[index], invitation and invitation.status or err)
  end
  if run:done() then
    return uv.stop()
  end
  local fds, seconds = run:fds()
  for _, each in ipairs(fds) do
    if not watchers[each.fd] then
      watchers[each.fd] = uv.new_poll(each.fd)
      watchers[each.fd]:start(each.events, go_on)
    end
  end
  due:stop()
  if seconds then
    due:start(math.ceil(seconds * 1000), 0, go_on)
  end
end

ticker:start(0, 50, function() print "tick" end)
due:start(0, 0, go_on)
uv.run()
