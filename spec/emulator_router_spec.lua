local core = require "graphinvite.core"
local emulators = require "graphinvite.emulator"
local routers = require "graphinvite.emulator.router"
local helper = require "spec.helper"

local FIRST_CALL = "57dab8b1-894c-409a-b240-bd8beae78896"

-- The path of a row with every placeholder filled in.
local function path_of(row)
  return (row.path:gsub("{(%w+)}", function(name)
    return name == "call" and FIRST_CALL or "x"
  end))
end

-- status and code of what the service does not have
local METHOD = { 405, "Request_BadRequest" }
local SEGMENT = { 400, "BadRequest" }

local REFUSED_LIVE = { A2 = true, A3 = true, A10 = true } -- reported: reference 2.1

helper.over_every_tenant(function(open)
  describe("routes", function()
    local ask

    -- Tells whether a row is served: refusals of the router have two forms only.
    local function served(row, version)
      local line = ("%s /%s%s"):format(row.method, version, path_of(row))
      local response = ask(line, row.sends and "[]" or nil)
      local err = type(response.value) == "table" and response.value.error
      local refused = response.status == 405
        or err and err.message:find("Resource not found for the segment", 1, true) ~= nil
      return not refused, response
    end

    it("of the profile modelled serve every row under both versions: design 4", function()
      ask = open()
      for _, row in ipairs(core.operations()) do
        for _, version in ipairs { "v1.0", "beta" } do
          assert.is_true(served(row, version), row.id .. " " .. row.name .. " " .. version)
        end
      end
    end)

    it("of the profile live serve what is documented or in the schema: reference 2", function()
      ask = open { profile = "live" }
      local counts = { [true] = 0, [false] = 0 }
      for _, row in ipairs(core.operations()) do
        for _, version in ipairs { "v1.0", "beta" } do
          local listed = false
          for _, other in ipairs(row.versions) do
            listed = listed or other == version
          end
          local wanted = listed and (row.status == "documented" or row.status == "schema")
            and not REFUSED_LIVE[row.id]
          assert.equal(wanted, (served(row, version)), row.id .. " " .. row.name .. " " .. version)
          counts[wanted] = counts[wanted] + 1
        end
      end
      assert.is_true(counts[true] > 20 and counts[false] > 20)
    end)

    it("of a cloud are what the cloud has: reference 2.2, 10 row 8", function()
      ask = open { cloud = "china" }
      for _, row in ipairs(core.operations()) do
        local has = false
        for _, cloud in ipairs(row.clouds) do
          has = has or cloud == "china"
        end
        assert.equal(has, (served(row, "v1.0")), row.id .. " " .. row.name)
      end
    end)

    -- line, status and code, what the message names: reference 4.4
    local LIVE = {
      { "GET /v1.0/invitations", METHOD },
      { "GET /v1.0/invitations/x", METHOD },
      { "PATCH /beta/invitations/x", METHOD },
      { "DELETE /beta/invitations/x", METHOD },
      { "PATCH /v1.0/linkedIn/invitations", SEGMENT, "linkedIn" },
      { "GET /beta/linkedIn/invitations/x", SEGMENT, "linkedIn" },
      { "GET /v1.0/app/calls/x/operations/y", METHOD },
      { "POST /beta/applications/a/calls/b/participants/invite", SEGMENT, "applications" },
      { "PUT /v1.0/users/x", METHOD },
    }
    for _, row in ipairs(LIVE) do
      it("of the profile live answer " .. row[2][1] .. " to " .. row[1], function()
        ask = open { profile = "live" }
        local response = ask(row[1])
        assert.equal(row[2][1], response.status)
        assert.equal(row[2][2], response.value.error.code)
        local named = row[3] and ("segment '%s'"):format(row[3]) or "method is not allowed"
        assert.truthy(response.value.error.message:find(named, 1, true))
      end)
    end

    -- line, status: what has no route. Reference 4.4
    local REFUSED = {
      { "GET /v1", 400 }, { "GET /v1.0", 400 }, { "GET /v1.0/", 400 }, { "GET /v2.0/users", 400 },
      { "GET /V1.0/users", 400 }, { "GET /beta", 400 }, { "GET /favicon.ico", 400 },
      { "GET /v1.0/nothing", 400 }, { "GET /v1.0/invitations/x/nothing", 400 },
      { "GET /v1.0/invitations/$ref", 400 }, { "GET /v1.0/invitations/$count/x", 400 },
      { "GET /v1.0/users/%zz", 400 }, { "GET /v1.0/users/%", 400 }, { "GET /v1.0/users/%4", 400 },
      { "GET /v1.0//users", 400 }, { "GET /v1.0/users//x", 400 }, { "GET /v1.0/users/x/y/z", 400 },
      { "PUT /v1.0/users", 405 }, { "POST /v1.0/users", 405 }, { "DELETE /v1.0/invitations", 405 },
      { "GET /v1.0/communications", 405 }, { "GET /beta/linkedIn", 405 },
      { "FOO /beta/linkedIn", 405 }, { "GET /v1.0/$batch", 405 }, { "GET /v1.0/$metadata", 400 },
    }
    for _, row in ipairs(REFUSED) do
      it(("answer %d to %s"):format(row[2], row[1]), function()
        ask = open()
        local response = ask(row[1])
        assert.equal(row[2], response.status)
        assert.equal("string", type(response.value.error.message))
      end)
    end

    -- path that is the same as another one: reference 2.2, 2.3, 3.8
    local SAME = {
      { "/communications/calls('" .. FIRST_CALL .. "')/operations" },
      { "/communications/calls(" .. FIRST_CALL .. ")/operations" },
      { "/communications/calls/" .. FIRST_CALL .. "/operations/" },
      { "/communications/calls/%35" .. FIRST_CALL:sub(2) .. "/operations" },
      { "/communications/calls/" .. FIRST_CALL .. "/microsoft.graph.operations" },
    }
    for _, row in ipairs(SAME) do
      it("understand " .. row[1], function()
        ask = open()
        helper.assert_json_has('{"value":[]}', ask("GET /v1.0" .. row[1]).body)
      end)
    end

    it("understand the qualified action: reference 2.2", function()
      ask = open()
      local response = ask("POST /v1.0/communications/calls/" .. FIRST_CALL
        .. "/participants/microsoft.graph.invite", { participants = {} })
      assert.equal(400, response.status) -- an untyped {} is an object
      assert.truthy(response.value.error.message:find("participants", 1, true))
    end)

    it("undo doubled quotes in a key", function()
      ask = open()
      assert.equal(201, ask("POST /v1.0/communications/calls", { id = "it's" }).status)
      assert.equal("it's", ask("GET /v1.0/communications/calls('it''s')").value.id)
      assert.equal("it's", ask("GET /v1.0/communications/calls/it's").value.id)
      assert.equal("it's", ask("GET /v1.0/communications/calls/it%27s").value.id)
    end)
  end)
end)

describe("router", function()
  it("has a handler for every row", function()
    local emulator = emulators.new()
    for _, row in ipairs(core.operations()) do
      local route = emulator.router:find(row.method, "/v1.0" .. path_of(row))
      assert.equal("function", type(route.handler), row.name)
    end
  end)

  it("hands out the keys in order, decoded", function()
    local router = routers.new({ profile = "modelled", cloud = "global" }, {})
    local _, version, arguments = router:find("GET",
      "/beta/communications/calls/a%2Fb/operations/c%20d")
    assert.equal("beta", version)
    assert.same({ "a/b", "c d" }, arguments)
  end)
end)
