local http_date = require "graphinvite.http_date"

local NOW = 1795132800 -- 2026-11-20T00:00:00Z

-- Text, seconds since 1970, and the time it is read at where that is not NOW.
local DATES = {
  { "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
  { "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
  { "Sun Nov  6 08:49:37 1994", 784111777 },
  { "Fri, 20 Nov 2026 00:00:00 GMT", NOW },
  { "Friday, 20-Nov-26 00:00:00 GMT", NOW },
  { "Fri Nov 20 00:00:00 2026", NOW },
  { "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
  { "Tue, 29 Feb 2000 23:59:59 GMT", 951868799 },
  { "Tue, 29 Feb 2028 12:00:00 GMT", 1835438400 },
  { "Mon, 01 Mar 2100 00:00:00 GMT", 4107542400 },
  { "Tue, 19 Jan 2038 03:14:08 GMT", 2147483648 },
  { "Mon, 09 Nov 2026 01:02:03 GMT", 1794186123 },
  { "fri, 20 NOV 2026 00:00:00 GMT", NOW },
  -- a leap second is the second behind it
  { "Tue, 31 Dec 2024 23:59:60 GMT", 1735689600 },
  -- two digits of a year: not more than 50 years ahead
  { "Wednesday, 01-Jan-76 00:00:00 GMT", 3345062400 },
  { "Saturday, 01-Jan-77 00:00:00 GMT", 220924800 },
  { "Wednesday, 01-Jan-76 00:00:00 GMT", 189302400, 951868799 },
}

local NO_DATES = {
  "", "120", "2.5", "soon", "Fri, 20 Nov 2026", "Fri, 20 Nov 2026 00:00:00",
  "20 Nov 2026 00:00:00 GMT",
  "Fri, 20 Nov 2026 00:00:00 UTC", "Fri, 20 Nov 2026 00:00:00 +0000",
  "Fri, 20 Now 2026 00:00:00 GMT",
  "Fri, 00 Nov 2026 00:00:00 GMT", "Fri, 32 Nov 2026 00:00:00 GMT", "Fri, 31 Nov 2026 00:00:00 GMT",
  "Fri, 30 Feb 2028 00:00:00 GMT", "Fri, 29 Feb 2026 00:00:00 GMT", "Fri, 29 Feb 2100 00:00:00 GMT",
  "Fri, 20 Nov 2026 24:00:00 GMT", "Fri, 20 Nov 2026 00:60:00 GMT", "Fri, 20 Nov 2026 00:00:61 GMT",
  "Fri, 20 Nov 26 00:00:00 GMT", "Fri, 20-Nov-2026 00:00:00 GMT", "Fri Nov 20 00:00:00 2026 GMT",
  "Fri, 20 Nov 2026 00:00:00 GMT, Fri, 20 Nov 2026 00:00:00 GMT", "2026-11-20T00:00:00Z",
  "xFri, 20 Nov 2026 00:00:00 GMT ",
}

describe("http_date", function()
  for _, row in ipairs(DATES) do
    local text, seconds, now = row[1], row[2], row[3] or NOW
    it(("reads %q at %d"):format(text, now), function()
      assert.equal(seconds, http_date.parse(text, now))
    end)
  end

  for _, text in ipairs(NO_DATES) do
    it(("takes %q for no date"):format(text), function()
      assert.is_nil((http_date.parse(text, NOW)))
    end)
  end

  it("counts every day of 800 years once", function()
    local names = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    }
    local lengths = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }
    local day = 0
    for year = 1970, 2769 do
      for month = 1, 12 do
        local leap = month == 2 and year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
        local first = ("Mon, 01 %s %d 00:00:00 GMT"):format(names[month], year)
        assert.equal(day * 86400, http_date.parse(first, NOW))
        day = day + lengths[month] + (leap and 1 or 0)
      end
    end
  end)
end)
