--- What a hub of notifications remembers inside nginx: the same as graphinvite.notifications.memory
--- for all workers, in a dictionary that they share. One that waits looks at a bell now and then.
local core = require "graphinvite.core"
local dictionary = require "graphinvite.dictionary"

local M = {}

local KEPT = 3600 -- seconds that an ending is found
local LOOK = 0.05 -- seconds between two looks

local Shared = {}
Shared.__index = Shared

function Shared:find(key)
  local text = self.dict:get("ended " .. key)
  return text and core.decode(nil, text)
end

function Shared:keep(ending)
  local text = assert(core.encode(nil, {
    keys = core.array(ending.keys), operation = ending.operation, owner = ending.owner,
  }))
  for _, key in ipairs(ending.keys) do
    self.dict:set("ended " .. key, text, KEPT)
  end
end

function Shared:claim(ending, key)
  ending.owner = key
  self:keep(ending)
end

function Shared:is_awaited(key)
  return self.dict:get("awaited " .. key) ~= nil
end

function Shared:wake(keys)
  for _, key in ipairs(keys) do
    self.dict:incr("bell " .. key, 1, 0, KEPT)
  end
end

-- How often the bells of all keys have rung.
local function count(self, keys)
  local rung = 0
  for _, key in ipairs(keys) do
    rung = rung + (self.dict:get("bell " .. key) or 0)
  end
  return rung
end

--- Waits for at most some seconds, until it is woken or `told` is true.
---@param keys string[]
---@param transport graphinvite.Transport
---@param seconds number
---@param told fun(): any
function Shared:wait(keys, transport, seconds, told)
  local rung, finish = count(self, keys), transport.now() + seconds
  for _, key in ipairs(keys) do
    self.dict:set("awaited " .. key, true, seconds + LOOK)
  end
  local left = seconds
  while left > 0 and count(self, keys) == rung and not told() do
    transport.sleep(math.min(LOOK, left))
    left = finish - transport.now()
  end
end

--- Of all hubs that have the same dictionary.
---@param name string
---@return table memory
function M.new(name)
  return setmetatable({ dict = dictionary.shared(name) }, Shared)
end

return M
