--- Converters of argparse: text -> value | nil, message.
local M = {}

---@param minimum number
---@param maximum number
function M.whole(minimum, maximum)
  return function(text)
    local value = text:find "^%d+$" and tonumber(text)
    if value and value >= minimum and value <= maximum then
      return value
    end
    return nil, ("'%s' is not a whole number from %d to %.0f"):format(text, minimum, maximum)
  end
end

function M.seconds(text)
  local value = text:find "^[%d.]+$" and tonumber(text)
  return value, ("'%s' is not a number of seconds"):format(text)
end

--- A number from 0 on.
function M.number(text)
  local value = text:find "^[%d.]+$" and tonumber(text)
  return value, ("'%s' is not a number from 0 on"):format(text)
end

local UNITS = { s = 1, m = 60, h = 3600, d = 86400 }

--- Seconds: "0", "90", "15m", "8h" or "7d".
function M.time(text)
  local digits, unit = text:match "^([%d.]+)([smhd]?)$"
  local value = tonumber(digits or "")
  if value then
    return value * (UNITS[unit] or 1)
  end
  return nil, ("'%s' is no time such as 90, 15m, 8h or 7d"):format(text)
end

--- The same, but not nothing.
function M.duration(text)
  local value, why = M.time(text)
  if value == 0 then
    return nil, ("'%s' is no time at all"):format(text)
  end
  return value, why
end

--- The text of a file.
function M.file(path)
  local file, why = io.open(path, "rb")
  if not file then
    return nil, why
  end
  local text, problem = file:read "*a"
  file:close()
  return text, problem or path
end

return M
