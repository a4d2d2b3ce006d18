local clouds = require "graphinvite.clouds"
local core = require "graphinvite.core"
local crypto = require "graphinvite.crypto"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local jwt = require "graphinvite.jwt"
local raw = require "spec.support.raw_server"
local scripted = require "spec.support.scripted"
local url = require "graphinvite.emulator.url"

-- URL, its origin
local ORIGINS = {
  { "https://graph.microsoft.com/v1.0", "https://graph.microsoft.com:443" },
  { "https://graph.microsoft.com", "https://graph.microsoft.com:443" },
  { "https://graph.microsoft.com:443", "https://graph.microsoft.com:443" },
  { "https://graph.microsoft.com:", "https://graph.microsoft.com:443" },
  { "HTTPS://GRAPH.Microsoft.com/V1.0", "https://graph.microsoft.com:443" },
  { "http://127.0.0.1:4711?a", "http://127.0.0.1:4711" },
  { "http://localhost#a", "http://localhost:80" },
  { "http://[::1]:8080/x", "http://[::1]:8080" },
  { "http://[::1]", "http://[::1]:80" },
  { "https://", nil },
  { "https:///x", nil },
  { "https://:443/x", nil },
  { "https://a.b:x/", nil },
  { "https://a.b:443:443/", nil },
  { "https://a b/", nil },
  { "https://user@a.b/", nil },
  { "https://a.b\\@c.d/", nil },
  { "//a.b/x", nil },
  { "a.b/x", nil },
  { "ftp://a.b/", nil },
  { "https:/a.b/", nil },
  { "", nil },
}

describe("clouds.origin", function()
  for _, row in ipairs(ORIGINS) do
    it(("of %q is %s"):format(row[1], tostring(row[2])), function()
      assert.equal(row[2], (clouds.origin(row[1])))
    end)
  end
end)

-- cloud, root of the service, authority, audience of outside tokens (reference 7.1 and 7.3)
local CLOUDS = {
  { "global", "https://graph.microsoft.com", "https://login.microsoftonline.com",
    "api://AzureADTokenExchange" },
  { "usgov", "https://graph.microsoft.us", "https://login.microsoftonline.us",
    "api://AzureADTokenExchangeUSGov" },
  { "dod", "https://dod-graph.microsoft.us", "https://login.microsoftonline.us",
    "api://AzureADTokenExchangeUSGov" },
  { "china", "https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn",
    "api://AzureADTokenExchangeChina" },
}

-- Only with a transport of the spec's own can the service's real addresses be asked.
describe("a client of the cloud", function()
  local token = '{"token_type":"Bearer","expires_in":3600,"access_token":"a.b.c"}'
  local pem

  setup(function()
    local made = assert(crypto.self_signed { names = { "a.example" }, days = 2, kind = "rsa" })
    pem = made.key .. made.certificate
  end)

  -- What a client asks with a source: the token's request, its form, and the call.
  local function asked(source, options)
    local transport = scripted.new {
      { status = 200, body = token },
      { status = 200, headers = { ["content-type"] = "text/plain" }, body = "5" },
    }
    options.transport, options.auth = transport, source
    assert.equal(5, graphinvite.new(options).users:count())
    local first, second = transport.requests[1], transport.requests[2]
    assert.equal("Bearer a.b.c", second.headers.Authorization)
    return first.url, assert(url.parameters(first.body)), second.url
  end

  local function by_certificate()
    return graphinvite.auth.certificate { tenant = "t 1", client_id = "c", certificate = pem }
  end

  for _, row in ipairs(CLOUDS) do
    local cloud, root, authority = row[1], row[2], row[3]
    it(cloud .. " asks its own authority for its own service", function()
      local token_url, form, call_url = asked(by_certificate(), { cloud = cloud })
      assert.equal(authority .. "/t%201/oauth2/v2.0/token", token_url)
      assert.equal(root .. "/.default", form.scope)
      assert.equal(token_url, jwt.decode(form.client_assertion).claims.aud)
      assert.equal(root .. "/v1.0/users/$count", call_url)
    end)

    it(cloud .. " asks an outside issuer for a token with its own audience", function()
      local audience
      local token_url, form = asked(graphinvite.auth.federated {
        tenant = "t", client_id = "c", assertion = function(wanted)
          audience = wanted
          return "a.b.c"
        end,
      }, { cloud = cloud })
      assert.equal(row[4], audience)
      assert.equal(authority .. "/t/oauth2/v2.0/token", token_url)
      assert.equal("a.b.c", form.client_assertion)
    end)

    it(cloud .. " asks for a person's token in the same way", function()
      local token_url, form = asked(graphinvite.auth.refresh_token {
        tenant = "t 1", client_id = "c", refresh_token = "r",
      }, { cloud = cloud })
      assert.equal(authority .. "/t%201/oauth2/v2.0/token", token_url)
      assert.equal(root .. "/.default offline_access", form.scope)
    end)

    it(cloud .. " goes where the caller's own addresses lead", function()
      local token_url, form, call_url = asked(by_certificate(), {
        cloud = cloud, authority = "https://login.example/",
        base_url = "https://graph.example/beta",
      })
      assert.equal("https://login.example/t%201/oauth2/v2.0/token", token_url)
      assert.equal(token_url, jwt.decode(form.client_assertion).claims.aud)
      assert.equal(root .. "/.default", form.scope)
      assert.equal("https://graph.example/beta/users/$count", call_url)
    end)

    it(cloud .. " has its authority from the environment where that names one", function()
      local variables = {
        AZURE_TENANT_ID = "t", AZURE_CLIENT_ID = "c", AZURE_CLIENT_SECRET = "s",
        AZURE_AUTHORITY_HOST = "https://login.example",
      }
      local source = graphinvite.auth.environment(function(name) return variables[name] end)
      local token_url, form = asked(source, { cloud = cloud })
      assert.equal("https://login.example/t/oauth2/v2.0/token", token_url)
      assert.equal(root .. "/.default", form.scope)
      token_url = asked(source, { cloud = cloud, authority = authority })
      assert.equal(authority .. "/t/oauth2/v2.0/token", token_url)
    end)
  end
end)

-- The arguments that a path wants.
local function arguments_of(row)
  local list = {}
  for i = 1, row.arguments do
    list[i] = "x" .. i
  end
  return list
end

local BODIES = {
  ["invitations.create"] = {
    invitedUserEmailAddress = "a@b.c", inviteRedirectUrl = "https://a.b",
  },
  ["call.participants.invite"] = { participants = {} },
}

local function has(list, word)
  return (" " .. table.concat(list, " ") .. " "):find(" " .. word .. " ", 1, true) ~= nil
end

-- What a client of these options has to do with a row: send it, or the words of its refusal.
local function refusal(row, cloud, profile, version)
  if not has(row.clouds, cloud) then
    return ("%s is not available in the cloud %s"):format(row.name, cloud)
  elseif profile == "modelled" then
    return nil
  elseif row.status == "generated" or row.status == "superseded" then
    return ("%s is described only in %s pages"):format(row.name, row.status)
  elseif not has(row.versions, version) then
    return ("%s does not exist in %s, only in %s"):format(row.name, version,
      table.concat(row.versions, ", "))
  end
end

-- Only with a transport of the spec's own can requests be counted that must not be made.
describe("what a cloud or the live service does not have", function()
  local auth = graphinvite.auth.client_secret { tenant = "t", client_id = "c", client_secret = "s" }

  for _, cloud in ipairs { "global", "usgov", "dod", "china" } do
    for _, profile in ipairs { "modelled", "live" } do
      for _, version in ipairs { "v1.0", "beta" } do
        local where = table.concat({ cloud, profile, version }, ", ")
        it("is refused before anything is sent: " .. where, function()
          local transport = scripted.new { { status = 204 } }
          local client = graphinvite.new {
            cloud = cloud, profile = profile, version = version, transport = transport, auth = auth,
          }
          for _, row in ipairs(core.operations()) do
            local before = #transport.requests
            local _, err = client:request(row, arguments_of(row), row.sends
              and (BODIES[row.name] or {}) or nil)
            local wanted = refusal(row, cloud, profile, version)
            if wanted then
              assert.equal("model", err.kind)
              assert.equal(wanted, err.message)
              assert.is_string(err.hint, "no hint for " .. row.name)
              assert.equal(before, #transport.requests)
            else
              assert.is_true(#transport.requests > before, row.name .. " was not sent")
            end
          end
        end)
      end
    end
  end

  it("is refused for one call, and is sent again afterwards", function()
    local transport = scripted.new { { status = 200, body = '{"id":"i"}' } }
    local client = graphinvite.new { transport = transport }
    local value, err = client.invitations:get("i", { profile = "live" })
    assert.is_nil(value)
    assert.equal("invitations.get is described only in generated pages", err.message)
    assert.matches("profile", err.hint)
    assert.equal(0, #transport.requests)
    assert.is_table((client.invitations:get "i"))
  end)

  it("is refused by the first page of a list", function()
    local transport = scripted.new { { status = 200, body = '{"value":[]}' } }
    local client = graphinvite.new { transport = transport, cloud = "china" }
    local item, err = client:call("c1").operations:list():next()
    assert.is_false(item)
    assert.equal("model", err.kind)
    assert.equal(0, #transport.requests)
  end)

  it("goes by the version of base_url", function()
    local transport = scripted.new { { status = 200, body = '{"id":"i"}' } }
    local client = graphinvite.new {
      transport = transport, profile = "live", base_url = "http://127.0.0.1:4711/beta",
    }
    local _, err = client.invitations:count()
    assert.equal("invitations.count does not exist in beta, only in v1.0", err.message)
    assert.is_table((client.users:get "u1"))
  end)

  it("holds for a row of the caller's own too, where it says so", function()
    local transport = scripted.new { { status = 200, body = "{}" } }
    local client = graphinvite.new { transport = transport, cloud = "usgov", profile = "live" }
    local row = { name = "groups.get", method = "GET", path = "/groups" }
    assert.is_table((client:request(row)))
    row.status = "documented"
    assert.is_table((client:request(row)))
    row.clouds = { "global" }
    local _, err = client:request(row)
    assert.equal("groups.get is not available in the cloud usgov", err.message)
  end)
end)

helper.over_every_transport(function(open)
  describe("the live profile", function()
    it("makes what the service has and refuses the rest by itself", function()
      local client, emulator = open { profile = "live", emulator = { profile = "live" } }
      local invitation = assert(client.invitations:create {
        invitedUserEmailAddress = "a@fabrikam.example", inviteRedirectUrl = "https://a.b",
      })
      assert(client.users:get(invitation.invitedUser.id))
      local before = #emulator:requests()
      local _, err = client.invitations:get(invitation.id)
      assert.equal("model", err.kind)
      assert.equal(before, #emulator:requests())
      _, err = client:with({ profile = "modelled" }).invitations:get(invitation.id)
      assert.equal(405, err.status)
      assert.equal("Request_BadRequest", err.code)
    end)
  end)
end)

-- options of the client beside auth; URL a list begins at; whether the token may go there
local TOKENS = {
  { {}, nil, true },
  { {}, "https://graph.microsoft.com/v1.0/users?$skiptoken=1", true },
  { {}, "https://graph.microsoft.us/v1.0/users", false },
  { { cloud = "usgov" }, "https://graph.microsoft.us/v1.0/users", true },
  { { cloud = "usgov" }, "https://graph.microsoft.com/v1.0/users", false },
  { { cloud = "usgov" }, "https://dod-graph.microsoft.us/v1.0/users", false },
  { { cloud = "dod" }, "https://dod-graph.microsoft.us/v1.0/users", true },
  { { cloud = "china" }, "https://microsoftgraph.chinacloudapi.cn/v1.0/users", true },
  { {}, "https://login.microsoftonline.com/v1.0/users", false },
  { { base_url = "https://gateway.example/v1.0" }, nil, true },
  { { base_url = "https://gateway.example/v1.0" }, "https://gateway.example/other", true },
  { { base_url = "https://gateway.example/v1.0" }, "https://gateway.example:444/v1.0", false },
  { { base_url = "https://gateway.example/v1.0" }, "http://gateway.example/v1.0", false },
  { { hosts = { "https://next.example" } }, "https://next.example/v1.0/users", true },
  { { hosts = { "https://next.example/with/path" } }, "https://next.example/v1.0/users", true },
  { { hosts = { "https://next.example" } }, "https://sub.next.example/v1.0/users", false },
  { { authority = "https://login.example" }, "https://login.example/v1.0/users", false },
}

-- Only a transport of the spec's own may be asked for foreign origins.
describe("a token", function()
  for i, row in ipairs(TOKENS) do
    it(("%s, case %d: %s"):format(row[3] and "goes to its origins" or "goes nowhere else", i,
      row[2] or "the usual one"), function()
      local transport = scripted.new { { status = 200, body = '{"value":[]}' } }
      local options = { transport = transport, auth = graphinvite.auth.static "secret" }
      for name, value in pairs(row[1]) do
        options[name] = value
      end
      local item, err = graphinvite.new(options).users:list({ link = row[2] }):next()
      if row[3] then
        assert.is_nil(item)
        assert.equal("Bearer secret", transport.requests[1].headers.Authorization)
      else
        assert.is_false(item)
        assert.equal("model", err.kind)
        assert.matches("hosts", err.hint)
        assert.equal(0, #transport.requests)
      end
    end)
  end

  local REDIRECTS = { "301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent" }
  -- Bytes of a server of the spec's own, so over HTTP alone: no emulator redirects.
  for _, row in ipairs {
    { "GET", function(client) return client.users:get "u1" end },
    { "POST", function(client) return client.calls:create { callbackUri = "https://a.b" } end },
    { "PATCH", function(client) return client.invitations:update("i1", {}) end },
    { "DELETE", function(client) return client.invitations:delete "i1" end },
  } do
    it("follows no redirect of a " .. row[1] .. " to another origin", function()
      local foreign = raw.start { "keep:" .. raw.response("200 OK", '{"id":"stolen"}') }
      local answers = {}
      for i, status in ipairs(REDIRECTS) do
        local location = ("Location: %s/x\r\n"):format(foreign.url)
        answers[i] = "keep:" .. raw.response(status, "", location)
      end
      local home = raw.start(answers)
      local client = graphinvite.new {
        base_url = home.url .. "/v1.0", auth = graphinvite.auth.static "secret", timeout = 10,
      }
      local found = {}
      for i, status in ipairs(REDIRECTS) do
        local _, err = row[2](client)
        found[i] = { status:match "%d+", tostring(err and err.status), err and err.kind }
      end
      local stolen, asked = #foreign:requests(), #home:requests()
      foreign:stop()
      home:stop()
      for _, each in ipairs(found) do
        assert.same({ each[1], each[1], "graph" }, each)
      end
      assert.equal(0, stolen)
      assert.equal(#REDIRECTS, asked)
    end)
  end
end)
