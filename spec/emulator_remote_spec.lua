local controls = require "graphinvite.emulator.controls"
local emulators = require "graphinvite.emulator"
local errors = require "graphinvite.errors"

-- What the controls do is in emulator_controls_spec.lua, over every transport. Here is what only
-- the way over HTTP has.
describe("remote", function()
  -- Controls at an address, with a transport that gives an answer and notes the request.
  local function connect(status, body)
    local seen = {}
    return emulators.connect("http://host/", {
      send = function(request)
        seen.method, seen.url, seen.body = request.method, request.url, request.body
        if not status then
          return errors.fail("transport", "nobody is there", { sent = false })
        end
        return { status = status, headers = {}, body = body }
      end,
    }), seen
  end

  it("reads by GET", function()
    local remote, seen = connect(200, '{"value":[{"to":"a@b.example"}]}')
    assert.same({ { to = "a@b.example" } }, remote:mailbox())
    assert.same({ method = "GET", url = "http://host/_emulator/mailbox" }, seen)
  end)

  it("acts by POST", function()
    local remote, seen = connect(200, '{"value":[{"email":"a@b.example"}]}')
    assert.same({ email = "a@b.example" }, remote:redeem { email = "a@b.example" })
    assert.equal("POST", seen.method)
    assert.equal('{"email":"a@b.example"}', seen.body)
    remote = connect(200, '{"value":[]}')
    assert.is_true(remote:advance(1))
  end)

  it("raises when the emulator is not there, or is something else", function()
    for _, remote in ipairs {
      (connect()), (connect(200, "<html>")), (connect(502, "<html>")),
      emulators.connect("http://127.0.0.1:1"),
    } do
      assert.is_false((pcall(remote.mailbox, remote)))
    end
  end)

  it("raises a script's mistake, and returns what the tenant refuses", function()
    local remote = connect(400, '{"error":{"code":"BadRequest","message":"seconds: required"}}')
    assert.error_matches(function() remote:advance {} end, "seconds: required")
    remote = connect(404, '{"error":{"code":"NotFound","message":"no such guest"}}')
    local redeemed, err = remote:redeem { email = "x" }
    assert.is_nil(redeemed)
    assert.equal("no such guest", err.message)
    assert.equal(404, err.status)
  end)

  it("knows every control", function()
    local emulator, remote = emulators.new(), connect()
    for name in pairs(controls.ROWS) do
      assert.equal("function", type(emulator[name]))
      assert.equal("function", type(remote[name]))
    end
  end)
end)
