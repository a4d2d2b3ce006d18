--- Evaluates what filter.lua read, and orders values for $orderby: reference 3.8. Texts compare
-- without regard to case, as the directory does (INF).
local core = require "graphinvite.core"

local M = {}
local null = core.null
local evaluate

-- The digits of a whole number or of a text of digits: Int64 is such a text where the
-- interpreter has no integers.
local function digits(value)
  local text = tostring(value)
  if type(value) == "number" and value == math.floor(value) and value > -2 ^ 53 and value < 2 ^ 53
  then
    text = ("%d"):format(value)
  end
  return text:match("^%-?%d+$")
end

local function order(a, b)
  return a < b and -1 or a > b and 1 or 0
end

local function compare_numbers(a, b)
  local x, y = digits(a), digits(b)
  if not x or not y then
    x, y = tonumber(tostring(a)), tonumber(tostring(b))
    return x and y and order(x, y)
  end
  local negative = x:sub(1, 1) == "-"
  if negative ~= (y:sub(1, 1) == "-") then
    return negative and -1 or 1
  end
  local result = #x ~= #y and order(#x, #y) or order(x, y)
  return negative and -result or result
end

local function is_number(value)
  return type(value) == "number" or type(value) == "userdata" and value ~= null
end

--- Compares two values.
---@return integer? order -1, 0 or 1; nil when they cannot be compared
function M.compare(a, b)
  if is_number(a) or is_number(b) then
    return compare_numbers(a, b)
  elseif type(a) == "string" and type(b) == "string" then
    return order(a:lower(), b:lower())
  elseif type(a) == "boolean" and type(b) == "boolean" then
    return order(a and 1 or 0, b and 1 or 0)
  end
  return nil
end

-- Values of different kinds come in this order; what is not there comes first.
local RANKS = { boolean = 2, number = 3, string = 4, table = 5 }

local function rank(value)
  if value == nil or value == null then
    return 1
  end
  return is_number(value) and RANKS.number or RANKS[type(value)]
end

--- Orders any two values.
---@return integer order -1, 0 or 1
function M.order(a, b)
  local x, y = rank(a), rank(b)
  return x ~= y and order(x, y) or M.compare(a, b) or 0
end

-- The value at a path. A path may start with a variable of any() or all().
local function at_path(path, value, variables)
  local start = 1
  if variables and variables[path[1]] ~= nil then
    value, start = variables[path[1]], 2
  end
  for i = start, #path do
    if type(value) ~= "table" or value[path[i]] == nil then
      return null
    end
    value = value[path[i]]
  end
  return value
end

local function same(a, b)
  if a == null or b == null then
    return a == b
  end
  return M.compare(a, b) == 0
end

local function compares(test)
  return function(node, value, variables)
    local a, b = evaluate(node[1], value, variables), evaluate(node[2], value, variables)
    local result = a ~= null and b ~= null and M.compare(a, b)
    return result and test(result) or false
  end
end

local function tests_text(test)
  return function(node, value, variables)
    local a, b = evaluate(node[1], value, variables), evaluate(node[2], value, variables)
    return type(a) == "string" and type(b) == "string" and test(a:lower(), b:lower())
  end
end

local function changes_text(change)
  return function(node, value, variables)
    local text = evaluate(node[1], value, variables)
    return type(text) == "string" and change(text) or null
  end
end

-- Tells whether the node holds for an element of the collection, or for every one.
local function quantifies(wanted)
  return function(node, value, variables)
    local list = at_path(node.path, value, variables)
    local inner = {}
    for name, element in pairs(variables or {}) do
      inner[name] = element
    end
    for _, element in ipairs(type(list) == "table" and list or {}) do
      if node.variable == nil then
        return true
      end
      inner[node.variable] = element
      if (evaluate(node[1], value, inner) == true) == wanted then
        return wanted
      end
    end
    return not wanted
  end
end

--- Tells whether an entity is of a type; every entity of ours is a commsOperation or what it says.
---@param value table
---@param name string a qualified name, with # or without
---@return boolean
function M.is_of(value, name)
  local type_name = value["@odata.type"]
  name = name:lower():gsub("^#", "")
  return name == "microsoft.graph.commsoperation" or name == "microsoft.graph.entity"
    or type(type_name) == "string" and type_name:lower():gsub("^#", "") == name
end

local EVALUATE = {
  literal = function(node)
    return node.value
  end,
  path = function(node, value, variables)
    return at_path(node.path, value, variables)
  end,
  ["or"] = function(node, value, variables)
    for _, child in ipairs(node) do
      if evaluate(child, value, variables) == true then
        return true
      end
    end
    return false
  end,
  ["and"] = function(node, value, variables)
    for _, child in ipairs(node) do
      if evaluate(child, value, variables) ~= true then
        return false
      end
    end
    return true
  end,
  ["not"] = function(node, value, variables)
    return evaluate(node[1], value, variables) ~= true
  end,
  eq = function(node, value, variables)
    return same(evaluate(node[1], value, variables), evaluate(node[2], value, variables))
  end,
  ne = function(node, value, variables)
    return not same(evaluate(node[1], value, variables), evaluate(node[2], value, variables))
  end,
  gt = compares(function(result) return result > 0 end),
  ge = compares(function(result) return result >= 0 end),
  lt = compares(function(result) return result < 0 end),
  le = compares(function(result) return result <= 0 end),
  ["in"] = function(node, value, variables)
    local left = evaluate(node[1], value, variables)
    for _, literal in ipairs(node.list) do
      if same(left, literal.value) then
        return true
      end
    end
    return false
  end,
  startswith = tests_text(function(a, b) return a:sub(1, #b) == b end),
  endswith = tests_text(function(a, b) return b == "" or a:sub(-#b) == b end),
  contains = tests_text(function(a, b) return a:find(b, 1, true) ~= nil end),
  tolower = changes_text(string.lower),
  toupper = changes_text(string.upper),
  isof = function(node, value)
    local name = node[1].value
    return type(name) == "string" and M.is_of(value, name)
  end,
  any = quantifies(true),
  all = quantifies(false),
}

function evaluate(node, value, variables)
  return EVALUATE[node.kind](node, value, variables)
end

--- Tells whether a value fits a filter.
---@param node table what filter.parse gave
---@param value table
---@return boolean
function M.holds(node, value)
  return evaluate(node, value) == true
end

-- The text that a leaf pins a keyed property to.
local function pinned(node, keyed)
  local left, right, name = node[1], node[2], nil
  if node.kind == "any" and left and left.kind == "eq" and #node.path == 1 then
    local inner = left[1].path
    name = inner and #inner == 1 and inner[1] == node.variable and node.path[1]
    right = left[2]
  elseif node.kind == "eq" and left.kind == "path" and #left.path == 1 then
    name = left.path[1]
  end
  local text = name and keyed[name] and right.value
  return type(text) == "string" and text or nil
end

--- The texts one of which a keyed property of every fitting value has.
---@param node table
---@param keyed table<string, boolean>
---@return string[]? texts nil when other values may fit too
function M.keys(node, keyed)
  if node.kind == "and" then
    for _, child in ipairs(node) do
      local found = M.keys(child, keyed)
      if found then
        return found
      end
    end
    return nil
  elseif node.kind ~= "or" then
    local text = pinned(node, keyed)
    return text and { text }
  end
  local all = {}
  for _, child in ipairs(node) do
    local found = M.keys(child, keyed)
    if not found then
      return nil
    end
    for _, text in ipairs(found) do
      all[#all + 1] = text
    end
  end
  return all
end

return M
