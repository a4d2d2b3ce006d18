--- The contract of the emulator's hosts, as requests: each story begins with a fresh tenant, each
--- request in it is a case. What is answered stands in answers.jsonl, a line for a case;
--- `lua5.4 spec/contract/record.lua` writes it anew, and a change there is to be looked at.
local core = require "graphinvite.core"

local M = {}

local FIRST_CALL = "/communications/calls/57dab8b1-894c-409a-b240-bd8beae78896"
local GUEST, REDIRECT = "adele@fabrikam.example", "https://app.contoso.example/welcome"

-- Makes a case: the request's line under /v1.0, what status it has, its body and headers.
local function case(line, status, body, headers)
  local method, path = line:match "^(%u+) (.*)$"
  if path:sub(1, 1) == "~" then
    path = path:sub(2) -- outside the version
  else
    path = "/v1.0" .. path
  end
  return { method = method, path = path, status = status, body = body, headers = headers }
end

local function guest(changes)
  local body = { invitedUserEmailAddress = GUEST, inviteRedirectUrl = REDIRECT }
  for name, value in pairs(changes or {}) do
    body[name] = value
  end
  return body
end

local function story(name, cases)
  M[#M + 1] = { name = name, cases = cases }
end

local function each(list, make)
  local cases = {}
  for i, item in ipairs(list) do
    cases[i] = make(item)
  end
  return cases
end

story("a guest from invitation to acceptance", {
  case("POST /invitations", 201, guest { sendInvitationMessage = true }),
  case("GET ~/_emulator/mailbox", 200),
  case("GET /users?$filter=mail%20eq%20'adele@fabrikam.example'", 200),
  case("POST ~/_emulator/redeem", 200, { email = GUEST }),
  case("GET /users?$filter=externalUserState%20eq%20'Accepted'", 200),
  case("GET /invitations", 200),
  case("POST /invitations", 201, guest()),
  case("POST ~/_emulator/redeem", 404, { email = "nobody@x.example" }),
  case("GET /invitations/$count", 200),
  case("GET ~/_emulator/requests", 200),
})

-- reference 5.2: addresses and what becomes of them
story("addresses", each({
  { "a@b.example", 201 }, { "A.B-C_d@fabrikam.example", 201 }, { "_a_@fabrikam.example", 201 },
  { "o'hara@fabrikam.example", 201 }, { "1@fabrikam.example", 201 }, { "a@b", 201 },
  { "", 400 }, { "a", 400 }, { "@b.example", 400 }, { "a@", 400 }, { "a@b@c.example", 400 },
  { ".a@b.example", 400 }, { "a.@b.example", 400 }, { "-a@b.example", 400 },
  { "a-@b.example", 400 }, { "a b@c.example", 400 }, { "a+b@c.example", 400 },
  { "a!b@c.example", 400 }, { "a#b@c.example", 400 }, { "a%b@c.example", 400 },
  { "a(b@c.example", 400 }, { "a[b@c.example", 400 }, { "a\\b@c.example", 400 },
  { "a\"b@c.example", 400 }, { "a@b..example", 400 }, { "a@.example", 400 },
  { "a@contoso.example", 400 }, { "a@CONTOSO.onmicrosoft.com", 400 }, { "a@blocked.example", 403 },
  { "alex@woodgrove.example", 400 }, { "diego@woodgrove.example", 400 },
}, function(row)
  return case("POST /invitations", row[2], guest { invitedUserEmailAddress = row[1] })
end))

-- reference 1.3, 5.2, 3.3: other members of the body
story("bodies of invitations", each({
  { guest { invitedUserDisplayName = "Adèle ☃ 😀" }, 201 },
  { guest { invitedUserDisplayName = core.null }, 201 },
  { guest { invitedUserDisplayName = 5 }, 400 },
  { guest { invitedUserType = "Member" }, 201 }, { guest { invitedUserType = "guest" }, 201 },
  { guest { invitedUserType = "Admin" }, 400 },
  { guest { inviteRedirectUrl = core.null }, 400 }, { guest { inviteRedirectUrl = "" }, 400 },
  { guest { inviteRedirectUrl = "ftp://a.example" }, 400 },
  { guest { inviteRedirectUrl = "http://a.example" }, 201 },
  { guest { sendInvitationMessage = "true" }, 400 },
  { guest { resetRedemption = true }, 400 },
  { guest { resetRedemption = true, invitedUser = { id = "x" } }, 404 },
  { guest { invitedUserMessageInfo = { messageLanguage = "de-DE" } }, 201 },
  { guest { invitedUserMessageInfo = { customizedMessageBody = "Hi" } }, 201 },
  { guest { invitedUserMessageInfo = { ccRecipients = { {}, {} } } }, 400 },
  { guest { invitedUserMessageInfo = { subject = "x" } }, 400 },
  { guest { invitedUserEmail = "x" }, 400 }, { {}, 400 },
  { guest { id = "own", status = "Completed" }, 201 }, { guest { id = "own" }, 409 },
  { "", 400 }, { "{", 400 }, { "[]", 400 }, { "null", 400 }, { "5", 400 }, { '"x"', 400 },
  { '{"invitedUserEmailAddress":"a@b.example","inviteRedirectUrl":"https://c.example"} x', 400 },
}, function(row)
  return case("POST /invitations", row[2], row[1])
end))

story("sponsors", {
  case("POST /invitations", 201,
    guest { ["invitedUserSponsors@odata.bind"] = { "/users/alex@contoso.onmicrosoft.com" } }),
  case("GET /invitations?$expand=invitedUserSponsors($select=mail)", 200),
  case("POST /invitations", 404,
    guest { ["invitedUserSponsors@odata.bind"] = { "/users/nobody" } }),
  case("POST /invitations", 400, guest { ["invitedUserSponsors@odata.bind"] = "x" }),
  case("GET /invitations/invitedUserSponsors", 200),
  case("GET /invitations/invitedUserSponsors?$select=displayName&$top=1", 200),
  case("GET /invitations/invitedUserSponsors/$count", 200),
  case("GET /invitations/invitedUserSponsors/nobody", 404),
  case("POST /invitations/invitedUserSponsors", 405, {}),
})

-- reference 5.2, 5.4
story("domains", {
  case("POST ~/_emulator/domain", 200, { name = "fabrikam.example", rule = "unredeemable" }),
  case("POST /invitations", 201, guest { id = "held" }),
  case("POST ~/_emulator/redeem", 400, { id = "held" }),
  case("POST ~/_emulator/domain", 200, { name = "fabrikam.example", rule = "deny" }),
  case("POST /invitations", 403, guest()),
  case("POST ~/_emulator/domain", 400, { name = "fabrikam.example", rule = "x" }),
})

-- reference 5.4, 5.5: who owns an address besides an account whose own it is
story("owners of addresses", {
  case("POST ~/_emulator/add_object", 200, { type = "group", name = "Guests", proxy = GUEST }),
  case("POST /invitations", 400, guest()),
  case("POST ~/_emulator/free_address", 200, { address = GUEST }),
  case("POST ~/_emulator/add_object", 200, { type = "contact", mail = GUEST }),
  case("POST /invitations", 201, guest()),
  case("GET /users?$filter=otherMails/any(x:x%20eq%20'" .. GUEST .. "')", 200),
  case("GET /users?$filter=mail%20eq%20'" .. GUEST .. "'", 200),
  case("POST ~/_emulator/add_address", 200,
    { user = "megan@contoso.onmicrosoft.com", proxy = "mb@contoso.example" }),
  case("GET /users/megan@contoso.onmicrosoft.com?$select=proxyAddresses", 200),
  case("POST ~/_emulator/add_object", 400, { type = "device" }),
  case("POST ~/_emulator/free_address", 400, { address = "nobody@x.example" }),
})

-- reference 2.1 A4 to A9, 3.1, 8: one invitation, whose id the caller chose
story("an invitation, read and changed", {
  case("POST /invitations", 201, guest { id = "one" }),
  case("GET /invitations/one", 200),
  case("GET /invitations('one')", 200),
  case("GET /invitations/one?$select=status", 200),
  case("GET /invitations/one?$expand=invitedUser", 200),
  case("GET /invitations/one", 304, nil, { ["If-None-Match"] = 'W/"1"' }),
  case("PATCH /invitations/one", 200, { invitedUserDisplayName = "Adele" }),
  case("PATCH /invitations/one", 412, {}, { ["If-Match"] = 'W/"1"' }),
  case("PATCH /invitations/one", 400, {}, { ["If-Match"] = "1" }),
  case("PATCH /invitations/one", 204, {}, { Prefer = "return=minimal" }),
  case("PATCH /invitations/one", 200, {}, { Prefer = "return=representation" }),
  case("GET /invitations/one/invitedUser", 200),
  case("DELETE /invitations/one/invitedUser/$ref", 204),
  case("GET /invitations/one/invitedUser", 404),
  case("POST /invitations/one/invitedUser/$ref", 204,
    { ["@odata.id"] = "users/megan@contoso.onmicrosoft.com" }),
  case("POST /invitations/one/invitedUser/$ref", 404, { ["@odata.id"] = "users/nobody" }),
  case("DELETE /invitations/one", 412, nil, { ["If-Match"] = 'W/"1"' }),
  case("DELETE /invitations/one", 204),
  case("DELETE /invitations/one", 404),
  case("GET /invitations/one", 404),
  case("POST /invitations", 204, guest(), { Prefer = "return=minimal" }),
})

-- reference 3.8: what the directory is asked; the last member is ConsistencyLevel
story("users", each({
  { "", 200 }, { "/megan@contoso.onmicrosoft.com", 200 }, { "/nobody", 404 },
  { "/megan@contoso.onmicrosoft.com?$select=id,mail", 200 },
  { "?$top=1", 200 }, { "?$top=1&$skiptoken=graphinvite-2", 200 }, { "?$top=0", 200 },
  { "?$top=-1", 400 }, { "?$top=x", 400 }, { "?$skip=2", 200 }, { "?$what=1", 400 },
  { "?$orderby=displayName%20desc&$select=displayName", 200 }, { "?$orderby=a%20b%20c", 400 },
  { "?$filter=startswith(displayName,'A')", 200 }, { "?$filter=mail%20eq", 400 },
  { "?$filter=mail%20in%20('megan@contoso.example','x')", 200 },
  { "?$filter=proxyAddresses/any(x:x%20eq%20'SMTP:megan@contoso.example')", 200 },
  { "?$filter=accountEnabled%20eq%20false", 200 }, { "?$filter=contains(mail,'wood')", 200 },
  { "?$filter=(mail%20eq%20'a'%20or%20userType%20eq%20'Member')%20and%20true%20eq%20true", 200 },
  { "?$filter=mail%20ne%20'x'", 400 }, { "?$filter=mail%20ne%20'x'", 400, "eventual" },
  { "?$filter=mail%20ne%20'x'&$count=true", 200, "eventual" },
  { "?$filter=endsWith(mail,'.example')&$count=true", 200, "eventual" },
  { "/$count", 400 }, { "/$count", 200, "eventual" }, { "?$count=true", 400 },
  { "?$count=true&$top=1", 200, "EVENTUAL" },
  { "?$search=%22displayName:megan%22", 400, "eventual" },
  { "?$search=%22displayName:megan%22&$count=true", 200, "eventual" },
  { "?$search=megan&$count=true", 400, "eventual" }, { "?$format=json", 200 },
  { "?$format=xml", 400 }, { "?$expand=manager", 400 }, { "?$filter=%ZZ", 400 }, { "?x=1", 200 },
}, function(row)
  return case("GET /users" .. row[1], row[2], nil, row[3] and { ConsistencyLevel = row[3] })
end))

story("pages of the size that is preferred", {
  case("GET /users", 200, nil, { Prefer = "odata.maxpagesize=2" }),
  case("GET /users?$skiptoken=graphinvite-3", 200, nil, { Prefer = "odata.maxpagesize=2" }),
  case("GET /users", 200, nil, { Prefer = "odata.maxpagesize=0, what" }),
})

local PERSON = { identity = { user = { id = "u1", displayName = "Megan" } } }
local PHONE = { identity = { phone = { id = "+12345550100" } } }

-- reference 2.2, 2.3, 6.1
story("a call", {
  case("GET " .. FIRST_CALL, 200),
  case("POST " .. FIRST_CALL .. "/participants/invite", 200,
    { participants = { PERSON }, clientContext = "welcome-17" }),
  case("POST " .. FIRST_CALL .. "/participants/invite", 400, { participants = { PERSON } }),
  case("GET " .. FIRST_CALL .. "/operations", 200),
  case("GET " .. FIRST_CALL .. "/participants", 200),
  case("POST ~/_emulator/advance", 200, { seconds = 2 }),
  case("GET " .. FIRST_CALL .. "/operations?$filter=status%20eq%20'Completed'", 200),
  case("GET " .. FIRST_CALL .. "/participants", 200),
  case("GET " .. FIRST_CALL .. "/operations/$count", 200),
  case("POST ~/_emulator/operation_outcome", 200, { outcome = "number_not_found", after = 0 }),
  case("POST " .. FIRST_CALL .. "/participants/invite", 200, { participants = { PHONE } }),
  case("POST ~/_emulator/operation_outcome", 400, { outcome = "bussy" }),
  case("POST " .. FIRST_CALL .. "/participants/microsoft.graph.invite", 200,
    { participants = { PHONE } }),
  case("POST ~/beta/app/calls/57dab8b1-894c-409a-b240-bd8beae78896/participants/invite", 200,
    { participants = { { identity = { user = { id = "u2" } } } } }),
  case("POST ~/beta/applications/a/calls/57dab8b1-894c-409a-b240-bd8beae78896/participants/invite",
    202, { participants = { { identity = { user = { id = "u3" } } } } }),
  case("DELETE " .. FIRST_CALL .. "/participants/u3", 204),
  case("DELETE " .. FIRST_CALL .. "/participants/u3", 404),
  case("POST " .. FIRST_CALL .. "/keepAlive", 200),
  case("DELETE " .. FIRST_CALL .. "/participants/x", 404),
  case("DELETE " .. FIRST_CALL, 204),
  case("GET " .. FIRST_CALL, 404),
})

-- reference 2.2: what is invited, and what is refused
story("bodies of call invitations", each({
  { {}, 400 }, { { participants = core.null }, 400 }, { { participants = "x" }, 400 },
  { { participants = { "x" } }, 400 }, { { participants = { {} } }, 400 },
  { { participants = { PERSON, PERSON } }, 400 }, { { participants = core.array {} }, 200 },
  { { participants = { PHONE, PHONE, PHONE, PHONE, PHONE, PHONE } }, 400 },
  { { participants = { PHONE }, clientContext = ("x"):rep(257) }, 400 },
  { { participants = { PHONE }, subject = "x" }, 400 },
  { '{"participants":[{"identity":{"user":{"id":"a"}},"replacesCallId":"r","hidden":true}]}', 200 },
}, function(row)
  return case("POST " .. FIRST_CALL .. "/participants/invite", row[2], row[1])
end))

story("calls and operations that are made", {
  case("POST /communications/calls", 201, {
    id = "my call", callbackUri = "https://bot.example/c",
    requestedModalities = { "audio", "smell" },
  }),
  case("GET /communications/calls/my%20call", 200),
  case("GET /communications/calls/my%20call", 200, nil,
    { Prefer = "include-unknown-enum-members" }),
  case("POST /communications/calls/my%20call/operations", 201, { id = "op", status = "Running" }),
  case("GET /communications/calls/my%20call/operations/op", 200),
  case("GET /communications/calls/my%20call/operations/op/microsoft.graph.commsOperation", 200),
  case("PATCH /communications/calls/my%20call/operations/op", 200,
    { status = "Completed", resultInfo = { code = 200, subcode = 0 } }),
  case("PATCH /communications/calls/my%20call/operations/op", 412, {}, { ["If-Match"] = 'W/"1"' }),
  case("DELETE /communications/calls/my%20call/operations/op", 204),
  case("GET /communications/calls/my%20call/operations/op", 404),
  case("POST /communications/calls", 409, { id = "my call" }),
  case("POST /communications/calls", 400, { callbackUri = "http://bot.example" }),
  case("POST /communications/calls", 400, { callbackUri = core.null }),
  case("POST /communications/calls/my%20call/operations", 400,
    { participants = { { identity = core.null } } }),
  case("POST ~/_emulator/end_call", 400, { call = "my call", reason = "remove" }),
  case("POST ~/_emulator/end_call", 200, { call = "my call", reason = "removed" }),
  case("GET /communications/calls/my%20call", 404),
})

-- docs:query-parameters: in beta the $ may be left out
story("options without a $", {
  case("GET ~/beta/users?top=1&select=mail", 200),
  case("GET ~/v1.0/users?top=1&$select=mail", 200),
  case("GET ~/beta/users?top=1&$top=1", 400),
})

-- reference 2.4, 3.5
story("LinkedIn invitations", {
  case("GET /linkedIn/invitations", 200),
  case("GET ~/beta/linkedIn/invitations", 200),
  case("PATCH /linkedIn/invitations", 200, '{"trackingId":"t","created":9007199254740993}'),
  case("GET /linkedIn/invitations", 200, nil,
    { Accept = "application/json;IEEE754Compatible=true" }),
  case("POST ~/beta/linkedIn/invitations", 201, { id = "li", invitee = "urn:li:person:x" }),
  case("GET ~/beta/linkedIn/invitations/li", 200),
  case("PATCH ~/beta/linkedIn/invitations/li", 200, { message = core.null }),
  case("PATCH ~/beta/linkedIn/invitations/li", 400, { created = "soon" }),
  case("PATCH ~/beta/linkedIn/invitations/none", 404, {}),
  case("POST ~/beta/linkedIn/invitations/inviteeClosingInvitation", 200, {
    inviteActionData = { { invitationId = "li", validationToken = "x" } },
    inviteeActionType = "ACCEPT",
  }),
  case("PATCH ~/beta/linkedIn", 200, {}),
})

-- reference 4.4: paths and methods that are none
story("paths and methods", each({
  { "GET ~/redeem", 404 }, { "GET ~/v2.0/users", 400 }, { "GET /", 400 }, { "GET /nothing", 400 },
  { "GET /users/", 200 }, { "GET /users/a/b", 400 }, { "PUT /users", 405 },
  { "DELETE /users", 405 }, { "POST /users", 405 }, { "PATCH /invitations", 405 },
  { "GET /$batch", 405 }, { "GET /users/%41%42", 404 }, { "GET /users/$what", 400 },
  { "GET ~/_emulator/what", 400 }, { "POST ~/_emulator/mailbox", 405 },
  { "GET ~/_emulator/reset", 405 }, { "GET ~/_emulator/", 400 },
}, function(row)
  return case(row[1], row[2])
end))

-- reference 4.4: bearers that are none
story("bearers", each({
  { "", 401 }, { "Bearer", 401 }, { "Basic abc", 401 }, { "Bearer x", 401 },
  { "Bearer a.b.c", 401 }, { "bearer emulator", 200 }, { "Bearer  emulator", 200 },
}, function(row)
  return case("GET /users?$top=1", row[2], nil, { Authorization = row[1] })
end))

story("correlation", {
  case("GET /users?$top=1", 200, nil, { ["client-request-id"] = "mine" }),
  case("GET /users?$top=1", 200, nil, { ["client-request-id"] = "not mine" }),
  case("GET /nothing", 400, nil, { ["Client-Request-Id"] = "again" }),
  case("GET /users?$top=1", 200),
})

-- reference 3.1, 4.2: what the caller accepts
story("media types and metadata", each({
  { "application/json;odata.metadata=none", 200 }, { "application/json;odata.metadata=full", 200 },
  { "text/html, application/json;odata.metadata=minimal;q=0.5", 200 }, { "application/*", 200 },
  { "text/html", 406 }, { "application/json;odata.metadata=verbose", 406 },
}, function(row)
  return case("GET /users?$top=1", row[2], nil, { Accept = row[1] })
end))

local function item(id, method, url, body, more)
  local request = {
    id = id, method = method, url = url, body = body,
    headers = body and { ["Content-Type"] = "application/json" },
  }
  for name, value in pairs(more or {}) do
    request[name] = value
  end
  return request
end

-- reference 4.6
story("batches", {
  case("POST /$batch", 200, { requests = {
    item("1", "POST", "/invitations", guest()), item("2", "GET", "users?$top=1"),
    item("3", "GET", "/nothing"), item("4", "PATCH", "/invitations/x", guest()),
  } }),
  case("POST /$batch", 200, { requests = {
    item("a", "GET", "/users/nobody"), item("b", "GET", "/users", nil, { dependsOn = { "a" } }),
  } }),
  case("POST /$batch", 200, { requests = {
    item("a", "GET", "/users/$count", nil, { headers = { ConsistencyLevel = "eventual" } }),
    item("b", "POST", "/invitations", guest(),
      { headers = { ["Content-Type"] = "application/json", Prefer = "return=minimal" } }),
  } }),
  case("POST /$batch", 200, { requests = core.array {} }),
  case("POST /$batch", 400, { requests = { item("a", "GET", "/x"), item("A", "GET", "/x") } }),
  case("POST /$batch", 400,
    { requests = { item("a", "GET", "/x", nil, { dependsOn = { "b" } }) } }),
  case("POST /$batch", 400, { requests = { { id = "a" } } }),
  case("POST /$batch", 400, { requests = 5 }), case("POST /$batch", 400, "{}"),
  case("POST /$batch", 400, "x"),
})

-- design 9: refusals, faults that are answers, limits
story("what a test puts in the way", {
  case("POST ~/_emulator/fail_next", 200,
    { status = 503, headers = { ["Retry-After"] = "2.5" }, match = "/users" }),
  case("GET /invitations", 200), case("GET /users", 503),
  case("POST ~/_emulator/fail_next", 200, { status = 504 }), case("GET /users", 504),
  case("POST ~/_emulator/fail_next", 200, { fault = "foreign_redirect" }),
  case("GET /users", 307),
  case("POST ~/_emulator/fail_next", 200, { fault = "foreign_next_link" }),
  case("GET /users?$top=1", 200),
  case("POST ~/_emulator/throttle", 200, { limit = 1, window = 7 }),
  case("GET /users?$top=1", 200), case("GET /users?$top=1", 429),
  case("POST ~/_emulator/throttle", 200, {}),
  case("POST ~/_emulator/block_after", 200, { count = 0 }),
  case("POST /invitations", 403, guest()),
  case("POST ~/_emulator/fail_rate", 200, { rate = 0.5, status = 500 }),
  case("GET /users?$top=1", 200), case("GET /users?$top=1", 500), case("GET /users?$top=1", 500),
  case("POST ~/_emulator/fail_rate", 200, {}),
  case("POST ~/_emulator/fail_next", 400, { status = 200 }),
  case("POST ~/_emulator/fail_next", 400, { fault = "stal" }),
  case("POST ~/_emulator/fail_next", 400, { statsu = 500 }),
  case("POST ~/_emulator/advance", 400, { seconds = -1 }),
})

-- issue 5: what a foreign web page could send
story("foreign pages", {
  case("POST ~/_emulator/advance", 403, { seconds = 1 }, { Origin = "https://evil.example" }),
  case("POST ~/_emulator/advance", 403, { seconds = 1 }, { Host = "evil.example" }),
  case("POST ~/_emulator/advance", 200, { seconds = 1 }, { Origin = "http://localhost" }),
})

story("snapshot and restore", {
  case("POST /invitations", 201, guest()),
  case("POST ~/_emulator/snapshot", 200, { name = "contract" }),
  case("POST ~/_emulator/reset", 200, {}),
  case("GET /invitations/$count", 200),
  case("POST ~/_emulator/restore", 200, { name = "contract" }),
  case("GET /invitations/$count", 200),
  case("POST ~/_emulator/restore", 400, { name = "none" }),
})

local FORM = { ["Content-Type"] = "application/x-www-form-urlencoded", Authorization = false }
local TOKEN = "POST ~/contoso.example/oauth2/v2.0/token"

-- reference 7.2
story("tokens", each({
  { "grant_type=client_credentials&client_id=a&client_secret=s"
    .. "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default", 200 },
  { "", 400 }, { "grant_type=x&client_id=a", 400 },
  { "grant_type=client_credentials&client_id=a&client_secret=wrong"
    .. "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default", 401 },
}, function(row)
  return case(TOKEN, row[2], row[1], FORM)
end))

return M
