local emulators = require "graphinvite.emulator"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"

local DOCUMENTED = { throttle = "documented" }

local function guest(i)
  return {
    invitedUserEmailAddress = ("guest%d@fabrikam.example"):format(i),
    inviteRedirectUrl = "https://a.example",
  }
end

helper.over_every_tenant(function(open)
  describe("documented throttling", function()
    it("takes 150 requests for invitations in 5 s, then asks to wait", function()
      local ask, emulator = open(DOCUMENTED)
      for i = 1, 150 do
        assert.equal(201, ask("POST /v1.0/invitations", guest(i)).status)
      end
      emulator:advance(1)
      local response = ask("POST /v1.0/invitations", guest(151))
      assert.equal(429, response.status)
      assert.equal("TooManyRequests", response.value.error.code)
      assert.equal("4", response.headers["retry-after"])
      assert.equal(200, ask("GET /v1.0/users/$count").status)
      assert.equal(429, ask("GET /beta/invitations").status)
      emulator:advance(4)
      assert.equal(201, ask("POST /v1.0/invitations", guest(151)).status)
      assert.equal(151, #emulator:invitations())
    end)

    it("counts each request of an envelope", function()
      local ask = open(DOCUMENTED)
      local statuses = {}
      for envelope = 1, 8 do
        local requests = {}
        for i = 1, 20 do
          requests[i] = {
            id = tostring(i), method = "POST", url = "/invitations",
            headers = { ["Content-Type"] = "application/json" }, body = guest(envelope * 20 + i),
          }
        end
        local answer = ask("POST /v1.0/$batch", { requests = requests })
        for _, response in ipairs(answer.value.responses) do
          statuses[response.status] = (statuses[response.status] or 0) + 1
        end
      end
      assert.same({ [201] = 150, [429] = 10 }, statuses)
    end)

    it("asks nothing of the token endpoint and the controls", function()
      local ask, emulator = open(DOCUMENTED)
      for _ = 1, 200 do
        ask("POST /contoso.example/oauth2/v2.0/token", "")
      end
      emulator:mailbox()
      assert.equal(201, ask("POST /v1.0/invitations", guest(1)).status)
    end)
  end)
end)

-- request line, what it costs in units (reference 4.5)
local COSTS = {
  { "GET /v1.0/users/$count", 1 },
  { "GET /v1.0/users", 2 },
  { "GET /v1.0/users?$top=5", 1 },
  { "GET /v1.0/users?$select=id", 1 },
  { "GET /v1.0/users?$select=id&$top=5", 1 },
  { "GET /v1.0/users?$top=20", 2 },
}

-- In process alone: the buckets are the tenant's, which the specs above ask over HTTP too, and
-- thousands of requests are needed here.
describe("documented throttling of the directory", function()
  local function open()
    local emulator = emulators.new(DOCUMENTED)
    return function(line)
      local method, url = line:match "^(%u+) (.*)$"
      return emulator:handle {
        method = method, url = url,
        headers = { authorization = "Bearer emulator", consistencylevel = "eventual" },
      }
    end, emulator
  end

  for _, row in ipairs(COSTS) do
    it(("%s costs %d"):format(row[1], row[2]), function()
      local response = open()(row[1])
      assert.equal(200, response.status)
      assert.equal(tostring(row[2]), response.headers["x-ms-resource-unit"])
      assert.is_nil(response.headers["x-ms-throttle-limit-percentage"])
    end)
  end

  it("gives a small tenant 3,500 units in 10 s, and tells when they run short", function()
    local ask, emulator = open()
    for i = 1, 3500 do
      local response = ask "GET /v1.0/users/$count"
      assert.equal(200, response.status)
      local percentage = response.headers["x-ms-throttle-limit-percentage"]
      assert.equal(i > 2800, percentage ~= nil)
    end
    local response = ask "GET /v1.0/users/$count"
    assert.equal(429, response.status)
    assert.equal("10", response.headers["retry-after"])
    assert.matches("^Tenant_Application/ReadWrite/[%x-]+/[%x-]+$",
      response.headers["x-ms-throttle-scope"])
    assert.equal("ResourceUnitLimitExceeded", response.headers["x-ms-throttle-information"])
    emulator:advance(10)
    assert.equal(200, ask("GET /v1.0/users/$count").status)
  end)

  it("is got through by a client that waits as it is asked to", function()
    local emulator = emulators.new(DOCUMENTED)
    local client = graphinvite.new { transport = emulator:transport() }
    for i = 1, 400 do
      assert(client.invitations:create(guest(i)))
    end
    local counts = {}
    for _, request in ipairs(emulator:requests()) do
      counts[request.status] = (counts[request.status] or 0) + 1
    end
    assert.same({ [201] = 400, [429] = 2 }, counts)
  end)
end)
