--- Tables for people: columns that fit the terminal, or one row below the other where they cannot.
local text = require "graphinvite.cli.text"

local M = {}

local GAP = 2 -- columns of space between two cells
local NARROWEST = 8 -- a cell is not cut to less
local BUFFERED = 200 -- rows that are looked at for the widths; those after them follow

---@class graphinvite.cli.Column
---@field [1] string title
---@field keep boolean? never cut: an id is to be copied

local Table = {}
Table.__index = Table

---@param columns graphinvite.cli.Column[]
---@param write fun(text: string)
---@param room integer? columns of the terminal; nil: as much as it takes
---@param ascii boolean? the terminal has no UTF-8
function M.new(columns, write, room, ascii)
  return setmetatable({
    columns = columns, write = write, room = room, ascii = ascii, rows = {}, count = 0,
  }, Table)
end

-- The widths that all cells want.
local function natural(self)
  local widths = {}
  for i, column in ipairs(self.columns) do
    widths[i] = text.width(column[1])
    for _, row in ipairs(self.rows) do
      widths[i] = math.max(widths[i], text.width(row[i]))
    end
  end
  return widths
end

-- The widest column that may be made narrower.
local function widest(self, widths)
  local found
  for i, column in ipairs(self.columns) do
    if not column.keep and widths[i] > NARROWEST and (not found or widths[i] > widths[found]) then
      found = i
    end
  end
  return found
end

-- Widths that fit the room; nil where none do.
local function fitting(self)
  local widths = natural(self)
  local total = GAP * (#widths - 1)
  for _, width in ipairs(widths) do
    total = total + width
  end
  while self.room and total > self.room do
    local i = widest(self, widths)
    if not i then
      return nil
    end
    widths[i], total = widths[i] - 1, total - 1
  end
  return widths
end

local function line(self, cells)
  local parts = {}
  for i, cell in ipairs(cells) do
    local cut = self.room and not self.columns[i].keep
    parts[i] = text.pad(cut and text.cut(cell, self.widths[i], self.ascii) or cell, self.widths[i])
  end
  self.write((table.concat(parts, (" "):rep(GAP)):gsub(" +$", "")) .. "\n")
end

-- A row as lines of their own.
local function card(self, cells)
  local wide = 0
  for _, column in ipairs(self.columns) do
    wide = math.max(wide, text.width(column[1]))
  end
  if self.printed then
    self.write "\n"
  end
  for i, cell in ipairs(cells) do
    if cell ~= "" then
      self.write(text.pad(self.columns[i][1], wide) .. "  " .. cell .. "\n")
    end
  end
  self.printed = true
end

local function flush(self)
  if not self.started then
    self.started, self.widths = true, fitting(self)
    if self.widths then
      local titles = {}
      for i, column in ipairs(self.columns) do
        titles[i] = column[1]
      end
      line(self, titles)
    end
  end
  for _, cells in ipairs(self.rows) do
    (self.widths and line or card)(self, cells)
  end
  self.rows = {}
end

---@param cells string[] clean texts
function Table:add(cells)
  self.rows[#self.rows + 1] = cells
  self.count = self.count + 1
  if self.started or #self.rows >= BUFFERED then
    flush(self)
  end
end

--- Prints what is left. A table without rows prints nothing.
function Table:close()
  if self.count > 0 then
    flush(self)
  end
end

return M
