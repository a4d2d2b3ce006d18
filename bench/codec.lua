--- The codec against Debian's lua-cjson, on the same texts: decode with types checked against
--- cjson.decode, checked encode against cjson.encode, which checks nothing.
local report = require "bench.report"

local M = {}

local DECODE = { least = 1.5, next = 1.9 }
local ENCODE = { least = 1.0, next = 1.3 }

-- The rounds of each document, as sides/codec.lua prints them.
local function measure(interpreter)
  local documents, by_name = {}, {}
  local pipe = assert(io.popen(interpreter.command .. " bench/sides/codec.lua"))
  for line in pipe:lines() do
    local name, bytes, times = line:match "^([^\t]+)\t(%d+)\t(.*)$"
    if not by_name[name] then
      by_name[name] = { name = name, bytes = bytes, {}, {}, {}, {} }
      documents[#documents + 1] = by_name[name]
    end
    local column = 0
    for time in times:gmatch "%S+" do
      column = column + 1
      table.insert(by_name[name][column], tonumber(time))
    end
  end
  assert(pipe:close() and #documents > 0, interpreter.name .. ": sides/codec.lua failed")
  return documents
end

-- Adds a row per document, and one with the geometric mean.
local function add_rows(rows, interpreter, documents, what, first, mark)
  local product = 1
  for _, document in ipairs(documents) do
    local ours, theirs = document[first], document[first + 1]
    local ratios = report.ratios(theirs, ours)
    product = product * report.median(ratios)
    rows[#rows + 1] = { interpreter.name, what, document.name, report.microseconds(ours),
      report.microseconds(theirs), report.spread(ratios), "" }
  end
  local mean = product ^ (1 / #documents)
  rows[#rows + 1] = { interpreter.name, what, "geometric mean", "", "", ("%.2f"):format(mean),
    report.judge(mean, mark, interpreter.binding) }
end

function M.run(interpreters)
  local rows = { { "", "", "document", "ours", "lua-cjson", "times as fast", "" } }
  for _, interpreter in ipairs(interpreters) do
    local documents = measure(interpreter)
    add_rows(rows, interpreter, documents, "decode", 1, DECODE)
    add_rows(rows, interpreter, documents, "encode", 3, ENCODE)
  end
  report.print("Codec against lua-cjson (decode at least 1.5, later 1.9; encode 1.0, later 1.3)",
    rows)
end

return M
