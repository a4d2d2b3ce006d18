--- Compares JSON texts without the codec under test: the order of members does not count,
--- numbers are compared by their digits and never become Lua numbers.
local M = {}

local ESCAPES = {
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
}

local function fail(reader, what)
  error(("byte %d: %s"):format(reader.at, what), 0)
end

-- The next byte that is no white space.
local function peek(reader)
  reader.at = reader.text:find("[^ \t\r\n]", reader.at) or #reader.text + 1
  return reader.text:sub(reader.at, reader.at)
end

local function take(reader, pattern)
  local found = reader.text:match("^" .. pattern, reader.at)
  reader.at = reader.at + #(found or "")
  return found
end

local function tail(code, unit)
  return 0x80 + math.floor(code / unit) % 64
end

local function utf8_of(code)
  if code < 0x80 then
    return string.char(code)
  elseif code < 0x800 then
    return string.char(0xC0 + math.floor(code / 64), tail(code, 1))
  elseif code < 0x10000 then
    return string.char(0xE0 + math.floor(code / 4096), tail(code, 64), tail(code, 1))
  end
  local lead = 0xF0 + math.floor(code / 262144)
  return string.char(lead, tail(code, 4096), tail(code, 64), tail(code, 1))
end

local function unit(reader)
  return tonumber(take(reader, "u%x%x%x%x") and reader.text:sub(reader.at - 4, reader.at - 1), 16)
end

local function escape(reader)
  local plain = take(reader, "[^u]")
  if plain then
    return ESCAPES[plain] or fail(reader, "unknown escape")
  end
  local code = unit(reader) or fail(reader, "bad \\u escape")
  if code >= 0xD800 and code <= 0xDBFF and take(reader, "\\") then
    local low = unit(reader)
    if low and low >= 0xDC00 and low <= 0xDFFF then
      return utf8_of(0x10000 + (code - 0xD800) * 1024 + low - 0xDC00)
    end
  end
  return code >= 0xD800 and code <= 0xDFFF and fail(reader, "lone surrogate") or utf8_of(code)
end

local function text_of(reader)
  local parts = {}
  reader.at = reader.at + 1
  while true do
    parts[#parts + 1] = take(reader, '[^"\\%z\1-\31]+')
    if take(reader, '"') then
      return { kind = "string", value = table.concat(parts) }
    elseif not take(reader, "\\") then
      fail(reader, "a string that does not end, or has a control character")
    end
    parts[#parts + 1] = escape(reader)
  end
end

-- A number as sign, significant digits and power of ten: 1.50e3 is "15e2", -0 is "0e0".
local function number_of(reader)
  local sign, whole = take(reader, "%-?"), take(reader, "[1-9]%d*") or take(reader, "0")
  local fraction = take(reader, "%.%d+") or ""
  local exponent = take(reader, "[eE][+-]?%d+") or "e0"
  if not whole then
    fail(reader, "not a JSON value")
  end
  local digits = (whole .. fraction:sub(2)):gsub("^0+", "")
  local significant = digits:gsub("0+$", "")
  local power = tonumber(exponent:sub(2)) - #fraction:sub(2) + #digits - #significant
  local value = significant == "" and "0e0" or ("%s%se%.0f"):format(sign, significant, power)
  return { kind = "number", value = value }
end

local read

local function list_of(reader)
  local items = {}
  reader.at = reader.at + 1
  if peek(reader) ~= "]" then
    repeat
      items[#items + 1] = read(reader)
      peek(reader)
    until not take(reader, ",")
  end
  return take(reader, "%]") and { kind = "array", items = items } or fail(reader, "expected ]")
end

local function object_of(reader)
  local members = {}
  reader.at = reader.at + 1
  if peek(reader) ~= "}" then
    repeat
      local name = peek(reader) == '"' and text_of(reader).value or fail(reader, "expected a name")
      if members[name] then
        fail(reader, "the name " .. name .. " comes twice")
      end
      peek(reader)
      members[name] = take(reader, ":") and read(reader) or fail(reader, "expected :")
      peek(reader)
    until not take(reader, ",")
  end
  return take(reader, "}") and { kind = "object", members = members } or fail(reader, "expected }")
end

function read(reader)
  local c = peek(reader)
  if c == "{" then
    return object_of(reader)
  elseif c == "[" then
    return list_of(reader)
  elseif c == '"' then
    return text_of(reader)
  end
  local word = take(reader, "true") or take(reader, "false") or take(reader, "null")
  return word and { kind = "word", value = word } or number_of(reader)
end

--- Reads a text into nodes of the kinds object, array, string, number and word. Raises where
--- it is not JSON or names a member twice.
---@param text string
---@return table
function M.parse(text)
  local reader = { text = text, at = 1 }
  local node = read(reader)
  return peek(reader) == "" and node or fail(reader, "something follows the value")
end

local function difference(actual, wanted, exact, path)
  if actual == nil then
    return path .. " is missing"
  elseif wanted == nil then
    return path .. " is too much"
  elseif actual.kind ~= wanted.kind or actual.value ~= wanted.value then
    return ("%s is %s %s, not %s %s"):format(path, actual.kind, tostring(actual.value), wanted.kind,
      tostring(wanted.value))
  end
  local names = {}
  for name in pairs(wanted.members or wanted.items or {}) do
    names[name] = true
  end
  for name in pairs(actual.items or exact and actual.members or {}) do
    names[name] = true
  end
  local has, wants = actual.members or actual.items, wanted.members or wanted.items
  for name in pairs(names) do
    local inner = path .. (actual.items and "[" .. name .. "]" or "." .. name)
    local what = difference(has[name], wants[name], exact, inner)
    if what then
      return what
    end
  end
end

--- Tells whether two texts are the same JSON value.
---@param actual string
---@param wanted string
---@return true? same
---@return string? difference the place of the first one found
function M.equal(actual, wanted)
  local what = difference(M.parse(actual), M.parse(wanted), true, "$")
  return not what or nil, what
end

--- Tells whether every member of wanted stands in actual with the same value; objects in
--- actual may have further members.
---@param actual string
---@param wanted string
---@return true? covers
---@return string? difference
function M.covers(actual, wanted)
  local what = difference(M.parse(actual), M.parse(wanted), false, "$")
  return not what or nil, what
end

--- The text of a file in spec/fixtures.
---@param name string without directory and ending
---@return string
function M.fixture(name)
  local file = assert(io.open("spec/fixtures/" .. name .. ".json", "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

return M
