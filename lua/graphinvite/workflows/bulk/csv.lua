--- Records of a CSV text (RFC 4180), which comes in chunks: memory does not grow with the text.
local core = require "graphinvite.core"
local windows = require "graphinvite.workflows.bulk.window"

local byte, find, sub = string.byte, string.find, string.sub

local M = {}
local Reader = { __name = "graphinvite.bulk.CsvReader" }
Reader.__index = Reader

local QUOTE, CR, LF = 34, 13, 10
local FIELD = 65536 -- bytes of a field, unless the caller says otherwise
local FIELDS = 4 -- of such fields' bytes a record may have

local ENDED = "a quote that opens a field is never closed"
local TOO_LONG = "a record of more than %d bytes: is a quote not closed?"
local FIELD_TOO_LONG = "a field of more than %d bytes: is a quote not closed?"
local INSIDE = "a quote inside a field that does not begin with one:"
  .. " put the field in quotes, and write those inside twice"
local BEHIND = "text behind the quote that closes a field%s: write quotes inside a field twice"
local CR_ALONE = "a line that ends with CR alone: save the file with line ends of Windows or Unix"
local TOO_FEW = "only %d of %d fields"
local TOO_MANY = "%d fields under %d titles: put a text that has the separator in it in quotes"
local BAD_UTF8 = "not UTF-8: save the file as UTF-8 (Excel calls it CSV UTF-8)"

---@class graphinvite.bulk.CsvOptions
---@field separator string? one byte; unless given a comma
---@field field integer? the most bytes that a field may have

---@param read fun(): string?, string? gives the next chunk; nil at the end, and why when it failed
---@param options graphinvite.bulk.CsvOptions?
---@return graphinvite.bulk.CsvReader
function M.reader(read, options)
  local separator = options and options.separator or ","
  local field = options and options.field or FIELD
  return setmetatable({
    window = windows.new(read), separator = byte(separator), special = "[" .. separator .. '"\r\n]',
    field = field, record = FIELDS * field,
  }, Reader)
end

-- What stands in quotes, and the place behind the closing one; nil where the text ends before.
local function quoted(text, at)
  local from, doubled = at, false
  while true do
    local close = find(text, '"', at, true)
    if not close then
      return nil
    end
    if byte(text, close + 1) ~= QUOTE then
      local field = sub(text, from, close - 1)
      return doubled and field:gsub('""', '"') or field, close + 1
    end
    doubled, at = true, close + 2
  end
end

-- Why a field cannot be followed by the byte at `stop`.
local function delimiter_fault(window, stop, in_quotes)
  local text = window.text
  if byte(text, stop) == CR then
    return CR_ALONE
  elseif not in_quotes then
    return INSIDE
  end
  local _, breaks = sub(text, window.at, stop):gsub("\n", "")
  return BEHIND:format(breaks > 0 and (" on line %d"):format(window.line + breaks) or "")
end

-- The record that begins at the window's place: fields, and the place behind it. nil where the text
-- ends before the record does; false, the number of the field and why when there is none.
local function parse(self)
  local window, separator, special = self.window, self.separator, self.special
  local text, at, fields, n = window.text, window.at, {}, 0
  while true do
    local field, stop
    local in_quotes = byte(text, at) == QUOTE
    if in_quotes then
      field, stop = quoted(text, at + 1)
    else
      stop = find(text, special, at)
      field = stop and sub(text, at, stop - 1)
    end
    local delimiter = stop and byte(text, stop)
    if delimiter == CR then
      local after = byte(text, stop + 1)
      if after == LF then
        stop, delimiter = stop + 1, LF
      elseif not after then
        return nil
      end
    end
    if not delimiter then
      return nil
    end
    n = n + 1
    if #field > self.field then
      return false, n, FIELD_TOO_LONG:format(self.field)
    end
    fields[n] = field
    if delimiter == LF then
      return fields, stop + 1
    elseif delimiter ~= separator then
      return false, n, delimiter_fault(window, stop, in_quotes)
    end
    at = stop + 1
  end
end

-- Whether a text is UTF-8, but for a character at its end that may go on in the next chunk.
local function all_utf8(text)
  local high = find(text, "[\128-\255]")
  return not high or core.encode(nil, (sub(text, high):gsub("[\192-\255][\128-\191]*$", ""))) ~= nil
end

-- What is wrong with a record as a whole. Empty fields behind the last title are dropped:
-- spreadsheets write them.
local function record_fault(self, fields, behind)
  local window, width = self.window, self.width
  local text, at = window.text, window.at
  if self.seen ~= text then
    self.seen, self.sound = text, all_utf8(text)
  end
  if not self.sound and not core.encode(nil, sub(text, at, behind - 1)) then
    return BAD_UTF8
  end
  for i = #fields, (width or #fields) + 1, -1 do
    if fields[i] ~= "" then
      break
    end
    fields[i] = nil
  end
  if width and #fields ~= width then
    return (#fields < width and TOO_FEW or TOO_MANY):format(#fields, width)
  end
end

--- Says how many fields the records have that follow.
---@param width integer
function Reader:expect(width)
  self.width = width
end

--- The next record; lines with nothing on them are none.
---@return string[]|false|nil fields false: there is a fault, and next() goes on behind it; nil: end
---@return integer line where the record begins
---@return string? fault
---@return integer? field number of the one at fault, where it is one
function Reader:next()
  local window = self.window
  local fields, behind, why
  repeat
    fields, behind, why = parse(self)
  until fields ~= nil or #window.text - window.at >= self.record or not window:more()
  local line = window.line
  if fields then
    local blank = #fields == 1 and not find(fields[1], "[^ \t]")
    why = not blank and record_fault(self, fields, behind)
    window:advance(behind)
    if blank then
      return self:next()
    end
    return not why and fields, line, why or nil
  end
  if fields == nil and window.ended and (window.fault or window.at > #window.text) then
    why = window:take_fault()
    return why and false, line, why
  end
  local field = behind
  why = why or window.ended and ENDED or TOO_LONG:format(self.record)
  window:skip_line() -- what a quote has swallowed may be sound lines
  return false, line, why, field
end

return M
