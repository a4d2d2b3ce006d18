local core = require "graphinvite.core"
local emulators = require "graphinvite.emulator"
local randoms = require "graphinvite.emulator.random"

-- In process only: what is sent here would not get through an HTTP client or server.

local PIECES = {
  "v1.0", "beta", "invitations", "users", "communications", "calls", "operations", "participants",
  "invite", "linkedIn", "app", "applications", "$count", "$ref", "invitedUser", "keepAlive",
  "inviteeClosingInvitation", "_emulator", "oauth2", "token", "redeem", "advance", "",
  "57dab8b1-894c-409a-b240-bd8beae78896", "microsoft.graph.invite", "microsoft.graph.call",
  "calls('x')", "users(')", "('", "%", "%00", "%2F", "%ff", "\255", "\0", "..", "#", "?", "&", "=",
  "$filter=", "$top=1", "$skiptoken=graphinvite-2", "$orderby=a", "$select=*",
  "$expand=invitedUser",
  " ", "'", "(", ")", "mail eq 'a'", "any(x:x eq 1)", "not ", "/", "\r\n",
}
local NAMES = {
  "invitedUserEmailAddress", "inviteRedirectUrl", "invitedUser", "invitedUserMessageInfo", "id",
  "InvitedUserMessageInfo", "ccRecipients", "emailAddress", "status", "resetRedemption",
  "sendInvitationMessage", "participants", "identity", "user", "clientContext", "resultInfo",
  "code", "created", "@odata.type", "@odata.id", "replacesCallId", "seconds", "email", "url",
  "outcome", "count", "operation", "invitedUserType", "x", "", "value", "inviteActionData",
}
local TEXTS = {
  "", "a@b.example", "https://x.example", "Guest", "#microsoft.graph.invitation", "users/x", "busy",
  "#Microsoft.AADInviteMgr.invitation", "microsoft.graph.inviteParticipantsOperation", "\0", "ä",
  "9223372036854775808", "%s%d", "$", "graphinvite-1", ("x"):rep(300),
}

local WORDS = {
  "null", "true", "false", "0", "-1", "1e400", "1.5", "12345678901234567890", "{", "",
}
local BEARERS = { "Bearer emulator", "Bearer emulator", "Bearer emulator", "Bearer x", "" }
local random = randoms.new(20261120)

local function pick(list)
  return list[random:draw() % #list + 1]
end

-- Some JSON value; wild ones are not JSON at all.
local function value(depth)
  local kind = random:draw() % 9
  if kind < 3 and depth > 0 then
    local parts = {}
    for i = 1, random:draw() % 5 do
      parts[i] = core.encode(nil, pick(NAMES)) .. ":" .. value(depth - 1)
    end
    return "{" .. table.concat(parts, ",") .. "}"
  elseif kind == 3 and depth > 0 then
    local parts = {}
    for i = 1, random:draw() % 7 do
      parts[i] = value(depth - 1)
    end
    return "[" .. table.concat(parts, ",") .. "]"
  elseif kind < 7 then
    return core.encode(nil, pick(TEXTS))
  end
  return pick(WORDS)
end

local function path()
  local parts = {}
  for i = 1, random:draw() % 8 do
    parts[i] = pick(PIECES)
  end
  return "/" .. table.concat(parts, pick { "/", "/", "/", "&", "?" })
end

-- Sends something odd. The answer must be one that the service could give.
local function shoot(emulator, row)
  local url = path()
  if random:draw() % 3 > 0 then -- a path that exists
    url = "/v1.0" .. row.path:gsub("%b{}", function()
      return pick { "57dab8b1-894c-409a-b240-bd8beae78896", "x", "%27", pick(PIECES) }
    end) .. pick { "", "", "?" .. pick(PIECES) .. pick(PIECES) }
  end
  local body = random:draw() % 4 > 0 and value(4) or nil
  local headers = {
    authorization = pick(BEARERS),
    ["content-type"] = pick { "application/json", "application/json", "text/plain", "\0", nil },
    ["client-request-id"] = pick { "x", "\255", "" }, accept = pick { "*/*", "\0" },
    host = pick { "127.0.0.1", "\r\n" },
  }
  local request = {
    method = pick { row.method, row.method, "GET", "POST", "PATCH", "DELETE", "PUT", "\0" },
    url = url, headers = headers, body = body,
  }
  local told = ("%s %q %s"):format(request.method, url, tostring(body))
  local fine, response = pcall(emulator.handle, emulator, request)
  assert.is_true(fine, told .. " raised " .. tostring(response))
  assert.is_true(response.status >= 200 and response.status < 500, told)
  local page = url:find("^/redeem") -- for a person
  if response.status >= 400 and not page then
    local answer = core.decode(nil, response.body)
    assert.equal("table", type(answer), told)
    assert.truthy(answer.error, told)
  end
  for _, text in pairs(response.headers) do
    assert.is_nil(text:find("[%c\128-\255]"), told)
  end
  return response.status
end

describe("the emulator under fire", function()
  for _, profile in ipairs { "modelled", "live" } do
    it("answers whatever is sent, in the profile " .. profile, function()
      local counts = {}
      local rows = core.operations()
      for _ = 1, 10 do
        local emulator = emulators.new { profile = profile, strict = random:draw() % 2 == 0 }
        for _ = 1, 400 do
          local status = shoot(emulator, pick(rows))
          counts[status] = (counts[status] or 0) + 1
        end
        assert.truthy(core.encode("Collection(microsoft.graph.invitation)",
          { value = emulator:invitations() }))
        assert.truthy(core.encode(nil, core.array(emulator:mailbox())))
        assert.truthy(core.encode(nil, core.array(emulator:requests())))
      end
      for _, status in ipairs { 200, 400, 401, 404, 405 } do
        assert.is_true((counts[status] or 0) > 10, status .. " is rare")
      end
    end)
  end

  -- what would take hours if the time grew with the square of the length
  local LONG = ("a"):rep(1000000)
  local HEAVY = {
    { "POST", "/v1.0/invitations", { invitedUserEmailAddress = LONG, inviteRedirectUrl = "x" } },
    { "POST", "/v1.0/invitations", { invitedUserEmailAddress = "a@b", inviteRedirectUrl = LONG } },
    {
      "POST", "/v1.0/invitations",
      { invitedUserEmailAddress = "a@b.example", inviteRedirectUrl = "https://" .. LONG .. " " },
    },
    {
      "POST", "/v1.0/invitations",
      { invitedUserEmailAddress = LONG .. "@" .. LONG .. "..", inviteRedirectUrl = "https://x" },
    },
    { "GET", "/v1.0/users?$orderby=" .. LONG .. "!" },
    { "GET", "/v1.0/users?$select=" .. (" "):rep(1000000) .. "x" .. (" "):rep(1000000) .. "y" },
    { "GET", "/v1.0/users?$filter=" .. LONG },
    { "GET", "/v1.0/users/" .. LONG .. "%23EXT%23@contoso.onmicrosoft.co" },
    { "GET", "/v1.0/microsoft." .. ("a."):rep(1000000) .. "!" },
    { "GET", "/v1.0" .. ("/a"):rep(1000000) },
    { "GET", "/v1.0/users(" .. ("("):rep(1000000) },
    { "GET", "/v1.0/users/" .. ("%41"):rep(500000) },
  }
  for _, row in ipairs(HEAVY) do
    it(("answers a long request: %s %s"):format(row[1], row[2]:sub(1, 30)), function()
      local response = emulators.new():handle {
        method = row[1], url = row[2], body = row[3] and core.encode(nil, row[3]),
        headers = { authorization = "Bearer emulator", ["content-type"] = "application/json" },
      }
      assert.is_true(response.status >= 200 and response.status < 500)
      assert.is_true(#response.body < 10000)
    end)
  end

  it("answers a long reference", function()
    local emulator = emulators.new()
    local headers = { authorization = "Bearer emulator", ["content-type"] = "application/json" }
    local made = emulator:handle {
      method = "POST", url = "/v1.0/invitations", headers = headers,
      body = '{"invitedUserEmailAddress":"a@b.example","inviteRedirectUrl":"https://c.example"}',
    }
    local response = emulator:handle {
      method = "POST", headers = headers, body = core.encode(nil, { ["@odata.id"] = LONG .. "(" }),
      url = "/v1.0/invitations/" .. core.decode(nil, made.body).id .. "/invitedUser/$ref",
    }
    assert.equal(404, response.status)
  end)
end)
