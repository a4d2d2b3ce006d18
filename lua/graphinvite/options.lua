--- Options of a client and of a call: names, types and presets. One row each.
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"

local M = {}

-- name = { types, preset, where it may stand: "client", "call" or both }
local CLIENT, CALL, BOTH = { client = true }, { call = true }, { client = true, call = true }
local ROWS = {
  cloud = { "string", "global", CLIENT },
  auth = { "table", nil, CLIENT },
  transport = { "table", nil, CLIENT },
  version = { "string", "v1.0", BOTH },
  base_url = { "string", nil, BOTH },
  authority = { "string", nil, BOTH },
  hosts = { "table", nil, BOTH },
  profile = { "string", "modelled", BOTH },
  flavour = { "string", "graph", BOTH },
  deadline = { "number", 100, BOTH },
  timeout = { "number", 30, BOTH },
  retry = { "table|boolean", nil, BOTH },
  repeat_unsafe = { "boolean", false, BOTH },
  repeat_on_503 = { "boolean", true, BOTH },
  max_body = { "number", 16777216, BOTH },
  tls = { "table", nil, BOTH },
  proxy = { "string", nil, BOTH },
  unix_socket = { "string", nil, BOTH },
  user_agent = { "string", "graphinvite/0.1", BOTH },
  headers = { "table", nil, BOTH },
  shared = { "string", "graphinvite", BOTH },
  on_request = { "function", nil, BOTH },
  on_response = { "function", nil, BOTH },
  log = { "function", nil, BOTH },
  unknown = { "string", nil, BOTH },
  int64 = { "string", nil, BOTH },
  status = { "string", nil, BOTH },
  -- OData's query options (reference 3.8)
  top = { "number", nil, CALL },
  skip = { "number", nil, CALL },
  filter = { "string", nil, CALL },
  select = { "string|table", nil, CALL },
  orderby = { "string|table", nil, CALL },
  expand = { "string|table", nil, CALL },
  search = { "string", nil, CALL },
  count = { "boolean", nil, CALL },
  -- a list that goes on where another stopped
  link = { "string", nil, CALL },
  -- of waiting
  interval = { "number", nil, CALL },
  notifications = { "table", nil, CALL },
}

local ONE_OF = {
  cloud = { "global", "usgov", "dod", "china" },
  version = { "v1.0", "beta" },
  profile = { "modelled", "live" },
  flavour = { "graph", "aadinvitemgr" },
  unknown = { "keep", "refuse" },
  int64 = { "number", "string" },
  status = { "given", "schema" },
}

local POSITIVE = { deadline = true, timeout = true, max_body = true, interval = true }

-- Tables that have named parts of a type.
local PARTS = {
  tls = { ca = "string", cert = "string", key = "string", verify = "boolean" },
  retry = { attempts = "number", base = "number", cap = "number" },
}

local TRANSPORT = { "send", "sleep", "now", "wall" }

local function parts_fault(name, value)
  for part, given in pairs(value) do
    local wanted = PARTS[name][part]
    if type(given) ~= wanted then
      local known = {}
      for each, kind in pairs(PARTS[name]) do
        known[#known + 1] = each .. " (" .. kind .. ")"
      end
      table.sort(known)
      return ("option %s has %s; not %s"):format(name, table.concat(known, ", "), tostring(part))
    end
    if wanted == "number" and not (given >= 0 and given < math.huge) then
      return ("option %s.%s is a number from 0 on"):format(name, part)
    end
  end
end

-- What a value must be beyond its type; each gives what is wrong, or nil.
local CHECKS = {
  auth = function(value)
    if type(value.acquire) ~= "function" then
      return "option auth is a token source, such as graphinvite.auth.static(token)"
    end
  end,
  transport = function(value)
    for _, name in ipairs(TRANSPORT) do
      if type(value[name]) ~= "function" then
        return "option transport is a table of functions; it lacks " .. name
      end
    end
  end,
  hosts = function(value)
    for i, origin in ipairs(value) do
      if type(origin) ~= "string" then
        return ("option hosts is an array of URLs; [%d] is a %s"):format(i, type(origin))
      end
    end
  end,
  tls = function(value) return parts_fault("tls", value) end,
  retry = function(value)
    if value == true then
      return "option retry is a table, or false"
    end
    local why = value and parts_fault("retry", value)
    if not why and value and value.attempts and value.attempts < 1 then
      return "option retry.attempts is a number from 1 on"
    end
    return why
  end,
}

local WHOLE = { top = true, skip = true }

local function names_of(where)
  local names = {}
  for name, row in pairs(ROWS) do
    if row[3][where] then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

---@param list any[]
---@return boolean
function M.contains(list, value)
  for _, other in ipairs(list) do
    if other == value then
      return true
    end
  end
  return false
end

local function fault(name, value, where)
  local row = ROWS[name]
  if type(name) ~= "string" or not row or not row[3][where] then
    local near = type(name) == "string" and core.suggest(name, names_of(where))
    local hint = near and (" (did you mean %s?)"):format(near) or ""
    return ("unknown option %s%s"):format(tostring(name), hint)
  end
  if not ("|" .. row[1] .. "|"):find("|" .. type(value) .. "|", 1, true) then
    return ("option %s is a %s, this is a %s"):format(name, row[1], type(value))
  end
  if ONE_OF[name] and not M.contains(ONE_OF[name], value) then
    return ('option %s is one of "%s"'):format(name, table.concat(ONE_OF[name], '", "'))
  end
  if POSITIVE[name] and (value <= 0 or value ~= value) then
    return ("option %s is above 0"):format(name)
  end
  if WHOLE[name] and not (value >= 0 and value < 2 ^ 53 and value == math.floor(value)) then
    return ("option %s is a whole number from 0 on"):format(name)
  end
  return CHECKS[name] and CHECKS[name](value)
end

--- Raises at the caller's line when an option is unknown or of the wrong type.
---@param given table
---@param where "client"|"call"
function M.verify(given, where)
  for name, value in pairs(given) do
    local why = fault(name, value, where)
    if why then
      errors.misuse(why)
    end
  end
end

--- Options over settings: a new table that holds both.
---@param settings table
---@param given table
---@return table
function M.merge(settings, given)
  local merged = {}
  for name, value in pairs(settings) do
    merged[name] = value
  end
  for name, value in pairs(given) do
    merged[name] = value
  end
  return merged
end

---@param given table? options of graphinvite.new
---@return table settings every option that has a value
function M.client(given)
  given = given or {}
  if type(given) ~= "table" then
    errors.misuse("graphinvite.new takes a table of options, this is a " .. type(given))
  end
  M.verify(given, "client")
  local settings = {}
  for name, row in pairs(ROWS) do
    settings[name] = row[2]
  end
  return M.merge(settings, given)
end

return M
