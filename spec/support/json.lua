--- JSON compared as text: numbers by their digits, members in any order. It shares nothing with
--- the codec under test, and lua-cjson rounds.
local M = {}

local parse

local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

-- A code point as UTF-8.
local function utf8_of(code)
  local tail = ""
  local first, limit = 0, 0x80
  while code >= limit do
    tail = string.char(0x80 + code % 0x40) .. tail
    code = math.floor(code / 0x40)
    limit = first == 0 and 0x20 or limit / 2
    first = first == 0 and 0xc0 or 0x80 + math.floor(first / 2)
  end
  return string.char(first + code) .. tail
end

local function skip(text, at)
  return text:find("[^ \t\r\n]", at) or #text + 1
end

-- Reads an escape. Returns what it stands for and where it ends.
local function parse_escape(text, at)
  local high = tonumber(text:match("^\\u(%x%x%x%x)", at) or "", 16)
  if not high then
    local letter = text:sub(at + 1, at + 1)
    return ESCAPES[letter] or letter, at + 2
  end
  local low = tonumber(text:match("^\\u(%x%x%x%x)", at + 6) or "", 16)
  if high >= 0xd800 and high < 0xdc00 and low then
    return utf8_of(0x10000 + (high - 0xd800) * 0x400 + low - 0xdc00), at + 12
  end
  return utf8_of(high), at + 6
end

local function parse_string(text, at)
  local parts, from = {}, at + 1
  while true do
    local stop = text:find('[\\"]', from) or error("a string without an end", 0)
    parts[#parts + 1] = text:sub(from, stop - 1)
    if text:sub(stop, stop) == '"' then
      return { kind = "string", text = table.concat(parts) }, stop + 1
    end
    parts[#parts + 1], from = parse_escape(text, stop)
  end
end

-- Reads what stands between brackets; read_item puts one item into the node.
local function parse_items(text, at, close, node, read_item)
  at = skip(text, at + 1)
  if text:sub(at, at) == close then
    return node, at + 1
  end
  while true do
    at = skip(text, read_item(node, at))
    local mark = text:sub(at, at)
    at = skip(text, at + 1)
    if mark == close then
      return node, at
    elseif mark ~= "," then
      error(("'%s' at byte %d"):format(mark, at), 0)
    end
  end
end

function parse(text, at)
  at = skip(text, at)
  local first = text:sub(at, at)
  if first == '"' then
    return parse_string(text, at)
  elseif first == "[" then
    return parse_items(text, at, "]", { kind = "array" }, function(node, from)
      local item, after = parse(text, from)
      node[#node + 1] = item
      return after
    end)
  elseif first == "{" then
    return parse_items(text, at, "}", { kind = "object", members = {} }, function(node, from)
      local name, after = parse_string(text, from)
      local colon = skip(text, after)
      assert(text:sub(colon, colon) == ":", "a member without a colon")
      node.members[name.text], after = parse(text, colon + 1)
      return after
    end)
  end
  local word = text:match("^[%w.+-]+", at) or error(("'%s' at byte %d"):format(first, at), 0)
  local kind = word:find("^%-?%d") and "number" or "word"
  return { kind = kind, text = word }, at + #word
end

--- Reads a text.
---@param text string
---@return table node kind, and text, members or elements
function M.parse(text)
  local node, at = parse(text, 1)
  if skip(text, at) <= #text then
    error(("rubbish at byte %d"):format(at), 0)
  end
  return node
end

local function same_number(a, b)
  local whole = a:find("^%-?%d+$") and b:find("^%-?%d+$")
  return a == b or not whole and tonumber(a) == tonumber(b)
end

local function difference(expected, actual, path, exact)
  if actual == nil then
    return path .. ": missing"
  elseif expected.kind ~= actual.kind then
    return ("%s: %s expected, there is %s"):format(path, expected.kind, actual.kind)
  elseif expected.kind == "number" then
    return not same_number(expected.text, actual.text)
      and ("%s: %s expected, there is %s"):format(path, expected.text, actual.text) or nil
  elseif expected.text ~= actual.text then
    return ("%s: %q expected, there is %q"):format(path, expected.text, actual.text)
  elseif #expected ~= #actual then
    return ("%s: %d elements expected, there are %d"):format(path, #expected, #actual)
  end
  for i, item in ipairs(expected) do
    local found = difference(item, actual[i], ("%s[%d]"):format(path, i), exact)
    if found then
      return found
    end
  end
  for name, member in pairs(expected.members or {}) do
    local found = difference(member, actual.members[name], path .. "." .. name, exact)
    if found then
      return found
    end
  end
  for name in pairs(exact and actual.members or {}) do
    if not expected.members[name] then
      return ("%s.%s: not expected"):format(path, name)
    end
  end
end

--- Tells where two texts are not the same JSON value.
---@param expected string
---@param actual string
---@return string? difference nil when they are equal
function M.difference(expected, actual)
  return difference(M.parse(expected), M.parse(actual), "$", true)
end

--- Tells where a text lacks what the expected one has. Further members of objects are allowed.
---@param expected string
---@param actual string
---@return string? difference
function M.lacks(expected, actual)
  return difference(M.parse(expected), M.parse(actual), "$", false)
end

return M
