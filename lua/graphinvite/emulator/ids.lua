--- Ids that follow from a number, and the number from the id: the tenant keeps neither texts nor
-- an index of them. No product reaches 2^53, so doubles and integers count alike.
local floor = math.floor

local M = {}

local WORD = 4294967296 -- 2^32
local FACTOR, INVERSE = 2654435761, 244002641 -- their product is 1 modulo 2^32

local function multiply(a, b)
  local high = floor(a / 65536) * b % 65536
  return (high * 65536 + a % 65536 * b) % WORD
end

-- Four numbers below 2^32 that follow from a key and a number; the first one alone tells it.
local function words(key, number)
  local head = (multiply(number, FACTOR) + key) % WORD
  local a = (head * 40014 + key) % 2147483563
  local b = a * 40692 % 2147483399
  local c = (b * 40014 + head) % 2147483563
  return head, a, b, c
end

--- The GUID of a number, of version 4. Its first part alone tells the number.
---@param key integer below 2^32; sets one kind of id apart from another
---@param number integer from 0, below 2^32
---@return string
function M.guid(key, number)
  local head, a, b, c = words(key, number)
  return ("%08x-%04x-4%03x-%x%03x-%04x%08x"):format(
    head, a % 65536, floor(a / 65536) % 4096, 8 + b % 4, floor(b / 4) % 4096,
    floor(b / 16384) % 65536, c)
end

--- Another text of a number: 32 hexadecimal digits.
---@param key integer
---@param number integer
---@return string
function M.ticket(key, number)
  return ("%08x%08x%08x%08x"):format(words(key, number))
end

--- The number of a GUID.
---@param key integer
---@param guid string in lower case
---@return integer? number nil when no number has it
function M.number(key, guid)
  local head = tonumber(guid:match("^(%x%x%x%x%x%x%x%x)%-") or "", 16)
  local number = head and multiply((head - key) % WORD, INVERSE)
  return number and M.guid(key, number) == guid and number or nil
end

return M
