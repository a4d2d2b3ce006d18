--- What a command prints: for people, or with --json for programs. Results go to standard output,
--- one JSON value on each line; all else goes to standard error.
local core = require "graphinvite.core"
local records = require "graphinvite.cli.record"
local status = require "graphinvite.cli.status"
local tables = require "graphinvite.cli.table"
local text = require "graphinvite.cli.text"

local M = {}

local unpack = rawget(table, "unpack") or unpack -- luacheck: globals unpack

M.options = {
  { "--json", "Print results, and errors, as JSON.", flag = true },
}

M.secret_options = {
  { "--show-redeem-url", "Print the redeem link: whoever has it can accept.", flag = true },
}

local Output = {}
Output.__index = Output

---@param world graphinvite.cli.World
---@param args table the parsed words
---@return table output
function M.new(world, args)
  return setmetatable({ world = world, args = args }, Output)
end

-- Members that are secrets, whatever type they stand in.
local function secrets()
  local names = {}
  for _, type_name in ipairs(core.types()) do
    for _, property in ipairs(core.describe(type_name).properties or {}) do
      names[property.name] = property.secret or names[property.name]
    end
  end
  return names
end

-- A copy of a value without the members that are secrets.
local function without(value, names)
  if type(value) ~= "table" then
    return value
  end
  local copy = setmetatable({}, getmetatable(value))
  for name, member in pairs(value) do
    if not names[name] then
      copy[name] = without(member, names)
    end
  end
  return copy
end

function Output:visible(value)
  if self.args.show_redeem_url then
    return value
  end
  self.secrets = self.secrets or secrets()
  return without(value, self.secrets)
end

--- A value as a clean text for people.
---@param value any
---@param ascii boolean? unset: as standard output is
---@return string
function Output:clean(value, ascii)
  if value == nil or value == core.null then
    return ""
  elseif type(value) == "number" and value % 1 == 0 then
    value = ("%.0f"):format(value)
  end
  if ascii == nil then
    ascii = self.world.ascii
  end
  return text.clean(tostring(value), ascii)
end

function Output:put(line)
  local written, why = self.world.out:write(line)
  if not written then
    error(select(2, status.fault("cannot write to standard output: " .. tostring(why))), 0)
  end
end

--- Prints a line for people. With --json there are none.
---@param format string
---@param ... any what came from elsewhere; it is cleaned
function Output:say(format, ...)
  if not self.args.json then
    self:put(self:format(self.world.ascii, format, ...) .. "\n")
  end
end

--- The same on standard error: about what is going on, not a result.
function Output:note(format, ...)
  if not self.args.json then
    self.world.err:write(self:format(self.world.err_ascii or false, format, ...), "\n")
  end
end

function Output:format(ascii, format, ...)
  local values = {}
  for i = 1, select("#", ...) do
    values[i] = self:clean((select(i, ...)), ascii)
  end
  return format:format(unpack(values))
end

--- Prints a value as a line of JSON.
---@param value any
---@param type_name string? its Graph type; members are in the order of that
function Output:json(value, type_name)
  local json, why = core.encode(type_name, value, { unknown = "keep" })
  if not json then
    error(select(2, status.fault("the result cannot be printed: " .. why)), 0)
  end
  self:put(text.clean(json, self.world.ascii) .. "\n")
end

--- Prints an object that has no Graph type as a line of JSON.
---@param members table as graphinvite.cli.record takes them
function Output:record(members)
  self:put(text.clean(records.json(members), self.world.ascii) .. "\n")
end

-- Adds rows of path and text for all that a value has; annotations and nulls are left out.
local function flatten(self, value, path, rows)
  if type(value) ~= "table" then
    if value ~= core.null then
      rows[#rows + 1] = { self:clean(path), self:clean(value) }
    end
    return
  end
  for i, item in ipairs(value) do
    flatten(self, item, ("%s[%d]"):format(path, i), rows)
  end
  local names = {}
  for name in pairs(value) do
    if type(name) == "string" and not name:find("@", 1, true) then
      names[#names + 1] = name
    end
  end
  table.sort(names, function(a, b)
    if a == "id" or b == "id" then
      return a == "id" and b ~= "id"
    end
    return a < b
  end)
  for _, name in ipairs(names) do
    flatten(self, value[name], path == "" and name or path .. "." .. name, rows)
  end
end

--- Prints rows of a name and a value, below each other.
---@param rows string[][] clean texts
function Output:fields(rows)
  local wide = 0
  for _, row in ipairs(rows) do
    wide = math.max(wide, text.width(row[1]))
  end
  for _, row in ipairs(rows) do
    self:put(text.pad(row[1], wide) .. "  " .. row[2] .. "\n")
  end
end

--- Prints an entity: its members, or its JSON.
---@param value table
---@param type_name string
function Output:one(value, type_name)
  local shown = self:visible(value)
  if self.args.json then
    return self:json(shown, type_name)
  end
  local rows = {}
  flatten(self, shown, "", rows)
  self:fields(rows)
  self:hidden(value)
end

--- Says how to see a redeem link that was not printed.
function Output:hidden(value)
  if type(value.inviteRedeemUrl) == "string" and not self.args.show_redeem_url then
    self:note "The redeem link is not shown; --show-redeem-url prints it."
  end
end

-- The value at a path such as "invitedUser.id".
local function member(value, path)
  for name in path:gmatch "[^.]+" do
    value = type(value) == "table" and value[name] or nil
  end
  return type(value) ~= "table" and value or nil
end

--- Prints the items of a list, each as it comes: a table, or a line of JSON for each.
---@param list fun(): any, any as client.….list gives it
---@param type_name string of an item
---@param columns table of { title, path, keep = boolean? }
---@return boolean?
---@return graphinvite.Error?
function Output:list(list, type_name, columns)
  local world, limit = self.world, self.args.limit or math.huge
  local rows = tables.new(columns, function(line) self:put(line) end, world.columns, world.ascii)
  local count, failed = 0, nil
  while count < limit do
    local item, err = list()
    if not item then
      failed = err
      break
    end
    count = count + 1
    if self.args.json then
      self:json(self:visible(item), type_name)
    else
      local cells = {}
      for i, column in ipairs(columns) do
        cells[i] = self:clean(member(item, column[2]))
      end
      rows:add(cells)
    end
  end
  rows:close()
  if failed then
    return nil, failed
  elseif count == 0 then
    self:note "There are none."
  end
  return true
end

return M
