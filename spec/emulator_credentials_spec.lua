local authority = require "spec.support.authority"
local helper = require "spec.helper"

local TRUST = { issuer = "https://issuer.example", subject = "a", audience = "b" }

-- What a control is given, what it says of that.
local MISTAKES = {
  { {}, "client_id: required" },
  { { client_id = "", secret = "x" }, "client_id: required" },
  { { client_id = "app" }, "one of secret, certificate and federated is required" },
  { { client_id = "app", secret = "x", federated = TRUST }, "one of secret" },
  { { client_id = "app", certificate = "x" }, "certificate: " },
  { { client_id = "app", federated = {} }, "federated: %w+ is required" },
  { { client_id = "app", federated = { issuer = "i", subject = "s" } }, "audience is required" },
  { { client_id = "app", federated = { issuer = 1 } }, "federated: it has issuer" },
  { { client_id = "app", federated = { issuers = "x" } }, "federated: it has issuer" },
  {
    { client_id = "app", federated = { issuer = "i", subject = "s", audience = "a", key = "k" } },
    "federated: key: ",
  },
  { { client_id = "app", federated = TRUST, expired = true }, "expired: " },
  { { client_id = "app", secret = 1 }, "secret is a string" },
  { { client_id = "app", sekret = "x" }, "did you mean secret" },
}

helper.over_every_tenant(function(open)
  describe("a registered application", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    local function number(secret, client)
      local value = authority.post(ask, "token", authority.form {
        client_id = client or "app", client_secret = secret,
      }).value
      return value.access_token and 200 or value.error_codes[1]
    end

    it("is known by its secrets alone", function()
      assert.equal(200, number "any")
      emulator:application { client_id = "app", secret = "first" }
      emulator:application { client_id = "app", secret = "wrong" }
      assert.equal(7000215, number "any")
      assert.equal(200, number "first")
      assert.equal(200, number "wrong")
      assert.equal(200, number("first", "APP"))
      assert.equal(7000215, number("any", "APP"))
      emulator:application { client_id = "Other", secret = "second" }
      assert.equal(7000215, number("any", "other"))
      assert.equal(7000215, number "First")
      assert.equal(7000218, number(false))
      assert.equal(200, number("any", "another"))
      emulator:reset()
      assert.equal(200, number "any")
    end)

    it("has secrets that have expired", function()
      emulator:application { client_id = "app", secret = "old", expired = true }
      assert.equal(7000222, number "old")
      assert.equal(7000215, number "new")
      emulator:application { client_id = "app", secret = "new" }
      assert.equal(7000222, number "old")
      assert.equal(200, number "new")
    end)

    for _, row in ipairs(MISTAKES) do
      it("is refused: " .. row[2], function()
        local response = ask("POST /_emulator/application", row[1])
        assert.equal(400, response.status)
        assert.matches(row[2], response.value.error.message)
        assert.equal(200, number "any")
      end)
    end
  end)
end)
