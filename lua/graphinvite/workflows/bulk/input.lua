--- The rows of a bulk job from a file: the Entra portal's template, CSV with plain titles, or JSON
-- lines, recognised by what is in it. Every row is checked before the first is given, and nothing
-- of the file is kept in memory.
local check = require "graphinvite.workflows.bulk.check"
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local lines = require "graphinvite.workflows.bulk.lines"
local sources = require "graphinvite.workflows.bulk.source"
local template = require "graphinvite.workflows.bulk.template"

local M = {}
local Reader = { __name = "graphinvite.bulk.Reader" }
Reader.__index = Reader

local KEPT = 1000 -- faults that are returned; more are only counted and told to on_fault
local OPTIONS = { redirect = "string", on_fault = "function" }
local CHANGED = "the file has changed since it was checked: begin again"

---@class graphinvite.bulk.InputRow
---@field line integer where it begins in the file
---@field address string
---@field redirect string
---@field send boolean
---@field message string?
---@field name string? invitedUserDisplayName

---@class graphinvite.bulk.InputOptions
---@field redirect string? for rows that name none
---@field on_fault fun(fault: graphinvite.bulk.Fault)? called for each, as it is found

---@class graphinvite.bulk.Fault
---@field line integer? none where it is the file's
---@field column string? name of the column, or path of the JSON member
---@field message string
local fault_mt = { __name = "graphinvite.bulk.Fault" }

function fault_mt:__tostring()
  local place = self.line and "line " .. self.line or nil
  if self.column then
    place = (place and place .. ", " or "") .. self.column
  end
  return (place and place .. ": " or "") .. self.message
end

---@class graphinvite.bulk.Faults: graphinvite.bulk.Fault[]
---@field total integer how many there are; the array holds the first 1,000

---@class graphinvite.bulk.Reader
---@field format "csv"|"json lines"
---@field count integer rows
---@field notices string[] what the user should know: how the file was read, columns left out

local function verify(options)
  for name, value in pairs(options) do
    if OPTIONS[name] == nil then
      local near = core.suggest(tostring(name), { "redirect", "on_fault" })
      errors.misuse(("unknown option %s%s"):format(tostring(name),
        near and (" (did you mean %s?)"):format(near) or ""))
    elseif type(value) ~= OPTIONS[name] then
      errors.misuse(("option %s is a %s, this is a %s"):format(name, OPTIONS[name], type(value)))
    end
  end
end

-- Faults, and what adds one.
local function collector(on_fault)
  local faults = { total = 0 }
  return faults, function(line, column, message)
    local fault = setmetatable({ line = line, column = column, message = message }, fault_mt)
    faults.total = faults.total + 1
    if #faults < KEPT then
      faults[#faults + 1] = fault
    end
    if on_fault then
      on_fault(fault)
    end
  end
end

local function format_of(head)
  if head:find "^%s*{" then
    return lines, "json lines"
  elseif head:find "^%s*%[%s*{" then
    return nil, "a JSON array: write each object on a line of its own, without the array"
  end
  return template, "csv"
end

-- Reads everything once. Gives the number of rows.
local function check_all(self, tell, faults)
  local head, why = self.source:head()
  if not head then
    return tell(nil, nil, why)
  end
  self.rows_of, self.format = format_of(head)
  if not self.rows_of then
    return tell(nil, nil, self.format)
  end
  self.first = head
  local next_row = self.rows_of.rows(self.source, head, self.options, tell, self.notices)
  local count = 0
  local row = next_row and next_row()
  while row ~= nil do
    count = count + (row and 1 or 0)
    row = next_row()
  end
  if count == 0 and faults.total == 0 then
    tell(nil, nil, "the file holds no rows")
  end
  return count
end

--- Opens an input and checks every row of it.
---@param file string|file* a path, "-" for standard input, or an open file
---@param options graphinvite.bulk.InputOptions?
---@return graphinvite.bulk.Reader?
---@return graphinvite.bulk.Faults? faults in the order of the file
function M.open(file, options)
  options = options or {}
  verify(options)
  local faults, tell = collector(options.on_fault)
  local why = options.redirect and check.redirect_fault(options.redirect)
  if why then
    tell(nil, nil, ("the redirect URL for all rows: %s"):format(why))
    return nil, faults
  end
  local source, problem = sources.open(file)
  if not source then
    tell(nil, nil, problem)
    return nil, faults
  end
  local self = setmetatable({ source = source, options = options, notices = {} }, Reader)
  self.count = check_all(self, tell, faults)
  if faults.total > 0 then
    source:close()
    return nil, faults
  end
  return self
end

--- The rows, from the first. An iteration that begins ends the one before.
---@return fun(): (graphinvite.bulk.InputRow|false|nil), graphinvite.bulk.Fault? next row; false and
---why, once, where the file is not what was checked
function Reader:rows()
  local place
  local next_row = self.rows_of.rows(self.source, self.first, self.options, function(line)
    place = line
  end, {})
  local left, ended = self.count, false
  return function()
    if ended then
      return nil
    end
    local row = next_row and next_row()
    if row and left > 0 then
      left = left - 1
      return row
    end
    ended = true
    if row == nil and left == 0 then
      return nil
    end
    return false, setmetatable({ line = row and row.line or place, message = CHANGED }, fault_mt)
  end
end

--- Closes the file, unless it is the caller's. Harmless the second time.
function Reader:close()
  self.source:close()
end

return M
