--- Answers collections and entities as the OData options of the request want them: pages,
-- filters, order, selection. Reference 3.8 and 3.9.
local advanced = require "graphinvite.emulator.advanced"
local enums = require "graphinvite.emulator.enums"
local errors = require "graphinvite.emulator.errors"
local etags = require "graphinvite.emulator.etags"
local order = require "graphinvite.emulator.order"
local predicate = require "graphinvite.emulator.predicate"
local prefer = require "graphinvite.emulator.prefer"
local query = require "graphinvite.emulator.query"
local reply = require "graphinvite.emulator.reply"
local search = require "graphinvite.emulator.search"

local M = {}

---@class graphinvite.emulator.Source what a collection is read from
---@field list? table[] records; false where one was removed
---@field at? fun(tenant: table, place: integer): table? what stands for a list
---@field size? integer the last place
---@field view fun(emulator: graphinvite.Emulator, record: table): table
---@field count integer? how many there are to see, where that is known
---@field visible? fun(emulator: graphinvite.Emulator, record: table): boolean
---@field keyed? table<string, boolean> properties that find looks up
---@field expand? table<string, function> what $expand puts in, by the relationship's name
---@field searchable table<string, boolean>? properties of the directory that $search looks at
---@field version? fun(emulator: graphinvite.Emulator, record: table): integer grows with each
---change, where a record can be changed
---@field find? fun(tenant: table, text: string): table? the record with that key

-- Leaves the selected members and the annotations.
local function project(value, selected)
  if not selected then
    return value
  end
  local projected = {}
  for name, member in pairs(value) do
    if name:find("@", 1, true) then
      projected[name] = member
    end
  end
  for _, name in ipairs(selected) do
    if name == "*" then
      return value
    end
    projected[name] = value[name]
  end
  return projected
end

-- What the request wants of the source.
local function read(exchange, source, counts)
  local wanted = query.read(exchange)
  if source.searchable then
    advanced.check(exchange, wanted, counts)
  end
  if wanted.search then
    local properties = source.searchable
      or errors.refuse("query", "The query option '$search' is not supported.")
    wanted.search = search.parse(wanted.search, properties)
  end
  local name = wanted.expand and wanted.expand.name
  if name and not (source.expand and source.expand[name]) then
    errors.refuse("query", ("Could not find a relationship named '%s'."):format(name))
  end
  return wanted
end

-- What stands at the other end of a relationship, one entity or several, as it is selected.
local function project_related(related, selected)
  if related[1] == nil then
    return project(related, selected)
  end
  for i, item in ipairs(related) do
    related[i] = project(item, selected)
  end
  return related
end

-- A record as the request wants to see it, all members of it.
local function view(exchange, source, wanted, record)
  local value, expand = source.view(exchange.emulator, record), wanted.expand
  if prefer.get(exchange, "include-unknown-enum-members") == nil then
    value = enums.conceal(exchange.route.row.expects, value)
  end
  if source.version then
    value["@odata.etag"] = etags.text(source.version(exchange.emulator, record))
  end
  if expand then
    local related = source.expand[expand.name](exchange.emulator, record)
    value[expand.name] = related and project_related(related, expand.select) or value[expand.name]
  end
  return value
end

-- The value of a record, or nil when it is not to be seen or does not fit.
local function fitting(exchange, source, wanted, record)
  local emulator = exchange.emulator
  if not record or source.visible and not source.visible(emulator, record) then
    return nil
  end
  local value = view(exchange, source, wanted, record)
  if exchange.cast and not predicate.is_of(value, exchange.cast)
    or wanted.search and not search.holds(wanted.search, value) then
    return nil
  end
  return (not wanted.filter or predicate.holds(wanted.filter, value)) and value or nil
end

-- The records that may fit, as a source has them. A look-up by key sees no others.
local function candidates(exchange, source, wanted)
  local keys = wanted.filter and source.find and predicate.keys(wanted.filter, source.keyed)
  if not keys then
    return source
  end
  local list, seen = {}, {}
  for _, key in ipairs(keys) do
    local record = source.find(exchange.tenant, key)
    if record and not seen[record.id] then
      list[#list + 1], seen[record.id] = record, true
    end
  end
  return { list = list }
end

local function size_of(records)
  return records.size or #records.list
end

local function record_at(exchange, records, i)
  return records.list and records.list[i] or records.at and records.at(exchange.tenant, i)
end

-- All fitting values, in order.
local function sorted(exchange, source, wanted, records)
  local values = {}
  for i = 1, size_of(records) do
    values[#values + 1] = fitting(exchange, source, wanted, record_at(exchange, records, i))
  end
  order.sort(values, wanted.orderby)
  return { list = values }
end

-- Counts the records that fit, however many a page shows.
local function total(exchange, source, wanted, records)
  if source.count and not wanted.filter and not wanted.search and not exchange.cast then
    return source.count
  end
  local count = 0
  for i = 1, size_of(records) do
    if fitting(exchange, source, wanted, record_at(exchange, records, i)) then
      count = count + 1
    end
  end
  return count
end

-- How many items a page has at most: the server's number, or a smaller one that the caller prefers.
local function page_size_of(exchange)
  local size = exchange.emulator.options.page_size
  local preferred = tonumber(prefer.get(exchange, "odata.maxpagesize"))
  if preferred then
    prefer.apply(exchange, "odata.maxpagesize")
  end
  return preferred and math.min(preferred, size) or size
end

-- Says that newer members of enums are shown, where the caller asked for them.
local function tell_unknown_members(exchange)
  if prefer.get(exchange, "include-unknown-enum-members") then
    prefer.apply(exchange, "include-unknown-enum-members")
  end
end

-- Fills a page from a position on. Returns its items and where the next page begins.
local function fill(exchange, source, wanted, records)
  local items, position, skip = {}, wanted.skiptoken or 1, wanted.skip or 0
  local page_size = page_size_of(exchange)
  local size = math.min(wanted.top or page_size, page_size)
  for i = position, size_of(records) do
    local record = record_at(exchange, records, i)
    local value = wanted.orderby and record or fitting(exchange, source, wanted, record)
    if value and skip > 0 then
      skip = skip - 1
    elseif value and #items == size then
      return items, size > 0 and i or nil
    elseif value then
      items[#items + 1] = project(value, wanted.select)
    end
  end
  return items
end

--- Answers a collection.
---@param exchange graphinvite.emulator.Exchange
---@param source graphinvite.emulator.Source
---@return table response
function M.page(exchange, source)
  local wanted = read(exchange, source)
  local records = candidates(exchange, source, wanted)
  local page = { ["@odata.context"] = reply.context(exchange) }
  if wanted.count and not wanted.skiptoken then -- on the first page only: reference 3.1
    page["@odata.count"] = total(exchange, source, wanted, records)
  end
  if wanted.orderby then
    records = sorted(exchange, source, wanted, records)
  end
  local following
  tell_unknown_members(exchange)
  page.value, following = fill(exchange, source, wanted, records)
  page["@odata.nextLink"] = exchange.next_link
    or following and query.next_link(exchange, following)
  local type = exchange.route.row.expects
  return reply.json(exchange, 200, "Collection(" .. type .. ")", page)
end

--- Answers how many there are.
---@param exchange graphinvite.emulator.Exchange
---@param source graphinvite.emulator.Source
---@return table response
function M.count(exchange, source)
  local wanted = read(exchange, source, true)
  return reply.count(exchange, total(exchange, source, wanted,
    candidates(exchange, source, wanted)))
end

--- Answers one entity.
---@param exchange graphinvite.emulator.Exchange
---@param source graphinvite.emulator.Source
---@param record table
---@return table response
function M.entity(exchange, source, record)
  local wanted = read(exchange, source)
  if source.version and etags.check(exchange, source.version(exchange.emulator, record)) then
    return reply.unchanged(exchange)
  end
  tell_unknown_members(exchange)
  local value = view(exchange, source, wanted, record)
  if exchange.cast and not predicate.is_of(value, exchange.cast) then
    errors.refuse("resource", record.id)
  end
  return reply.entity(exchange, project(value, wanted.select))
end

return M
