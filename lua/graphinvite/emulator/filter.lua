--- Reads $filter: reference 3.8. What it says becomes a tree of nodes that predicate.lua
-- evaluates.
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"

local M = {}

local MAX_LENGTH = 8192
local MAX_DEPTH = 40

local COMPARISONS = { eq = true, ne = true, gt = true, ge = true, lt = true, le = true }
local FUNCTIONS = { -- name -> number of arguments
  startswith = 2, endswith = 2, contains = 2, tolower = 1, toupper = 1, isof = 1,
}
local WORDS = { ["true"] = true, ["false"] = false, null = core.null }

-- Kinds of token besides strings, tried in order.
local TOKENS = {
  { "date", "^(%d%d%d%d%-%d%d%-%d%dT[%d:.]+[Z+%-%d:]*)" },
  { "date", "^(%d%d%d%d%-%d%d%-%d%d)" },
  { "guid", "^(%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x)" },
  { "number", "^(%-?%d[%d.]*[eE][+-]?%d+)" },
  { "number", "^(%-?%d[%w.]*)" },
  { "name", "^([%a_@][%w_.@]*)" },
  { "mark", "^([(),/:])" },
}

local function fail(text, at)
  errors.refuse("query", ("Invalid filter clause: syntax error at position %d in '%s'.")
    :format(at, errors.printable(text)))
end

-- A string goes on where its quote is doubled. Returns its text and where it ends.
local function read_string(text, at)
  local parts = {}
  repeat
    local start, stop, part = text:find("^'([^']*)'", at)
    if not start then
      return nil
    end
    parts[#parts + 1], at = part, stop + 1
  until text:sub(at, at) ~= "'"
  return table.concat(parts, "'"), at
end

local function next_token(text, at)
  if text:sub(at, at) == "'" then
    local value, after = read_string(text, at)
    return value and "string" or nil, value, after
  end
  for _, kind in ipairs(TOKENS) do
    local _, stop, value = text:find(kind[2], at)
    if stop then
      return kind[1], value, stop + 1
    end
  end
end

-- Cuts the text into { kind, value, position }.
local function scan(text)
  local tokens, at = {}, text:find("%S")
  while at do
    local kind, value, after = next_token(text, at)
    if kind == nil then
      fail(text, at)
    end
    tokens[#tokens + 1] = { kind, value, at }
    at = text:find("%S", after)
  end
  return tokens
end

local Parser = {}
Parser.__index = Parser

function Parser:fail()
  local token = self.tokens[self.at]
  fail(self.text, token and token[3] or #self.text + 1)
end

-- Takes the next token where it is of that kind, and has that value when one is given.
function Parser:take(kind, value)
  local token = self.tokens[self.at]
  if token and token[1] == kind and (value == nil or token[2] == value) then
    self.at = self.at + 1
    return token[2]
  end
end

function Parser:want(kind, value)
  return self:take(kind, value) or self:fail()
end

function Parser:literal()
  local text = self:take("string") or self:take("guid")
  if text then
    return { kind = "literal", value = text }
  end
  text = self:take("date")
  if text then -- the tenant keeps whole seconds
    text = text:gsub("%.0+Z$", "Z")
    return { kind = "literal", value = text }
  end
  text = self:take("number")
  if text then
    local number = core.decode(nil, text)
    return number and { kind = "literal", value = number } or self:fail()
  end
  local token = self.tokens[self.at]
  if token and token[1] == "name" and WORDS[token[2]] ~= nil then
    self.at = self.at + 1
    return { kind = "literal", value = WORDS[token[2]] }
  end
end

function Parser:list(read)
  local items = {}
  self:want("mark", "(")
  repeat
    items[#items + 1] = read(self) or self:fail()
  until not self:take("mark", ",")
  self:want("mark", ")")
  return items
end

-- What stands behind "name(": a function's arguments.
function Parser:call(name)
  local arguments = self:list(Parser.operand)
  if #arguments ~= FUNCTIONS[name] then
    self:fail()
  end
  return { kind = name, arguments[1], arguments[2] }
end

-- any(x: ...) or all(x: ...) over the collection at a path.
function Parser:lambda(kind, path)
  self:want("mark", "(")
  if kind == "any" and self:take("mark", ")") then
    return { kind = "any", path = path }
  end
  local variable = self:want("name")
  self:want("mark", ":")
  local node = { kind = kind, path = path, variable = variable, self:disjunction() }
  self:want("mark", ")")
  return node
end

function Parser:operand()
  local literal = self:literal()
  if literal then
    return literal
  end
  local name = self:want("name")
  local following, called = self.tokens[self.at], name:lower() -- endsWith is written so too: 3.8
  if FUNCTIONS[called] and following and following[2] == "(" and following[1] == "mark" then
    return self:call(called)
  end
  local path = { name }
  while self:take("mark", "/") do
    name = self:want("name")
    if name == "any" or name == "all" then
      return self:lambda(name, path)
    end
    path[#path + 1] = name
  end
  return { kind = "path", path = path }
end

function Parser:comparison()
  local left = self:operand()
  local token = self.tokens[self.at]
  local operator = token and token[1] == "name" and token[2]
  if COMPARISONS[operator] then
    self.at = self.at + 1
    return { kind = operator, left, self:operand() }
  elseif operator == "in" then
    self.at = self.at + 1
    return { kind = "in", left, list = self:list(Parser.literal) }
  end
  return left
end

function Parser:negation()
  self.depth = self.depth + 1
  if self.depth > MAX_DEPTH then
    self:fail()
  end
  local node
  if self:take("name", "not") then
    node = { kind = "not", self:negation() }
  elseif self:take("mark", "(") then
    node = self:disjunction()
    self:want("mark", ")")
  else
    node = self:comparison()
  end
  self.depth = self.depth - 1
  return node
end

-- One or more nodes with a word between them.
function Parser:chain(word, read)
  local node = { kind = word, read(self) }
  while self:take("name", word) do
    node[#node + 1] = read(self)
  end
  return node[2] and node or node[1]
end

function Parser:conjunction()
  return self:chain("and", Parser.negation)
end

function Parser:disjunction()
  return self:chain("or", Parser.conjunction)
end

--- Reads a filter. Refuses one that has a fault.
---@param text string
---@return table node
function M.parse(text)
  if #text > MAX_LENGTH then
    errors.refuse("query", "The filter is too long.")
  end
  local parser = setmetatable({ text = text, tokens = scan(text), at = 1, depth = 0 }, Parser)
  local node = parser:disjunction()
  if parser.at <= #parser.tokens then
    parser:fail()
  end
  return node
end

return M
