local authority = require "spec.support.authority"
local crypto = require "graphinvite.crypto"
local helper = require "spec.helper"

local NO_TOKEN = { Authorization = false }

helper.over_every_tenant(function(open)
  describe("discovery", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    local function get(path)
      return ask("GET " .. path, nil, NO_TOKEN)
    end

    -- Asks for the document of an address that another one has told.
    local function follow(address)
      return get(address:match "^%a+://[^/]+(/.*)$")
    end

    it("tells where a tenant's endpoints are", function()
      for _, tenant in ipairs { authority.TENANT, "common", "contoso.example" } do
        local response = get("/" .. tenant .. "/v2.0/.well-known/openid-configuration")
        assert.equal(200, response.status)
        local told = response.value
        local root = told.issuer:match "^(.*)/v2%.0$"
        assert.matches("^https?://[^/]+/" .. tenant:gsub("%p", "%%%0") .. "$", root)
        assert.equal(root .. "/oauth2/v2.0/token", told.token_endpoint)
        assert.equal(root .. "/oauth2/v2.0/devicecode", told.device_authorization_endpoint)
        assert.equal(root .. "/oauth2/v2.0/authorize", told.authorization_endpoint)
        assert.same({
          "client_credentials", "refresh_token", authority.DEVICE,
        }, told.grant_types_supported)
        assert.equal(200, follow(told.jwks_uri).status)
      end
    end)

    it("refuses tenants that are none, and what is not read", function()
      local path = "/%s/v2.0/.well-known/openid-configuration"
      assert.same({ 90002 }, get(path:format(authority.NIL_GUID)).value.error_codes)
      assert.same({ 900023 }, get(path:format "contoso").value.error_codes)
      assert.equal(405, ask("POST " .. path:format(authority.TENANT), "{}", NO_TOKEN).status)
    end)

    it("tells the key of notifications: reference 6.3", function()
      local told = get("/v1/.well-known/OpenIdConfiguration").value
      assert.equal("https://api.botframework.com", told.issuer)
      assert.same({ "RS256" }, told.id_token_signing_alg_values_supported)
      local keys = follow(told.jwks_uri).value.keys
      assert.equal(1, #keys)
      assert.same({ "RSA", "sig", "RS256" }, { keys[1].kty, keys[1].use, keys[1].alg })
      assert.truthy(crypto.jwk(keys[1]))
      assert.same(keys, get("/" .. authority.TENANT .. "/discovery/v2.0/keys").value.keys)
    end)

    it("tells a new key and the old one where they were rotated", function()
      local before = get("/v1/.well-known/keys").value.keys
      emulator:rotate_keys()
      local after = get("/v1/.well-known/keys").value.keys
      assert.equal(2, #after)
      assert.same(before[1], after[2])
      assert.not_equal(before[1].kid, after[1].kid)
      emulator:reset()
      assert.same(before, get("/v1/.well-known/keys").value.keys)
    end)
  end)
end)
