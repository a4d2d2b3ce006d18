local core = require "graphinvite.core"

-- Text, the same for a segment of a path or a value in a query.
local ENCODED = {
  { "", "" }, { "azAZ09-._~", "azAZ09-._~" }, { "a b", "a%20b" }, { "a+b", "a%2Bb" },
  { "a/b?c#d&e=f", "a%2Fb%3Fc%23d%26e%3Df" }, { "100%", "100%25" }, { "urn:li:x", "urn%3Ali%3Ax" },
  { "a#EXT#@b", "a%23EXT%23%40b" }, { "it's", "it%27s" }, { "é漢", "%C3%A9%E6%BC%A2" },
  { "\0\r\n\127\255", "%00%0D%0A%7F%FF" }, { "[`{|}^\\]", "%5B%60%7B%7C%7D%5E%5C%5D" },
}

local GUID = ("^xxxxxxxx-xxxx-4xxx-[89ab]xxx-xxxxxxxxxxxx$"):gsub("x", "%%x"):gsub("%-", "%%-")

local OPTIONS = { "base_url", "deadline", "timeout", "transport" }

-- Word, the option that was meant.
local MEANT = {
  { "deadline", "deadline" }, { "dealine", "deadline" }, { "Deadline", "deadline" },
  { "timout", "timeout" }, { "baseurl", "base_url" }, { "base_ulr", "base_url" },
  { "transpo", "transport" }, { "zzzz", nil }, { "", nil }, { ("x"):rep(1000), nil },
}

describe("core.url_encode", function()
  for _, row in ipairs(ENCODED) do
    it(("makes %q of %q"):format(row[2], row[1]), function()
      assert.equal(row[2], (core.url_encode(row[1])))
    end)
  end

  it("takes a long text", function()
    assert.equal(("%20"):rep(100000), (core.url_encode((" "):rep(100000))))
  end)
end)

describe("core.suggest", function()
  for _, row in ipairs(MEANT) do
    it(("finds %s for %q"):format(row[2] or "nothing", row[1]:sub(1, 20)), function()
      assert.equal(row[2], (core.suggest(row[1], OPTIONS)))
    end)
  end

  it("passes over what is no text, and takes an empty list", function()
    assert.equal("deadline", core.suggest("deadlin", { {}, true, 5, "deadline" }))
    assert.is_nil((core.suggest("deadlin", {})))
  end)
end)

describe("core", function()
  it("makes random GUIDs of version 4, each another one", function()
    local seen = {}
    for _ = 1, 1000 do
      local guid = core.uuid()
      assert.matches(GUID, guid)
      assert.equal(guid:lower(), guid)
      assert.is_nil(seen[guid])
      seen[guid] = true
    end
  end)

  if rawget(_G, "jit") then -- the others cannot fork
    it("makes other GUIDs in a child than in its parent", function()
      local ffi = require "ffi"
      ffi.cdef "int fork(void); void _exit(int);"
      core.uuid()
      local path = os.tmpname()
      local pid = ffi.C.fork()
      if pid == 0 then
        local file = io.open(path, "w")
        file:write(core.uuid())
        file:close()
        ffi.C._exit(0)
      end
      ffi.cdef "int waitpid(int, int *, int);"
      assert.equal(pid, ffi.C.waitpid(pid, nil, 0))
      local file = assert(io.open(path))
      local theirs = file:read "*a"
      file:close()
      os.remove(path)
      assert.matches(GUID, theirs)
      assert.not_equal(theirs, core.uuid())
    end)
  end

  it("makes random numbers from 0 up to but not 1, on both sides of the middle", function()
    local low, high = 0, 0
    for _ = 1, 1000 do
      local number = core.random()
      assert.is_true(number >= 0 and number < 1)
      low, high = low + (number < 0.5 and 1 or 0), high + (number < 0.5 and 0 or 1)
    end
    assert.is_true(low > 300 and high > 300)
  end)

  it("has a clock that does not go back", function()
    local last = core.clock()
    for _ = 1, 1000 do
      local now = core.clock()
      assert.is_true(now >= last)
      last = now
    end
  end)

  it("is the same module however often it is loaded", function()
    package.loaded["graphinvite.core"] = nil
    local second = require "graphinvite.core"
    package.loaded["graphinvite.core"] = core
    assert.equal(core.null, second.null)
    assert.equal("[]", (core.encode(nil, second.array())))
    assert.is_true(core.number "1e999" == second.number "1e999")
    assert.equal('{"x":1e999}', (core.encode(nil, { x = second.number "1e999" })))
  end)
end)
