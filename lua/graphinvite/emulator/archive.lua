--- Everything that a tenant consists of, kept and brought back: as a copy in memory, or as the
--- lines of a file. Time goes on all the same.
local columns = require "graphinvite.emulator.columns"
local core = require "graphinvite.core"
local journals = require "graphinvite.emulator.journal"
local keys = require "graphinvite.emulator.keys"
local randoms = require "graphinvite.emulator.random"
local redemption = require "graphinvite.emulator.redemption"
local stores = require "graphinvite.emulator.store"

local M = {}

local VERSION = 1 -- of the file
-- The parts of an emulator that are its tenant. Its keys, its clock and its listeners are not.
local PARTS = {
  "tenant", "journal", "random", "jitter", "chance", "request_prefix", "request_count", "refusals",
  "rates", "limit", "buckets",
}
-- What kinds of object there are besides plain tables.
local KINDS = {
  array = getmetatable(core.array {}), columns = getmetatable(columns.new {}),
  journal = getmetatable(journals.new()), random = getmetatable(randoms.new(1)),
  store = getmetatable(stores.new()),
}
local kind_of = {}
for name, metatable in pairs(KINDS) do
  kind_of[metatable] = name
end

-- A copy of a value. What is one table stays one, in circles too.
local function copy(value, seen)
  if type(value) ~= "table" then
    return value
  elseif not seen[value] then
    local new = setmetatable({}, getmetatable(value))
    seen[value] = new
    for key, member in pairs(value) do
      new[copy(key, seen)] = copy(member, seen)
    end
  end
  return seen[value]
end

local function parts_of(emulator)
  local parts = { wall = emulator.clock:wall() }
  for _, name in ipairs(PARTS) do
    parts[name] = emulator[name]
  end
  return parts
end

--- The tenant as it is.
---@param emulator graphinvite.Emulator
---@return table kept
function M.keep(emulator)
  return copy(parts_of(emulator), {})
end

--- Makes the tenant what it was. The time is never before the time when it was kept.
---@param emulator graphinvite.Emulator
---@param kept table what keep gave; stays as it is
function M.bring_back(emulator, kept)
  local parts, buckets = copy(kept, {}), emulator.buckets
  for _, name in ipairs(PARTS) do
    emulator[name] = parts[name]
  end
  emulator.buckets = parts.buckets or buckets
  emulator.link_start = redemption.link_start(emulator)
  local behind = parts.wall - emulator.clock:wall()
  if behind > 0 then
    emulator.clock:advance(behind)
  end
end

-- How a value is written that is no table: a letter says what its text is.
local function write_value(value)
  if type(value) == "string" then
    return core.encode(nil, value) and "s" .. value or "x" .. core.base64_encode(value)
  elseif value == core.null then
    return "n"
  elseif value == math.huge then
    return "i"
  elseif type(value) ~= "userdata" then
    return value
  end
  local found, pem = pcall(function() return value:pem() end)
  return found and "k" .. pem or "d" .. tostring(value)
end

local READ = {
  s = function(text) return text end,
  x = core.base64_decode,
  n = function() return core.null end,
  i = function() return math.huge end,
  d = core.number,
  k = function(text)
    local crypto = keys.crypto()
    return crypto and crypto.public_key(text)
  end,
}

--- The lines of a file: what it is, then each table of the tenant.
---@param emulator graphinvite.Emulator
---@return string text
function M.write(emulator)
  local tables, place, lines = {}, {}, {}
  local function written(value)
    if type(value) ~= "table" then
      return write_value(value)
    elseif not place[value] then
      tables[#tables + 1] = value
      place[value] = #tables
    end
    return "t" .. place[value]
  end
  written(parts_of(emulator))
  while tables[#lines + 1] do
    local value = tables[#lines + 1]
    local line = { kind_of[getmetatable(value)] or "" }
    for key, member in pairs(value) do
      line[#line + 1] = written(key)
      line[#line + 1] = written(member)
    end
    lines[#lines + 1] = assert(core.encode(nil, core.array(line)))
  end
  local head = { graphinvite = "emulator", version = VERSION, tables = #lines }
  return assert(core.encode(nil, head)) .. "\n" .. table.concat(lines, "\n") .. "\n"
end

-- A value of a line; nil where it is none.
local function read_value(text, tables)
  if type(text) ~= "string" then
    return text
  end
  local letter, rest = text:sub(1, 1), text:sub(2)
  if letter == "t" then
    return tables[tonumber(rest)]
  end
  return READ[letter] and READ[letter](rest)
end

-- Fills the table of a line. Returns whether it could.
local function fill(line, into, tables)
  local kind = table.remove(line, 1)
  for i = 1, #line, 2 do
    local key, value = read_value(line[i], tables), read_value(line[i + 1], tables)
    if key == nil or value == nil then
      return false
    end
    into[key] = value
  end
  setmetatable(into, KINDS[kind])
  return kind == "" or KINDS[kind] ~= nil
end

local function read_lines(text)
  local lines = {}
  for line in text:gmatch("([^\n]*)\n") do
    local value = core.decode(nil, line)
    if type(value) ~= "table" then
      return nil, ("line %d is damaged"):format(#lines + 1)
    end
    lines[#lines + 1] = value
  end
  return lines
end

--- What a file has kept.
---@param text string what write gave
---@return table? kept for bring_back
---@return string? why it cannot be read
function M.read(text)
  local lines, why = read_lines(text)
  if not lines then
    return nil, why
  end
  local head = table.remove(lines, 1)
  if not head or head.graphinvite ~= "emulator" then
    return nil, "it is no state of the emulator"
  elseif head.version ~= VERSION then
    return nil, ("it is of version %s, and not %d"):format(tostring(head.version), VERSION)
  elseif head.tables ~= #lines or text:sub(-1) ~= "\n" then
    return nil, "its end is missing"
  end
  local tables = {}
  for i in ipairs(lines) do
    tables[i] = {}
  end
  for i, line in ipairs(lines) do
    if not fill(line, tables[i], tables) then
      return nil, ("line %d is damaged"):format(i + 1)
    end
  end
  local kept = tables[1] or {}
  if type(kept.wall) ~= "number" or type(kept.tenant) ~= "table" then
    return nil, "it has no tenant"
  end
  kept.buckets = nil -- whether there are any is an option of the emulator
  if type(kept.limit) == "table" then
    kept.limit.begun = nil -- its window was of another clock
  end
  return kept
end

return M
