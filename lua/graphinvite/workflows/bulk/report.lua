--- The report of a job as CSV: what became of each row. It is written row by row to a private file
-- that appears when it is complete, and no cell of it is a formula in a spreadsheet.
local clean = require("graphinvite.cli.text").clean

local M = {}
local Report = { __name = "graphinvite.bulk.Report" }
Report.__index = Report

local BUFFER = 32768 -- bytes that are kept before they are written

-- With these, and with their full-width forms, a spreadsheet begins a formula. Blanks before them
-- do not help, and where a semicolon separates columns one begins a cell.
local SIGNS = { "[=+%-@]", "\239\188\157", "\239\188\139", "\239\188\141", "\239\188\160" }
local LEADS = { "^('*%s*)", "(;[\"'%s]*)" }

local FORMULAS = {}
for _, sign in ipairs(SIGNS) do
  for _, lead in ipairs(LEADS) do
    FORMULAS[#FORMULAS + 1] = lead .. "(" .. sign .. ")"
  end
end

--- A text as a cell: control characters become \uXXXX, and an apostrophe stands before what would
--- begin a formula.
---@param text string
---@return string
function M.harmless(text)
  text = clean(text)
  for _, formula in ipairs(FORMULAS) do
    text = text:gsub(formula, "%1'%2")
  end
  return text
end

local function cell(text)
  text = M.harmless(text or "")
  if text:find '[",;\' ]' then
    return '"' .. text:gsub('"', '""') .. '"'
  end
  return text
end

-- Why a row is where it is, in one cell.
local function fault_of(row)
  if row.code and row.reason then
    return row.code .. ": " .. row.reason
  end
  return row.reason or row.code
end

-- Titles, and what stands below each. The last is there only where it is wanted.
local COLUMNS = {
  { "address", function(row) return row.address end },
  { "status", function(row) return row.state end },
  { "user id", function(row) return row.user_id end },
  { "request id", function(row) return row.request_id end },
  { "error", fault_of },
  { "redeem link", function(row) return row.link end },
}

local function line(width, value_of)
  local cells = {}
  for i = 1, width do
    cells[i] = cell(value_of(COLUMNS[i]))
  end
  return table.concat(cells, ",") .. "\r\n"
end

-- Writes what is kept.
local function flush(self)
  local text = table.concat(self.lines)
  self.lines, self.size = {}, 0
  return self.file:write(text)
end

--- Begins a report. It is at the path when close() has given true; a report that is dropped before
--- leaves what was there.
---@param path string
---@param redeem_urls boolean? the run kept the redeem links, and they are to be in it
---@return graphinvite.bulk.Report?
---@return string? why
function M.open(path, redeem_urls)
  local file, why = require("graphinvite.sys").draft(path)
  if not file then
    return nil, why
  end
  local width = redeem_urls and #COLUMNS or #COLUMNS - 1
  local titles = line(width, function(column) return column[1] end)
  return setmetatable({ file = file, width = width, lines = { titles }, size = #titles }, Report)
end

---@param row graphinvite.bulk.Row of a store
---@return true?
---@return string? why it cannot be written; the report is gone then
function Report:add(row)
  local text = line(self.width, function(column) return column[2](row) end)
  self.lines[#self.lines + 1] = text
  self.size = self.size + #text
  if self.size >= BUFFER then
    return flush(self)
  end
  return true
end

--- Puts the report at its path.
---@return true?
---@return string? why
function Report:close()
  local written, why = flush(self)
  if not written then
    return nil, why
  end
  return self.file:commit()
end

--- Throws the report away. Harmless behind close().
function Report:discard()
  self.file:discard()
end

--- Writes a report of all rows.
---@param path string
---@param rows fun(): graphinvite.bulk.Row|false|nil, any as a store's report gives them; false and
---why where it fails
---@param redeem_urls boolean?
---@return true?
---@return any why
function M.write(path, rows, redeem_urls)
  local report, why = M.open(path, redeem_urls)
  if not report then
    return nil, why
  end
  for row, fault in rows do
    local added, problem = row, fault
    if row then
      added, problem = report:add(row)
    end
    if not added then
      report:discard()
      return nil, problem
    end
  end
  return report:close()
end

return M
