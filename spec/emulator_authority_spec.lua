local core = require "graphinvite.core"
local grants = require "graphinvite.emulator.grants"
local helper = require "spec.helper"

local TENANT = "4f3a6a3e-8c53-4d3f-9e19-3f0e6f5f5d11"
local FORM = { ["Content-Type"] = "application/x-www-form-urlencoded", Authorization = false }
local GRAPH = "https://graph.microsoft.com/.default"
local NIL_GUID = "00000000-0000-0000-0000-000000000000"

local function form(changes)
  local fields = {
    grant_type = "client_credentials", client_id = "app", client_secret = "s&c=r t", scope = GRAPH,
  }
  for name, value in pairs(changes or {}) do
    fields[name] = value or nil
  end
  local parts = {}
  for name, value in pairs(fields) do
    parts[#parts + 1] = name .. "=" .. core.url_encode(value)
  end
  return table.concat(parts, "&")
end

-- key in grants.lua, what changes in the form, tenant: reference 7.2 and 7.5
local REFUSED = {
  { "parameter_missing", { grant_type = false } },
  { "parameter_missing", { client_id = false } },
  { "parameter_missing", { scope = "" } },
  { "grant", { grant_type = "password" } },
  { "tenant_unknown", {}, NIL_GUID },
  { "tenant_unknown", {}, "contoso.invalid" },
  { "tenant_malformed", {}, "contoso" },
  { "tenant_malformed", {}, "common" },
  { "tenant_malformed", {}, "organizations" },
  { "client_unknown", { client_id = NIL_GUID } },
  { "secret_missing", { client_secret = false } },
  { "secret_missing", { client_secret = "" } },
  { "secret_wrong", { client_secret = "wrong" } },
  { "secret_expired", { client_secret = "expired" } },
  { "assertion", { client_secret = false, client_assertion = "a.b.c" } },
  { "scope_malformed", { scope = GRAPH .. " " .. GRAPH } },
  { "scope_default", { scope = "User.Invite.All" } },
  { "resource", { scope = "https://graph.microsoft.us/.default" } },
  { "resource", { scope = "api://nothing/.default" } },
}

helper.over_every_tenant(function(open)
  describe("the authority", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    local function token(changes, tenant, headers)
      local line = "POST /" .. (tenant or TENANT) .. "/oauth2/v2.0/token"
      return ask(line, form(changes), headers or FORM)
    end

    local function read(bearer)
      return ask("GET /v1.0/users/$count", nil, { Authorization = bearer })
    end

    it("gives a token that opens Graph until it expires: reference 7.2", function()
      local response = token()
      assert.equal(200, response.status)
      assert.equal("Bearer", response.value.token_type)
      assert.equal(3599, response.value.expires_in)
      local bearer = "Bearer " .. response.value.access_token
      emulator:advance(3598)
      assert.equal(200, read(bearer).status)
      emulator:advance(1)
      local refused = read(bearer)
      assert.equal(401, refused.status)
      assert.truthy(refused.value.error.message:find("expired", 1, true))
    end)

    it("gives each time another token", function()
      assert.not_equal(token().value.access_token, token().value.access_token)
    end)

    it("takes a domain for the tenant, and Graph's id for the resource", function()
      assert.equal(200, token({ scope = "00000003-0000-0000-c000-000000000000/.default" },
        "contoso.onmicrosoft.com").status)
    end)

    it("takes client and secret by HTTP Basic: reference 7.2", function()
      -- "app:a%3Ab" and "app:wrong" in base64
      for code, basic in pairs { [200] = "YXBwOmElM0Fi", [401] = "YXBwOndyb25n" } do
        assert.equal(code, token({ client_id = false, client_secret = false }, nil, {
          ["Content-Type"] = FORM["Content-Type"], Authorization = "Basic " .. basic,
        }).status)
      end
    end)

    for _, row in ipairs(REFUSED) do
      local error_row = grants.ROWS[row[1]]
      it(("answers AADSTS%d to %s"):format(error_row[3], form(row[2]):gsub("&.*", "")), function()
        local response = token(row[2], row[3])
        assert.equal(error_row[1], response.status)
        assert.equal(error_row[2], response.value.error)
        assert.same({ error_row[3] }, response.value.error_codes)
        local text = response.value.error_description
        assert.equal(("AADSTS%d: "):format(error_row[3]), text:match("^AADSTS%d+: "))
        local ending = "Trace ID: %S+ Correlation ID: %S+ Timestamp: 2026%-01%-01 00:00:00Z$"
        assert.truthy(text:find(ending))
        for _, name in ipairs { "timestamp", "trace_id", "correlation_id" } do
          assert.equal("string", type(response.value[name]))
        end
      end)
    end

    it("refuses what is no form", function()
      local path = "/" .. TENANT .. "/oauth2/v2.0/token"
      -- line, body, content type, AADSTS number
      local rows = {
        { "GET", nil, nil, 900561 }, { "POST", "{}", "application/json", 900144 },
        { "POST", "a=%zz", FORM["Content-Type"], 9000411 },
        { "POST", "a=1&a=2", FORM["Content-Type"], 9000411 },
        { "POST", "", FORM["Content-Type"], 900144 },
        { "POST", "\255=\254", FORM["Content-Type"], 900144 },
      }
      for _, row in ipairs(rows) do
        local response = ask(row[1] .. " " .. path, row[2], {
          ["Content-Type"] = row[3], Authorization = false,
        })
        assert.equal(400, response.status)
        assert.same({ row[4] }, response.value.error_codes)
      end
    end)

    it("is in the journal, without anything secret", function()
      token()
      local entry = emulator:requests()[1]
      assert.equal("/" .. TENANT .. "/oauth2/v2.0/token", entry.path)
      assert.equal(200, entry.status)
      for _, value in pairs(entry) do
        assert.is_nil(tostring(value):find("s&c=r t", 1, true))
      end
    end)

    -- Authorization, what the message says: reference 4.4
    local BEARERS = {
      { false, "Access token is empty." },
      { "Bearer", "Access token is empty." },
      { "Basic YXBwOmE=", "Access token is empty." },
      { "Bearer nonsense", "IDX14100: JWT is not well formed" },
      { "Bearer a.b.c", "CompactToken parsing failed" },
    }
    for _, row in ipairs(BEARERS) do
      it("refuses Authorization " .. tostring(row[1]), function()
        for _, line in ipairs { "GET /v1.0/users", "GET /v1.0/nothing", "GET /" } do
          local response = ask(line, nil, { Authorization = row[1] })
          assert.equal(401, response.status)
          assert.equal("InvalidAuthenticationToken", response.value.error.code)
          assert.truthy(response.value.error.message:find(row[2], 1, true))
        end
      end)
    end

    it("takes the bearer's scheme in any case", function()
      assert.equal(200, read("bearer emulator").status)
      assert.equal(200, read("BEARER  " .. token().value.access_token).status)
    end)

    it("refuses a token for another resource: reference 4.4", function()
      local other = token({ scope = "https://management.azure.com/.default" }).value.access_token
      local response = read("Bearer " .. other)
      assert.equal(401, response.status)
      assert.truthy(response.value.error.message:find("Invalid audience", 1, true))
    end)

    it("forgets its tokens with a reset", function()
      local bearer = "Bearer " .. token().value.access_token
      emulator:reset()
      assert.equal(401, read(bearer).status)
    end)
  end)
end)
