local core = require "graphinvite.core"
local crypto = require "graphinvite.crypto"
local emulators = require "graphinvite.emulator"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local jwt = require "graphinvite.jwt"
local process = require "spec.support.process"

local auth = graphinvite.auth

local TENANT = "4f3a6a3e-8c53-4d3f-9e19-3f0e6f5f5d11"
local CLIENT = "24e9c1d8-5a72-4e3d-9d6f-3c9b5a1e0f11"
local START = 1767225600 -- where a virtual clock begins
local BODY = {
  invitedUserEmailAddress = "adele@fabrikam.example", inviteRedirectUrl = "https://a.example",
}

local TRUST = { issuer = "https://issuer.example", subject = "job:1", audience = "api://exchange" }

local SERVE = [[
local made = %s and assert(require("graphinvite.emulator.certificate").make("127.0.0.1"))
require("graphinvite.emulator.server").run {
  port = 0, out = io.stdout, tls = made or nil,
  emulator = require("graphinvite.emulator").new { arc_directory = %q },
}]]

-- A server whose clock only the control advance moves, and what a spec needs to call it.
local function serve(secure)
  local directory = process.directory()
  local child = process.spawn(("env LD_PRELOAD=%s %s -e %s"):format(
    process.quote(os.getenv "LD_PRELOAD" or ""), helper.interpreter(),
    process.quote(SERVE:format(tostring(secure), directory))), directory)
  local url, ca = child.line:match '"url":"(.-)"', child.line:match '"ca":"(.-)"'
  local curl = assert(require("graphinvite.transport.curl").new { tls = { ca = ca } })
  local host = { child = child, url = url, ca = ca, directory = directory, elapsed = 0 }
  host.emulator = emulators.connect(url, curl)
  function host.advance(seconds)
    host.elapsed = host.elapsed + seconds
    host.emulator:advance(seconds)
  end
  host.transport = {
    send = curl.send, start = curl.start, next = curl.next, fds = curl.fds,
    sleep = host.advance,
    now = function() return host.elapsed end,
    wall = function() return START + host.elapsed end,
  }
  return host
end

local function certificate_of(host, algorithm)
  local made = assert(crypto.self_signed { names = { "app.example" }, days = 9, kind = "rsa" })
  host.emulator:application { client_id = CLIENT, certificate = made.certificate }
  return auth.certificate {
    tenant = TENANT, client_id = CLIENT, certificate = made.key .. made.certificate,
    algorithm = algorithm,
  }
end

local function identity(options)
  return function(host)
    local given = { endpoint = host.url .. options.path, key_directory = host.directory }
    given.host, given.identity_header = options.host, options.identity_header
    given.client_id = options.client_id
    return auth.managed_identity(given)
  end
end

local function device(host)
  return auth.device_code {
    tenant = TENANT, client_id = CLIENT, prompt = function(shown)
      host.emulator:device { user_code = shown.user_code, outcome = "approve" }
    end,
  }
end

-- A refresh token, as somebody has got it who signed in before.
local function refresh_token_of(host)
  local kept
  local source = device(host)
  local client = graphinvite.new {
    auth = {
      renewable = true, acquire = function(_, context)
        local token, err = source:acquire(context)
        kept = token and token.refresh_token
        return token, err
      end,
    },
    base_url = host.url .. "/v1.0", authority = host.url, transport = host.transport,
  }
  assert(client.users:count())
  return kept
end

-- name; and what makes the source at a host
local GRANTS = {
  { "client_secret", function()
    return auth.client_secret { tenant = TENANT, client_id = CLIENT, client_secret = "s&=+ é" }
  end },
  { "certificate with PS256", function(host) return certificate_of(host, "PS256") end },
  { "certificate with RS256", function(host) return certificate_of(host, "RS256") end },
  { "federated", function(host)
    local key = assert(crypto.generate(2048))
    host.emulator:application { client_id = CLIENT, federated = TRUST }
    return auth.federated {
      tenant = TENANT, client_id = CLIENT, assertion = function()
        return jwt.encode({ alg = "RS256", typ = "JWT" }, {
          iss = TRUST.issuer, sub = TRUST.subject, aud = TRUST.audience, jti = core.uuid(),
          exp = START + host.elapsed + 600, nbf = START + host.elapsed,
        }, key)
      end,
    }
  end },
  { "managed_identity of a virtual machine", identity {
    path = "/metadata/identity/oauth2/token", host = "imds",
  } },
  { "managed_identity that a user has assigned", identity {
    path = "/metadata/identity/oauth2/token", host = "imds", client_id = CLIENT,
  } },
  { "managed_identity of App Service", identity {
    path = "/msi/token", host = "app_service", identity_header = "emulator",
  } },
  { "managed_identity of Azure Arc", identity {
    path = "/metadata/identity/oauth2/token", host = "arc",
  } },
  { "device_code", device },
  { "refresh_token", function(host)
    return auth.refresh_token {
      tenant = TENANT, client_id = CLIENT, refresh_token = refresh_token_of(host),
    }
  end },
  { "environment", function()
    local variables = {
      AZURE_TENANT_ID = TENANT, AZURE_CLIENT_ID = CLIENT, AZURE_CLIENT_SECRET = "s",
    }
    return auth.environment(function(name) return variables[name] end)
  end },
}

-- How often each status stands in the journal.
local function statuses(emulator)
  local counts = {}
  for _, request in ipairs(emulator:requests()) do
    counts[request.status] = (counts[request.status] or 0) + 1
  end
  return counts
end

for _, secure in ipairs { false, true } do
  -- On libcurl alone: a sign-in needs an authority that is reached by its own address.
  describe(secure and "over TLS" or "over HTTP", function()
    local host

    setup(function()
      host = serve(secure)
    end)

    teardown(function()
      host.child:stop()
      if host.ca then
        os.remove(host.ca)
      end
    end)

    before_each(function()
      host.emulator:reset()
      host.elapsed = 0
    end)

    for _, grant in ipairs(GRANTS) do
      it("auth." .. grant[1] .. " gets a token that invites, and renews it in time", function()
        local client = graphinvite.new {
          auth = grant[2](host), transport = host.transport, base_url = host.url .. "/v1.0",
          authority = host.url,
        }
        local before = statuses(host.emulator)
        for i = 1, 2 do
          local invitation, err = client.invitations:create(BODY)
          assert.is_nil(err)
          assert.is_string(invitation.id)
          assert.equal(i, statuses(host.emulator)[201])
          host.advance(86400 * 1)
        end
        local after = statuses(host.emulator)
        local refused = (after[401] or 0) - (before[401] or 0)
        -- the Arc agent's way to name its key is a 401
        assert.equal(grant[1]:find "Arc" and 2 or 0, refused)
      end)
    end

    it("a client with a token of somebody else is refused", function()
      local client = graphinvite.new {
        auth = auth.static "a.b.c", transport = host.transport, base_url = host.url .. "/v1.0",
        authority = host.url,
      }
      local _, err = client.invitations:create(BODY)
      assert.equal(401, err.status)
    end)
  end)
end
