--- Random numbers from one seed, the same on every Lua: two multiplicative generators combined
-- (L'Ecuyer 1988). No product reaches 2^53, so doubles and integers count alike.
local floor = math.floor

local M = {}
local Random = { __name = "graphinvite.emulator.Random" }
Random.__index = Random

local A, M_A = 40014, 2147483563
local B, M_B = 40692, 2147483399
local WARM_UP = 8 -- numbers thrown away, so that near seeds give unlike ones
local TRANSPORT, CHANCE = 104729, 1299709

---@param seed integer from 0
---@return graphinvite.emulator.Random
function M.new(seed)
  local self = setmetatable({
    a = floor(seed % (M_A - 1)) + 1, b = floor(seed / (M_A - 1) % (M_B - 1)) + 1,
  }, Random)
  for _ = 1, WARM_UP do
    self:draw()
  end
  return self
end

--- The seed of a transport's numbers, which leave the ids of its tenant as they are.
---@param seed integer the tenant's
---@return integer
function M.transport_seed(seed)
  return seed + TRANSPORT
end

--- The seed of what fails by chance.
---@param seed integer the tenant's
---@return integer
function M.chance_seed(seed)
  return seed + CHANCE
end

--- A whole number in [1, 2147483562].
function Random:draw()
  local a, b = self.a * A % M_A, self.b * B % M_B
  self.a, self.b = a, b
  local z = a - b
  return z < 1 and z + M_A - 1 or z
end

--- A number in [0, 1).
function Random:uniform()
  return (self:draw() - 1) / (M_A - 1)
end

--- A GUID, version 4. Each number gives 28 of its bits.
function Random:guid()
  local a, b, c = self:draw() % 2 ^ 28, self:draw() % 2 ^ 28, self:draw() % 2 ^ 28
  local d, e = self:draw() % 2 ^ 28, self:draw() % 2 ^ 20
  return ("%07x%x-%04x-4%03x-%x%03x-%07x%05x"):format(
    a, b % 16, floor(b / 16) % 65536, c % 4096, 8 + floor(c / 4096) % 4, floor(c / 16384) % 4096,
    d, e)
end

return M
