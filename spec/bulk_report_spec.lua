local csv = require "graphinvite.workflows.bulk.csv"
local lfs = require "lfs"
local process = require "spec.support.process"
local report = require "graphinvite.workflows.bulk.report"
local sys = require "graphinvite.sys"

-- a text of a server or a file, and its cell
local CELLS = {
  { "plain text", "plain text" },
  { "ann@fabrikam.example", "ann@fabrikam.example" },
  { "o'neil_-x@fabrikam.example", "o'neil_-x@fabrikam.example" },
  { "https://login.example/redeem?rd=https%3a%2f%2fx%3fa%3d-1&b=+1", nil },
  { "1-2=3", "1-2=3" },
  { "", "" },
  { "=1+1", "'=1+1" },
  { "=HYPERLINK(\"http://evil.example\",\"x\")", "'=HYPERLINK(\"http://evil.example\",\"x\")" },
  { "+1", "'+1" },
  { "-1", "'-1" },
  { "@SUM(A1)", "'@SUM(A1)" },
  { "  =1", "  '=1" },
  { "\t=1", "\\u0009=1" },
  { "\r=1", "\\u000d=1" },
  { "\n=1", "\\u000a=1" },
  { "＝1+1", "'＝1+1" },
  { "＋1", "'＋1" },
  { "－1", "'－1" },
  { "＠SUM(A1)", "'＠SUM(A1)" },
  { "'=1", "''=1" },
  { "'tis", "'tis" },
  { "x;=1", "x;'=1" },
  { "x;\"=1", "x;\"'=1" },
  { "x; ＝1;-2", "x; '＝1;'-2" },
  { "x\0\27[31my\127\194\133", "x\\u0000\\u001b[31my\\u007f\\u0085" },
  { "a\226\128\174b", "a\\u202eb" },
  { "Latin \235", "Latin \\ufffd" },
  { "李 😀 é", "李 😀 é" },
}

local HEAD = "address,status,\"user id\",\"request id\",error"

describe("bulk report", function()
  local directory, path

  before_each(function()
    directory = process.directory()
    path = directory .. "/report.csv"
  end)

  after_each(function()
    os.execute("rm -rf " .. directory)
  end)

  local function read()
    local file = assert(io.open(path, "rb"))
    local text = file:read "*a"
    file:close()
    return text
  end

  local function files()
    local list = {}
    for name in lfs.dir(directory) do
      list[#list + 1] = not name:find "^%.%.?$" and name or nil
    end
    return table.concat(list, " ")
  end

  local function each(rows)
    local i = 0
    return function()
      i = i + 1
      return rows[i]
    end
  end

  for _, row in ipairs(CELLS) do
    it(("makes no formula of %q"):format(row[1]), function()
      assert.equal(row[2] or row[1], report.harmless(row[1]))
    end)
  end

  it("can be undone: an apostrophe that it put before a sign is the first of them", function()
    for _, row in ipairs(CELLS) do
      local text = row[1]
      if text:find "^'*[=+%-@]" then
        assert.equal(text, (report.harmless(text):gsub("^'('*[=+%-@])", "%1", 1)))
      end
    end
  end)

  it("has a line for each row, with what became of it", function()
    assert.is_true(report.write(path, each {
      { address = "a@b.c", state = "done", user_id = "u-1", request_id = "r-1", link = "l" },
      {
        address = "d@e.f", state = "failed", request_id = "r-2", code = "BadRequest",
        reason = 'Invalid, "very"',
      },
      { address = "g@h.i", state = "skipped", reason = "duplicate" },
      { address = "j@k.l", state = "unknown", code = "closed" },
      { address = "m@n.o", state = "planned" },
    }))
    assert.equal(table.concat({
      HEAD,
      "a@b.c,done,u-1,r-1,",
      'd@e.f,failed,,r-2,"BadRequest: Invalid, ""very"""',
      "g@h.i,skipped,,,duplicate",
      "j@k.l,unknown,,,closed",
      "m@n.o,planned,,,",
      "",
    }, "\r\n"), read())
  end)

  it("has redeem links only when it is told so", function()
    local rows = {
      { address = "a@b.c", state = "done", link = "https://l/x=1" }, { address = "d@e.f" },
    }
    assert.is_true(report.write(path, each(rows), true))
    local links = ',"redeem link"\r\na@b.c,done,,,,https://l/x=1\r\nd@e.f,,,,,\r\n'
    assert.equal(HEAD .. links, read())
    assert.is_true(report.write(path, each(rows)))
    assert.is_nil(read():find("https", 1, true))
  end)

  it("is CSV whatever the texts are", function()
    local rows = {}
    for i, row in ipairs(CELLS) do
      rows[i] = { address = row[1], state = "failed", reason = row[1] }
    end
    assert.is_true(report.write(path, each(rows)))
    local file = assert(io.open(path, "rb"))
    local reader = csv.reader(function() return file:read(100) end)
    reader:expect(5)
    assert.is_table((reader:next()))
    for i, row in ipairs(CELLS) do
      local fields, line = reader:next()
      assert.equal(i + 1, line)
      assert.equal(report.harmless(row[1]), fields[1])
      assert.equal(report.harmless(row[1]), fields[5])
    end
    assert.is_nil((reader:next()))
    file:close()
  end)

  it("is private, and there only when it is complete", function()
    local written = assert(report.open(path))
    assert.is_true(written:add { address = "a@b.c", state = "done" })
    assert.is_nil(io.open(path))
    assert.is_true(written:close())
    written:discard()
    assert.equal(tonumber("600", 8), sys.mode(path))
    assert.equal("report.csv", files())
    assert(report.open(path)):discard()
    assert.is_truthy(read():find("a@b.c", 1, true))
    assert.equal("report.csv", files())
  end)

  it("leaves the one before where the rows end in a fault", function()
    assert.is_true(report.write(path, each { { address = "a@b.c", state = "done" } }))
    local rows = each { { address = "d@e.f", state = "done" }, false }
    local done, why = report.write(path, function()
      return rows(), "the database is gone"
    end)
    assert.is_nil(done)
    assert.equal("the database is gone", why)
    assert.is_truthy(read():find("a@b.c", 1, true))
    assert.equal("report.csv", files())
  end)

  it("tells where it cannot be written", function()
    local done, why = report.write(directory, each {})
    assert.is_nil(done)
    assert.equal(directory .. ": is no regular file: give another path", why)
    done, why = report.write("/dev/null", each {})
    assert.is_nil(done)
    assert.equal("/dev/null: is no regular file: give another path", why)
  end)

  it("keeps no more than a few rows in memory", function()
    local i, most = 0, 0
    local function next_row()
      i = i + 1
      if i % 5000 == 0 then
        collectgarbage()
        most = math.max(most, collectgarbage "count")
      end
      local address = ("guest%d@fabrikam.example"):format(i)
      return i <= 20000 and { address = address, state = "done" } or nil
    end
    collectgarbage()
    local before = collectgarbage "count"
    assert.is_true(report.write(path, next_row))
    assert.is_true(most - before < 400, most - before)
    assert.equal(20001, select(2, read():gsub("\r\n", "")))
  end)
end)
