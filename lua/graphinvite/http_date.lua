--- The three forms of a date in HTTP (RFC 9110, 5.6.7). Pure.
local M = {}

local MONTHS = {
  jan = 1, feb = 2, mar = 3, apr = 4, may = 5, jun = 6,
  jul = 7, aug = 8, sep = 9, oct = 10, nov = 11, dec = 12,
}

local TIME = "(%d%d):(%d%d):(%d%d)"
local FORMS = {
  { "^%a+, (%d%d) (%a%a%a) (%d%d%d%d) " .. TIME .. " GMT$", { "d", "m", "y", "H", "M", "S" } },
  { "^%a+, (%d%d)%-(%a%a%a)%-(%d%d) " .. TIME .. " GMT$", { "d", "m", "yy", "H", "M", "S" } },
  { "^%a%a%a (%a%a%a) +(%d%d?) " .. TIME .. " (%d%d%d%d)$", { "m", "d", "H", "M", "S", "y" } },
}

-- Days from 1970-01-01 to a day of the Gregorian calendar, whose years here begin in March.
local function days(y, m, d)
  if m <= 2 then
    y, m = y - 1, m + 12
  end
  return 365 * y + math.floor(y / 4) - math.floor(y / 100) + math.floor(y / 400)
    + math.floor((153 * (m - 3) + 2) / 5) + d - 719469
end

local function month_length(y, m)
  return m == 12 and 31 or days(y, m + 1, 1) - days(y, m, 1)
end

-- A year of two digits is the one nearest to now that is not over 50 years ahead.
local function full_year(yy, now)
  local this = 1970 + math.floor(now / 31556952)
  local year = this - this % 100 + yy
  return year > this + 50 and year - 100 or year
end

---@param text string
---@param now number epoch seconds; decides on the century of a two-digit year
---@return number? seconds since 1970; nil where the text is no date
function M.parse(text, now)
  for _, form in ipairs(FORMS) do
    local found = { text:match(form[1]) }
    if found[1] then
      local part = {}
      for i, name in ipairs(form[2]) do
        part[name] = name == "m" and MONTHS[found[i]:lower()] or tonumber(found[i])
      end
      local y = part.y or full_year(part.yy, now)
      local valid = part.m and part.d >= 1 and part.d <= month_length(y, part.m) and part.H <= 23
        and part.M <= 59 and part.S <= 60
      return valid and ((days(y, part.m, part.d) * 24 + part.H) * 60 + part.M) * 60 + part.S or nil
    end
  end
end

return M
