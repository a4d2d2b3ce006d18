-- Script of wrk: every request creates another guest.
local count = 0

local headers = { Authorization = "Bearer emulator", ["Content-Type"] = "application/json" }

function request() -- luacheck: ignore
  count = count + 1
  local body = '{"invitedUserEmailAddress":"guest.' .. count
    .. '@fabrikam.example","inviteRedirectUrl":"https://myapp.contoso.com"}'
  return wrk.format("POST", "/v1.0/invitations", headers, body) -- luacheck: ignore
end
