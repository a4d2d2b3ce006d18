local auth = require "graphinvite.auth"
local crypto = require "graphinvite.crypto"
local errors = require "graphinvite.errors"
local graphinvite = require "graphinvite"
local process = require "spec.support.process"
local randoms = require "graphinvite.emulator.random"
local scripted = require "spec.support.scripted"

local ROUNDS = 150 -- of each grant

local NAMES = {
  "access_token", "expires_in", "expires_on", "refresh_token", "error", "error_description",
  "error_codes", "claims", "device_code", "user_code", "verification_uri", "interval", "message",
}
local VALUES = {
  '"x"', '""', "5", "-1", "0", "1e999", "-1e999", "null", "true", "[]", "{}", '"3600"', "3600",
  '"soon"', "[1,2]", '{"a":null}', '"\\u0000"', '"a b"', "[7000222]", "[{}]", "1767229200",
  '"1767229200"',
}
local FAULTS = { -- of an error alone: as a token they would be secrets that every error shows
  '"AADSTS7000222: x"', '"AADSTS99999999999999999999: x"', '"slow_down"', '"authorization_pending"',
  '"invalid_grant"', '"temporarily_unavailable"', "5", "null", "{}",
}
local STATUSES = { 200, 200, 200, 204, 302, 400, 401, 403, 404, 410, 429, 500, 503 }
local REASONS = { "connect", "resolve", "timeout", "closed", "tls", "malformed", "too_large" }
local CHALLENGES = {
  "Basic realm=/nowhere/x.key", "Basic", 'Bearer error="insufficient_claims", claims="eyJhIjoxfQ"',
  'Bearer error="insufficient_claims", claims="!!"', "", ",,,", '"', 'Bearer "', "=,=,=",
}
local AFTER = { "1", "x", "-5", "99999", "0" }

-- Gives what makes answers of no sense at all, or of nearly some.
local function generator(seed)
  local random = randoms.new(seed)
  local function pick(list)
    return list[math.floor(random:uniform() * #list) + 1]
  end
  local function body()
    local kind = pick { "none", "page", "deep", "bare", "object", "object", "token", "token" }
    if kind == "none" then
      return ""
    elseif kind == "page" then
      return "<html>"
    elseif kind == "deep" then
      return ("["):rep(3000)
    elseif kind == "bare" then
      return pick(random:uniform() < 0.5 and VALUES or FAULTS)
    end
    local members = {}
    for _, name in ipairs(NAMES) do
      if random:uniform() < 0.6 then
        local values = name:find "^error" and FAULTS or VALUES
        members[#members + 1] = ('"%s":%s'):format(name, pick(values))
      end
    end
    if kind == "token" then
      members[#members + 1] = '"access_token":"a.b.c","expires_in":3600'
    end
    return "{" .. table.concat(members, ",") .. "}"
  end
  return function()
    if random:uniform() < 0.1 then
      return { reason = pick(REASONS), sent = pick { true, false } }
    end
    return {
      status = pick(STATUSES), body = body(), headers = {
        ["www-authenticate"] = pick(CHALLENGES), ["retry-after"] = pick(AFTER),
      },
    }
  end
end

local SOURCES = {
  client_secret = function()
    return auth.client_secret { tenant = "t", client_id = "c", client_secret = "s", cae = true }
  end,
  certificate = function(_, pem)
    return auth.certificate { tenant = "t", client_id = "c", certificate = pem }
  end,
  imds = function() return auth.managed_identity { host = "imds" } end,
  arc = function()
    return auth.managed_identity {
      host = "arc", endpoint = "http://127.0.0.1/x", key_directory = "/nowhere",
    }
  end,
  device_code = function()
    return auth.device_code { client_id = "c", prompt = function() end }
  end,
  stored = function(directory)
    return auth.stored(auth.refresh_token {
      tenant = "t", client_id = "c", refresh_token = "r",
    }, directory .. "/tokens")
  end,
}

describe("whatever an endpoint and the service answer,", function()
  local directory, pem

  setup(function()
    directory = process.directory()
    local made = assert(crypto.self_signed { names = { "a.example" }, days = 2, kind = "rsa" })
    pem = made.key .. made.certificate
  end)

  teardown(function()
    os.execute("rm -rf " .. directory)
  end)

  for name, make in pairs(SOURCES) do
    it("a call ends with a value or with an error that says what to do: " .. name, function()
      local answer, refused, signed_in = generator(4711), 0, 0
      for round = 1, ROUNDS do
        local client = graphinvite.new {
          transport = scripted.new { answer }, auth = make(directory, pem),
        }
        for _ = 1, 2 do
          local value, err = client.users:count()
          if value == nil then
            local place = ("%s, round %d: %s"):format(name, round, tostring(err))
            assert.is_true(errors.is(err), place)
            assert.is_not_nil(err.retriable, place)
            assert.is_nil(place:find("the token source failed", 1, true), place)
          end
          if value == nil and err.kind == "auth" then
            refused = refused + 1
          else
            signed_in = signed_in + 1
          end
        end
      end
      assert.is_true(refused > 0 and signed_in > 0, refused .. " and " .. signed_in)
    end)
  end
end)
