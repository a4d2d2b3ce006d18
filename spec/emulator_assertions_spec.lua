local assertions = require "spec.support.assertions"
local authority = require "spec.support.authority"
local helper = require "spec.helper"
local spec_keys = require "spec.support.keys"

local NOW = 1767225600 -- where the tenant's clock begins
local CLIENT = "24e9c1d8-5a72-4e3d-9d6f-3c9b5a1e0f11"
local LOGIN = "https://login.microsoftonline.com"
local ENDPOINT = ("%s/%s/oauth2/v2.0/token"):format(LOGIN, authority.TENANT)

local keys, x5t, x5t_sha256, other_x5t

local function pick(base, changes)
  local fields = {}
  for name, value in pairs(base) do
    fields[name] = value
  end
  for name, value in pairs(changes or {}) do
    fields[name] = value
  end
  return fields
end

local serial = 0

-- A client assertion as reference 7.3 has it, with changes.
local function assertion(row)
  serial = serial + 1
  local header = pick({ alg = "PS256", typ = "JWT", ["x5t#S256"] = x5t_sha256 }, row.header)
  for _, name in ipairs { "x5t", "x5t#S256" } do
    header[name] = ({ RSA = x5t, OTHER = other_x5t })[header[name]] or header[name]
  end
  return assertions.make(keys, row.key or "rsa.pem", header, pick({
    aud = ENDPOINT, iss = CLIENT, sub = CLIENT, jti = "id-" .. serial,
    nbf = NOW, iat = NOW, exp = NOW + 600,
  }, row.claims), row.signed)
end

-- What is wrong, key in authority_errors.lua.
local REFUSED = {
  { "of a certificate that is not registered", header = { ["x5t#S256"] = "OTHER" },
    key = "other.pem", refused = "assertion_certificate" },
  { "that names no certificate", header = { ["x5t#S256"] = false },
    refused = "assertion_certificate" },
  { "whose newer thumbprint is wrong, whatever the older one is",
    header = { ["x5t#S256"] = "OTHER", x5t = "RSA" }, refused = "assertion_certificate" },
  { "that another key has signed", key = "other.pem", refused = "assertion_signature" },
  { "signed with another padding than its header says", signed = "RS256",
    refused = "assertion_signature" },
  { "with no algorithm", header = { alg = "none" }, refused = "assertion_algorithm" },
  { "with alg none and no signature", header = { alg = "none" }, signed = "none",
    refused = "assertion_algorithm" },
  { "keyed with the public certificate", header = { alg = "HS256" }, key = "rsa.crt",
    refused = "assertion_algorithm" },
  { "signed by RS512", header = { alg = "RS512" }, refused = "assertion_algorithm" },
  { "that says nothing of its algorithm", header = { alg = false }, signed = "PS256",
    refused = "assertion_algorithm" },
  { "for another tenant",
    claims = { aud = LOGIN .. "/contoso.onmicrosoft.com/oauth2/v2.0/token" },
    refused = "assertion_audience" },
  { "for another authority",
    claims = { aud = ("https://evil.example/%s/oauth2/v2.0/token"):format(authority.TENANT) },
    refused = "assertion_audience" },
  { "for the authority without its endpoint", claims = { aud = LOGIN },
    refused = "assertion_audience" },
  { "for nobody", claims = { aud = false }, refused = "assertion_audience" },
  { "whose subject is another client", claims = { sub = "other" }, refused = "assertion_client" },
  { "without a subject", claims = { sub = false }, refused = "assertion_client" },
  { "whose issuer is another client", claims = { iss = "other" }, refused = "assertion_client" },
  { "without an issuer", claims = { iss = false }, refused = "assertion_client" },
  { "that has expired", claims = { nbf = NOW - 1000, exp = NOW - 300 },
    refused = "assertion_time" },
  { "that is not valid yet", claims = { nbf = NOW + 301 }, refused = "assertion_time" },
  { "that never expires", claims = { exp = false }, refused = "assertion_time" },
  { "that expires at a word", claims = { exp = "9999999999" }, refused = "assertion_time" },
  { "that has no beginning", claims = { nbf = false }, refused = "assertion_time" },
  { "without an id", claims = { jti = false }, refused = "assertion_malformed" },
  { "with an empty id", claims = { jti = "" }, refused = "assertion_malformed" },
}

local ACCEPTED = {
  { "by PS256 and x5t#S256" },
  { "by RS256 and x5t", header = { alg = "RS256", ["x5t#S256"] = false, x5t = "RSA" } },
  { "by RS256 and x5t#S256", header = { alg = "RS256" } },
  { "by a clock that is five minutes slow", claims = { exp = NOW - 299 } },
  { "by a clock that is five minutes fast", claims = { nbf = NOW + 300 } },
}

-- The outside token, what the trust says in place of it, key in authority_errors.lua.
local FEDERATED = {
  { "that meets the trust" },
  { "of another issuer", { iss = "https://issuer.example" }, refused = "federation_issuer" },
  { "of an issuer in other case", { iss = "https://ISSUER.example/" },
    refused = "federation_issuer" },
  { "of another subject", { sub = "repo:b" }, refused = "federation_subject" },
  { "of another audience", { aud = "api://other" }, refused = "federation_audience" },
  { "of another issuer, subject and audience",
    { iss = "https://x.example", sub = "x", aud = "x" }, refused = "federation_issuer" },
  { "of another subject and audience", { sub = "x", aud = "x" }, refused = "federation_subject" },
  { "that has expired", { exp = NOW - 300 }, refused = "assertion_time" },
  { "that is not valid yet", { nbf = NOW + 301 }, refused = "assertion_time" },
  { "without an end", { exp = false }, refused = "assertion_time" },
}

describe("a client assertion", function()
  setup(function()
    keys = spec_keys.make()
    x5t = assertions.thumbprint(keys, "rsa.crt", "sha1")
    x5t_sha256 = assertions.thumbprint(keys, "rsa.crt", "sha256")
    other_x5t = assertions.thumbprint(keys, "other.crt", "sha256")
  end)

  teardown(function()
    keys:remove()
  end)

  helper.over_every_tenant(function(open)
    describe("at an authority", function()
      local ask, emulator

      setup(function()
        ask, emulator = open()
      end)

      before_each(function()
        emulator:reset()
      end)

      local function register()
        emulator:application { client_id = CLIENT:upper(), certificate = keys:read "rsa.crt" }
      end

      local function send(text, changes)
        return authority.post(ask, "token", authority.form(pick({
          client_id = CLIENT, client_secret = false, client_assertion = text,
          client_assertion_type = authority.ASSERTION,
        }, changes)))
      end

      local function assert_answered(row, response)
        if row.refused then
          local wanted = require("graphinvite.emulator.authority_errors").ROWS[row.refused]
          assert.same({ wanted[3] }, response.value.error_codes)
          assert.truthy(response.value.error_description:find(wanted[4]:match "^[^%%]+", 1, true))
          assert.equal(wanted[1], response.status)
          assert.equal(wanted[2], response.value.error)
        else
          assert.equal(200, response.status)
          assert.equal(200, ask("GET /v1.0/users/$count", nil, {
            Authorization = "Bearer " .. response.value.access_token,
          }).status)
        end
      end

      for _, row in ipairs(ACCEPTED) do
        it("signed by openssl is good " .. row[1], function()
          register()
          assert_answered(row, send(assertion(row)))
        end)
      end

      for _, row in ipairs(REFUSED) do
        it(row[1] .. " is refused with " .. row.refused, function()
          register()
          assert_answered(row, send(assertion(row)))
        end)
      end

      it("for the emulator's own address is good", function()
        register()
        local root = ask("GET /" .. authority.TENANT .. "/v2.0/.well-known/openid-configuration")
        assert_answered({}, send(assertion { claims = { aud = root.value.token_endpoint } }))
      end)

      it("is good once", function()
        register()
        local text = assertion {}
        assert_answered({}, send(text))
        assert_answered({ refused = "assertion_repeated" }, send(text))
        emulator:advance(899)
        assert_answered({ refused = "assertion_repeated" }, send(text))
        emulator:advance(1)
        assert_answered({ refused = "assertion_time" }, send(text))
      end)

      it("is good again by an id whose first assertion is over, and another client's id", function()
        register()
        emulator:application { client_id = "other", certificate = keys:read "rsa.crt" }
        assert_answered({}, send(assertion { claims = { jti = "one", exp = NOW + 1 } }))
        local claims = { jti = "one", iss = "other", sub = "other" }
        assert_answered({}, send(assertion { claims = claims }, { client_id = "other" }))
        local again = assertion { claims = { jti = "one", exp = NOW + 600 } }
        emulator:advance(300)
        assert_answered({ refused = "assertion_repeated" }, send(again))
        emulator:advance(1)
        assert_answered({}, send(again))
      end)

      it("that was refused does not use up its id", function()
        register()
        local claims = { jti = "again" }
        assert_answered({ refused = "assertion_signature" },
          send(assertion { key = "other.pem", claims = claims }))
        assert_answered({}, send(assertion { claims = claims }))
      end)

      for _, text in ipairs { "", "a", "a.b.c", "..", "e30.e30.", ("x"):rep(70000) } do
        it("is not " .. text:sub(1, 10), function()
          register()
          assert.equal(401, send(text).status)
        end)
      end

      it("is not good by a certificate that has expired", function()
        emulator:application {
          client_id = CLIENT, certificate = keys:read "rsa.crt", expired = true,
        }
        assert_answered({ refused = "assertion_expired" }, send(assertion {}))
        emulator:reset()
        register()
        local later = 20 * 365 * 86400 -- the certificate is one of today
        emulator:advance(later)
        assert_answered({ refused = "assertion_expired" }, send(assertion {
          claims = { nbf = NOW + later, exp = NOW + later + 600 },
        }))
      end)

      it("is not good for a client that has a secret only", function()
        emulator:application { client_id = CLIENT, secret = "right" }
        assert_answered({ refused = "assertion_certificate" }, send(assertion {}))
        assert_answered({ refused = "federation" }, send(assertion { claims = { iss = "x" } }))
        assert_answered({ refused = "secret_wrong" }, send(nil, {
          client_assertion = false, client_secret = "wrong",
        }))
      end)

      it("is chosen among several certificates by its thumbprint", function()
        emulator:application { client_id = CLIENT, certificate = keys:read "other.crt" }
        register()
        assert_answered({}, send(assertion {}))
        assert_answered({}, send(assertion {
          header = { ["x5t#S256"] = "OTHER" }, key = "other.pem",
        }))
      end)

      local TRUST = { issuer = "https://issuer.example/", subject = "repo:a", audience = "api://A" }

      local function outside(changes, key)
        return assertions.make(keys, key or "other.pem", { alg = "RS256", kid = "1" }, pick({
          iss = TRUST.issuer, sub = TRUST.subject, aud = TRUST.audience, exp = NOW + 600,
        }, changes))
      end

      for _, row in ipairs(FEDERATED) do
        it("of another issuer " .. row[1] .. " is " .. (row.refused or "good"), function()
          for _, subject in ipairs { "first", TRUST.subject, "third" } do
            emulator:application { client_id = CLIENT, federated = {
              issuer = TRUST.issuer, subject = subject, audience = TRUST.audience,
            } }
          end
          local text = outside(row[2])
          assert_answered(row, send(text))
          if not row.refused then
            assert_answered(row, send(text))
          end
        end)
      end

      it("of another issuer is verified where its key is registered", function()
        emulator:application {
          client_id = CLIENT, federated = pick(TRUST, { key = keys:read "rsa.pub" }),
        }
        assert_answered({}, send(outside({}, "rsa.pem")))
        assert_answered({ refused = "assertion_signature" }, send(outside()))
      end)
    end)
  end)
end)
