local authority = require "spec.support.authority"
local core = require "graphinvite.core"
local helper = require "spec.helper"

local BIND = "invitedUserSponsors@odata.bind"
local ROOT = "https://graph.microsoft.com/v1.0/users/"

helper.over_every_tenant(function(open)
  describe("sponsors", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    local function invite(sponsors, headers)
      return ask("POST /v1.0/invitations", {
        invitedUserEmailAddress = "adele@fabrikam.example",
        inviteRedirectUrl = "https://app.contoso.example", [BIND] = sponsors,
      }, headers)
    end

    local function names_of(id)
      local names = {}
      local path = "GET /v1.0/invitations/" .. id
        .. "?$expand=invitedUserSponsors($select=displayName)"
      for i, user in ipairs(ask(path).value.invitedUserSponsors) do
        assert.is_nil(user.mail)
        names[i] = user.displayName
      end
      return names
    end

    it("are those whom the invitation names: reference 1.3", function()
      local alex = ask("GET /v1.0/users/alex@contoso.onmicrosoft.com").value.id
      local response = invite { ROOT .. alex, "/users('diego@contoso.onmicrosoft.com')" }
      assert.equal(201, response.status)
      assert.is_nil(response.value[BIND])
      assert.same({ "Alex Wilber", "Diego Siciliani" }, names_of(response.value.id))
      ask("PATCH /v1.0/invitations/" .. response.value.id, { invitedUserDisplayName = "x" })
      assert.same({ "Alex Wilber", "Diego Siciliani" }, names_of(response.value.id))
    end)

    it("are whoever invites where none is named: reference 1.3", function()
      assert.same({ "Megan Bowen" }, names_of(invite().value.id))
      assert.same({ "Megan Bowen" }, names_of(invite(core.array {}).value.id))
    end)

    it("are nobody where an application invites and names none", function()
      local token = authority.post(ask, "token", authority.form()).value.access_token
      local id = invite(nil, { Authorization = "Bearer " .. token }).value.id
      assert.same({}, names_of(id))
    end)

    it("may be a group: reference 1.3", function()
      local group = emulator:add_object { type = "group", name = "Partners" }
      local contact = emulator:add_object { type = "contact", name = "Adele" }
      local root = "https://graph.microsoft.com/v1.0/groups/"
      assert.equal(404, invite({ root .. contact.id }).status)
      local made = invite { root .. group.id:upper(), ROOT .. "alex@contoso.onmicrosoft.com" }
      assert.same({ "Partners", "Alex Wilber" }, names_of(made.value.id))
    end)

    it("are listed without their invitations, each once: reference 2.1 A10", function()
      local path = "/v1.0/invitations/invitedUserSponsors"
      assert.same({}, ask("GET " .. path).value.value)
      invite()
      invite { ROOT .. "alex@contoso.onmicrosoft.com", ROOT .. "megan@contoso.onmicrosoft.com" }
      local group = emulator:add_object { type = "group", name = "Partners" }
      invite { ROOT .. group.id }
      local page = ask("GET " .. path .. "?$select=displayName&$top=2")
      assert.matches("/v1.0/%$metadata#invitations/invitedUserSponsors$",
        page.value["@odata.context"])
      local next_page = ask("GET " .. page.value["@odata.nextLink"]:match "^%a+://[^/]+(.*)$")
      local told = {}
      for _, list in ipairs { page.value.value, next_page.value.value } do
        for _, sponsor in ipairs(list) do
          told[#told + 1] = sponsor.displayName .. " " .. sponsor["@odata.type"]
        end
      end
      assert.same({ "Megan Bowen #microsoft.graph.user", "Alex Wilber #microsoft.graph.user",
        "Partners #microsoft.graph.group" }, told)
      assert.equal("3", ask("GET " .. path .. "/$count").body)
      assert.equal("Partners", ask("GET " .. path .. "/" .. group.id:upper()).value.displayName)
      local diego = ask("GET /v1.0/users/diego@contoso.onmicrosoft.com").value.id
      assert.equal(404, ask("GET " .. path .. "/" .. diego).status)
    end)

    for _, case in ipairs { { { ROOT .. "nobody" }, 404 }, { { 5 }, 404 }, { "x", 400 } } do
      it(("that do not exist are refused: %d"):format(case[2]), function()
        assert.equal(case[2], invite(case[1]).status)
        assert.same({}, emulator:invitations())
      end)
    end
  end)

  describe("sponsors in another cloud", function()
    it("do not exist: reference 1.3 CSDL-Gov, CSDL-CN", function()
      for _, cloud in ipairs { "usgov", "china" } do
        local ask = open { cloud = cloud }
        local response = ask("POST /v1.0/invitations", {
          invitedUserEmailAddress = "adele@fabrikam.example",
          inviteRedirectUrl = "https://app.contoso.example", [BIND] = { ROOT .. "megan" },
        })
        assert.equal(400, response.status)
        assert.truthy(response.value.error.message:find("invitedUserSponsors", 1, true))
      end
    end)
  end)
end)
