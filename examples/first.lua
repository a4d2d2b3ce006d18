local graphinvite = require "graphinvite"

local client = graphinvite.new {
  transport = require("graphinvite.emulator").new():transport(), -- a tenant inside this program
}

local invitation = graphinvite.check(client.invitations:create {
  invitedUserEmailAddress = "ann@fabrikam.example",
  inviteRedirectUrl = "https://app.contoso.example",
})
print(invitation.status)
