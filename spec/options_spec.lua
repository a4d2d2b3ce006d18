local options = require "graphinvite.options"

-- Design, section 5: every option of a client with its preset.
local CLIENT = {
  cloud = "global", version = "v1.0", profile = "modelled", flavour = "graph", deadline = 100,
  timeout = 30, repeat_unsafe = false, repeat_on_503 = true, max_body = 16777216,
  shared = "graphinvite",
}

-- Values that each option takes, and some that it does not.
local VALUES = {
  cloud = { { "global", "usgov", "dod", "china" }, { "Global", "mars", 5, true } },
  version = { { "v1.0", "beta" }, { "v2.0", 1 } },
  base_url = { { "http://127.0.0.1:1/v1.0" }, { {}, 5 } },
  auth = { { { acquire = print } }, { "token", 5, {} } },
  authority = { { "https://login.microsoftonline.us" }, { {}, 5 } },
  hosts = { { {}, { "https://h" } }, { "https://h" } },
  transport = {
    { { send = print, sleep = print, now = print, wall = print } },
    { "curl", print, {}, { send = print, sleep = print, now = print } },
  },
  profile = { { "modelled", "live" }, { "strict", 5 } },
  flavour = { { "graph", "aadinvitemgr" }, { "AADInviteMgr", 5 } },
  deadline = { { 0.5, 100, math.huge }, { 0, -1, "100", 0 / 0 } },
  timeout = { { 0.5, 30 }, { 0, -1, "30", 0 / 0 } },
  retry = { { false, {}, { attempts = 2 } }, { 5, "never" } },
  repeat_unsafe = { { true, false }, { "yes", 1 } },
  repeat_on_503 = { { true, false }, { "yes", 1 } },
  max_body = { { 1, 2 ^ 32 }, { 0, -1, "1k" } },
  tls = { { {}, { verify = false } }, { true, "ca.pem" } },
  proxy = { { "http://proxy:3128" }, { {}, 5 } },
  unix_socket = { { "/run/x" }, { {}, 5 } },
  user_agent = { { "me/1.0" }, { {}, 5 } },
  headers = { { {}, { Prefer = "return=minimal" } }, { "Prefer: x" } },
  shared = { { "x" }, { {}, 5 } },
  on_request = { { print }, { {}, "x" } },
  on_response = { { print }, { {}, "x" } },
  log = { { print }, { {}, true } },
  unknown = { { "keep", "refuse" }, { "drop", true } },
  int64 = { { "number", "string" }, { "text", true } },
  status = { { "given", "schema" }, { "Schema", true } },
}

-- The options that only a client has; the options that only a call has, with a value.
local CLIENT_ONLY = { cloud = "global", auth = {}, transport = {} }
local CALL_ONLY = {
  top = 5, skip = 5, filter = "x", select = { "id" }, orderby = "id", expand = "x", search = "x",
  count = true, link = "https://h/", interval = 5,
}

-- What calling says, where it raises; and that it raises at the line it was called from.
local function message_of(given, where)
  local line = debug.getinfo(1, "l").currentline + 1
  local ok, message = pcall(function() options.verify(given, where) end)
  if ok then
    return nil
  end
  local place = ("options_spec.lua:%d: "):format(line)
  local from, to = message:find(place, 1, true)
  assert.is_number(from, message .. " is not at line " .. line)
  return message:sub(to + 1)
end

describe("options", function()
  it("are complete with their presets", function()
    local settings = options.client()
    assert.matches("^graphinvite/%d", settings.user_agent)
    settings.user_agent = nil
    assert.same(CLIENT, settings)
  end)

  it("take the place of presets", function()
    local given = { deadline = 5, repeat_on_503 = false }
    local settings = options.client(given)
    assert.equal(5, settings.deadline)
    assert.is_false(settings.repeat_on_503)
    assert.equal(30, settings.timeout)
    assert.same({ deadline = 5, repeat_on_503 = false }, given)
  end)

  for name, row in pairs(VALUES) do
    it("take the values of " .. name, function()
      for _, value in ipairs(row[1]) do
        assert.is_nil(message_of({ [name] = value }, "client"))
        if CLIENT_ONLY[name] == nil then
          assert.is_nil(message_of({ [name] = value }, "call"))
        end
      end
    end)

    it("raise for other values of " .. name, function()
      for _, value in ipairs(row[2]) do
        assert.matches("^option " .. name .. " is ", message_of({ [name] = value }, "client"))
      end
    end)
  end

  for name, value in pairs(CLIENT_ONLY) do
    it("of a call are not " .. name, function()
      assert.matches("^unknown option " .. name, message_of({ [name] = value }, "call"))
    end)
  end

  for name, value in pairs(CALL_ONLY) do
    it("of a client are not " .. name .. ", but those of a call are", function()
      assert.matches("^unknown option " .. name, message_of({ [name] = value }, "client"))
      assert.is_nil(message_of({ [name] = value }, "call"))
      assert.matches("^option " .. name .. " is ", message_of({ [name] = print }, "call"))
    end)
  end

  for _, row in ipairs {
    { { dealine = 5 }, "client", "unknown option dealine (did you mean deadline?)" },
    { { baseurl = "x" }, "client", "unknown option baseurl (did you mean base_url?)" },
    { { selct = "id" }, "call", "unknown option selct (did you mean select?)" },
    { { zzzzzz = 5 }, "client", "unknown option zzzzzz" },
    { { "x" }, "client", "unknown option 1" },
    { { [true] = 5 }, "call", "unknown option true" },
    { { profile = "life" }, "client", 'option profile is one of "modelled", "live"' },
    { { deadline = "5" }, "client", "option deadline is a number, this is a string" },
    { { timeout = 0 }, "call", "option timeout is above 0" },
  } do
    it("say what is wrong: " .. row[3], function()
      assert.equal(row[3], message_of(row[1], row[2]))
    end)
  end

  for _, value in ipairs { "x", 5, true, print } do
    it("are a table, not a " .. type(value), function()
      local ok, message = pcall(options.client, value)
      assert.is_false(ok)
      assert.matches("takes a table of options, this is a " .. type(value), message, 1, true)
    end)
  end

  it("merge into a table of their own", function()
    local below, above = { a = 1, b = 2 }, { b = false, c = 3 }
    assert.same({ a = 1, b = false, c = 3 }, options.merge(below, above))
    assert.same({ a = 1, b = 2 }, below)
    assert.same({ b = false, c = 3 }, above)
  end)
end)
