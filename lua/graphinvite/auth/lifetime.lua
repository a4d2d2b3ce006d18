--- When a token is renewed: somewhat before its end, so that no call goes out with a stale one.
local M = {}

local EARLY = 300 -- seconds, at the most

---@param left number seconds until the end, when the token came
---@return number seconds before the end
function M.early(left)
  return math.min(EARLY, left / 10)
end

--- The seconds that an answer names, as a number or a text.
---@param value any
---@return number? seconds nil where it is no number, or one without end
function M.seconds(value)
  local seconds = tonumber(value)
  return seconds and seconds - seconds == 0 and seconds or nil
end

return M
