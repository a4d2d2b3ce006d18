--- Reads $search: "property:text" in quotes, joined by AND and OR; AND binds closer. Reference 3.8
--- names the option only, so how it matches is INF: a text is found anywhere, case not counting.
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"

local M = {}

local function fail(text)
  errors.refuse("query", ("Syntax error in the $search query option '%s'."):format(
    errors.printable(text)))
end

-- Takes what stands at a position: a clause in quotes. Returns it and where it ends.
local function clause(text, at, properties)
  local name, wanted, after = text:match('^%s*"(%w+):([^"]+)"%s*()', at)
  if not name or not properties[name] then
    fail(text)
  end
  return { name = name, text = wanted:lower() }, after
end

--- Reads a search. Refuses one that has a fault.
---@param text string
---@param properties table<string, boolean> those that can be searched
---@return table[][] groups one of which has to fit, with all its clauses
function M.parse(text, properties)
  local found, at = clause(text, 1, properties)
  local groups = { { found } }
  while at <= #text do
    local word, after = text:match("^(%u+)()", at)
    if word == "OR" then
      groups[#groups + 1] = {}
    elseif word ~= "AND" then
      fail(text)
    end
    found, at = clause(text, after, properties)
    table.insert(groups[#groups], found)
  end
  return groups
end

local function fits(value, wanted)
  local text = value[wanted.name]
  return text ~= nil and text ~= core.null and text:lower():find(wanted.text, 1, true) ~= nil
end

--- Tells whether a value fits a search.
---@param groups table[][] what parse gave
---@param value table
---@return boolean
function M.holds(groups, value)
  for _, group in ipairs(groups) do
    local all = true
    for _, wanted in ipairs(group) do
      all = all and fits(value, wanted)
    end
    if all then
      return true
    end
  end
  return false
end

return M
