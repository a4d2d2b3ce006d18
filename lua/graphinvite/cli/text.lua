--- Text that may stand on a terminal: nothing in it steers, and nothing is cut inside a character.
local M = {}

-- The code point at a place and how many bytes it has; nil and 1 where there is no UTF-8.
local function decode(text, at)
  local a, b, c, d = text:byte(at, at + 3)
  local function tail(byte)
    return byte and byte >= 0x80 and byte < 0xC0
  end
  if a < 0x80 then
    return a, 1
  elseif a >= 0xC2 and a < 0xE0 and tail(b) then
    return (a - 0xC0) * 0x40 + b - 0x80, 2
  elseif a >= 0xE0 and a < 0xF0 and tail(b) and tail(c) then
    local code = ((a - 0xE0) * 0x40 + b - 0x80) * 0x40 + c - 0x80
    if code >= 0x800 and (code < 0xD800 or code > 0xDFFF) then
      return code, 3
    end
  elseif a >= 0xF0 and a < 0xF5 and tail(b) and tail(c) and tail(d) then
    local code = (((a - 0xF0) * 0x40 + b - 0x80) * 0x40 + c - 0x80) * 0x40 + d - 0x80
    if code >= 0x10000 and code <= 0x10FFFF then
      return code, 4
    end
  end
  return nil, 1
end

-- Whether a code point is in a sorted list of first, last, first, last, ...
local function within(ranges, code)
  for i = 1, #ranges, 2 do
    if code < ranges[i] then
      return false
    elseif code <= ranges[i + 1] then
      return true
    end
  end
  return false
end

-- What steers a terminal or hides what is there: control characters of both sets, the marks,
-- embeddings and isolates of writing in two directions, invisible and tag characters.
local STEERING = {
  0x00, 0x1F, 0x7F, 0x9F, 0xAD, 0xAD, 0x61C, 0x61C, 0x180E, 0x180E, 0x200B, 0x200B, 0x200E, 0x200F,
  0x2028, 0x202E, 0x2060, 0x206F, 0xFEFF, 0xFEFF, 0xFFF9, 0xFFFB, 0xE0000, 0xE007F,
}

-- Characters that stand above or below the one before, and joiners.
local NARROW = {
  0x300, 0x36F, 0x483, 0x489, 0x591, 0x5BD, 0x610, 0x61A, 0x64B, 0x65F, 0x900, 0x902, 0x93C, 0x93C,
  0x941, 0x948, 0x94D, 0x94D, 0xE31, 0xE31, 0xE34, 0xE3A, 0xE47, 0xE4E, 0x1AB0, 0x1AFF, 0x1DC0,
  0x1DFF, 0x200C, 0x200D, 0x20D0, 0x20FF, 0xFE00, 0xFE0F, 0xFE20, 0xFE2F, 0xE0100, 0xE01EF,
}

-- Characters of two columns.
local WIDE = {
  0x1100, 0x115F, 0x231A, 0x231B, 0x2E80, 0x303E, 0x3041, 0xA4CF, 0xA960, 0xA97F, 0xAC00, 0xD7A3,
  0xF900, 0xFAFF, 0xFE30, 0xFE6F, 0xFF00, 0xFF60, 0xFFE0, 0xFFE6, 0x1F300, 0x1F64F, 0x1F680,
  0x1F6FF, 0x1F900, 0x1F9FF, 0x20000, 0x3FFFD,
}

local function escape(code)
  if code < 0x10000 then
    return ("\\u%04x"):format(code)
  end
  code = code - 0x10000
  return ("\\u%04x\\u%04x"):format(0xD800 + math.floor(code / 0x400), 0xDC00 + code % 0x400)
end

--- A text in which nothing steers a terminal: such characters become \uXXXX, as JSON writes them
--- too, and bytes that are no UTF-8 become \ufffd. Harmless the second time.
---@param text string
---@param ascii boolean? everything else than ASCII is written so, for a terminal without UTF-8
---@return string
function M.clean(text, ascii)
  if not text:find "[^\32-\126]" then
    return text
  end
  local parts, at = {}, 1
  while at <= #text do
    local _, stop = text:find("^[\32-\126]+", at)
    local code, length
    if not stop then
      code, length = decode(text, at)
      stop = at + length - 1
    end
    local steers = not code and length or code and (ascii or within(STEERING, code))
    parts[#parts + 1] = steers and escape(code or 0xFFFD) or text:sub(at, stop)
    at = stop + 1
  end
  return table.concat(parts)
end

-- Columns that a code point takes.
local function columns_of(code)
  if code < 0x300 then
    return 1
  end
  return within(NARROW, code) and 0 or within(WIDE, code) and 2 or 1
end

--- How many columns a clean text takes.
---@param text string
---@return integer
function M.width(text)
  if not text:find "[\128-\255]" then
    return #text
  end
  local width, at = 0, 1
  while at <= #text do
    local code, length = decode(text, at)
    width, at = width + columns_of(code or 0xFFFD), at + length
  end
  return width
end

--- A clean text of so many columns at the most; where something had to go, it ends in a mark.
---@param text string
---@param columns integer at least 1
---@param ascii boolean? the mark is to be ASCII
---@return string
function M.cut(text, columns, ascii)
  if M.width(text) <= columns then
    return text
  end
  local width, at = 0, 1
  while at <= #text do
    local code, length = decode(text, at)
    local wide = columns_of(code or 0xFFFD)
    if width + wide > columns - 1 then
      break
    end
    width, at = width + wide, at + length
  end
  return text:sub(1, at - 1) .. (ascii and ">" or "…")
end

--- A clean text filled up with spaces.
---@param text string
---@param columns integer
---@return string
function M.pad(text, columns)
  return text .. (" "):rep(columns - M.width(text))
end

return M
