--- The JSON texts that are measured: what Graph answers, and what a create sends.
local M = {}

-- One element per line of output; the lines are joined without a blank.
local function text(lines)
  return (lines:gsub("\n%s*", ""))
end

M.TICKET = "3%2525252bkHs5vVUGJ3lkq8Yy0cPFeEKvNOzBk1RZlbSkOKxXc%2525253d"

--- The redeem link has the current form of reference 5.1: the older link inside a sign-in link.
M.REDEEM_URL = "https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations.microsoft.com"
  .. "%2fredeem%2f%3ftenant%3d04dcc6ab-388a-4559-b527-fbec656300ea"
  .. "%26user%3d7b92124c-9fa9-406f-8b8e-225df8376ba9%26ticket%3d" .. M.TICKET .. "%26ver%3d2.0"

--- Reference 2.1 A1.
M.CREATE = '{"inviteRedirectUrl":"https://myapp.contoso.com",'
  .. '"invitedUserEmailAddress":"admin@fabrikam.com"}'

--- The answer to it, 201 (reference 2.1 A1, 5.1, 5.3).
M.INVITATION = text([[
{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#invitations/$entity",
"id":"7b92124c-9fa9-406f-8b8e-225df8376ba9",
"inviteRedeemUrl":"REDEEM",
"invitedUserDisplayName":null,
"invitedUserType":"Guest",
"invitedUserEmailAddress":"admin@fabrikam.com",
"sendInvitationMessage":false,
"resetRedemption":false,
"inviteRedirectUrl":"https://myapp.contoso.com",
"status":"PendingAcceptance",
"invitedUserMessageInfo":{"messageLanguage":null,"customizedMessageBody":null,
"ccRecipients":[{"emailAddress":{"name":null,"address":null}}]},
"invitedUser":{"id":"243b1de4-ad9f-421c-a933-d55305fb165d"}}
]]):gsub("REDEEM", (M.REDEEM_URL:gsub("%%", "%%%%")))

--- The answer to an invitation into a call, 200 (reference 2.2 B1).
M.OPERATION = text [[
{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#inviteParticipantsOperation",
"@odata.type":"#microsoft.graph.inviteParticipantsOperation",
"id":"0fe0623f-d628-42ed-b4bd-8ac290072cc5",
"status":"Running",
"clientContext":"f2fa86af-3c51-4bc2-8fc0-475452d9764f",
"resultInfo":null,
"participants":[{"@odata.type":"#microsoft.graph.invitationParticipantInfo",
"endpointType":null,"id":null,"replacesCallId":"a7ebfb2d-871e-419c-87af-27290b22e8db",
"identity":{"@odata.type":"#microsoft.graph.identitySet","application":null,"device":null,
"user":{"@odata.type":"#microsoft.graph.identity","id":"7e1b4346-85a6-4bdd-abe3-d11c5d420efe",
"displayName":"Adele Vance","identityProvider":"AAD",
"tenantId":"72f988bf-86f1-41af-91ab-2d7cd011db47"}}}]}
]]

local USER = text [[
{"id":"%08x-7d5c-4e3f-b0a3-4d1c2f6a90be","displayName":"Guest Number %d",
"mail":"guest.%d@fabrikam.example",
"userPrincipalName":"guest.%d_fabrikam.example#EXT#@contoso.onmicrosoft.example",
"userType":"Guest","externalUserState":"%s",
"externalUserStateChangeDateTime":"2026-11-%02dT08:15:30Z","creationType":"Invitation",
"accountEnabled":true,"createdDateTime":"2026-10-%02dT17:02:11Z",
"otherMails":["guest.%d@fabrikam.example"],"proxyAddresses":["SMTP:guest.%d@fabrikam.example"],
"identities":[{"signInType":"federated","issuer":"ExternalAzureAD","issuerAssignedId":null}]}
]]

-- A page of guests (reference 1.6, 3.9).
local function page(size)
  local users = {}
  for i = 1, size do
    local day, state = 1 + i % 28, i % 3 == 0 and "Accepted" or "PendingAcceptance"
    users[i] = USER:format(i * 7919, i, i, i, state, day, day, i, i)
  end
  return '{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users",'
    .. '"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$top=100&$skiptoken=RFNwdAIAA",'
    .. '"value":[' .. table.concat(users, ",") .. "]}"
end

--- name, type, text
M.rows = {
  { "A1 201, invitation", "microsoft.graph.invitation", M.INVITATION },
  { "B1 200, operation", "microsoft.graph.commsOperation", M.OPERATION },
  { "page of 100 users", "Collection(microsoft.graph.user)", page(100) },
}

return M
