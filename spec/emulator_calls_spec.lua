local core = require "graphinvite.core"
local endings = require "graphinvite.emulator.endings"
local helper = require "spec.helper"

helper.over_every_tenant(function(open)
  describe("calls", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    local BODY = [[{"@odata.type":"#microsoft.graph.call","callbackUri":"https://bot.example/c",
      "requestedModalities":["audio"],"targets":[],"tenantId":"t"}]]

    it("are created and become established: reference 1.12, 2.3", function()
      local response = ask("POST /v1.0/communications/calls", BODY)
      assert.equal(201, response.status)
      helper.assert_json_has(BODY, response.body)
      assert.equal("establishing", response.value.state)
      local path = response.headers.location:match("^https?://[^/]+(/.*)$")
      assert.equal("/v1.0/communications/calls/" .. response.value.id, path)
      emulator:advance(1)
      assert.equal("established", ask("GET " .. path).value.state)
    end)

    -- callbackUri, status in the profile live and in the modelled one: reference 1.12 docs:call
    local URIS = {
      { "https://bot.example/c", 201, 201 }, { "http://127.0.0.1:8080/c", 201, 201 },
      { "http://bot.example/c", 400, 400 }, { "bot", 400, 400 }, { "", 400, 400 },
      { core.null, 400, 400 }, { nil, 400, 201 },
    }
    for i = 1, 7 do
      local uri = URIS[i][1]
      it("need a callbackUri with https, or on loopback: " .. tostring(uri), function()
        for profile, status in pairs { live = URIS[i][2], modelled = URIS[i][3] } do
          local response = open { profile = profile }("POST /v1.0/communications/calls",
            { callbackUri = uri, requestedModalities = core.array { "audio" } })
          assert.equal(status, response.status)
          if status == 400 then
            assert.equal("callbackUri", response.value.error.target)
          end
        end
      end)
    end

    it("end for a reason that the service has: reference 6.4", function()
      for name, row in pairs(endings.ROWS) do
        assert.matches("^docs:call%-delete", row[4], name)
        local id = ask("POST /v1.0/communications/calls", BODY).value.id
        emulator:end_call { call = id, reason = name }
        assert.equal(404, ask("GET /v1.0/communications/calls/" .. id).status)
        assert.same({ row[1], row[2] }, { endings.result(name).code, endings.result(name).subcode })
      end
    end)

    for _, row in ipairs {
      { {}, "reason: required" }, { { reason = "removed" }, "call: required" },
      { { call = "x", reason = "removed" }, "call: no call x" },
      { { call = "57dab8b1-894c-409a-b240-bd8beae78896", reason = "remove" },
        "reason: no such reason: remove (did you mean removed?)" },
    } do
      it("do not end: " .. row[2], function()
        local response = ask("POST /_emulator/end_call", row[1])
        assert.equal(400, response.status)
        assert.equal(row[2], response.value.error.message)
      end)
    end

    it("are kept alive and ended: reference 2.3", function()
      local id = ask("POST /v1.0/communications/calls", BODY).value.id
      local path = "/v1.0/communications/calls/" .. id
      assert.equal(200, ask("POST " .. path .. "/keepAlive").status)
      assert.equal(204, ask("DELETE " .. path).status)
      for _, line in ipairs { "GET %s", "DELETE %s", "POST %s/keepAlive" } do
        assert.equal(404, ask(line:format(path)).status)
      end
    end)

    it("let people be taken out: reference 2.3", function()
      local path = "/v1.0/communications/calls/57dab8b1-894c-409a-b240-bd8beae78896/participants"
      ask("POST " .. path .. "/invite", {
        participants = {
          { identity = { user = { id = "a" } } }, { identity = { phone = { id = "+12345" } } },
        },
      })
      emulator:advance(2)
      local roster = ask("GET " .. path).value.value
      assert.equal(204, ask("DELETE " .. path .. "/" .. roster[1].id).status)
      assert.equal(404, ask("DELETE " .. path .. "/" .. roster[1].id).status)
      local left = ask("GET " .. path).value.value
      assert.equal(1, #left)
      assert.equal("+12345", left[1].info.identity.phone.id)
    end)

    -- whose invitation is cancelled, by its operation or by the one person that it is for
    for _, named in ipairs { "operation", "person" } do
      it("let a pending invitation be cancelled by its " .. named .. ": reference 2.3", function()
        local call = "/v1.0/communications/calls/57dab8b1-894c-409a-b240-bd8beae78896/"
        local function invite(...)
          local people = {}
          for i, id in ipairs { ... } do
            people[i] = { identity = { user = { id = id } } }
          end
          return ask("POST " .. call .. "participants/invite", { participants = people }).value.id
        end
        local cancelled, other, both = invite "Ann", invite "ben", invite("cleo", "dan")
        local id = named == "person" and "ANN" or cancelled
        assert.equal(404, ask("DELETE " .. call .. "participants/cleo").status) -- one of several
        assert.equal(204, ask("DELETE " .. call .. "participants/" .. id).status)
        assert.equal(404, ask("DELETE " .. call .. "participants/" .. id).status)
        local operation = ask("GET " .. call .. "operations/" .. cancelled).value
        assert.same({ "failed", 487 }, { operation.status, operation.resultInfo.code })
        emulator:advance(10)
        for _, id_left in ipairs { other, both } do
          assert.equal("completed", ask("GET " .. call .. "operations/" .. id_left).value.status)
        end
        assert.equal(3, #ask("GET " .. call .. "participants").value.value)
        assert.equal("Running", ask("POST " .. call .. "participants/invite",
          { participants = { { identity = { user = { id = "ann" } } } } }).value.status)
      end)
    end

    it("do not share operations", function()
      local calls = "/v1.0/communications/calls/"
      local first = ask("POST /v1.0/communications/calls", BODY).value.id
      local second = ask("POST /v1.0/communications/calls", BODY).value.id
      local operation = ask("POST " .. calls .. first .. "/operations", "{}").value.id
      assert.equal(404, ask("GET " .. calls .. second .. "/operations/" .. operation).status)
    end)

    it("have the id that the caller gave, once: design 9", function()
      assert.equal(201, ask("POST /v1.0/communications/calls", '{"id":"a/b c"}').status)
      assert.equal("a/b c", ask("GET /v1.0/communications/calls/a%2Fb%20c").value.id)
      assert.equal(409, ask("POST /v1.0/communications/calls", '{"id":"a/b c"}').status)
    end)
  end)
end)
