local authority = require "spec.support.authority"
local authority_errors = require "graphinvite.emulator.authority_errors"
local helper = require "spec.helper"

local TENANT, NIL_GUID, GRAPH = authority.TENANT, authority.NIL_GUID, authority.GRAPH
local MEDIA_TYPE = authority.MEDIA_TYPE

-- key in authority_errors.lua, what changes in the form, tenant: reference 7.2 and 7.5
local REFUSED = {
  { "parameter_missing", { grant_type = false } },
  { "parameter_missing", { client_id = false } },
  { "parameter_missing", { scope = "" } },
  { "parameter_missing", { grant_type = "refresh_token" } },
  { "parameter_missing", { grant_type = authority.DEVICE } },
  { "grant", { grant_type = "password" } },
  { "tenant_unknown", {}, NIL_GUID },
  { "tenant_unknown", {}, "contoso.invalid" },
  { "tenant_malformed", {}, "contoso" },
  { "tenant_malformed", {}, "common" },
  { "tenant_malformed", {}, "organizations" },
  { "client_unknown", { client_id = NIL_GUID } },
  { "secret_missing", { client_secret = false } },
  { "secret_missing", { client_secret = "" } },
  { "secret_wrong", { client_secret = "wrong" } },
  { "secret_expired", { client_secret = "expired" } },
  {
    "assertion_certificate",
    { client_secret = false, client_assertion = "a.b.c",
      client_assertion_type = authority.ASSERTION },
  },
  { "parameter_missing", { client_secret = false, client_assertion = "a.b.c" } },
  { "malformed", { client_assertion = "a.b.c", client_assertion_type = "saml" } },
  { "scope_malformed", { scope = GRAPH .. " " .. GRAPH } },
  { "scope_default", { scope = "User.Invite.All" } },
  { "resource", { scope = "https://graph.microsoft.us/.default" } },
  { "resource", { scope = "api://nothing/.default" } },
  { "malformed", { claims = "{" } },
  { "malformed", { claims = "7" } },
}

helper.over_every_tenant(function(open)
  describe("the authority", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    local function token(changes, tenant, headers)
      return authority.post(ask, "token", authority.form(changes), tenant, headers)
    end

    local function read(bearer)
      return ask("GET /v1.0/users/$count", nil, { Authorization = bearer })
    end

    it("gives a token that opens Graph until it expires: reference 7.2", function()
      local response = token()
      assert.equal(200, response.status)
      assert.equal("Bearer", response.value.token_type)
      assert.equal(3599, response.value.expires_in)
      assert.is_nil(response.value.refresh_token)
      local bearer = "Bearer " .. response.value.access_token
      emulator:advance(3598)
      assert.equal(200, read(bearer).status)
      emulator:advance(1)
      local refused = read(bearer)
      assert.equal(401, refused.status)
      assert.truthy(refused.value.error.message:find("expired", 1, true))
    end)

    it("gives each time another token", function()
      assert.not_equal(token().value.access_token, token().value.access_token)
    end)

    it("takes a domain for the tenant, and Graph's id for the resource", function()
      assert.equal(200, token({ scope = "00000003-0000-0000-c000-000000000000/.default" },
        "contoso.onmicrosoft.com").status)
    end)

    it("takes client and secret by HTTP Basic: reference 7.2", function()
      -- "app:a%3Ab" and "app:wrong" in base64
      for code, basic in pairs { [200] = "YXBwOmElM0Fi", [401] = "YXBwOndyb25n" } do
        assert.equal(code, token({ client_id = false, client_secret = false }, nil, {
          ["Content-Type"] = MEDIA_TYPE, Authorization = "Basic " .. basic,
        }).status)
      end
    end)

    for _, row in ipairs(REFUSED) do
      local error_row = authority_errors.ROWS[row[1]]
      it(("answers AADSTS%d to %s"):format(error_row[3],
        authority.encode(row[2]):gsub("&.*", "")), function()
        local response = token(row[2], row[3])
        assert.equal(error_row[1], response.status)
        assert.equal(error_row[2], response.value.error)
        assert.same({ error_row[3] }, response.value.error_codes)
        local text = response.value.error_description
        assert.equal(("AADSTS%d: "):format(error_row[3]), text:match("^AADSTS%d+: "))
        local ending = "Trace ID: %S+ Correlation ID: %S+ Timestamp: 2026%-01%-01 00:00:00Z$"
        assert.truthy(text:find(ending))
        for _, name in ipairs { "timestamp", "trace_id", "correlation_id" } do
          assert.equal("string", type(response.value[name]))
        end
      end)
    end

    it("refuses what is no form", function()
      -- method, body, content type, AADSTS number
      local rows = {
        { "GET", nil, nil, 900561 }, { "POST", "{}", "application/json", 900144 },
        { "POST", "a=%zz", MEDIA_TYPE, 9000411 }, { "POST", "a=1&a=2", MEDIA_TYPE, 9000411 },
        { "POST", "", MEDIA_TYPE, 900144 }, { "POST", "\255=\254", MEDIA_TYPE, 900144 },
      }
      for _, endpoint in ipairs { "token", "devicecode" } do
        for _, row in ipairs(rows) do
          local response = ask(("%s /%s/oauth2/v2.0/%s"):format(row[1], TENANT, endpoint), row[2], {
            ["Content-Type"] = row[3], Authorization = false,
          })
          assert.equal(400, response.status)
          assert.same({ row[4] }, response.value.error_codes)
        end
      end
    end)

    it("is in the journal, without anything secret", function()
      token()
      local entry = emulator:requests()[1]
      assert.equal("/" .. TENANT .. "/oauth2/v2.0/token", entry.path)
      assert.equal(200, entry.status)
      for _, value in pairs(entry) do
        assert.is_nil(tostring(value):find("s&c=r t", 1, true))
      end
    end)

    it("has its endpoints nowhere else", function()
      for _, path in ipairs {
        "/" .. TENANT .. "/oauth2/v2.0/token/", "/oauth2/v2.0/token", "/a/b/oauth2/v2.0/token",
        "/v1.0/oauth2/v2.0/token", "/" .. TENANT .. "/oauth2/v2.0/authorize",
      } do
        assert.equal(400, ask("POST " .. path, "{}").status)
        assert.equal(401, ask("POST " .. path, "{}", { Authorization = false }).status)
      end
    end)

    it("lets faults and refusals befall its requests as others", function()
      emulator:fail_next { status = 503, match = "/token" }
      assert.equal(503, token().status)
      assert.equal(200, token().status)
    end)

    it("forgets its tokens with a reset", function()
      local bearer = "Bearer " .. token().value.access_token
      emulator:reset()
      assert.equal(401, read(bearer).status)
    end)
  end)
end)
