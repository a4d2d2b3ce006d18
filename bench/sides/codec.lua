--- Program: the codec against lua-cjson on the interpreter that runs it. Prints a line
--- "name <tab> bytes <tab> ours decode, cjson decode, ours encode, cjson encode" of seconds of
--- CPU for each round of each document.
local cjson = require "cjson"
local core = require "graphinvite.core"
local documents = require "bench.documents"

local ROUNDS, SLICE = 31, 0.003 -- seconds of CPU for each measurement

local function typed(f, kind, value, n)
  for _ = 1, n do
    f(kind, value)
  end
end

local function untyped(f, _, value, n) -- lua-cjson refuses a second argument
  for _ = 1, n do
    f(value)
  end
end

-- How many calls fill a slice.
local function calibrate(run, f, kind, value)
  local n, took = 1, 0
  while took < SLICE / 2 do
    n = n * 2
    local start = os.clock()
    run(f, kind, value, n)
    took = os.clock() - start
  end
  return math.max(1, math.floor(n * SLICE / took))
end

-- Seconds of CPU for one call. The collector runs as it does by default; each measurement
-- begins with an empty heap.
local function measure(run, f, kind, value, n)
  collectgarbage()
  local start = os.clock()
  run(f, kind, value, n)
  return (os.clock() - start) / n
end

local function check(name, kind, text)
  local value = assert(core.decode(kind, text))
  local again = assert(core.decode(kind, assert(core.encode(kind, value))))
  local theirs = cjson.decode(text)
  local function same(a, b)
    if type(a) ~= "table" or type(b) ~= "table" then
      return a == b
    end
    for key, member in pairs(a) do
      if not same(member, b[key]) then
        return false
      end
    end
    for key in pairs(b) do
      if a[key] == nil then
        return false
      end
    end
    return true
  end
  assert(same(value, theirs) and same(again, theirs), name .. ": the two codecs differ")
  return value, theirs
end

for _, row in ipairs(documents.rows) do
  local name, kind, text = row[1], row[2], row[3]
  local ours, theirs = check(name, kind, text)
  local cases = {
    { typed, core.decode, kind, text },
    { untyped, cjson.decode, nil, text },
    { typed, core.encode, kind, ours },
    { untyped, cjson.encode, nil, theirs },
  }
  for _, case in ipairs(cases) do
    case.n = calibrate(case[1], case[2], case[3], case[4])
  end
  for _ = 1, ROUNDS do
    local line = {}
    for i, case in ipairs(cases) do
      line[i] = ("%.9f"):format(measure(case[1], case[2], case[3], case[4], case.n))
    end
    print(("%s\t%d\t%s"):format(name, #text, table.concat(line, "\t")))
  end
end
