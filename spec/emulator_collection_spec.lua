local helper = require "spec.helper"

helper.over_every_tenant(function(open)
  describe("a collection", function()
    local ask, emulator

    setup(function()
      ask, emulator = open { page_size = 4 }
    end)

    before_each(function()
      emulator:reset()
    end)

    local function invite(count)
      for i = 1, count do
        ask("POST /v1.0/invitations", {
          invitedUserEmailAddress = ("guest%d@fabrikam.example"):format(i),
          inviteRedirectUrl = "https://app.contoso.example",
          invitedUserDisplayName = ("Guest %d"):format(10 - i),
        })
      end
    end

    -- Follows the links of a page. Returns the sizes of the pages and a member of each item.
    local function walk(path, member)
      local sizes, items = {}, {}
      while path do
        local page = ask("GET " .. path).value
        sizes[#sizes + 1] = #page.value
        for _, item in ipairs(page.value) do
          items[#items + 1] = item[member]
        end
        path = page["@odata.nextLink"]
        path = path and path:match("^https?://[^/]+(.*)$")
      end
      return sizes, items
    end

    local function addresses(from, to)
      local list = {}
      for i = from, to do
        list[#list + 1] = ("guest%d@fabrikam.example"):format(i)
      end
      return list
    end

    it("comes in pages of the server's size: reference 3.9", function()
      invite(9)
      local sizes, items = walk("/v1.0/invitations", "invitedUserEmailAddress")
      assert.same({ 4, 4, 1 }, sizes)
      assert.same(addresses(1, 9), items)
    end)

    it("ends without a link when the last page is full: reference 3.9", function()
      invite(8)
      assert.same({ 4, 4 }, (walk("/v1.0/invitations", "id")))
    end)

    it("takes a smaller page by $top, and no larger one: reference 3.9", function()
      invite(5)
      assert.same({ 2, 2, 1 }, (walk("/v1.0/invitations?$top=2", "id")))
      assert.same({ 4, 1 }, (walk("/v1.0/invitations?$top=999", "id")))
      assert.same({ 0 }, (walk("/v1.0/invitations?$top=0", "id")))
    end)

    it("skips: reference 3.8", function()
      invite(9)
      local sizes, items = walk("/v1.0/invitations?$skip=3", "invitedUserEmailAddress")
      assert.same({ 4, 2 }, sizes)
      assert.same(addresses(4, 9), items)
    end)

    it("keeps filter and selection in its links", function()
      invite(9)
      local path = "/v1.0/users?$filter=userType%20eq%20'Guest'&$select=mail&$top=4"
      local sizes, items = walk(path, "mail")
      assert.same({ 4, 4, 1 }, sizes)
      assert.same(addresses(1, 9), items)
    end)

    it("is ordered, equal items as they came: reference 3.8", function()
      invite(9)
      local guests = "/v1.0/users?$filter=userType%20eq%20'Guest'&$orderby="
      local _, names = walk(guests .. "displayName", "displayName")
      assert.equal("Guest 1", names[1])
      assert.equal("Guest 9", names[9])
      _, names = walk(guests .. "displayName%20desc", "displayName")
      assert.equal("Guest 9", names[1])
      _, names = walk(guests .. "userType,mail%20desc", "mail")
      assert.equal("guest9@fabrikam.example", names[1])
      _, names = walk(guests .. "userType", "mail")
      assert.same(addresses(1, 9), names)
    end)

    it("is not disturbed by what is made or deleted between pages", function()
      invite(6)
      local first = ask("GET /v1.0/invitations?$top=3").value
      ask("DELETE /v1.0/invitations/" .. first.value[1].id)
      invite(1)
      local rest = first["@odata.nextLink"]:match("^https?://[^/]+(.*)$")
      local _, items = walk(rest, "invitedUserEmailAddress")
      assert.same({
        "guest4@fabrikam.example", "guest5@fabrikam.example", "guest6@fabrikam.example",
        "guest1@fabrikam.example",
      }, items)
    end)

    it("counts on the first page only: reference 3.1", function()
      invite(6)
      local first = ask("GET /v1.0/invitations?$count=true&$top=2").value
      assert.equal(6, first["@odata.count"])
      local second = ask("GET " .. first["@odata.nextLink"]:match("^https?://[^/]+(.*)$")).value
      assert.is_nil(second["@odata.count"])
      assert.is_nil(ask("GET /v1.0/invitations?$count=false").value["@odata.count"])
      local guests = ask("GET /v1.0/users?$count=true&$filter=userType%20eq%20'Guest'").value
      assert.equal(6, guests["@odata.count"])
    end)

    it("is counted as plain text: reference 2.1 A3", function()
      invite(2)
      local response = ask("GET /v1.0/invitations/$count")
      assert.equal("2", response.body)
      assert.equal("text/plain", response.headers["content-type"])
      assert.equal("2", ask("GET /v1.0/users/$count?$filter=userType%20eq%20'Guest'").body)
    end)

    it("shows the selected members and no others: reference 3.8", function()
      invite(1)
      assert.same({ { mail = "guest1@fabrikam.example" } },
        ask("GET /v1.0/users?$select=mail&$filter=userType%20eq%20'Guest'").value.value)
      local id = emulator:invitations()[1].id
      local one = ask("GET /v1.0/invitations/" .. id .. "?$select=status,x").value
      one["@odata.context"], one["@odata.etag"] = nil, nil
      assert.same({ status = "PendingAcceptance" }, one)
    end)

    it("is empty where nothing is: reference 3.3", function()
      helper.assert_json_has('{"value":[]}', ask("GET /v1.0/invitations").body)
    end)

    -- query options that are refused with 400
    local FAULTS = {
      "$top=-1", "$top=x", "$top=1.5", "$top=99999999999999999999", "$top=", "$skip=-1",
      "$count=maybe", "$skiptoken=1", "$skiptoken=graphinvite-0", "$skiptoken=graphinvite-zz",
      "$skiptoken=graphinvite-fffffffff", "$orderby=a%20b%20c", "$orderby=a%20up", "$what=1",
      "$search=x", "$expand=nothing", "$expand=a,b", "$expand=", "$format=xml", "$top=1&$top=2",
      "$filter=", "$filter=%ZZ", "$filter=%", "a%=1", "$filter=a%20eq", "$filter=(a%20eq%201",
    }
    for _, query in ipairs(FAULTS) do
      it("refuses ?" .. query, function()
        local response = ask("GET /v1.0/invitations?" .. query)
        assert.equal(400, response.status)
        assert.equal("BadRequest", response.value.error.code)
        assert.equal("invalidQueryOption", response.value.error.innerError.code)
      end)
    end

    -- query options that do nothing here
    for _, query in ipairs { "", "&", "x=1", "a=b&c", "$format=json", "$select=id&x=%41" } do
      it("takes ?" .. query, function()
        assert.equal(200, ask("GET /v1.0/invitations?" .. query).status)
      end)
    end
  end)
end)
