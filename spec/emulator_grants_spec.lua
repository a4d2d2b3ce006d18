local authority = require "spec.support.authority"
local crypto = require "graphinvite.crypto"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local hints = require("graphinvite.auth.token_request").HINTS

local auth = graphinvite.auth

local GUEST = {
  invitedUserEmailAddress = "ann@fabrikam.example",
  inviteRedirectUrl = "https://app.contoso.example",
}

helper.over_every_transport(function(open)
  describe("a client's token from the emulator", function()
    local client, emulator

    local function start(credential, source)
      client, emulator = open()
      emulator:application(credential)
      client = client:with { auth = source }
    end

    local function start_with_secret(expired)
      start({ client_id = "app", secret = "s3&cret", expired = expired }, auth.client_secret {
        tenant = authority.TENANT, client_id = "app", client_secret = "s3&cret",
      })
    end

    local function invite()
      return client.invitations:create(GUEST)
    end

    -- The statuses of what the tenant was asked at a path.
    local function statuses(words)
      local list = {}
      for _, request in ipairs(emulator:requests()) do
        list[#list + 1] = request.path:find(words, 1, true) and request.status or nil
      end
      return list
    end

    it("is asked for again when it was revoked", function()
      start_with_secret()
      assert(invite())
      emulator:revoke()
      assert(invite())
      assert.same({ 200, 200 }, statuses "/oauth2/v2.0/token")
      assert.same({ 201, 401, 201 }, statuses "/v1.0/invitations")
    end)

    it("says what a challenge has asked for", function()
      start_with_secret()
      assert(invite())
      emulator:challenge { claims = '{"access_token":{"nbf":{"essential":true,"value":"7"}}}' }
      assert(invite())
      assert.same({ 200, 200 }, statuses "/oauth2/v2.0/token")
      assert.same({ 201, 401, 201 }, statuses "/v1.0/invitations")
    end)

    it("comes by a new assertion each time", function()
      local pem = assert(crypto.self_signed { names = { "app.example" }, days = 2, kind = "rsa" })
      start({ client_id = "app", certificate = pem.certificate }, auth.certificate {
        tenant = authority.TENANT, client_id = "app", certificate = pem.certificate,
        key = pem.key,
      })
      for _ = 1, 3 do
        assert(invite())
        emulator:revoke()
      end
      assert.same({ 200, 200, 200 }, statuses "/oauth2/v2.0/token")
    end)

    for number, hint in pairs(hints) do
      it(("is refused with AADSTS%d, and its hint"):format(number), function()
        start_with_secret()
        emulator:fail_token { number = number, count = 100 }
        local made, err = invite()
        assert.is_nil(made)
        assert.equal("auth", err.kind)
        assert.equal(hint, err.hint)
        assert.same({}, statuses "/v1.0/invitations")
      end)
    end

    it("is not asked for again and again where its secret has expired", function()
      start_with_secret(true)
      for _ = 1, 3 do
        local _, err = invite()
        assert.equal(hints[7000222], err.hint)
      end
      assert.same({ 401 }, statuses "/oauth2/v2.0/token")
    end)
  end)
end)
