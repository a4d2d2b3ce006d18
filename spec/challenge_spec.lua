local challenge = require "graphinvite.auth.challenge"
local core = require "graphinvite.core"

local CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"},"a?":"\195\191>"}}'
local BASE64, PLAIN = core.base64_encode(CLAIMS), core.base64_encode(CLAIMS, true)
local OTHER = core.base64_encode '{"access_token":{"x":null}}'

-- header, claims
local HEADERS = {
  { 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
    .. ', error="insufficient_claims", claims="' .. BASE64 .. '"', CLAIMS },
  { 'Bearer claims="' .. PLAIN .. '", error="insufficient_claims"', CLAIMS },
  { 'bearer CLAIMS="' .. BASE64 .. '",Error="insufficient_claims"', CLAIMS },
  { 'Bearer claims = "' .. BASE64 .. '" , error = "insufficient_claims"', CLAIMS },
  { 'Bearer realm="a, b=c", error="insufficient_claims", claims="' .. BASE64 .. '"', CLAIMS },
  { 'Bearer realm="", Bearer error="insufficient_claims", claims="' .. BASE64 .. '"', CLAIMS },
  { 'Negotiate, Bearer error="insufficient_claims", claims="' .. BASE64 .. '"', CLAIMS },
  { 'Bearer error="insufficient_claims", claims="' .. BASE64 .. '", PoP error="insufficient_claims"'
    .. ', claims="' .. OTHER .. '"', CLAIMS },
  { 'PoP error="insufficient_claims", claims="' .. OTHER .. '", '
    .. 'Bearer error="insufficient_claims", claims="' .. BASE64 .. '"', CLAIMS },
  { 'Bearer error="invalid_token", claims="' .. OTHER .. '", '
    .. 'Bearer error="insufficient_claims", claims="' .. BASE64 .. '"', CLAIMS },
  { 'Bearer error="invalid_token", claims="' .. BASE64 .. '"', nil },
  { 'PoP error="insufficient_claims", claims="' .. BASE64 .. '"', nil },
  { 'Bearer error="insufficient_claims"', nil },
  { 'Bearer error="insufficient_claims", claims="' .. BASE64, nil },
  { 'Bearer realm="insufficient_claims", claims="' .. BASE64 .. '"', nil },
  { 'error="insufficient_claims", claims="' .. BASE64 .. '"', nil },
  { "Bearer", nil },
  { "", nil },
  { nil, nil },
}

-- JSON asked for, members of the answer
local REQUESTS = {
  { nil, { access_token = { xms_cc = { values = { "cp1" } } } } },
  { '{"access_token":{"x":null}}', {
    access_token = { x = core.null, xms_cc = { values = { "cp1" } } },
  } },
  { '{"access_token":{"xms_cc":{"values":["a"]}}}', {
    access_token = { xms_cc = { values = { "cp1" } } },
  } },
  { '{"access_token":null,"id_token":{"y":{"essential":true}}}', {
    access_token = { xms_cc = { values = { "cp1" } } }, id_token = { y = { essential = true } },
  } },
}

describe("a challenge", function()
  for i, row in ipairs(HEADERS) do
    it(("asks for %s, case %d"):format(row[2] and "claims" or "nothing", i), function()
      assert.equal(row[2], challenge.claims { ["www-authenticate"] = row[1] })
    end)
  end

  for i, row in ipairs(REQUESTS) do
    it("is merged with what the client can do, case " .. i, function()
      assert.same(row[2], core.decode(nil, challenge.request(row[1])))
    end)
  end
end)
