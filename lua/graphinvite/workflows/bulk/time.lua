--- Times as texts that sort as the times do: ISO 8601 in UTC with milliseconds. Pure.
local M = {}

local FORM = "^(%d%d%d%d)-(%d%d)-(%d%d)T(%d%d):(%d%d):(%d%d%.%d%d%d)Z$"

--- Later than every other.
M.NEVER = "9999-12-31T23:59:59.999Z"

---@param seconds number since 1970
---@return string
function M.text(seconds)
  local milliseconds = math.floor(seconds * 1000 + 0.5)
  local whole = math.floor(milliseconds / 1000)
  return ("%s.%03dZ"):format(os.date("!%Y-%m-%dT%H:%M:%S", whole), milliseconds - whole * 1000)
end

---@param text string as M.text gives it
---@return number? seconds since 1970
function M.seconds(text)
  local y, m, d, hours, minutes, seconds = text:match(FORM)
  if not y then
    return nil
  end
  y, m = tonumber(y), tonumber(m)
  if m <= 2 then -- the year begins in March, so that its last day is the leap day
    y, m = y - 1, m + 12
  end
  local days = 365 * y + math.floor(y / 4) - math.floor(y / 100) + math.floor(y / 400)
    + math.floor((153 * (m - 3) + 2) / 5) + d - 719469
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
end

return M
