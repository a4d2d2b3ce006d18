local authority = require "spec.support.authority"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local lfs = require "lfs"
local process = require "spec.support.process"


local function command(options)
  return ("env LD_PRELOAD=%s %s lua/graphinvite/cli.lua emulator serve --tls %s"):format(
    process.quote(os.getenv "LD_PRELOAD" or ""), helper.interpreter(), options or "")
end

-- A server that has made its certificate, with url and ca.
local function serve(options)
  local child = process.spawn(command(options), process.directory())
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
    local text = process.output("cat " .. server.ca)
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
      server.url, authority.TENANT))
    assert.truthy(answer:find('"verification_uri":"' .. server.url .. "/", 1, true))
    answer = curl(trusted .. server.url .. "/v1/.well-known/OpenIdConfiguration")
    assert.truthy(answer:find('"jwks_uri":"' .. server.url .. "/", 1, true))
  end)

  -- Where the certificate of a server is that has ended.
  local function remains(options)
    local text = process.output(command(options) .. " --until-eof < /dev/null")
    local path = text:match '"ca":"(.-)"'
    assert.is_string(path)
    return lfs.attributes(path, "mode"), path
  end

  it("leaves no certificate behind when it ends", function()
    assert.is_nil((remains ""))
  end)

  it("writes the certificate where it is told, and leaves it there", function()
    local directory = process.directory()
    local kind, path = remains("--tls-directory " .. directory)
    assert.equal("file", kind)
    assert.equal(directory .. "/graphinvite-ca.pem", path)
    local other = serve("--tls-directory " .. directory)
    local answer = curl(("--cacert %s -o /dev/null -w '%%{http_code}' %s/v1.0/users"):format(
      other.ca, other.url))
    other:stop()
    os.execute("rm -r " .. directory)
    assert.equal(path, other.ca)
    assert.equal("401", answer)
  end)

  it("serves a client that trusts the certificate", function()
    local client = graphinvite.new {
      base_url = server.url .. "/v1.0", authority = server.url, tls = { ca = server.ca },
      auth = graphinvite.auth.client_secret {
        tenant = authority.TENANT, client_id = "app", client_secret = "s3cret",
      },
    }
    local made = graphinvite.check(client.invitations:create {
      invitedUserEmailAddress = "ann@fabrikam.example",
      inviteRedirectUrl = "https://app.contoso.example",
    })
    assert.equal("PendingAcceptance", made.status)
  end)
end)
