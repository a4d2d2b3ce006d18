local progress = require "graphinvite.cli.progress"
local summary = require "graphinvite.cli.summary"
local text = require "graphinvite.cli.text"

local function state(more)
  local made = { done = 0, failed = 0, unknown = 0, skipped = 0, total = 50000 }
  for name, value in pairs(more or {}) do
    made[name] = value
  end
  return made
end

local BUSY = state {
  done = 20990, failed = 3, unknown = 1, skipped = 12, rate = 28.44, eta = 1018, limit = 16,
}
local HELD = state { done = 20990, failed = 3, unknown = 1, skipped = 12, rate = 28.44, wait = 12 }

-- state, columns, bar
local BARS = {
  { BUSY, 120, " 42%  [############-----------------]  21006/50000  3 failed  1 unknown  "
    .. "12 skipped  28/s  16:58 min left  16 at a time" },
  { BUSY, 80, " 42%  [######---------]  21006/50000  3 failed  1 unknown  28/s  16:58 min left" },
  { BUSY, 60, " 42%  21006/50000  3 failed  28/s  16:58 min left" },
  { BUSY, 40, " 42%  21006/50000  3 failed  28/s" },
  { BUSY, 20, " 42%  3 failed" },
  { HELD, 80, " 42%  [#####---------]  21006/50000  3 failed  1 unknown  28/s  throttled, 12 s" },
  { HELD, 40, " 42%  3 failed  28/s  throttled, 12 s" },
  { state { rate = 0 }, 80, "  0%  [--------------------------------------]  0/50000" },
  { state { total = 0 }, 40, "100%  [##########################]  0/0" },
  { state { done = 49999 }, 40, " 99%  [#################-]  49999/50000" },
  { state { done = 50000, rate = 9.94, eta = 0 }, 60,
    "100%  [###############################]  50000/50000  9.9/s" },
}

local SPANS = {
  { 0, "0 s" }, { 0.2, "1 s" }, { 59.5, "1:00 min" }, { 61, "1:01 min" }, { 3599, "59:59 min" },
  { 3600, "1:00 h" }, { 7325, "2:02 h" }, { 359999, "99:59 h" }, { 360000, "over 99 h" },
  { math.huge, "over 99 h" }, { 0 / 0, "over 99 h" },
}

describe("bulk progress", function()
  for _, row in ipairs(BARS) do
    it(("has %q in %d columns"):format(row[3], row[2]), function()
      assert.equal(row[3], progress.bar(row[1], row[2]))
    end)
  end

  it("leaves the last column free at every width, and tells the share", function()
    local huge = state { done = 1e9, total = 1e9, failed = 1e9 }
    for _, shown in ipairs { BUSY, HELD, state(), huge } do
      for columns = 5, 200 do
        local bar = progress.bar(shown, columns)
        assert.is_true(#bar < columns)
        assert.matches("^ *%d+%%", bar)
        assert.is_nil(bar:find "[^ -~]")
      end
    end
  end)

  for _, row in ipairs(SPANS) do
    it("writes a span of " .. row[1] .. " s as " .. row[2], function()
      assert.equal(row[2], progress.span(row[1]))
    end)
  end

  it("tells everything in a plain line", function()
    assert.equal("21006 of 50000 rows, 3 failed, 1 unknown, 12 skipped, 28/s, 16:58 min left, "
      .. "16 at a time", progress.line(BUSY))
    assert.equal("21006 of 50000 rows, 3 failed, 1 unknown, 12 skipped, 28/s, throttled, 12 s",
      progress.line(HELD))
    assert.equal("0 of 50000 rows", progress.line(state()))
  end)

  local function screen(options)
    local written = {}
    options.write = function(part) written[#written + 1] = part end
    return progress.new(options), function()
      local all = table.concat(written)
      written = {}
      return all
    end
  end

  -- What a terminal of one line shows when a text was written to it.
  local function shown(written)
    local cells, at = {}, 1
    for char in written:gmatch "." do
      if char == "\r" then
        at = 1
      else
        cells[at], at = char, at + 1
      end
    end
    return (table.concat(cells):gsub(" +$", ""))
  end

  it("draws over what it has drawn, also where that was longer", function()
    local bar, take = screen { columns = function() return 80 end }
    bar:show(BUSY, 0)
    bar:show(state(), 1)
    local written = take()
    assert.is_nil(written:find "\n")
    assert.equal(progress.bar(state(), 80), shown(written))
    bar:finish()
    assert.equal("\n", take())
    bar:finish()
    assert.equal("", take())
  end)

  it("follows the width of the terminal", function()
    local wide = 80
    local bar, take = screen { columns = function() return wide end }
    bar:show(BUSY, 0)
    wide = 40
    take()
    bar:show(BUSY, 1)
    local written = take()
    assert.equal(1 + 39, #written) -- it does not wrap, whatever was there
    assert.equal(progress.bar(BUSY, 40), shown(written))
    wide = nil
    bar:show(BUSY, 2)
    assert.equal(progress.bar(BUSY, 80), shown(take()))
  end)

  it("goes away for what else is printed, and comes again", function()
    local bar, take = screen { columns = function() return 40 end }
    bar:clear()
    assert.equal("", take())
    bar:show(BUSY, 0)
    bar:clear()
    assert.equal("", shown(take()))
    bar:clear()
    assert.equal("", take())
    bar:show(BUSY, 1)
    assert.equal("\r" .. progress.bar(BUSY, 40), take())
  end)

  it("is a line now and then where there is no terminal, and one at the end", function()
    local lines, take = screen { every = 30 }
    for now = 0, 95 do
      lines:show(state { done = now }, now)
    end
    assert.equal("30 of 50000 rows\n60 of 50000 rows\n90 of 50000 rows\n", take())
    lines:finish()
    assert.equal("95 of 50000 rows\n", take())
    lines:finish()
    assert.equal("", take())
  end)

  it("does not tell the last state twice", function()
    local lines, take = screen { every = 30 }
    lines:show(state(), 0)
    lines:show(BUSY, 30)
    assert.equal(progress.line(BUSY) .. "\n", take())
    lines:finish()
    assert.equal("", take())
  end)

  it("is silent when quiet, and before anything was shown", function()
    for _, columns in ipairs { false, function() return 80 end } do
      local quiet, take = screen { quiet = true, columns = columns or nil }
      quiet:show(BUSY, 0)
      quiet:show(BUSY, 1000)
      quiet:clear()
      quiet:finish()
      assert.equal("", take())
    end
    local lines, take = screen {}
    lines:finish()
    assert.equal("", take())
  end)
end)

local WIDE = ("李"):rep(30)

local RUN = {
  done = 49985, failed = 4, unknown = 1, skipped = 10, duplicates = 8, guests = 1, planned = 0,
  seconds = 1692, requests = 50012, throttled = 12,
  latencies = { [0.05] = 12, [0.1] = 15000, [0.2] = 34000, [5] = 1, [math.huge] = 2 },
  errors = { Request_BadRequest = 2, [WIDE] = 1, ["a\27[31mb"] = 1 },
}

local AT_80 = [[
49985 invited, 4 failed, 1 unknown, 10 skipped (8 duplicates, 1 guest)
50012 requests, in 28:12 min, 29 invitations/s, throttled 12 times
answered within
  50 ms     12 #
  100 ms 15000 #############################
  200 ms 34000 #################################################################
  5 s        1 #
  longer     2 #
failed with
  Request_BadRequest                      2 ####################################
  a\u001b[31mb                            1 ##################
  李李李李李李李李李李李李李李李李李李李… 1 ##################
]]

local AT_20 = [[
49985 invited, 4
failed, 1 unknown,
10 skipped (8
duplicates, 1 guest)
50012 requests, in
28:12 min, 29
invitations/s,
throttled 12 times
answered within
  50 ms     12 #
  100 ms 15000 ###
  200 ms 34000 #####
  5 s        1 #
  longer     2 #
failed with
  Request_B… 2 #####
  a\u001b[3… 1 ###
  李李李李…  1 ###
]]

local function with(more)
  local copy = {}
  for name, value in pairs(RUN) do
    copy[name] = value
  end
  for name, value in pairs(more) do
    copy[name] = value
  end
  return copy
end

describe("bulk summary", function()
  it("fits the terminal", function()
    assert.equal(AT_80, summary.text(RUN, 80))
    assert.equal(AT_80, summary.text(RUN))
    assert.equal(AT_20, summary.text(RUN, 20))
    for columns = 20, 200 do
      for line in summary.text(RUN, columns):gmatch "[^\n]+" do
        assert.is_true(text.width(line) <= columns, line)
      end
    end
  end)

  it("is ASCII where the terminal is", function()
    local told = summary.text(RUN, 80, true)
    assert.is_nil(told:find "[^\n -~]")
    assert.is_truthy(told:find("\\u674e\\u674e", 1, true))
  end)

  it("leaves out what there is none of", function()
    local none = {
      done = 1, failed = 0, unknown = 0, skipped = 0, planned = 0, seconds = 0, requests = 1,
      throttled = 0, latencies = {}, errors = {},
    }
    assert.equal("1 invited\n1 request, in 0 s\n", summary.text(none, 80))
    none.planned, none.done, none.skipped = 7, 0, 2
    assert.equal("0 invited, 2 skipped, 7 not begun\n1 request, in 0 s\n", summary.text(none, 80))
  end)

  it("foretells what a dry run found", function()
    local dry = with {
      done = 0, failed = 0, unknown = 0, planned = 50, latencies = {}, errors = {},
      estimate = { requests = 50, seconds = 1.67 },
    }
    assert.equal("0 invited, 10 skipped (8 duplicates, 1 guest), 50 not begun\n"
      .. "nothing was sent, a run would take 50 requests, and at least 2 s\n",
      summary.text(dry, 80))
    dry.estimate.seconds = nil
    assert.equal("nothing was sent, a run would take 50 requests",
      summary.text(dry, 80):match "\n(.*)\n$")
  end)

  it("puts the rarest of many errors together", function()
    local errors = {}
    for i = 1, 15 do
      errors[("code%02d"):format(i)] = i
    end
    local lines = {}
    for line in summary.text(with { latencies = {}, errors = errors }, 30):gmatch "[^\n]+" do
      lines[#lines + 1] = line
    end
    assert.equal("  code15 15 ##################", lines[#lines - 10])
    assert.equal("  code06  6 ########", lines[#lines - 1])
    assert.equal("  others 15 ##################", lines[#lines])
  end)
end)
