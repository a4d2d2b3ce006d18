local emulators = require "graphinvite.emulator"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local process = require "spec.support.process"

local TENANT = "4f3a6a3e-8c53-4d3f-9e19-3f0e6f5f5d11"
local COMMAND = "env LD_PRELOAD=%s %s lua/graphinvite/cli.lua emulator serve --tls %s"

-- A server that has made its certificate, with url and ca.
local function serve(options)
  local child = process.spawn(COMMAND:format(process.quote(os.getenv "LD_PRELOAD" or ""),
    helper.interpreter(), options or ""), process.directory())
  child.url, child.ca = child.line:match '"url":"(.-)"', child.line:match '"ca":"(.-)"'
  return child
end

describe("emulator serve --tls", function()
  local server

  setup(function()
    server = serve()
  end)

  teardown(function()
    server:stop()
  end)

  local function curl(arguments)
    return process.output("curl -sS --max-time 30 " .. arguments .. " 2>&1")
  end

  it("tells where its certificate is, which only its user can read", function()
    assert.matches("^https://127.0.0.1:%d+$", server.url)
    assert.matches('"graph":"' .. server.url .. '/v1.0"', server.line, 1, true)
    assert.equal("600", process.output("stat -c %a " .. server.ca))
    local text = assert(io.open(server.ca)):read "*a"
    assert.matches("^%-%-%-%-%-BEGIN CERTIFICATE%-%-%-%-%-\n", text)
    assert.is_nil(text:find("KEY", 1, true))
  end)

  for _, name in ipairs { "127.0.0.1", "localhost" } do
    it("is trusted as " .. name .. " by who knows the certificate", function()
      local url = server.url:gsub("127.0.0.1", name)
      local answer = curl(("--cacert %s -H 'Authorization: Bearer emulator' %s/v1.0/users"):format(
        server.ca, url))
      assert.matches('"value":%[', answer)
    end)
  end

  it("is trusted by nobody else", function()
    assert.matches("SSL certificate problem", curl(server.url .. "/v1.0/users"))
    assert.matches("no alternative certificate subject name", curl(
      ("--cacert %s --resolve other.example:443:127.0.0.1 --connect-to ::%s https://other.example/")
      :format(server.ca, server.url:match "//(.*)")))
  end)

  it("gives links that are https", function()
    local trusted = "--cacert " .. server.ca .. " -H 'Authorization: Bearer emulator' "
    local answer = curl(trusted .. "'" .. server.url .. "/v1.0/users?$top=1'")
    assert.truthy(answer:find('"@odata.nextLink":"' .. server.url .. "/v1.0/users?", 1, true))
    answer = curl(trusted .. ("-d 'client_id=a&scope=x' %s/%s/oauth2/v2.0/devicecode"):format(
      server.url, TENANT))
    assert.truthy(answer:find('"verification_uri":"' .. server.url .. "/", 1, true))
    answer = curl(trusted .. server.url .. "/v1/.well-known/OpenIdConfiguration")
    assert.truthy(answer:find('"jwks_uri":"' .. server.url .. "/", 1, true))
  end)

  it("leaves no certificate behind when it ends", function()
    local text = process.output(COMMAND:format("''", helper.interpreter(), "--until-eof")
      .. " < /dev/null")
    local path = text:match '"ca":"(.-)"'
    assert.is_string(path)
    assert.is_nil(io.open(path))
  end)

  it("writes the certificate where it is told, and leaves it there", function()
    local directory = process.directory()
    local other = serve("--tls-directory " .. directory)
    assert.equal(directory .. "/graphinvite-ca.pem", other.ca)
    local answer = curl(("--cacert %s -o /dev/null -w '%%{http_code}' %s/v1.0/users"):format(
      other.ca, other.url))
    other:stop()
    assert.equal("401", answer)
    assert.is_not_nil(io.open(other.ca))
    os.execute("rm -r " .. directory)
  end)

  describe("for a client that trusts it", function()
    local auth, curl_transport, remote = graphinvite.auth, nil, nil
    local pem = assert(require("graphinvite.crypto").self_signed {
      names = { "app.example" }, days = 2, kind = "rsa",
    })

    setup(function()
      curl_transport = require("graphinvite.transport.curl").new { tls = { ca = server.ca } }
      remote = emulators.connect(server.url, curl_transport)
      remote:application { client_id = "signer", certificate = pem.certificate }
      remote:application { client_id = "secretive", secret = "s3cret" }
    end)

    -- The sources of a token, and a transport where the client's own would wait.
    local GRANTS = {
      ["client secret"] = function()
        return auth.client_secret {
          tenant = TENANT, client_id = "secretive", client_secret = "s3cret",
        }
      end,
      ["certificate by PS256"] = function()
        return auth.certificate {
          tenant = TENANT, client_id = "signer", certificate = pem.certificate .. pem.key,
        }
      end,
      ["certificate by RS256"] = function()
        return auth.certificate {
          tenant = TENANT, client_id = "signer", certificate = pem.certificate, key = pem.key,
          algorithm = "RS256",
        }
      end,
      ["managed identity"] = function()
        return auth.managed_identity {
          host = "imds", endpoint = server.url .. "/metadata/identity/oauth2/token",
        }
      end,
      ["App Service"] = function()
        return auth.managed_identity {
          host = "app_service", endpoint = server.url .. "/msi/token", identity_header = "emulator",
        }
      end,
      ["device code"] = function()
        return auth.device_code {
          client_id = "desk", prompt = function(device)
            remote:device { user_code = device.user_code }
          end,
        }, setmetatable({ sleep = function(seconds) remote:advance(seconds) end },
          { __index = curl_transport })
      end,
    }

    for name, source in pairs(GRANTS) do
      it("opens Graph with a token by " .. name, function()
        local given, transport = source()
        local client = graphinvite.new {
          auth = given, base_url = server.url .. "/v1.0", authority = server.url,
          tls = not transport and { ca = server.ca } or nil, transport = transport,
        }
        local made = graphinvite.check(client.invitations:create {
          invitedUserEmailAddress = "ann@fabrikam.example",
          inviteRedirectUrl = "https://app.contoso.example",
        })
        assert.equal("PendingAcceptance", made.status)
      end)
    end
  end)
end)
