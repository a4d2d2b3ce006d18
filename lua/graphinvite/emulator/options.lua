--- The options of an emulator: design table of names, presets and what each may be.
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"

local M = {}

local function one_of(...)
  local words = { ... }
  return ('one of "%s"'):format(table.concat(words, '", "')), function(value)
    for _, word in ipairs(words) do
      if value == word then
        return true
      end
    end
    return false
  end
end

local function whole(minimum)
  return "a whole number from " .. minimum, function(value)
    return type(value) == "number" and value >= minimum and value % 1 == 0 and value < 2 ^ 53
  end
end

local function text()
  return "a text with something in it", function(value)
    return type(value) == "string" and value ~= ""
  end
end

local function is_texts(value)
  if type(value) ~= "table" then
    return false
  end
  for _, entry in pairs(value) do
    if type(entry) ~= "string" or entry == "" then
      return false
    end
  end
  return true
end

-- name, preset, what it may be and how that is checked
local function row(name, preset, wanted, check)
  return { name = name, preset = preset, wanted = wanted, check = check }
end

local ROWS = {
  row("profile", "modelled", one_of("modelled", "live")),
  row("cloud", "global", one_of("global", "usgov", "dod", "china")),
  row("clock", "virtual", one_of("virtual", "real")),
  row("strict", false, "true or false", function(value) return type(value) == "boolean" end),
  row("seed", 1, whole(0)),
  row("page_size", 100, whole(1)),
  row("replication", 0, "seconds from 0", function(value)
    return type(value) == "number" and value >= 0 and value < math.huge
  end),
  row("throttle", false, 'false or "documented"', function(value)
    return value == false or value == "documented"
  end),
  row("hosts", {}, "a list of host names", is_texts),
  row("identity_header", "emulator", text()),
  row("arc_directory", nil, text()),
}

-- Raises where a name is unknown.
local function check_names(given)
  local known, names = {}, {}
  for i, option in ipairs(ROWS) do
    known[option.name], names[i] = true, option.name
  end
  for name in pairs(given) do
    if not known[name] then
      local near = core.suggest(tostring(name), names)
      errors.misuse(("unknown option %s%s"):format(tostring(name),
        near and (" (did you mean %s?)"):format(near) or ""))
    end
  end
end

--- Checks the options and fills in the others. Raises at the caller's line.
---@param given table?
---@return table options
function M.read(given)
  given = given or {}
  if type(given) ~= "table" then
    errors.misuse("the options of an emulator are a table, this is a " .. type(given))
  end
  check_names(given)
  local options = {}
  for _, option in ipairs(ROWS) do
    local value = given[option.name]
    if value == nil then
      value = option.preset
    elseif not option.check(value) then
      errors.misuse(("option %s is %s, this is %s"):format(option.name, option.wanted,
        tostring(value)))
    end
    options[option.name] = type(value) == "number" and value % 1 == 0 and math.floor(value) or value
  end
  return options
end

return M
