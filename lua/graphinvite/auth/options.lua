--- The options of a token source: names, types, and what is missing.
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"

local M = {}

-- What must not be empty, and what may stand for a secret or a file's path.
local function fault(name, value, types)
  if not ("|" .. types .. "|"):find("|" .. type(value) .. "|", 1, true) then
    return ("%s is a %s, this is a %s"):format(name, types:gsub("|", " or a "), type(value))
  elseif value == "" then
    return name .. " is empty"
  end
end

--- Checks a table of options and copies it. Raises at the caller's line.
---@param source string e.g. "auth.client_secret"
---@param given table
---@param required table<string, string> name = types, e.g. "string|function"
---@param optional table<string, string>?
---@return table copy
function M.check(source, given, required, optional)
  optional = optional or {}
  if type(given) ~= "table" then
    errors.misuse(("%s takes a table of options, this is a %s"):format(source, type(given)))
  end
  local known, copy = {}, {}
  for _, rows in ipairs { required, optional } do
    for name in pairs(rows) do
      known[#known + 1] = name
    end
  end
  table.sort(known)
  for name, value in pairs(given) do
    local types = required[name] or optional[name]
    if not types then
      local near = type(name) == "string" and core.suggest(name, known)
      errors.misuse(("%s has no option %s%s"):format(source, tostring(name),
        near and (" (did you mean %s?)"):format(near) or ""))
    end
    local why = fault(name, value, types)
    if why then
      errors.misuse(source .. ": " .. why)
    end
    copy[name] = value
  end
  for _, name in ipairs(known) do
    if required[name] and copy[name] == nil then
      errors.misuse(("%s needs %s"):format(source, name))
    end
  end
  return copy
end

--- The variables of an environment. One that is set to nothing counts as unset.
---@param getenv fun(name: string): string? unset: os.getenv
---@return fun(name: string): string?
function M.environment(getenv)
  getenv = getenv or os.getenv
  return function(name)
    local value = getenv(name)
    return value ~= "" and value or nil
  end
end

--- What a source's token depends on: names and ids, never a secret.
---@param ... any
---@return string
function M.key(...)
  local parts = {}
  for i = 1, select("#", ...) do
    parts[i] = tostring((select(i, ...)))
  end
  return table.concat(parts, "\n")
end

return M
