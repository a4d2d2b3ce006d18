-- Updates the LinkedIn invitation (the newer generation: one object, no id).
--
--   lua linkedin_update.lua [TRACKING_ID]
--
-- GRAPHINVITE_BASE_URL and GRAPHINVITE_TOKEN say where to and as whom.
local graphinvite = require "graphinvite"
local check = graphinvite.check

local client = graphinvite.new {
  base_url = os.getenv "GRAPHINVITE_BASE_URL",
  auth = graphinvite.auth.static(os.getenv "GRAPHINVITE_TOKEN" or "emulator"),
}

local before = check(client.linkedin.invitations:get())
print(("LinkedIn invitation %s."):format(before.id))
print(("  trackingId    %s"):format(before.trackingId or "(none)"))

check(client.linkedin.invitations:update {
  trackingId = arg[1] or "campaign-7",
  message = { invitationTemplateID = "invite_member_28" },
  lastModified = graphinvite.int64 "1485388767467",
})

local after = check(client.linkedin.invitations:get())
print(("  trackingId    %s"):format(after.trackingId))
print(("  template      %s"):format(after.message.invitationTemplateID))
print(("  lastModified  %s"):format(tostring(after.lastModified)))
