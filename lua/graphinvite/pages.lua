--- Lists: iterators over the items of all pages.
local clouds = require "graphinvite.clouds"
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"

local M = {}

local MAX_PAGES = 100000 -- a service that never ends is not followed for ever

---@class graphinvite.List
---@operator call: any
local List = { __name = "graphinvite.List" }
List.__index = List

-- Where the next page is; nil and an error where the link must not be followed.
local function checked_link(self, link)
  if link == nil or link == core.null then
    return nil
  end
  local origin = type(link) == "string" and clouds.origin(link)
  if not self.settings.origins[origin] then
    return errors.fail("model", "the next page would be at " .. tostring(origin or "no URL"), {
      hint = "a link to another host is not followed; list it in the option hosts if it is yours",
    })
  end
  if self.seen[link] or self.pages >= MAX_PAGES then
    return errors.fail("model", "the pages of this list go in a circle")
  end
  return link
end

-- The URL of the first page.
local function first_link(self)
  local request = core.request(self.row, self.arguments, nil, self.settings)
  return request and request.url
end

local function fetch(self)
  local link = self.next_link
  local page, err = self.client:call_row(self.settings, self.row, self.arguments, nil, link)
  if not page then
    return nil, err
  end
  self.current_link = link or first_link(self)
  self.seen[self.current_link] = true
  self.pages = self.pages + 1
  self.items, self.index = type(page.value) == "table" and page.value or {}, 0
  self.total = self.total or page["@odata.count"]
  self.next_link, err = checked_link(self, page["@odata.nextLink"])
  self.failed = err
  self.ended = not self.next_link and not err
  return true
end

--- The next item; nil at the end; false and an error on a failure, and then nil.
---@return any item
---@return graphinvite.Error? err
function List:next()
  while self.index >= #self.items do
    local err = self.failed
    if not err and not self.ended then
      local _
      _, err = fetch(self)
    elseif not err then
      return nil
    end
    if err then
      self.failed, self.ended = nil, true
      self.items, self.index = {}, 0
      return false, err
    end
  end
  self.index = self.index + 1
  return self.items[self.index]
end

--- Where another list of the same kind can go on without losing an item: the current page while
--- there are unread items on it, else the next one.
---@return string? link nil at the end
function List:link()
  if self.pages == 0 then
    return self.next_link or first_link(self)
  end
  return self.index < #self.items and self.current_link or self.next_link
end

--- How many items there are, where the service was asked with count = true and has told.
---@return integer?
function List:count()
  return self.total
end

List.__call = List.next

---@param client table
---@param settings table resolved options
---@param row string name of the operation
---@param arguments string[]
---@return graphinvite.List
function M.new(client, settings, row, arguments)
  local list = {
    client = client,
    settings = settings,
    row = row,
    arguments = arguments,
    items = {},
    index = 0,
    pages = 0,
    seen = {},
    next_link = settings.link,
  }
  return setmetatable(list, List)
end

return M
