local tables = require "graphinvite.cli.table"
local text = require "graphinvite.cli.text"

-- A text of these bytes.
local function bytes(...)
  return string.char(...)
end

-- name, text, what is shown of it, and on a terminal without UTF-8 where that differs
local CLEAN = {
  { "plain text", "Adele Vance", "Adele Vance" },
  { "nothing", "", "" },
  { "an escape sequence", "a\27[2Jb", "a\\u001b[2Jb" },
  { "a title", "\27]0;root\7", "\\u001b]0;root\\u0007" },
  { "line ends, tabs and NUL", "a\r\nb\tc\0d", "a\\u000d\\u000ab\\u0009c\\u0000d" },
  { "a backspace and DEL", "a\8\127", "a\\u0008\\u007f" },
  { "a control character of the second set", "a" .. bytes(0xC2, 0x9B) .. "2J", "a\\u009b2J" },
  { "the same as a byte", "a" .. bytes(0x9B) .. "2J", "a\\ufffd2J" },
  { "a change of direction", "a‮txt.exe", "a\\u202etxt.exe" },
  { "an isolate", "a⁦b⁩", "a\\u2066b\\u2069" },
  { "marks of direction", "a‎b‏c", "a\\u200eb\\u200fc" },
  { "what nobody sees", "a​b" .. bytes(0xEF, 0xBB, 0xBF), "a\\u200bb\\ufeff" },
  { "a tag", bytes(0xF3, 0xA0, 0x81, 0x81), "\\udb40\\udc41" },
  { "letters and pictures", "Łódź 日本 😀", "Łódź 日本 😀",
    "\\u0141\\u00f3d\\u017a \\u65e5\\u672c \\ud83d\\ude00" },
  { "half a character", "a" .. bytes(0xE2, 0x82), "a\\ufffd\\ufffd" },
  { "a character written too long", bytes(0xC0, 0x9B), "\\ufffd\\ufffd" },
  { "a surrogate", bytes(0xED, 0xA0, 0x80), "\\ufffd\\ufffd\\ufffd" },
  { "what is past the last character", bytes(0xF4, 0x90, 0x80, 0x80),
    "\\ufffd\\ufffd\\ufffd\\ufffd" },
  { "what is no first byte", bytes(0xFF, 0xF8), "\\ufffd\\ufffd" },
}

-- text, how many columns it takes
local WIDTHS = {
  { "", 0 }, { "abc", 3 }, { "Łódź", 4 }, { "日本", 4 }, { "e" .. bytes(0xCC, 0x81), 1 },
  { "😀!", 3 }, { "ｆ", 2 },
}

-- text, columns, what is left of it
local CUTS = {
  { "abcdef", 6, "abcdef" }, { "abcdef", 5, "abcd…" }, { "日本語", 6, "日本語" },
  { "日本語", 5, "日本…" }, { "日本語", 4, "日…" }, { "abc", 1, "…" },
  { "éabc", 3, "éa…" }, { "e" .. bytes(0xCC, 0x81) .. "bc", 2, "e" .. bytes(0xCC, 0x81) .. "…" },
}

describe("text for a terminal", function()
  for _, row in ipairs(CLEAN) do
    it("shows " .. row[1], function()
      assert.equal(row[3], text.clean(row[2]))
      assert.equal(row[4] or row[3], text.clean(row[2], true))
      assert.equal(row[3], text.clean(text.clean(row[2])))
    end)
  end

  for _, row in ipairs(WIDTHS) do
    it(("takes %d columns: %s"):format(row[2], row[1]), function()
      assert.equal(row[2], text.width(row[1]))
    end)
  end

  for _, row in ipairs(CUTS) do
    it(("is cut to %d columns: %s"):format(row[2], row[1]), function()
      local cut = text.cut(row[1], row[2])
      assert.equal(row[3], cut)
      assert.is_true(text.width(cut) <= row[2])
    end)
  end

  it("is cut with a mark of ASCII where the terminal has no other", function()
    assert.equal("abcd>", text.cut("abcdef", 5, true))
  end)
end)

-- The lines of a table.
local function lines_of(columns, rows, room)
  local parts = {}
  local shown = tables.new(columns, function(part) parts[#parts + 1] = part end, room)
  for _, row in ipairs(rows) do
    shown:add(row)
  end
  shown:close()
  local lines = {}
  for line in table.concat(parts):gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  return lines
end

local COLUMNS = { { "ID", keep = true }, { "ADDRESS" }, { "STATUS" } }
local ROWS = {
  { "0123456789", "adele.vance@fabrikam.example", "PendingAcceptance" },
  { "0123456789", "日本語日本語日本語@fabrikam.example", "Completed" },
}

describe("a table", function()
  it("takes the room that it needs", function()
    assert.same({
      "ID          ADDRESS                              STATUS",
      "0123456789  adele.vance@fabrikam.example         PendingAcceptance",
      "0123456789  日本語日本語日本語@fabrikam.example  Completed",
    }, lines_of(COLUMNS, ROWS))
  end)

  it("cuts its widest columns to fit, and no id", function()
    assert.same({
      "ID          ADDRESS          STATUS",
      "0123456789  adele.vance@fa…  PendingAcceptan…",
      "0123456789  日本語日本語日…  Completed",
    }, lines_of(COLUMNS, ROWS, 45))
  end)

  it("has rows below each other where it cannot fit", function()
    assert.same({
      "ID       0123456789", "ADDRESS  adele.vance@fabrikam.example", "STATUS   PendingAcceptance",
      "", "ID       0123456789", "STATUS   Completed",
    }, lines_of(COLUMNS, { ROWS[1], { "0123456789", "", "Completed" } }, 29))
  end)

  it("fits every width from its narrowest on", function()
    for room = 10 + 2 + 8 + 2 + 8, 80 do
      for _, line in ipairs(lines_of(COLUMNS, ROWS, room)) do
        assert.is_true(text.width(line) <= room, line)
      end
    end
  end)

  it("prints nothing without rows", function()
    assert.same({}, lines_of(COLUMNS, {}))
  end)

  it("goes on as it began, however long it is", function()
    local rows = {}
    for i = 1, 1000 do
      rows[i] = { "1", i < 900 and "short" or "a much longer text", "x" }
    end
    local lines = lines_of(COLUMNS, rows)
    assert.equal(1001, #lines)
    assert.equal("1   short    x", lines[2])
    assert.equal("1   a much longer text  x", lines[1001])
  end)
end)
