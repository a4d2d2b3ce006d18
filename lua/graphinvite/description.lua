--- What a type or an operation is, for people and as JSON.
local core = require "graphinvite.core"

local M = {}

-- Lines of columns that stand below each other.
local function columns(rows)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, #cell)
    end
  end
  for i, row in ipairs(rows) do
    local cells = {}
    for j, cell in ipairs(row) do
      cells[j] = cell .. (" "):rep(widths[j] - #cell)
    end
    lines[i] = ("  " .. table.concat(cells, "  ")):gsub(" +$", "")
  end
  return table.concat(lines, "\n")
end

local function property_row(property)
  local notes = {}
  for _, note in ipairs { "read_only", "navigation", "secret" } do
    if property[note] then
      notes[#notes + 1] = (note:gsub("_", "-"))
    end
  end
  if not property.nullable then
    notes[#notes + 1] = "never null"
  end
  local type_name = property.collection and property.type .. "[]" or property.type
  return { property.name, type_name, table.concat(notes, ", ") }
end

local function type_text(described)
  if described.values then
    return ("%s: %s\n"):format(described.name, table.concat(described.values, " | "))
  end
  local rows = {}
  for i, property in ipairs(described.properties) do
    rows[i] = property_row(property)
  end
  return ("%s%s%s\n%s\n"):format(described.name, described.base and ": " .. described.base or "",
    described.open and " (open: further properties are kept)" or "", columns(rows))
end

local function operation_text(row)
  local answer = row.expects or "nothing"
  return ("%s (%s)\n%s\n"):format(row.name, row.id, columns {
    { "request", row.method .. " " .. row.path },
    { "sends", row.sends or "nothing" },
    { "answers", table.concat(row.success, " or ") .. ", "
      .. (row.collection and "a page of " .. answer or answer) },
    { "status", row.status .. ", " .. table.concat(row.versions, " and ") },
    { "clouds", table.concat(row.clouds, ", ") },
    { "repeated", row.safe and "yes" or "only when it was not taken" },
  })
end

local function operations_named(name)
  local rows = {}
  for _, row in ipairs(core.operations()) do
    if row.name == name then
      rows[#rows + 1] = row
    end
  end
  return rows
end

local function nearest(name)
  local names = core.types()
  for _, row in ipairs(core.operations()) do
    names[#names + 1] = row.name
  end
  local near = core.suggest(name, names)
  return near and (" (did you mean %s?)"):format(near) or ""
end

local function texts(rows)
  local parts = {}
  for i, row in ipairs(rows) do
    parts[i] = operation_text(row)
  end
  return table.concat(parts, "\n")
end

--- Describes a type or an operation.
---@param name string such as "microsoft.graph.invitation", "invitation" or "invitations.create"
---@param json boolean? as JSON; an operation is an array of rows then
---@return string? text
---@return string? why there is none
function M.of(name, json)
  local rows = operations_named(name)
  if #rows > 0 then
    return json and core.encode(nil, core.array(rows)) .. "\n" or texts(rows)
  end
  local described = core.describe(name) or core.describe("microsoft.graph." .. name)
  if not described then
    return nil, ("no such type or operation: %s%s"):format(name, nearest(name))
  end
  return json and core.encode(nil, described) .. "\n" or type_text(described)
end

return M
