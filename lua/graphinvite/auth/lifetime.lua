--- When a token is renewed: somewhat before its end, so that no call goes out with a stale one.
local M = {}

local EARLY = 300 -- seconds, at the most

---@param left number seconds until the end, when the token came
---@return number seconds before the end
function M.early(left)
  return math.min(EARLY, left / 10)
end

return M
