--- Reads the OData options of a request: reference 3.8.
local errors = require "graphinvite.emulator.errors"
local filter = require "graphinvite.emulator.filter"
local url = require "graphinvite.emulator.url"

local M = {}

local MAX_NUMBER = 2147483647
local DIRECTIONS = { [""] = "asc", [" asc"] = "asc", [" desc"] = "desc" }
local TOKEN = "graphinvite-%x" -- what a $skiptoken looks like; no client makes one itself

local function whole_number(name, text)
  local number = text:match("^%d+$") and tonumber(text)
  if not number or number > MAX_NUMBER then
    errors.refuse("query", ("Invalid value '%s' for $%s query option."):format(text, name))
  end
  return number
end

local function words(text)
  local list = {}
  for word in text:gmatch("[^,]+") do
    list[#list + 1] = word:match("^%s*(.*%S)") or ""
  end
  return list
end

-- How each option is read.
local READ = {
  top = function(text) return whole_number("top", text) end,
  skip = function(text) return whole_number("skip", text) end,
  skiptoken = function(text)
    local position = tonumber(text:match("^graphinvite%-(%x%x?%x?%x?%x?%x?%x?%x?)$") or "", 16)
    return position and position > 0 and position
      or errors.refuse("query", "The $skiptoken is not one of this service.")
  end,
  count = function(text)
    if text ~= "true" and text ~= "false" then
      errors.refuse("query", ("Invalid value '%s' for $count query option."):format(text))
    end
    return text == "true"
  end,
  filter = filter.parse,
  search = function(text) return text end, -- the collection reads it: search.lua
  select = words,
  orderby = function(text)
    local keys = {}
    for _, word in ipairs(words(text)) do
      local path = word:match("^[%w_./]+")
      local direction = DIRECTIONS[word:sub(#(path or "") + 1):gsub("^%s+", " ")]
      if not path or not direction then
        errors.refuse("query", "Invalid $orderby query option.")
      end
      keys[#keys + 1] = { path = path, descending = direction == "desc" }
    end
    return keys
  end,
  expand = function(text) -- one relationship per request
    local name, selected = text:match("^(%w+)%(%$select=([%w,%s]+)%)$")
    name = name or text:match("^%w+$")
      or errors.refuse("query", "Invalid $expand query option.")
    return { name = name, select = selected and words(selected) }
  end,
  format = function(text)
    return text:find("json", 1, true) and text
      or errors.refuse("query", ("The format '%s' is not supported."):format(text))
  end,
}

-- The option that a parameter's name stands for, without the $ that may be left out in beta
-- (docs:query-parameters); nil for what is the caller's own and does nothing.
local function option_of(exchange, name)
  return name:match("^%$(.*)$") or exchange.version == "beta" and READ[name] and name or nil
end

--- The options of a request, read.
---@param exchange graphinvite.emulator.Exchange
---@return table wanted by the option's name without $
function M.read(exchange)
  if exchange.query == "" then
    return {}
  end
  local given, why = url.parameters(exchange.query)
  if not given then
    errors.refuse("query", why)
  end
  local read = {}
  for name, text in pairs(given) do
    local option = option_of(exchange, name)
    if option and not READ[option] then
      errors.refuse("query", ("The query option '%s' is not supported."):format(name))
    elseif option and read[option] ~= nil then
      errors.refuse("query", ("'$%s' is given twice."):format(option))
    elseif option then
      read[option] = READ[option](text)
    end
  end
  return read
end

--- The address of the next page: this one's, but for where it starts.
---@param exchange graphinvite.emulator.Exchange
---@param position integer
---@return string
function M.next_link(exchange, position)
  local parts = {}
  for part in exchange.query:gmatch("[^&]+") do
    local option = option_of(exchange, url.decode(part:match("^[^=]*")))
    if option ~= "skip" and option ~= "skiptoken" then
      parts[#parts + 1] = part
    end
  end
  parts[#parts + 1] = "$skiptoken=" .. TOKEN:format(position)
  return exchange.origin .. exchange.path .. "?" .. table.concat(parts, "&")
end

return M
