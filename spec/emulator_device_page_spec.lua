local authority = require "spec.support.authority"
local helper = require "spec.helper"

helper.over_every_tenant(function(open)
  describe("the page of a device's verification_uri", function()
    local ask, emulator, device

    setup(function()
      ask, emulator = open()
    end)

    before_each(function()
      emulator:reset()
      device = authority.post(ask, "devicecode", { client_id = "app", scope = "User.Read" }).value
    end)

    local function path()
      return device.verification_uri:match "^%a+://[^/]+(/.*)$"
    end

    local function choose(outcome, code)
      return ask("POST " .. path(), authority.encode {
        user_code = code or device.user_code, outcome = outcome,
      }, { ["Content-Type"] = authority.MEDIA_TYPE, Authorization = false })
    end

    local function poll()
      return authority.post(ask, "token", {
        grant_type = authority.DEVICE, client_id = "app", device_code = device.device_code,
      })
    end

    it("asks for the code", function()
      local response = ask("GET " .. path(), nil, { Authorization = false })
      assert.equal(200, response.status)
      assert.equal("text/html; charset=utf-8", response.headers["content-type"])
      assert.matches('<input name="user_code" value=""', response.body)
    end)

    it("lets no other page look in or choose", function()
      for _, headers in ipairs { { Host = "evil.example" }, { Origin = "http://evil.example" } } do
        assert.equal(403, ask("GET " .. path(), nil, headers).status)
        headers["Content-Type"] = authority.MEDIA_TYPE
        assert.equal(403, ask("POST " .. path(), authority.encode {
          user_code = device.user_code, outcome = "approve",
        }, headers).status)
      end
      assert.equal("authorization_pending", poll().value.error)
    end)

    it("lets a person sign in", function()
      assert.matches("You have signed in", choose("approve", device.user_code:lower()).body)
      assert.equal(200, poll().status)
    end)

    it("lets a person decline", function()
      assert.matches("You have declined", choose("decline").body)
      assert.equal("authorization_declined", poll().value.error)
    end)

    it("says that nobody waits, or that there was nothing to choose", function()
      for _, row in ipairs { { "approve", "NOBODY" }, { "laugh" }, { false }, { "approve", "" } } do
        local response = choose(row[1], row[2])
        assert.equal(400, response.status)
        assert.matches("No device waits", response.body)
      end
      assert.equal("authorization_pending", poll().value.error)
    end)

    it("shows what it was given as text", function()
      local odd = '"><script>\1\228%'
      for _, response in ipairs {
        choose("approve", odd),
        ask("GET " .. path() .. "?" .. authority.encode { user_code = odd }),
      } do
        assert.truthy(response.body:find(
          'value="&#34;&#62;&#60;script&#62;&#1;&#228;%"', 1, true))
      end
    end)
  end)
end)
