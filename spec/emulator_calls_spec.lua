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
