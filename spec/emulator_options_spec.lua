local emulators = require "graphinvite.emulator"
local options = require "graphinvite.emulator.options"

describe("options", function()
  it("have the presets of design 9", function()
    assert.same({
      profile = "modelled", cloud = "global", strict = false, seed = 1, clock = "virtual",
      replication = 0, page_size = 100, throttle = false,
      identity_header = "emulator", hosts = {},
    }, options.read())
  end)

  it("may all be given", function()
    local given = {
      profile = "live", cloud = "china", strict = true, seed = 0, clock = "real",
      replication = 0.5, page_size = 1, throttle = false,
      identity_header = "secret", arc_directory = "/tmp", hosts = { "tenant.example" },
    }
    assert.same(given, options.read(given))
  end)

  -- options, what is raised
  local FAULTS = {
    { { profil = "live" }, "unknown option profil %(did you mean profile%?%)" },
    { { [1] = "x" }, "unknown option 1" },
    { { profile = "real" }, 'option profile is one of "modelled", "live", this is real' },
    { { cloud = 1 }, "option cloud is one of" },
    { { strict = "yes" }, "option strict is true or false" },
    { { seed = -1 }, "option seed is a whole number from 0" },
    { { seed = 1.5 }, "option seed is" }, { { seed = 1 / 0 }, "option seed is" },
    { { seed = "1" }, "option seed is" }, { { page_size = 0 }, "option page_size is" },
    { { replication = -1 }, "option replication is" },
    { { replication = 0 / 0 }, "option replication is" },
    { { identity_header = "" }, "option identity_header is a text" },
    { { hosts = "x" }, "option hosts is a list of host names" },
    { { hosts = { "" } }, "option hosts is a list of host names" },
    { { arc_directory = true }, "option arc_directory is a text with something in it" },
    { { clock = "fast" }, "option clock is" }, { { throttle = true }, "option throttle is" },
    { 7, "are a table, this is a number" },
  }
  for _, row in ipairs(FAULTS) do
    it("raise at the caller's line: " .. row[2], function()
      local _, message = pcall(function()
        emulators.new(row[1])
      end)
      assert.truthy(message:find(row[2]))
      assert.truthy(message:find("emulator_options_spec.lua", 1, true))
    end)
  end
end)
