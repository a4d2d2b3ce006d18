-- Invites a guest, and waits until the guest has accepted.
--
--   lua invite_guest.lua [ADDRESS [REDIRECT_URL]]
--
-- GRAPHINVITE_BASE_URL and GRAPHINVITE_TOKEN say where to and as whom, GRAPHINVITE_DEADLINE how
-- many seconds the guest has.
local graphinvite = require "graphinvite"
local redact = require("graphinvite.redact").text
local check = graphinvite.check

local address = arg[1] or "adele@fabrikam.example"
local redirect = arg[2] or "https://app.contoso.example/welcome"
local deadline = tonumber(os.getenv "GRAPHINVITE_DEADLINE") or 3600

local client = graphinvite.new {
  base_url = os.getenv "GRAPHINVITE_BASE_URL",
  auth = graphinvite.auth.static(os.getenv "GRAPHINVITE_TOKEN" or "emulator"),
}

local invitation = check(client.invitations:create {
  invitedUserEmailAddress = address,
  invitedUserDisplayName = "Adele Vance",
  inviteRedirectUrl = redirect,
  sendInvitationMessage = true,
  invitedUserMessageInfo = { customizedMessageBody = "Welcome aboard." },
})
print(("Invited %s."):format(invitation.invitedUserEmailAddress))
print(("  redeem link   %s"):format(redact(invitation.inviteRedeemUrl)))
print(("  status        %s"):format(invitation.status))

print "Waiting for the guest ..."
local user = check(client:wait_accepted(invitation, { deadline = deadline, interval = 0.5 }))
print(("  the guest     %s"):format(user.externalUserState))

-- Only an emulator lets an invitation be read again; the live service answers POST alone.
local seen, err = client.invitations:get(invitation.id)
print(("  status        %s"):format(seen and seen.status or tostring(err)))
