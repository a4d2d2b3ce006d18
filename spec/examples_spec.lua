local crypto = require "graphinvite.crypto"
local graphinvite = require "graphinvite"
local helper = require "spec.helper"
local process = require "spec.support.process"
local scripted = require "spec.support.scripted"

local MAX_LINES = 60
local PROGRAMS = { "certificate", "invite_guest", "invite_to_call", "linkedin_update" }

local function path_of(name)
  return "examples/" .. name .. ".lua"
end

-- Compiles a program with globals of its own.
local function load_program(name, globals)
  if setfenv then -- luacheck: globals setfenv
    return setfenv(assert(loadfile(path_of(name))), globals)
  end
  return assert(loadfile(path_of(name), "t", globals))
end

local EXIT = {} -- what our os.exit raises

-- Runs a program on a client's transport. Returns what it prints, its exit status, what it raises,
-- and what it writes to stderr.
local function run(name, arguments, client, driver)
  local printed, status, errors = {}, 0, {}
  local library = setmetatable({
    new = function(options)
      options.transport, options.base_url = driver, client.settings.base_url
      return graphinvite.new(options)
    end,
  }, { __index = graphinvite })
  local globals = setmetatable({
    arg = arguments,
    print = function(text) printed[#printed + 1] = text end,
    require = function(module) return module == "graphinvite" and library or require(module) end,
    io = {
      stderr = {
        write = function(_, ...)
          errors[#errors + 1] = table.concat { ... }
        end,
      },
    },
    os = {
      getenv = function() return nil end,
      exit = function(code)
        status = code
        error(EXIT, 0)
      end,
    },
  }, { __index = _G })
  local ok, why = pcall(load_program(name, globals))
  if not ok and why ~= EXIT then
    return printed, nil, why
  end
  return printed, status, nil, table.concat(errors)
end

-- Asserts that each printed line matches its pattern.
local function assert_printed(patterns, printed)
  assert.equal(#patterns, #printed, table.concat(printed, "\n"))
  for i, pattern in ipairs(patterns) do
    assert.matches("^" .. pattern .. "$", printed[i])
  end
end

describe("an example", function()
  for _, name in ipairs(PROGRAMS) do
    it(("has at most %d lines: %s"):format(MAX_LINES, name), function()
      local count = 0
      for _ in io.lines(path_of(name)) do
        count = count + 1
      end
      assert.is_true(count <= MAX_LINES, count .. " lines")
    end)

    it("leaves no globals: " .. name, function()
      local before = {}
      for global in pairs(_G) do
        before[global] = true
      end
      local names = {}
      load_program(name, setmetatable({}, {
        __index = _G, __newindex = function(_, global) names[#names + 1] = global end,
      }))
      for global in pairs(_G) do
        assert.is_true(before[global])
      end
      assert.same({}, names)
    end)
  end
end)

-- Only a transport of the spec's own takes a certificate made for it.
describe("examples/certificate.lua", function()
  local NOWHERE = { settings = {} } -- the service's own address

  it("signs in with a file and counts", function()
    local directory = process.directory()
    local made = assert(crypto.self_signed { names = { "a.example" }, days = 2, kind = "rsa" })
    local file = assert(io.open(directory .. "/app.pem", "w"))
    file:write(made.key, made.certificate)
    file:close()
    local driver = scripted.new {
      { status = 200, body = '{"expires_in":3600,"access_token":"a.b.c"}' },
      { status = 200, headers = { ["content-type"] = "text/plain" }, body = "5" },
    }
    local arguments = { "t", "c", directory .. "/app.pem" }
    local printed, status = run("certificate", arguments, NOWHERE, driver)
    os.execute("rm -rf " .. directory)
    assert.equal(0, status)
    assert.same({ "The tenant has 5 users." }, printed)
    assert.matches("client_assertion=", driver.requests[1].body)
  end)

  -- arguments, exit status, what goes to stderr
  for _, row in ipairs {
    { {}, 2, "usage: " },
    { { "t", "c", "/nowhere/app.pem" }, 3, "cannot read /nowhere" },
  } do
    it("says what is missing: exit status " .. row[2], function()
      local driver = scripted.new { { status = 500 } }
      local printed, status, _, errors = run("certificate", row[1], NOWHERE, driver)
      assert.same({}, printed)
      assert.equal(row[2], status)
      assert.is_truthy(errors:find(row[3], 1, true), errors)
      assert.equal(0, #driver.requests)
    end)
  end
end)

helper.over_every_transport(function(open)
  describe("examples/", function()
    local client, emulator, driver
    before_each(function()
      client, emulator, driver = open()
    end)

    -- Lets something happen after so many sleeps.
    local function after_sleeps(count, act)
      local sleep, sleeps = driver.sleep, 0
      driver.sleep = function(seconds)
        sleep(seconds)
        sleeps = sleeps + 1
        if sleeps == count then
          act()
        end
      end
    end

    it("invite_guest.lua tells how a guest is invited and accepts", function()
      after_sleeps(3, function()
        local mail = emulator:mailbox()
        assert.equal(1, #mail)
        assert.equal("Welcome aboard.", mail[1].body)
        assert(emulator:redeem { url = mail[1].inviteRedeemUrl })
      end)
      local printed, status = run("invite_guest", {}, client, driver)
      assert.equal(0, status)
      assert_printed({
        "Invited adele@fabrikam%.example%.",
        "  redeem link   https://login%.microsoftonline%.com/redeem%?rd=.*ticket%%3D%*%*%*.*",
        "  status        PendingAcceptance",
        "Waiting for the guest %.%.%.",
        "  the guest     Accepted",
        "  status        Completed",
      }, printed)
    end)

    it("invite_guest.lua takes the address and the redirect", function()
      after_sleeps(1, function() assert(emulator:redeem { email = "o'hara@fabrikam.example" }) end)
      local arguments = { "o'hara@fabrikam.example", "https://other.example" }
      local printed = run("invite_guest", arguments, client, driver)
      assert.equal("Invited o'hara@fabrikam.example.", printed[1])
      assert.equal("https://other.example", emulator:invitations()[1].inviteRedirectUrl)
    end)

    it("invite_guest.lua ends with the reason when it may not invite", function()
      local _, _, why = run("invite_guest", { "a@blocked.example" }, client, driver)
      assert.matches("graph Forbidden: This invitation is blocked", why)
    end)

    it("invite_guest.lua ends with the reason when nobody accepts", function()
      after_sleeps(1, function() emulator:advance(3600) end)
      local printed, _, why = run("invite_guest", {}, client, driver)
      assert.equal(4, #printed)
      assert.matches("deadline: the guest has not accepted within 3600 s", why)
    end)

    it("invite_to_call.lua tells how people come into a call", function()
      local printed, status = run("invite_to_call", {}, client, driver)
      assert.equal(0, status)
      local guid = ("%x"):rep(8) .. "%-.*"
      assert_printed({
        "Call " .. guid .. ", state establishing%.",
        "Invited 2 people, operation " .. guid .. "%.",
        "  status        Running",
        "  status        completed",
        "  in the call   278405a3%-f568%-4b3e%-b684%-009193463064",
        "  in the call   " .. guid,
      }, printed)
      local journal = emulator:requests()
      assert.equal("DELETE", journal[#journal].method)
      assert.equal(204, journal[#journal].status)
    end)

    it("invite_to_call.lua takes the people, and exits with 1 when they do not come", function()
      emulator:operation_outcome { outcome = "busy" }
      local printed, status = run("invite_to_call", { "u1" }, client, driver)
      assert.equal(1, status)
      assert.matches("^Invited 1 people", printed[2])
      assert.equal("  failed        graph 486: The callee is busy. DiagCode: 486#0.@", printed[4])
    end)

    it("linkedin_update.lua tells what it changes", function()
      local printed, status = run("linkedin_update", { "campaign-8" }, client, driver)
      assert.equal(0, status)
      assert_printed({
        "LinkedIn invitation %x+%-.*%.",
        "  trackingId    %(none%)",
        "  trackingId    campaign%-8",
        "  template      invite_member_28",
        "  lastModified  1485388767467",
      }, printed)
    end)
  end)
end)
