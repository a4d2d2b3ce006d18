local authority = require "spec.support.authority"
local core = require "graphinvite.core"
local helper = require "spec.helper"

-- Authorization, what the message says: reference 4.4
local BEARERS = {
  { false, "Access token is empty." },
  { "Bearer", "Access token is empty." },
  { "Basic YXBwOmE=", "Access token is empty." },
  { "Bearer nonsense", "IDX14100: JWT is not well formed" },
  { "Bearer a.b.c", "CompactToken parsing failed" },
}

-- What a challenge asks for, what a token was asked to say, whether that is enough.
local CLAIMS = {
  { '{"access_token":{"nbf":{"value":"7"}}}', nil, false },
  { '{"access_token":{"nbf":{"value":"7"}}}', '{"access_token":{"nbf":{"value":"6"}}}', false },
  { '{"access_token":{"nbf":{"value":"7"}}}', '{"access_token":{"nbf":{"value":"7"}}}', true },
  { '{"access_token":{"nbf":{"value":"7"}}}', '{"access_token":{"nbf":"7"}}', false },
  {
    '{"access_token":{"nbf":{"value":"7"}}}',
    '{"access_token":{"xms_cc":{"values":["cp1"]},"nbf":{"essential":true,"value":"7"}}}', true,
  },
  { '{"a":{"values":["x","y"]}}', '{"a":{"values":["y","z","x"]}}', true },
  { '{"a":{"values":["x","y"]}}', '{"a":{"values":["y","z"]}}', false },
  { "{}", nil, false },
  { "{}", "{}", true },
}

helper.over_every_tenant(function(open)
  describe("access tokens", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    local function token(changes)
      return authority.post(ask, "token", authority.form(changes)).value
    end

    local function bearer(changes)
      return "Bearer " .. token(changes).access_token
    end

    local function read(authorization)
      return ask("GET /v1.0/users/$count", nil, { Authorization = authorization })
    end

    local function assert_refused(text, response)
      assert.equal(401, response.status)
      assert.equal("InvalidAuthenticationToken", response.value.error.code)
      assert.truthy(response.value.error.message:find(text, 1, true))
    end

    for _, row in ipairs(BEARERS) do
      it("are not " .. tostring(row[1]), function()
        for _, line in ipairs { "GET /v1.0/users", "GET /v1.0/nothing", "GET /x" } do
          assert_refused(row[2], ask(line, nil, { Authorization = row[1] }))
        end
      end)
    end

    it("have a scheme in any case", function()
      assert.equal(200, read("bearer emulator").status)
      assert.equal(200, read("BEARER  " .. token().access_token).status)
    end)

    it("of another resource are refused: reference 4.4", function()
      assert_refused("Invalid audience", read(bearer {
        scope = "https://management.azure.com/.default",
      }))
    end)

    it("live as long as they are told, from then on", function()
      local first = bearer()
      emulator:token_lifetime(60)
      local answer = token()
      assert.equal(60, answer.expires_in)
      emulator:advance(59)
      assert.equal(200, read("Bearer " .. answer.access_token).status)
      emulator:advance(1)
      assert_refused("expired", read("Bearer " .. answer.access_token))
      assert.equal(200, read(first).status)
    end)

    it("so far can be revoked, later ones are good", function()
      local before = bearer()
      emulator:revoke()
      assert_refused("expired or is not yet valid", read(before))
      assert.equal(200, read(bearer()).status)
      assert.equal(200, read("Bearer emulator").status)
    end)

    for _, row in ipairs(CLAIMS) do
      it(("that were asked to say %s are %s for %s"):format(tostring(row[2]),
        row[3] and "enough" or "not enough", row[1]), function()
        local authorization = bearer { claims = row[2] }
        emulator:challenge { claims = row[1] }
        assert.equal(row[3] and 200 or 401, read(authorization).status)
      end)
    end

    it("are challenged as reference 7.6 prints it", function()
      local claims = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'
      emulator:challenge { claims = claims, count = 2 }
      local poor = bearer()
      for _ = 1, 2 do
        local response = read(poor)
        assert_refused("Continuous access evaluation", response)
        assert.equal('Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/'
          .. 'oauth2/authorize", error="insufficient_claims", claims="'
          .. core.base64_encode(claims) .. '"', response.headers["www-authenticate"])
      end
      assert.equal(200, read(poor).status)
      assert.is_nil(read(poor).headers["www-authenticate"])
    end)

    it("that are challenged twice meet one challenge after the other", function()
      emulator:challenge { claims = '{"a":1}' }
      emulator:challenge { claims = '{"b":2}' }
      assert.equal(401, read(bearer()).status)
      assert.equal(401, read(bearer { claims = '{"a":1}' }).status)
      assert.equal(200, read(bearer()).status)
    end)

    it("are not challenged where they always are good", function()
      emulator:challenge { claims = '{"a":1}' }
      assert.equal(200, read("Bearer emulator").status)
    end)

    -- line, body
    for _, row in ipairs {
      { "token_lifetime", {} }, { "token_lifetime", { seconds = 0 } },
      { "token_lifetime", { seconds = 1.5 } }, { "challenge", {} },
      { "challenge", { claims = "{" } }, { "challenge", { claims = "7" } },
      { "challenge", { claims = "{}", count = 0 } }, { "revoke", { tokens = true } },
      { "revoke", { refresh_tokens = "all" } },
    } do
      it(("control %s refuses %s"):format(row[1], core.encode(nil, row[2])), function()
        local response = ask("POST /_emulator/" .. row[1], row[2])
        assert.equal(400, response.status)
        assert.equal("string", type(response.value.error.message))
      end)
    end
  end)
end)
