--- Medians, ratios and marks, as tables for people.
local M = { missed = 0 }

--- The value below which a share of the list lies.
---@param list number[]
---@param share number in [0, 1]
function M.quantile(list, share)
  local sorted = {}
  for i, value in ipairs(list) do
    sorted[i] = value
  end
  table.sort(sorted)
  return sorted[math.max(1, math.ceil(share * #sorted))]
end

function M.median(list)
  return M.quantile(list, 0.5)
end

--- Divides round by round, so that what slows the machine down slows both.
---@param above number[]
---@param below number[]
---@return number[]
function M.ratios(above, below)
  local list = {}
  for i, value in ipairs(above) do
    list[i] = value / below[i]
  end
  return list
end

--- "1.23 (1.20-1.27)": the median, and the middle half of the rounds.
function M.spread(list)
  local low, high = M.quantile(list, 0.25), M.quantile(list, 0.75)
  return ("%.2f (%.2f-%.2f)"):format(M.median(list), low, high)
end

function M.microseconds(list)
  return ("%.2f us"):format(M.median(list) * 1e6)
end

--- Counts what must hold and does not.
function M.require(holds)
  M.missed = M.missed + (holds and 0 or 1)
end

--- Judges a figure.
---@param value number
---@param mark { least: number?, most: number?, next: number }
---@param binding boolean
---@return string
function M.judge(value, mark, binding)
  local good = value >= (mark.least or value) and value <= (mark.most or value)
  if not binding then
    return good and "" or "(not binding)"
  elseif not good then
    M.require(false)
    return "MISSED"
  end
  local there = mark.least and value >= mark.next or mark.most and value <= mark.next
  return there and "ok, the next mark too" or "ok"
end

--- Prints rows in columns; numbers and what follows them stand to the right.
---@param title string
---@param rows string[][] the first one names the columns
function M.print(title, rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, text in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, #text)
    end
  end
  print("\n" .. title)
  for _, row in ipairs(rows) do
    local cells = {}
    for i, text in ipairs(row) do
      local right = i > 1 and i < #row
      cells[i] = ("%" .. (right and "" or "-") .. widths[i] .. "s"):format(text)
    end
    print("  " .. table.concat(cells, "  "):gsub("%s+$", ""))
  end
end

return M
