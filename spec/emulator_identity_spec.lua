local helper = require "spec.helper"
local identity = require "graphinvite.emulator.identity"
local process = require "spec.support.process"

local GRAPH = "https%3A%2F%2Fgraph.microsoft.com"
local NIL_GUID, FULL_GUID =
  "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"
local NOW = 1767225600 -- where the tenant's clock begins
local METADATA = { Metadata = "true", Authorization = false }

-- What changes in the query, headers, key in identity.lua: reference 7.4
local REFUSED = {
  { {}, { Authorization = false }, "header" },
  { {}, { Metadata = "false", Authorization = false }, "header" },
  { { ["api-version"] = false }, METADATA, "address" },
  { { ["api-version"] = "2017-09-01" }, METADATA, "address" },
  { { client_id = "a", object_id = "b" }, METADATA, "address" },
  { { resource = false }, METADATA, "resource" },
  { { resource = GRAPH .. "%2F.default" }, METADATA, "resource" },
  { { resource = "api%3A%2F%2Fnothing" }, METADATA, "resource" },
  { { client_id = NIL_GUID }, METADATA, "identity" },
  { { msi_res_id = FULL_GUID }, METADATA, "unknown" },
}

-- What changes in App Service's query, its header, key
local APP_SERVICE = {
  { {}, false, "header" }, { {}, "wrong", "header" },
  { { ["api-version"] = "2018-02-01" }, "emulator", "version" },
  { { resource = "api%3A%2F%2Fnothing" }, "emulator", "other" },
  { { resource = false }, "emulator", "other" },
  { { client_id = "a", mi_res_id = "b" }, "emulator", "other" },
  { { object_id = NIL_GUID }, "emulator", "other" },
}

local function query(base, changes)
  local parts = {}
  for name, value in pairs(base) do
    if changes[name] == nil then
      parts[#parts + 1] = name .. "=" .. value
    end
  end
  for name, value in pairs(changes) do
    parts[#parts + 1] = value and name .. "=" .. value or nil
  end
  return "?" .. table.concat(parts, "&")
end

local function read(path)
  return process.output("cat " .. path)
end

describe("managed identity's refusals", function()
  it("have a source each", function()
    for _, list in ipairs { identity.ROWS, identity.APP_SERVICE } do
      for key, row in pairs(list) do
        assert.equal("number", type(row[1]), key)
        assert.truthy(row.source:find "GEN" or row.source:find "INF" or row.source:find "own", key)
      end
    end
  end)
end)

helper.over_every_tenant(function(open)
  describe("managed identity", function()
    local ask, emulator, directory

    setup(function()
      directory = process.directory()
      ask, emulator = open { arc_directory = directory }
    end)

    before_each(function()
      emulator:reset()
    end)

    teardown(function()
      os.execute("rm -r " .. directory)
    end)

    local function imds(changes, headers)
      return ask("GET /metadata/identity/oauth2/token" .. query({
        ["api-version"] = "2018-02-01", resource = GRAPH,
      }, changes or {}), nil, headers or METADATA)
    end

    local function app_service(changes, header)
      return ask("GET /msi/token" .. query({
        ["api-version"] = "2019-08-01", resource = GRAPH,
      }, changes or {}), nil, { ["X-IDENTITY-HEADER"] = header, Authorization = false })
    end

    local function arc(content)
      return imds({ ["api-version"] = "2020-06-01" }, {
        Metadata = "true", Authorization = content and "Basic " .. content or false,
      })
    end

    local function assert_opens(response)
      assert.equal(200, ask("GET /v1.0/users/$count", nil, {
        Authorization = "Bearer " .. response.value.access_token,
      }).status)
    end

    it("of a virtual machine has numbers as strings: reference 7.4", function()
      local response = imds()
      assert.equal(200, response.status)
      assert.equal("3599", response.value.expires_in)
      assert.equal(tostring(NOW), response.value.not_before)
      assert.equal(tostring(NOW + 3599), response.value.expires_on)
      assert.equal("https://graph.microsoft.com", response.value.resource)
      assert.equal("Bearer", response.value.token_type)
      assert_opens(response)
      emulator:token_lifetime(60)
      assert.equal("60", imds().value.expires_in)
    end)

    it("of a virtual machine may be one of several", function()
      for _, name in ipairs { "client_id", "object_id", "msi_res_id" } do
        assert.equal("mine", imds({ [name] = "mine" }).value.client_id)
      end
    end)

    for i, row in ipairs(REFUSED) do
      it(("of a virtual machine is refused: %s (%d)"):format(row[3], i), function()
        local response, wanted = imds(row[1], row[2]), identity.ROWS[row[3]]
        assert.equal(wanted[1], response.status)
        assert.equal(wanted[2], response.value.error)
        assert.equal("string", type(response.value.error_description))
      end)
    end

    it("of App Service tells when its token ends: reference 7.4", function()
      local response = app_service({}, "emulator")
      assert.equal(200, response.status)
      assert.equal(tostring(NOW + 3599), response.value.expires_on)
      assert.is_nil(response.value.expires_in)
      assert_opens(response)
      assert.equal("mine", app_service({ mi_res_id = "mine" }, "emulator").value.client_id)
    end)

    for i, row in ipairs(APP_SERVICE) do
      it(("of App Service is refused: %s (%d)"):format(row[3], i), function()
        local response, wanted = app_service(row[1], row[2]), identity.APP_SERVICE[row[3]]
        assert.equal(wanted[1], response.status)
        assert.equal(wanted[2], response.value.message)
      end)
    end

    it("of an Arc machine is for who can read a file: reference 7.4", function()
      local response = arc()
      assert.equal(401, response.status)
      local path = response.headers["www-authenticate"]:match "^Basic realm=(.+)$"
      assert.equal(directory, path:match "^(.*)/[%x-]+%.key$")
      assert.equal(401, arc("nonsense").status)
      local content = read(path)
      response = arc(content)
      assert.equal(200, response.status)
      assert.equal("3599", response.value.expires_in)
      assert_opens(response)
      assert.equal("", process.output("ls " .. directory .. " | grep " .. path:match "[^/]+$"))
      assert.equal(401, arc(content).status)
    end)

    it("of an Arc machine needs the header, and leaves few files behind", function()
      assert.equal("bad_request_102", imds({ ["api-version"] = "2020-06-01" }, {
        Authorization = false,
      }).value.error)
      local first = read(arc().headers["www-authenticate"]:match "realm=(.+)$")
      local last
      for _ = 1, 16 do
        last = read(arc().headers["www-authenticate"]:match "realm=(.+)$")
      end
      assert.equal(401, arc(first).status)
      assert.equal(200, arc(last).status)
      emulator:reset()
      assert.equal("", process.output("ls " .. directory))
    end)

    it("is read, not posted", function()
      for _, path in ipairs { "/metadata/identity/oauth2/token", "/msi/token" } do
        assert.equal(405, ask("POST " .. path, "{}").status)
      end
    end)

    it("is an application's, and faults befall it as others", function()
      emulator:fail_next { status = 410, match = "/metadata/" }
      assert.equal(410, imds().status)
      ask("POST /v1.0/invitations", {
        invitedUserEmailAddress = "p@fabrikam.example", inviteRedirectUrl = "https://x.example",
        sendInvitationMessage = true, invitedUserMessageInfo = { customizedMessageBody = "Mine." },
      }, { Authorization = "Bearer " .. imds().value.access_token })
      assert.not_equal("Mine.", emulator:mailbox()[1].body)
    end)
  end)

  describe("managed identity without Arc", function()
    it("answers 404", function()
      local ask = open { identity_header = "s3cret" }
      local response = ask("GET /metadata/identity/oauth2/token?api-version=2020-06-01&resource="
        .. GRAPH, nil, METADATA)
      assert.equal(404, response.status)
    end)

    it("takes the header of the options", function()
      local ask = open { identity_header = "s3cret" }
      for header, status in pairs { s3cret = 200, emulator = 401 } do
        assert.equal(status, ask("GET /msi/token?api-version=2019-08-01&resource=" .. GRAPH, nil, {
          ["X-IDENTITY-HEADER"] = header,
        }).status)
      end
    end)

    it("says why a key file cannot be written", function()
      local ask = open { arc_directory = "/nowhere" }
      local response = ask("GET /metadata/identity/oauth2/token?api-version=2020-06-01&resource="
        .. GRAPH, nil, METADATA)
      assert.equal(500, response.status)
      assert.matches("/nowhere", response.value.error_description)
    end)
  end)
end)
