--- The fields that a control is given, and what is said of those that it cannot use.
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"

local M = {}

--- Refuses what a control was given.
---@param format string
function M.fail(format, ...)
  errors.refuse("control", format:format(...))
end

--- Checks that a field, where it is given, is a whole number from a least one.
---@param name string
---@param value number?
---@param least integer
function M.check_whole(name, value, least)
  if value and (value < least or value % 1 ~= 0 or value >= 2 ^ 31) then
    M.fail("%s: a whole number from %d is wanted", name, least)
  end
end

--- Checks names and types.
---@param control string its name
---@param fields table<string, string> types by name
---@param given any
function M.check(control, fields, given)
  if type(given) ~= "table" then
    M.fail("%s takes an object", control)
  end
  for field, value in pairs(given) do
    local wanted = fields[field]
    if not wanted then
      local names = {}
      for other in pairs(fields) do
        names[#names + 1] = other
      end
      local near = core.suggest(tostring(field), names)
      M.fail("%s: unknown field %s%s", control, tostring(field),
        near and (" (did you mean %s?)"):format(near) or "")
    elseif type(value) ~= wanted then
      M.fail("%s: %s is a %s, this is a %s", control, field, wanted, type(value))
    end
  end
end

return M
