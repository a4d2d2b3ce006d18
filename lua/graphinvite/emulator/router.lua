--- Finds the operation row of a request. The tree is made once from core.operations(), so there
-- is no second list of paths.
local core = require "graphinvite.core"
local errors = require "graphinvite.emulator.errors"
local url = require "graphinvite.emulator.url"

local M = {}
local Router = { __name = "graphinvite.emulator.Router" }
Router.__index = Router

-- Rows of the schema that the live service is reported to refuse: reference 2.1 FIELD.
local REFUSED_LIVE = { A2 = true, A3 = true, A10 = true }
local VERSIONS = { "v1.0", "beta" }
local NONE = {}
local SERVED_LIVE = { documented = true, schema = true }

-- The context of an answer that does not follow from the row's path: reference 3.1 INF.
local CONTEXTS = {
  ["invitations.invited_user"] = "users/$entity",
  ["call.participants.invite"] = "microsoft.graph.inviteParticipantsOperation",
  ["linkedin.invitations.close"] = "microsoft.graph.InviteActionResults",
}

local function has(list, word)
  for _, entry in ipairs(list) do
    if entry == word then
      return true
    end
  end
  return false
end

-- Tells whether a row exists in a version for this tenant's profile and cloud.
local function serves(row, version, options)
  if not has(row.clouds, options.cloud) then
    return false
  elseif options.profile == "modelled" then
    return true
  end
  return SERVED_LIVE[row.status] and has(row.versions, version) and not REFUSED_LIVE[row.id]
end

-- Writes the context of a row's answers, with %s for each key in it.
local function context_of(row)
  if row.expects == nil or row.expects == "count" then
    return nil
  elseif CONTEXTS[row.name] then
    return CONTEXTS[row.name]
  end
  local path = row.path:gsub("/%b{}", "('%%s')")
  local keyed = path:sub(-6) == "('%s')"
  if keyed then
    path = path:sub(1, -7)
  end
  local entity = keyed or row.method == "POST"
  return path:sub(2) .. (entity and "/$entity" or "")
end

local function new_node()
  return { next = {}, routes = {} }
end

local function insert(self, row, route)
  local node = self.root
  for segment in row.path:gmatch("[^/]+") do
    if segment:sub(1, 1) == "{" then
      node.any = node.any or new_node()
      node = node.any
    else
      node.next[segment] = node.next[segment] or new_node()
      node = node.next[segment]
    end
  end
  node.routes[row.method] = node.routes[row.method] or route
  if row.arguments == 0 then
    local root = row.path:match("^/([^/]+)")
    for _, version in ipairs(VERSIONS) do
      self.fixed["/" .. version .. row.path] = { node = node, version = version, root = root }
    end
  end
end

---@param options table profile and cloud
---@param handlers table<string, function> by the name of the operation
---@return graphinvite.emulator.Router
function M.new(options, handlers)
  local self = setmetatable({ root = new_node(), fixed = {}, roots = {} }, Router)
  for _, row in ipairs(core.operations()) do
    local route = { row = row, handler = handlers[row.name], context = context_of(row) }
    for _, version in ipairs(VERSIONS) do
      if serves(row, version, options) then
        route[version] = true
        self.roots[row.path:match("^/([^/]+)")] = true
      end
    end
    insert(self, row, route)
  end
  return self
end

-- The text of a key as it stands in parentheses: quoted, with quotes inside it doubled, or bare.
local function unquote(key)
  local text = key:match("^'(.*)'$")
  return text and text:gsub("''", "'") or key
end

-- Splits a path into decoded segments; a key in parentheses becomes a segment of its own.
-- Returns nil and the segment that is none.
local function split(path)
  local segments, at = {}, 2
  while at <= #path do
    local slash = path:find("/", at, true) or #path + 1
    local raw = path:sub(at, slash - 1)
    local name, key = raw:match("^([%w%.]+)%((.+)%)$")
    local first, second = url.decode(name or raw), url.decode(key or "")
    if not first or not second or first == "" then
      return nil, raw
    end
    segments[#segments + 1] = first
    if key then
      segments[#segments + 1] = unquote(second)
    end
    at = slash + 1
  end
  return segments
end

-- Finds the node of a segment below another one. Returns it and what the segment is: a "name",
-- a "key", or a "cast" to a type, which stays on the node; nil when it is unknown.
local function step(node, segment)
  local name = segment:match("^[Mm]icrosoft%.[%w%.]*%.(%w+)$")
  if node.next[segment] or name and node.next[name] then
    return node.next[segment] or node.next[name], "name"
  elseif name and next(node.routes) then
    return node, "cast"
  elseif segment:sub(1, 1) ~= "$" then
    return node.any, "key"
  end
end

-- Walks the tree. Returns the node, the arguments and the type that the path casts to; or nil
-- and the first segment that is unknown.
local function walk(node, segments)
  local arguments, cast = {}, nil
  for _, segment in ipairs(segments) do
    local what
    node, what = step(node, segment)
    if node == nil then
      return nil, segment
    elseif what == "key" then
      arguments[#arguments + 1] = segment
    elseif what == "cast" then
      cast = segment
    end
  end
  return node, arguments, cast
end

-- Finds the node of a path that is not one of the fixed ones.
local function search(self, path)
  local version, rest = path:match("^/([^/]*)(.*)$")
  if not has(VERSIONS, version) then
    errors.refuse("segment", version or path)
  end
  local first = rest:match("^/([^/(]+)") or ""
  first = url.decode(first) or first
  if not self.roots[first] then
    errors.refuse("segment", first)
  end
  local segments, unknown = split(rest)
  if segments == nil then
    errors.refuse("segment", unknown)
  end
  local node, arguments, cast = walk(self.root, segments)
  if node == nil then
    errors.refuse("segment", arguments)
  end
  return node, version, arguments, cast
end

--- Finds the route of a request. Refuses what the tenant does not serve.
---@param method string
---@param path string with the version
---@return table route row, handler and context
---@return "v1.0"|"beta" version
---@return string[] arguments the path's keys
---@return string? cast the type that the path casts to
function Router:find(method, path)
  local fixed = self.fixed[path]
  local node, version, arguments, cast
  if fixed and self.roots[fixed.root] then
    node, version, arguments = fixed.node, fixed.version, NONE
  else
    node, version, arguments, cast = search(self, path)
  end
  local route = node.routes[method]
  if route == nil or not route[version] then
    errors.refuse("method")
  end
  return route, version, arguments, cast
end

return M
