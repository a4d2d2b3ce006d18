local csv = require "graphinvite.workflows.bulk.csv"
local randoms = require "graphinvite.emulator.random"

-- What gives a text in chunks of n bytes.
local function chunks(text, n)
  local at = 1
  return function()
    local chunk = text:sub(at, at + n - 1)
    at = at + n
    return chunk ~= "" and chunk or nil
  end
end

-- All that a reader gives: { line, fields } or { line, fault, field }.
local function all(read, options, width)
  local reader, found = csv.reader(read, options), {}
  if width then
    reader:expect(width)
  end
  while true do
    local fields, line, why, field = reader:next()
    if fields == nil then
      assert.is_nil((reader:next()), "the end is not the end")
      return found, line
    end
    found[#found + 1] = fields and { line, fields } or { line, why, field }
  end
end

local SOUND = {
  { "one record", "a,b\n", { { 1, { "a", "b" } } } },
  { "CR LF", "a,b\r\nc,d\r\n", { { 1, { "a", "b" } }, { 2, { "c", "d" } } } },
  { "a last line without its end", "a,b\nc,d", { { 1, { "a", "b" } }, { 2, { "c", "d" } } } },
  { "a last line that ends with CR LF only half", "a,b\r", { { 1, { "a", "b" } } } },
  { "empty fields", ",\n,,x,\n", { { 1, { "", "" } }, { 2, { "", "", "x", "" } } } },
  { "a comma in quotes", '"a,b",c\n', { { 1, { "a,b", "c" } } } },
  { "quotes in quotes", '"say ""hi""",""""\n', { { 1, { 'say "hi"', '"' } } } },
  { "empty quotes", '"",""\n', { { 1, { "", "" } } } },
  { "line breaks in quotes", '"a\nb",c\nd,"e\r\nf"\ng,h\n', {
    { 1, { "a\nb", "c" } }, { 3, { "d", "e\r\nf" } }, { 5, { "g", "h" } },
  } },
  { "lines with nothing on them", "\n\na\n\r\n\nb\n\n", { { 3, { "a" } }, { 6, { "b" } } } },
  { "blanks, as they are", " a , b\t\n", { { 1, { " a ", " b\t" } } } },
  { "letters beyond ASCII", "Zoë,\240\159\152\128,李\n", {
    { 1, { "Zoë", "\240\159\152\128", "李" } },
  } },
  { "nothing", "", {} },
  { "only line ends", "\n\r\n", {} },
}

local NOT_CLOSED = "a quote that opens a field is never closed"
local INSIDE = "a quote inside a field that does not begin with one: put the field in quotes, "
  .. "and write those inside twice"
local BEHIND = "text behind the quote that closes a field: write quotes inside a field twice"
local CR = "a line that ends with CR alone: save the file with line ends of Windows or Unix"
local BAD = "not UTF-8: save the file as UTF-8 (Excel calls it CSV UTF-8)"
local MANY = "3 fields under 2 titles: put a text that has the separator in it in quotes"
local NUL = "a NUL byte: this is no text, or not in UTF-8"

-- name, text, what comes of it when records have two fields
local BROKEN = {
  { "a quote never closed", 'a,b\nc,"d\ne,f\n', {
    { 1, { "a", "b" } }, { 2, NOT_CLOSED }, { 3, { "e", "f" } },
  } },
  { "a quote closed by that of another line", 'a,"b\nc,"d"\ne,f\n', {
    { 1, (BEHIND:gsub("field:", "field on line 2:")), 2 }, { 2, { "c", "d" } },
    { 3, { "e", "f" } },
  } },
  { "text behind a quote", '"a"x,b\nc,d\n', { { 1, BEHIND, 1 }, { 2, { "c", "d" } } } },
  { "a blank behind a quote", 'a,"b" \nc,d\n', { { 1, BEHIND, 2 }, { 2, { "c", "d" } } } },
  { "a quote in a field", 'a,b"c\nd,e\n', { { 1, INSIDE, 2 }, { 2, { "d", "e" } } } },
  { "a blank before a quote", 'a, "b"\n', { { 1, INSIDE, 2 } } },
  { "CR alone", "a,b\rc,d\r", { { 1, CR, 2 } } },
  { "CR alone behind quotes", 'a,"b"\rc,d\n', { { 1, CR, 2 } } },
  { "too few fields", "a\nb,c\n", {
    { 1, "only 1 of 2 fields" }, { 2, { "b", "c" } },
  } },
  { "too many fields", "a,b,c,\nb,c\n", {
    { 1, MANY }, { 2, { "b", "c" } },
  } },
  { "too many fields over lines", '"a\nb",c,d\nb,c\n', {
    { 1, MANY }, { 3, { "b", "c" } },
  } },
  { "Latin-1", "Zo\235,a\nb,c\n", { { 1, BAD }, { 2, { "b", "c" } } } },
  { "Latin-1 over lines", 'ok,"Zo\235\n\n"\nb,c\n', { { 1, BAD }, { 4, { "b", "c" } } } },
  { "half a surrogate", "a,\237\160\128\nb,é\n", { { 1, BAD }, { 2, { "b", "é" } } } },
  { "NUL", "a,b\nc\0,d\ne,f\n", { { 1, { "a", "b" } }, { 2, NUL } } },
  { "NUL in quotes", 'a,b\nc,"d\n\0"\ne,f\n', { { 1, { "a", "b" } }, { 2, NUL } } },
  { "NUL first on a line", "a,b\n\0", { { 1, { "a", "b" } }, { 2, NUL } } },
}

describe("bulk csv", function()
  for _, size in ipairs { 1, 2, 3, 7, 65536 } do
    describe("in chunks of " .. size, function()
      for _, row in ipairs(SOUND) do
        local name, text, records = row[1], row[2], row[3]
        it("reads " .. name, function()
          assert.same(records, (all(chunks(text, size))))
        end)
      end

      for _, row in ipairs(BROKEN) do
        local name, text, found = row[1], row[2], row[3]
        it("tells of " .. name, function()
          assert.same(found, (all(chunks(text, size), nil, 2)))
        end)
      end
    end)
  end

  it("drops empty fields behind the last title", function()
    assert.same({ { 1, { "a", "" } } }, (all(chunks("a,,,,\n", 9), nil, 2)))
  end)

  it("reads other separators", function()
    assert.same({ { 1, { "a,b", "c" } } }, (all(chunks("a,b;c\n", 9), { separator = ";" })))
    assert.same({ { 1, { "a;b", "c" } } }, (all(chunks("a;b\tc\n", 9), { separator = "\t" })))
  end)

  it("tells why reading failed, on the line that was not got whole", function()
    local parts = { "a,b\nc", nil }
    local function read()
      local part = table.remove(parts, 1)
      return part, not part and "the disk is gone" or nil
    end
    assert.same({ { 1, { "a", "b" } }, { 2, "the disk is gone" } }, (all(read)))
  end)

  local LONG = ("x"):rep(40)
  local TOO_LONG = "a field of more than 16 bytes: is a quote not closed?"
  local RECORD = "a record of more than 64 bytes: is a quote not closed?"
  for _, row in ipairs {
    { "a long field", "a," .. LONG .. "\nb,c\n", { { 1, TOO_LONG, 2 }, { 2, { "b", "c" } } } },
    { "a long field in quotes", 'a,"' .. LONG .. '"\nb,c\n', {
      { 1, TOO_LONG, 2 }, { 2, { "b", "c" } },
    } },
    { "a line without end", LONG:rep(9) .. "\nb,c\n", { { 1, RECORD }, { 2, { "b", "c" } } } },
    { "a quote that swallows lines", '"a,b\n' .. ("c,d\n"):rep(30), {
      { 1, RECORD }, { 2, { "c", "d" } },
    } },
  } do
    local name, text, begins = row[1], row[2], row[3]
    it("tells of " .. name .. " and goes on with the next line", function()
      local found = all(chunks(text, 8), { field = 16 }, 2)
      assert.same(begins, { found[1], found[2] })
    end)
  end

  it("loses no line behind a quote that is never closed", function()
    local found = all(chunks('"a,b\n' .. ("c,d\n"):rep(30), 8), { field = 16 }, 2)
    assert.equal(31, #found)
    assert.same({ 31, { "c", "d" } }, found[31])
  end)

  it("keeps no more of an endless line than it looks at", function()
    local left = 500
    local reader = csv.reader(function()
      left = left - 1
      return left > 0 and ("x"):rep(1000) or nil
    end, { field = 1000 })
    local fields, line = reader:next()
    assert.is_false(fields)
    assert.equal(1, line)
    assert.is_true(#reader.window.text <= 6000)
    assert.is_nil((reader:next()))
  end)

  local PIECES = { "a", "é", "李", ",", '"', "\n", "\r\n", ";", " ", "", "=1", "'" }

  it("reads back whatever a writer has put in quotes", function()
    local random = randoms.new(7)
    for _ = 1, 200 do
      local records, lines = {}, {}
      local width = random:draw() % 4 + 2
      for i = 1, random:draw() % 5 + 1 do
        local fields, cells = {}, {}
        for k = 1, width do
          local parts = {}
          for p = 1, random:draw() % 5 do
            parts[p] = PIECES[random:draw() % #PIECES + 1]
          end
          fields[k] = table.concat(parts)
          local bare = not fields[k]:find '[",\r\n]' and random:draw() % 2 == 0
          cells[k] = bare and fields[k] or '"' .. fields[k]:gsub('"', '""') .. '"'
        end
        records[i] = fields
        lines[i] = table.concat(cells, ",") .. (random:draw() % 2 == 0 and "\n" or "\r\n")
      end
      local found = all(chunks(table.concat(lines), random:draw() % 9 + 1), nil, width)
      for i, entry in ipairs(found) do
        found[i] = entry[2]
      end
      assert.same(records, found)
    end
  end)
end)
