--- Bytes that no reader of files may trip over.
local M = {}

local function random(n, seed)
  local bytes = {}
  for i = 1, n do
    seed = (seed * 16807) % 2147483647 -- Park and Miller: the same bytes on every Lua
    bytes[i] = string.char(math.floor(seed / 256) % 256)
  end
  return table.concat(bytes)
end

--- Calls visit(name, bytes) for what a file could have become: cut off, overwritten, all NUL, huge,
--- or random from the start.
---@param good string bytes that are as they should be
---@param visit fun(name: string, bytes: string)
function M.each(good, visit)
  visit("empty", "")
  visit("NUL", "\0")
  visit("all NUL", ("\0"):rep(#good))
  visit("NUL in front", "\0" .. good)
  visit("2 MiB of text", ("A"):rep(63) .. ("\n" .. ("A"):rep(63)):rep(32768))
  visit("2 MiB of random bytes", random(2 ^ 11, 7):rep(1024))
  for part = 1, 15 do
    local at = math.floor(#good * part / 16)
    visit("cut off at " .. at, good:sub(1, at))
    visit("without its first " .. at, good:sub(at + 1))
    visit("NUL at " .. at, good:sub(1, at) .. "\0" .. good:sub(at + 2))
    visit("changed at " .. at, good:sub(1, at) .. random(4, part) .. good:sub(at + 5))
    visit("random bytes " .. part, random(part * 50, part))
  end
end

return M
