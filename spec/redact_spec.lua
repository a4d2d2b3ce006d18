local redact = require "graphinvite.redact"

-- Text with a secret, which is "4711" wherever it stands, and what remains.
local TEXTS = {
  -- JSON
  { '{"inviteRedeemUrl":"https://h/?ticket=4711"}', '{"inviteRedeemUrl":"***"}' },
  { '{"inviteRedeemUrl" : "4711","status":"x"}', '{"inviteRedeemUrl" : "***","status":"x"}' },
  { '[{"validationToken":"4711"},{"validationToken":"4711"}]',
    '[{"validationToken":"***"},{"validationToken":"***"}]' },
  { '{"access_token":"4711","expires_in":3599}', '{"access_token":"***","expires_in":3599}' },
  { '{"refresh_token":"4711","id_token":"4711"}', '{"refresh_token":"***","id_token":"***"}' },
  { '{"device_code":"4711"}', '{"device_code":"***"}' },
  { '{"client_secret":"a\\"4711"}', '{"client_secret":"***"}' },
  { '{"client_secret":"a\\\\","x":"y"}', '{"client_secret":"***","x":"y"}' },
  { '{"client_secret":"4711', '{"client_secret":"***"' },
  { '{"client_secret":""}', '{"client_secret":"***"}' },
  -- forms
  { "client_id=a&client_secret=4711%7E&scope=b", "client_id=a&client_secret=***&scope=b" },
  { "client_secret=4711", "client_secret=***" },
  { "client_assertion_type=urn&client_assertion=4711.4711",
    "client_assertion_type=urn&client_assertion=***" },
  { "assertion=4711&x=1", "assertion=***&x=1" },
  { "grant_type=refresh_token&refresh_token=4711", "grant_type=refresh_token&refresh_token=***" },
  { "device_code=4711&username=a&password=4711", "device_code=***&username=a&password=***" },
  -- headers in a text
  { "Authorization: Bearer 4711.x-_~+/=", "Authorization: Bearer ***" },
  { "authorization: bearer 4711", "authorization: bearer ***" },
  { "Authorization: BEARER 4711", "Authorization: BEARER ***" },
  { "Proxy-Authorization: Basic 4711=", "Proxy-Authorization: Basic ***" },
  -- redeem links, as they are and encoded once and twice more (reference 5.1)
  { "https://h/redeem/?tenant=t&user=u&ticket=4711%3D&lc=1033",
    "https://h/redeem/?tenant=t&user=u&ticket=***&lc=1033" },
  { "see https://h/redeem/?ticket=4711", "see https://h/redeem/?ticket=***" },
  { "https://h/redeem?rd=https%3A%2F%2Fh%2F%3Fticket%3D4711",
    "https://h/redeem?rd=https%3A%2F%2Fh%2F%3Fticket%3D***" },
  { "https://h/?rd=x%26ticket%3d4711%253D%26ver%3D2.0", "https://h/?rd=x%26ticket%3d***" },
  { "rd=x%2526ticket%253D4711", "rd=x%2526ticket%253D***" },
  { "a\\u0026ticket=4711\\u0026lc=1", "a\\u0026ticket=***\\u0026lc=1" },
  -- tokens as such
  { "AADSTS50027: eyJ4711.eyJ4711.4711-_ is no token", "AADSTS50027: *** is no token" },
  { "'eyJ4711.4711.'", "'***'" },
  -- a URL with a password
  { "no answer from http://user:4711@proxy:3128/", "no answer from http://***@proxy:3128/" },
}

local HARMLESS = {
  "", "graph Request_BadRequest: No.", '{"status":"PendingAcceptance","id":"4711"}',
  "https://graph.microsoft.com/v1.0/users?$filter=mail%20eq%20'a@b.c'", "the ticket is sold out",
  "token_type=Bearer&expires_in=3599", '{"token_type":"Bearer"}', "forbearer news",
  "eyJ4711", "eyJ4711.4711", "the eyJ. of 4711. is",
  "client_id=4711&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
}

local HEADERS = {
  "Authorization", "authorization", "Proxy-Authorization", "X-IDENTITY-HEADER", "Secret",
  "Set-Cookie", "Cookie",
}

-- What a long text may be made of, at which a careless pattern begins again and again.
local UNITS = {
  "x", " ", '"', "\\", "{", "[", "://", "bearer ", "basic ", "ticket=", "@", "%", "x@",
  "eyJ", "eyJ.", "eyJ.a", "eyJ-",
}

describe("redact", function()
  for _, row in ipairs(TEXTS) do
    it("takes the secret out of " .. row[1], function()
      local text = redact.text(row[1])
      assert.is_nil(text:find("4711", 1, true), text)
      assert.equal(row[2], text)
    end)

    it("changes nothing a second time in " .. row[2], function()
      assert.equal(row[2], redact.text(row[2]))
    end)
  end

  for _, text in ipairs(HARMLESS) do
    it(("leaves %q as it is"):format(text), function()
      assert.equal(text, redact.text(text))
    end)
  end

  for _, value in ipairs { "4711", '["4711"]', '{"x":"4711"}' } do
    it("takes a secret member out whose value is " .. value, function()
      local text = redact.text('{"validationToken":' .. value .. ',"x":1}')
      assert.is_nil(text:find("4711", 1, true), text)
    end)
  end

  for _, name in ipairs(HEADERS) do
    it("hides the header " .. name, function()
      local given = { [name] = "4711", ["request-id"] = "r" }
      assert.same({ [name] = "***", ["request-id"] = "r" }, redact.headers(given))
      assert.equal("4711", given[name])
    end)
  end

  it("takes a redeem link out of a header that it leaves", function()
    assert.same({ location = "https://h/?ticket=***", retries = "4" },
      redact.headers { location = "https://h/?ticket=4711", retries = 4 })
  end)

  it("copies a record without its secrets", function()
    local row = { name = "invitations.create" }
    local record = {
      method = "POST", url = "https://h/?ticket=4711", headers = { Authorization = "4711" },
      body = '{"inviteRedeemUrl":"4711"}', op = row, status = 200,
    }
    local copy = redact.record(record)
    assert.same({
      method = "POST", url = "https://h/?ticket=***", headers = { Authorization = "***" },
      body = '{"inviteRedeemUrl":"***"}', op = row, status = 200,
    }, copy)
    assert.equal("4711", record.headers.Authorization)
  end)

  it("copies no field that has no name: what a transport keeps for itself", function()
    assert.is_nil(redact.record({ status = 200, "HTTP/1.1 200 OK" })[1])
  end)

  it("copies a record that has no headers", function()
    assert.equal(204, redact.record({ status = 204 }).status)
  end)

  for _, unit in ipairs(UNITS) do
    it(("comes to an end on a long text of %q"):format(unit), function()
      assert.is_string(redact.text(unit:rep(200000)))
      assert.is_string(redact.text('{"password":' .. unit:rep(200000)))
    end)
  end

  it("finds every secret of a long page", function()
    local text = redact.text('{"value":[' .. ('{"inviteRedeemUrl":"4711"},'):rep(2000) .. "{}]}")
    assert.is_nil(text:find("4711", 1, true))
    local _, hidden = text:gsub('"inviteRedeemUrl":"%*%*%*"', "")
    assert.equal(2000, hidden)
  end)
end)
