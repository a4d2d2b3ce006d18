local authority = require "spec.support.authority"
local helper = require "spec.helper"

helper.over_every_tenant(function(open)
  describe("the device code grant", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    local function start(changes, tenant)
      local fields = { client_id = "app", scope = "User.Invite.All offline_access" }
      for name, value in pairs(changes or {}) do
        fields[name] = value
      end
      return authority.post(ask, "devicecode", fields, tenant)
    end

    local function poll(device, changes, tenant)
      local fields = {
        grant_type = authority.DEVICE, client_id = "app", device_code = device.device_code,
      }
      for name, value in pairs(changes or {}) do
        fields[name] = value
      end
      return authority.post(ask, "token", fields, tenant)
    end

    local function assert_refused(code, number, response)
      assert.equal(400, response.status)
      assert.equal(code, response.value.error)
      assert.same({ number }, response.value.error_codes)
    end

    it("tells what reference 7.2 says", function()
      local device = start().value
      assert.equal(900, device.expires_in)
      assert.equal(5, device.interval)
      assert.matches("^https?://[^/]+/devicelogin$", device.verification_uri)
      assert.matches("^%w%w%w%w%w%w%w%w%w$", device.user_code)
      assert.truthy(device.message:find(device.user_code, 1, true))
      assert.truthy(device.message:find(device.verification_uri, 1, true))
      assert.is_nil(device.verification_uri_complete)
      assert.not_equal(device.device_code, start().value.device_code)
      assert.not_equal(device.user_code, start().value.user_code)
    end)

    it("gives a user's token once the person has signed in", function()
      local device = start().value
      assert_refused("authorization_pending", 70016, poll(device))
      emulator:advance(5)
      assert_refused("authorization_pending", 70016, poll(device))
      emulator:device { user_code = device.user_code:lower(), outcome = "approve" }
      emulator:advance(5)
      local response = poll(device)
      assert.equal(200, response.status)
      assert.equal("User.Invite.All", response.value.scope)
      assert.equal("string", type(response.value.refresh_token))
      assert.equal(200, ask("GET /v1.0/users/$count", nil, {
        Authorization = "Bearer " .. response.value.access_token,
      }).status)
    end)

    it("gives no refresh token unless that was asked for", function()
      local device = start { scope = authority.GRAPH }.value
      emulator:device { user_code = device.user_code }
      assert.is_nil(poll(device).value.refresh_token)
    end)

    it("gives a token that writes in the name of a person", function()
      -- Only a person's words are sent in an invitation: reference 5.3.
      local message = { customizedMessageBody = "My own words." }
      local device = start().value
      emulator:device { user_code = device.user_code }
      for text, fields in pairs {
        [message.customizedMessageBody] = poll(device).value,
        [false] = authority.post(ask, "token", authority.form()).value,
      } do
        ask("POST /v1.0/invitations", {
          invitedUserEmailAddress = "p@fabrikam.example", inviteRedirectUrl = "https://x.example",
          sendInvitationMessage = true, invitedUserMessageInfo = message,
        }, { Authorization = "Bearer " .. fields.access_token })
        local mailbox = emulator:mailbox()
        assert.equal(text ~= false, mailbox[#mailbox].body == message.customizedMessageBody)
      end
    end)

    it("slows down who asks too often, each time by 5 s", function()
      local device = start().value
      assert_refused("authorization_pending", 70016, poll(device))
      emulator:advance(4)
      assert_refused("slow_down", 70016, poll(device))
      emulator:advance(9)
      assert_refused("slow_down", 70016, poll(device))
      emulator:advance(14)
      emulator:device { user_code = device.user_code }
      assert_refused("slow_down", 70016, poll(device))
      emulator:advance(20)
      assert.equal(200, poll(device).status)
    end)

    it("tells that the person has declined", function()
      local device = start().value
      emulator:device { user_code = device.user_code, outcome = "decline" }
      assert_refused("authorization_declined", 65004, poll(device))
    end)

    it("tells that the code has expired", function()
      local device = start().value
      emulator:advance(899)
      assert_refused("authorization_pending", 70016, poll(device))
      emulator:advance(1)
      assert_refused("expired_token", 70020, poll(device))
      assert.equal(400, ask("POST /_emulator/device", { user_code = device.user_code }).status)
    end)

    it("gives one token for a code, to its client and in its tenant", function()
      local device = start().value
      emulator:device { user_code = device.user_code }
      assert_refused("bad_verification_code", 70018, poll { device_code = "nonsense" })
      assert_refused("bad_verification_code", 70018, poll(device, { client_id = "other" }))
      assert_refused("bad_verification_code", 70018, poll(device, {}, "contoso.example"))
      assert.equal(200, poll(device).status)
      assert_refused("bad_verification_code", 70018, poll(device))
    end)

    it("serves tenants that stand for several: reference 7.1", function()
      for _, tenant in ipairs { "common", "organizations", "consumers" } do
        local device = start({}, tenant).value
        emulator:device { user_code = device.user_code }
        assert.equal(200, poll(device, {}, tenant).status)
      end
    end)

    -- what changes in the first request, tenant, AADSTS number
    for _, row in ipairs {
      { { client_id = false }, nil, 900144 }, { { scope = false }, nil, 900144 },
      { { scope = "api://nothing/read" }, nil, 500011 },
      { { client_id = authority.NIL_GUID }, nil, 700016 },
      { {}, authority.NIL_GUID, 90002 }, { {}, "contoso", 900023 },
    } do
      it(("refuses with AADSTS%d"):format(row[3]), function()
        assert.same({ row[3] }, start(row[1], row[2]).value.error_codes)
      end)
    end

    it("lets a person decide once, and nobody else", function()
      local device = start().value
      emulator:device { user_code = device.user_code, outcome = "decline" }
      for _, fields in ipairs {
        {}, { user_code = device.user_code }, { user_code = "NOBODY" },
        { user_code = start().value.user_code, outcome = "laugh" },
      } do
        assert.equal(400, ask("POST /_emulator/device", fields).status)
      end
    end)
  end)

  describe("the refresh token grant", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    local function sign_in()
      local device = authority.post(ask, "devicecode", {
        client_id = "app", scope = "User.Invite.All offline_access",
      }).value
      emulator:device { user_code = device.user_code }
      return authority.post(ask, "token", {
        grant_type = authority.DEVICE, client_id = "app", device_code = device.device_code,
      }).value.refresh_token
    end

    local function refresh(token, changes)
      local fields = { grant_type = "refresh_token", client_id = "app", refresh_token = token }
      for name, value in pairs(changes or {}) do
        fields[name] = value
      end
      return authority.post(ask, "token", fields)
    end

    it("gives a token and a new refresh token; the one before stays good", function()
      local first = sign_in()
      local second = refresh(first)
      assert.equal(200, second.status)
      assert.equal("User.Invite.All", second.value.scope)
      assert.not_equal(first, second.value.refresh_token)
      assert.equal(200, refresh(second.value.refresh_token, { scope = authority.GRAPH }).status)
      assert.equal(200, refresh(first).status)
      assert.equal(200, ask("GET /v1.0/users/$count", nil, {
        Authorization = "Bearer " .. second.value.access_token,
      }).status)
    end)

    it("ends when it is unused for 90 days: reference 7.5", function()
      local token = sign_in()
      emulator:advance(89 * 86400)
      assert.equal(200, refresh(token).status)
      emulator:advance(90 * 86400 - 1)
      assert.equal(200, refresh(token).status)
      emulator:advance(90 * 86400)
      assert.same({ 700082 }, refresh(token).value.error_codes)
    end)

    it("ends after a year, however it is used: reference 7.5", function()
      local token = sign_in()
      for _ = 1, 4 do
        emulator:advance(80 * 86400)
        assert.equal(200, refresh(token).status)
      end
      emulator:advance(45 * 86400)
      assert.same({ 70008 }, refresh(token).value.error_codes)
    end)

    it("is revoked where that is said: reference 7.5", function()
      local token = sign_in()
      emulator:revoke()
      assert.equal(200, refresh(token).status)
      emulator:revoke { refresh_tokens = true }
      local response = refresh(token)
      assert.equal("invalid_grant", response.value.error)
      assert.same({ 50173 }, response.value.error_codes)
      assert.equal(200, refresh(sign_in()).status)
    end)

    it("refuses a token of nobody, of another client, and for an unknown resource", function()
      local token = sign_in()
      assert.same({ 70000 }, refresh("nonsense").value.error_codes)
      assert.same({ 70000 }, refresh(token, { client_id = "other" }).value.error_codes)
      assert.same({ 500011 }, refresh(token, { scope = "api://nothing/x" }).value.error_codes)
    end)

    it("wants the credential of a client that has one: reference 7.2", function()
      local token = sign_in()
      emulator:application { client_id = "app", secret = "right" }
      assert.same({ 7000218 }, refresh(token).value.error_codes)
      assert.same({ 7000215 }, refresh(token, { client_secret = "left" }).value.error_codes)
      assert.equal(200, refresh(token, { client_secret = "right" }).status)
    end)
  end)
end)
