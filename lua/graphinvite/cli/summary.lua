--- What a bulk run came to, for people: sentences, and small histograms of how long answers took
-- and of what failed. No line is longer than the terminal.
local progress = require "graphinvite.cli.progress"
local text = require "graphinvite.cli.text"

local M = {}

local PRESET = 80 -- columns where there is no terminal
local NARROWEST = 5 -- columns of a histogram's longest bar; below there are only numbers
local MOST = 10 -- kinds of errors that have lines of their own

-- Parts of a sentence in lines of so many columns; only a word that is longer stands out.
local function wrap(parts, columns)
  local lines, line = {}, nil
  for word in table.concat(parts, ", "):gmatch "%S+" do
    if line and #line + 1 + #word <= columns then
      line = line .. " " .. word
    else
      lines[#lines + 1], line = line, word
    end
  end
  lines[#lines + 1] = line
  return lines
end

local function plural(n, noun)
  return ("%d %s%s"):format(n, noun, n == 1 and "" or "s")
end

local function skipped(summary)
  local kinds = {}
  for _, row in ipairs { { "duplicates", "duplicate" }, { "guests", "guest" } } do
    local n = summary[row[1]] or 0
    kinds[#kinds + 1] = n > 0 and plural(n, row[2]) or nil
  end
  local what = #kinds > 0 and " (" .. table.concat(kinds, ", ") .. ")" or ""
  return ("%d skipped%s"):format(summary.skipped, what)
end

-- What became of the rows; what there is none of is left out, but for those done.
local function outcome(summary)
  local parts = { ("%d invited"):format(summary.done) }
  for _, name in ipairs { "failed", "unknown" } do
    if summary[name] > 0 then
      parts[#parts + 1] = ("%d %s"):format(summary[name], name)
    end
  end
  parts[#parts + 1] = summary.skipped > 0 and skipped(summary) or nil
  parts[#parts + 1] = summary.planned > 0 and ("%d not begun"):format(summary.planned) or nil
  return parts
end

local function effort(summary)
  local answers = 0
  for _, n in pairs(summary.latencies) do
    answers = answers + n
  end
  local parts = { plural(summary.requests, "request"), "in " .. progress.span(summary.seconds) }
  if answers > 0 and summary.seconds > 0 then
    parts[#parts + 1] = progress.rate(answers / summary.seconds):gsub("/s", " invitations/s")
  end
  if summary.throttled > 0 then
    parts[#parts + 1] = ("throttled %s"):format(plural(summary.throttled, "time"))
  end
  return parts
end

local function bound_label(bound)
  if bound == math.huge then
    return "longer"
  end
  return (bound < 1 and "%g ms" or "%g s"):format(bound < 1 and bound * 1000 or bound)
end

-- Rows of a label and a count, sorted as they are to stand.
local function latency_rows(latencies)
  local bounds, rows = {}, {}
  for bound in pairs(latencies) do
    bounds[#bounds + 1] = bound
  end
  table.sort(bounds)
  for i, bound in ipairs(bounds) do
    rows[i] = { bound_label(bound), latencies[bound] }
  end
  return rows
end

local function error_rows(counts)
  local rows = {}
  for code, n in pairs(counts) do
    rows[#rows + 1] = { tostring(code), n }
  end
  table.sort(rows, function(a, b)
    if a[2] ~= b[2] then
      return a[2] > b[2]
    end
    return a[1] < b[1]
  end)
  local others = { "others", 0 }
  while #rows > MOST do
    others[2] = others[2] + table.remove(rows)[2]
  end
  rows[#rows + 1] = others[2] > 0 and others or nil
  return rows
end

--- Lines of label, bar and number.
---@param rows table[] of { label, count }
---@param columns integer that a line may take
---@param ascii boolean? the terminal has no UTF-8
---@return string[]
function M.histogram(rows, columns, ascii)
  local labels, widest, most, digits = {}, 0, 1, 1
  for i, row in ipairs(rows) do
    labels[i] = text.cut(text.clean(row[1], ascii), math.max(1, math.floor(columns / 2)), ascii)
    widest = math.max(widest, text.width(labels[i]))
    most, digits = math.max(most, row[2]), math.max(digits, #("%d"):format(row[2]))
  end
  local room = columns - widest - digits - 4
  local lines = {}
  for i, row in ipairs(rows) do
    local start = ("  %s %" .. digits .. "d"):format(text.pad(labels[i], widest), row[2])
    local bar = room >= NARROWEST and ("#"):rep(math.ceil(row[2] / most * room)) or ""
    lines[i] = bar == "" and start or start .. " " .. bar
  end
  return lines
end

local function add(lines, more)
  for _, line in ipairs(more) do
    lines[#lines + 1] = line
  end
end

--- The summary of a run as lines.
---@param summary graphinvite.bulk.Summary
---@param columns integer? of the terminal
---@param ascii boolean? it has no UTF-8
---@return string text each line with its end
function M.text(summary, columns, ascii)
  columns = columns or PRESET
  local lines = wrap(outcome(summary), columns)
  local estimate = summary.estimate
  if estimate then
    add(lines, wrap({
      "nothing was sent", "a run would take " .. plural(estimate.requests, "request"),
      estimate.seconds and "and at least " .. progress.span(estimate.seconds) or nil,
    }, columns))
  else
    add(lines, wrap(effort(summary), columns))
  end
  for _, part in ipairs {
    { "answered within", latency_rows(summary.latencies) },
    { "failed with", error_rows(summary.errors) },
  } do
    if #part[2] > 0 then
      lines[#lines + 1] = part[1]
      add(lines, M.histogram(part[2], columns, ascii))
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

return M
