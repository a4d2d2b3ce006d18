local helper = require "spec.helper"

local JSON = "application/json;odata.metadata=minimal;odata.streaming=true;"
  .. "IEEE754Compatible=false;charset=utf-8"
local GUID = "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$"
local INVITATION = {
  invitedUserEmailAddress = "a@b.example", inviteRedirectUrl = "https://c.example",
}

helper.over_every_tenant(function(open)
  describe("an answer", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    -- line, body, status, content type
    local ANSWERS = {
      { "POST /v1.0/invitations", INVITATION, 201, JSON },
      { "GET /v1.0/users", nil, 200, JSON },
      { "GET /v1.0/users/$count", nil, 200, "text/plain" },
      { "GET /v1.0/users/nobody", nil, 404, JSON },
      { "DELETE /v1.0/communications/calls/57dab8b1-894c-409a-b240-bd8beae78896", nil, 204, nil },
    }
    for _, row in ipairs(ANSWERS) do
      it("has its headers: " .. row[1], function()
        local response = ask(row[1], row[2], { ["client-request-id"] = "mine" })
        assert.equal(row[3], response.status)
        assert.equal(row[4], response.headers["content-type"])
        assert.equal("4.0", response.headers["odata-version"])
        assert.truthy(response.headers["request-id"]:find(GUID))
        assert.equal("mine", response.headers["client-request-id"])
      end)
    end

    it("has another request-id each time", function()
      assert.not_equal(ask("GET /v1.0/users").headers["request-id"],
        ask("GET /v1.0/users").headers["request-id"])
    end)

    it("does not echo an id that is no token", function()
      for _, id in ipairs { "a b", ("x"):rep(129), "\255" } do
        local headers = ask("GET /v1.0/users", nil, { ["client-request-id"] = id }).headers
        assert.equal(headers["request-id"], headers["client-request-id"])
      end
    end)

    -- line, body, context without the version's root: reference 3.1
    local CALL = "communications/calls/57dab8b1-894c-409a-b240-bd8beae78896"
    local KEYED = "communications/calls('57dab8b1-894c-409a-b240-bd8beae78896')"
    local CONTEXTS = {
      { "POST /v1.0/invitations", INVITATION, "invitations/$entity" },
      { "GET /v1.0/invitations", nil, "invitations" },
      { "GET /v1.0/users", nil, "users" },
      { "GET /v1.0/users/megan@contoso.onmicrosoft.com", nil, "users/$entity" },
      { "GET /v1.0/" .. CALL, nil, "communications/calls/$entity" },
      { "GET /v1.0/" .. CALL .. "/operations", nil, KEYED .. "/operations" },
      { "POST /v1.0/" .. CALL .. "/operations", "{}", KEYED .. "/operations/$entity" },
      { "GET /v1.0/" .. CALL .. "/participants", nil, KEYED .. "/participants" },
      { "GET /v1.0/linkedIn/invitations", nil, "linkedIn/invitations" },
      { "PATCH /v1.0/linkedIn", "{}", "linkedIn" },
    }
    for _, row in ipairs(CONTEXTS) do
      it("has its context: " .. row[1], function()
        local context = ask(row[1], row[2]).value["@odata.context"]
        assert.equal("/v1.0/$metadata#" .. row[3], (context:gsub("^https?://[^/]+", "")))
      end)
    end

    it("leads back to where the request came to", function()
      local page = ask("GET /beta/users?$top=1").value
      local root = page["@odata.context"]:match("^(https?://[^/]+/beta)/")
      assert.equal(root .. "/users?", page["@odata.nextLink"]:match("^[^?]*%?"))
    end)
  end)
end)
