local authority = require "spec.support.authority"
local authority_errors = require "graphinvite.emulator.authority_errors"
local helper = require "spec.helper"

-- AADSTS number, and what `error` may be: every row of reference 7.5
local DOCUMENTED = {
  { 7000215, "invalid_client" }, { 7000222, "invalid_client" }, { 700027, "invalid_client" },
  { 700024, "invalid_client" }, { 70021, "invalid_request" }, { 700211, "invalid_client" },
  { 700212, "invalid_client" }, { 700213, "invalid_client" }, { 700016, "unauthorized_client" },
  { 7000218, "invalid_client" }, { 90002, "invalid_request" }, { 900023, "invalid_request" },
  { 70011, "invalid_scope" }, { 1002012, "invalid_scope" }, { 500011, "invalid_resource" },
  { 65001, "invalid_grant" }, { 50076, "interaction_required" },
  { 50079, "interaction_required" }, { 53003, "interaction_required" },
  { 70008, "invalid_grant" }, { 700082, "invalid_grant" }, { 50173, "invalid_grant" },
  { 70016, "authorization_pending" }, { 70018, "bad_verification_code" },
  { 70020, "expired_token" }, { 50196, "invalid_grant" }, { 90033, "temporarily_unavailable" },
}

describe("the authority's errors", function()
  it("have status, error, number, message and source", function()
    for key, row in pairs(authority_errors.ROWS) do
      assert.truthy(row[1] == 401 or row[1] == 400 or row[1] >= 500, key)
      assert.equal(row[1] == 401, row[2] == "invalid_client", key)
      assert.equal("number", type(row[3]), key)
      assert.truthy(row.source:find "GEN" or row.source:find "docs" or row.source:find "own", key)
      assert.is_nil(authority_errors.message(key, "50%"):find("%s", 1, true), key)
    end
  end)
end)

helper.over_every_tenant(function(open)
  describe("fail_token", function()
    local ask, emulator

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
    end)

    local function token()
      return authority.post(ask, "token", authority.form())
    end

    for _, row in ipairs(DOCUMENTED) do
      it(("refuses the next token with AADSTS%d"):format(row[1]), function()
        emulator:fail_token { number = row[1] }
        local response = token()
        assert.equal(row[2], response.value.error)
        assert.same({ row[1] }, response.value.error_codes)
        assert.equal(tostring(row[1]),
          response.value.error_description:match "^AADSTS(%d+): %u%w* .*Trace ID: ")
        assert.equal(200, token().status)
      end)
    end

    it("refuses as many as it is told, in order", function()
      emulator:fail_token { number = 50196, count = 2 }
      emulator:fail_token { number = 65001 }
      for _, number in ipairs { 50196, 50196, 65001 } do
        assert.same({ number }, token().value.error_codes)
      end
      assert.equal(200, token().status)
    end)

    it("tells what Conditional Access wants, and when to come again", function()
      emulator:fail_token { number = 53003 }
      assert.matches('^{"access_token":', token().value.claims)
      emulator:fail_token { number = 90033 }
      local response = token()
      assert.equal(503, response.status)
      assert.equal("2", response.headers["retry-after"])
    end)

    it("takes numbers of the table only", function()
      for _, fields in ipairs { {}, { number = 1 }, { number = 50196, count = 0 } } do
        assert.equal(400, ask("POST /_emulator/fail_token", fields).status)
      end
    end)
  end)
end)
