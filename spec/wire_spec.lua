local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local json = require "spec.support.json_text"
local nginx = require "spec.support.nginx"
local process = require "spec.support.process"

local CALL = "/v1.0/communications/calls/57dab8b1-894c-409a-b240-bd8beae78896/operations"
local OLDER = "/beta/app/calls/57dab8b1-894c-409a-b240-bd8beae78896/operations"
local B4CC = "b4cc9683-9683-b4cc-8396-ccb48396ccb4" -- the id in seed 000's answer
local ID_2B9C = "2b9c89ee-89ee-2b9c-ee89-9c2bee899c2b" -- the id in seed 002's answer

-- What has to be there first: a path, and a body or the name of a fixture.
local OPERATION = { CALL, '{"id":"' .. B4CC .. '"}' }
local RESOURCE = { CALL, "@spec/fixtures/seed-001-resource.json" }
local INVITATION = {
  "/v1.0/invitations", '{"id":"' .. ID_2B9C .. '","invitedUserEmailAddress":'
    .. '"adele@fabrikam.example","inviteRedirectUrl":"https://a.example"}',
}

-- seed; configuration of curl in spec/fixtures; path; status; fixture of the answer; whether its id
-- is the tenant's; what has to be there first
local SEEDS = {
  { "000 Update", "seed-000", CALL .. "/" .. B4CC, 200, "seed-000-response", false, OPERATION },
  {
    "000 Update, under the older root", "seed-000", OLDER .. "/" .. B4CC, 200,
    "seed-000-response", false, OPERATION,
  },
  {
    "001 Get", "seed-001-get", CALL .. "/String%20%28identifier%29", 200,
    "seed-001-resource", false, RESOURCE,
  },
  { "001 List", "seed-001-get", CALL, 200, "seed-001-list", false, RESOURCE },
  {
    "001 Delete", "seed-001-delete", CALL .. "/String%20%28identifier%29", 204,
    nil, false, RESOURCE,
  },
  {
    "002 Update", "seed-002", "/beta/invitations/" .. ID_2B9C, 200,
    "seed-002-response", false, INVITATION,
  },
  { "003 Create", "seed-003", CALL, 201, "seed-003-response", true },
  { "004 Update", "seed-004", "/v1.0/linkedIn/invitations", 200, "seed-004-response", true },
}

-- Runs curl. Returns the status, the media type and the body.
local function curl(words)
  local text = process.output("curl --silent --show-error --max-time 20"
    .. " --write-out '\\n%{http_code} %{content_type}' " .. words .. " 2>&1")
  local body, status, media = text:match "^(.*)\n(%d+) ?([^;]*)[^\n]*$"
  return tonumber(status), media, body or text
end

-- The page's answer to a request.
local function expected(name, body, own_id)
  if name == "seed-001-list" then
    return ('{"value":[%s]}'):format(json.fixture "seed-001-resource")
  end
  local text = json.fixture(name)
  if own_id then
    local id = json.parse(body).members.id
    assert.equal("string", id.kind)
    assert.is_true(#id.value > 0)
    text = text:gsub('"id": "[^"]*"', ('"id": "%s"'):format(id.value), 1)
  end
  return text
end

-- What we did not write judges the server, so over HTTP alone.
describe("graphinvite emulator serve", function()
  local server, url

  setup(function()
    local command = ("env LD_PRELOAD=%s %s lua/graphinvite/cli.lua emulator serve --port 0"):format(
      process.quote(os.getenv "LD_PRELOAD" or ""), helper.interpreter())
    server = process.spawn(command, process.directory())
    url = json.parse(server.line).members.url.value
  end)

  teardown(function()
    server:stop()
  end)

  before_each(function()
    local status = curl("-X POST " .. url .. "/_emulator/reset")
    assert.equal(200, status)
  end)

  for _, row in ipairs(SEEDS) do
    local name, config, path, status, answer, own_id, before = row[1], row[2], row[3], row[4],
      row[5], row[6], row[7]
    it("answers curl as the page says: seed " .. name, function()
      if before then
        local created = curl(("-H 'Authorization: Bearer emulator' -H 'Content-Type: "
          .. "application/json' -d %s %s"):format(process.quote(before[2]), url .. before[1]))
        assert.equal(201, created)
      end
      local got, media, body = curl(("--config spec/fixtures/%s.curl '%s%s'"):format(config, url,
        path))
      assert.equal(status, got, body)
      if answer then
        assert.equal("application/json", media)
        assert(json.covers(body, expected(answer, body, own_id)))
      else
        assert.equal("", body)
      end
    end)
  end

  it("answers seed 004 as it is printed with 400 and says where", function()
    local path = "/v1.0/linkedIn/invitations"
    local status, media, body = curl("--config spec/fixtures/seed-004-printed.curl " .. url .. path)
    assert.equal(400, status)
    assert.equal("application/json", media)
    local problem = json.parse(body).members.error.members
    assert.equal('created: not an Int64: "Integer"', problem.message.value)
    assert.equal("created", problem.target.value)
    assert.is_true(#problem.code.value > 0)
  end)

  it("answers seed 001 with 404 once it is deleted", function()
    local path = url .. CALL .. "/String%20%28identifier%29"
    assert.equal(404, (curl("--config spec/fixtures/seed-001-delete.curl '" .. path .. "'")))
    assert.equal(404, (curl("--config spec/fixtures/seed-001-get.curl '" .. path .. "'")))
  end)
end)

-- Bytes that a real server sends, so over HTTP alone.
describe("a client and an nginx that answers what the reference prints", function()
  local server, client

  setup(function()
    local file = assert(io.open "spec/nginx/published.conf")
    local config = file:read "*a"
    file:close()
    local fixtures = process.output "pwd" .. "/spec/fixtures"
    server = nginx.start((config:gsub("FIXTURES", fixtures)))
    client = graphinvite.new {
      base_url = "http://localhost/v1.0", unix_socket = server.socket,
      auth = graphinvite.auth.static "token", timeout = 20,
    }
  end)

  teardown(function()
    client:close()
    server:stop()
  end)

  it("understand each other about an invitation", function()
    local invitation = assert(client.invitations:create {
      invitedUserEmailAddress = "admin@fabrikam.com",
      inviteRedirectUrl = "https://myapp.contoso.com",
    })
    assert.equal("7b92124c-9fa9-406f-8b8e-225df8376ba9", invitation.id)
    assert.equal("PendingAcceptance", invitation.status)
    assert.equal("243b1de4-ad9f-421c-a933-d55305fb165d", invitation.invitedUser.id)
    assert.matches("^https://login.microsoftonline.com/redeem%?rd=", invitation.inviteRedeemUrl)
    assert.is_false(invitation.resetRedemption)
    assert.equal(graphinvite.null, invitation.invitedUserDisplayName)
    local cc = invitation.invitedUserMessageInfo.ccRecipients
    assert.equal(graphinvite.null, cc[1].emailAddress.address)
    assert.is_nil(cc[2])
  end)

  it("understand each other about an invitation into a call", function()
    local operation = assert(client:call("57dab8b1").participants:invite {
      participants = { { identity = { user = { id = "278405a3-f568-4b3e-b684-009193463064" } } } },
      clientContext = "d45324c1-fcb5-430a-902c-f20af696537c",
    })
    assert.equal("17e3b46c-f61d-4f4d-9635-c626ef18e6ad", operation.id)
    assert.equal("Running", operation.status)
    assert.equal("AAD", operation.participants[1].identity.user.identityProvider)
    assert.equal(graphinvite.null, operation.participants[1].identity.phone)
  end)

  it("understand each other about a refusal", function()
    local value, err = client.users:get "nobody"
    assert.is_nil(value)
    assert.equal("graph Authorization_RequestDenied: Insufficient privileges to complete the "
      .. "operation.", tostring(err))
    assert.equal(403, err.status)
    assert.equal("2f2f2a7c-6a3b-4e5f-8f21-1d0d0a6c7f11", err.request_id)
    assert.equal("2f2f2a7c-6a3b-4e5f-8f21-1d0d0a6c7f12", err.client_request_id)
    assert.matches("^nginx", err.headers.server)
    assert.matches("^{", err.headers["x-ms-ags-diagnostic"])
    assert.is_false(err.retriable)
  end)

  it("understand each other about a count", function()
    assert.equal(17, client.invitations:count())
  end)
end)
