local core = require "graphinvite.core"
local helper = require "spec.helper"

local EVENTUAL = { ConsistencyLevel = "Eventual" }
local PLAIN = { ConsistencyLevel = false }

-- what is asked of the directory (reference 3.8), and whether it has to say so
local QUERIES = {
  { "/users/$count", "header" },
  { "/users?$count=true", "header" },
  { '/users?$search="mail:adele"', "both" },
  { "/users?$filter=mail ne 'x'", "both" },
  { "/users?$filter=not (mail eq 'x')", "both" },
  { "/users?$filter=endswith(mail,'x')", "both" },
  { "/users?$filter=mail eq 'a' and (mail eq 'b' or endsWith(mail,'x'))", "both" },
  { "/users?$filter=otherMails/any(m:not (m eq 'x'))", "both" },
  { "/users?$filter=mail eq 'not x'", "none" },
  { "/users?$count=false", "none" },
  { "/invitations/$count", "none" },
  { "/invitations?$count=true&$filter=status ne 'x'", "none" },
}

-- search, addresses of those found: reference 3.8, INF
local SEARCHES = {
  { '"displayName:ADELE"', { "adele@fabrikam.example" } },
  { '"mail:fabrikam"', { "adele@fabrikam.example", "bob@fabrikam.example" } },
  { '"mail:fabrikam" AND "displayName:bob"', { "bob@fabrikam.example" } },
  {
    '"displayName:adele" OR "displayName:bob"',
    { "adele@fabrikam.example", "bob@fabrikam.example" },
  },
  {
    '"displayName:megan" OR "mail:fabrikam" AND "displayName:adele"',
    { "megan@contoso.example", "adele@fabrikam.example" },
  },
  { '"userPrincipalName:nobody"', {} }, { '"mail:nobody" AND "displayName:bob"', {} },
}

helper.over_every_tenant(function(open)
  describe("advanced queries", function()
    local ask, emulator

    setup(function()
      ask, emulator = open { page_size = 2 }
    end)

    before_each(function()
      emulator:reset()
    end)

    local function get(path, headers)
      return ask("GET /v1.0" .. path:gsub("[ \"]", core.url_encode), nil, headers)
    end

    for _, row in ipairs(QUERIES) do
      it(row[1] .. " has to say: " .. row[2], function()
        local plain = get(row[1], PLAIN)
        assert.equal(row[2] == "none" and 200 or 400, plain.status)
        if row[2] ~= "none" then
          assert.truthy(plain.value.error.message:find("ConsistencyLevel: eventual", 1, true))
        end
        local alone = get(row[1], EVENTUAL)
        assert.equal(row[2] == "both" and 400 or 200, alone.status)
        if row[2] == "both" then
          assert.truthy(alone.value.error.message:find("$count=true", 1, true))
          assert.equal(200, get(row[1] .. "&$count=true", EVENTUAL).status)
        end
      end)
    end

    it("say it again on each page", function()
      local link = get("/users?$count=true", EVENTUAL).value["@odata.nextLink"]
      local path = link:match("^https?://[^/]+/v1.0(.*)$")
      assert.equal(400, get(path, PLAIN).status)
      assert.equal(200, get(path, EVENTUAL).status)
    end)

    for _, row in ipairs(SEARCHES) do
      it("find by " .. row[1], function()
        for _, name in ipairs { "adele", "bob" } do
          ask("POST /v1.0/invitations", {
            invitedUserEmailAddress = name .. "@fabrikam.example",
            inviteRedirectUrl = "https://app.contoso.example",
          })
        end
        local page = get("/users?$count=true&$search=" .. row[1], EVENTUAL).value
        local found = {}
        for i, user in ipairs(page.value) do
          found[i] = user.mail
        end
        assert.same(row[2], found)
        assert.equal(#row[2], page["@odata.count"])
      end)
    end

    for _, search in ipairs {
      "x", '"x"', '"mail:"', '"mail:a" NOT "mail:b"', '"mail:a" AND', '"mail:a" "mail:b"',
      '"companyName:a"', "",
    } do
      it("refuse the search " .. search, function()
        local response = get("/users?$count=true&$search=" .. search, EVENTUAL)
        assert.equal(400, response.status)
        assert.equal("invalidQueryOption", response.value.error.innerError.code)
      end)
    end
  end)
end)
