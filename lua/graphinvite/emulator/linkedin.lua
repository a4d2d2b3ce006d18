--- LinkedIn invitations, both generations: a collection, and a single object that is the first
-- of the collection and is there from the start. Reference 1.13, 2.4 and 2.5.
local bodies = require "graphinvite.emulator.body"
local collection = require "graphinvite.emulator.collection"
local errors = require "graphinvite.emulator.errors"
local etags = require "graphinvite.emulator.etags"
local merge = require "graphinvite.emulator.merge"
local reply = require "graphinvite.emulator.reply"

local M = { handlers = {} }
local handlers = M.handlers

local TYPE = "#microsoft.graph.InvitationV2"
local RESULTS = "microsoft.graph.InviteActionResults"
local FIRST_INVITER = "urn:li:person:emulator" -- INF

-- Milliseconds since 1970: reference 1.13.
local function milliseconds(emulator)
  return math.floor(emulator.clock:wall() * 1000)
end

local function value(_, invitation)
  local shown = merge(invitation.body, { id = invitation.id })
  shown["@odata.type"] = shown["@odata.type"] or TYPE
  return shown
end

local function version(_, invitation)
  return (invitation.changes or 0) + 1
end

local VIEW = { view = value, version = version }

-- A new invitation. What the service sets stands where the caller gave nothing.
local function new(emulator, id, body)
  local now = milliseconds(emulator)
  return { id = id, body = merge({ created = now, lastModified = now }, body) }
end

local function add(linkedin, invitation)
  linkedin.list[#linkedin.list + 1] = invitation
  linkedin.by_id[invitation.id] = invitation
end

--- Puts the first invitation into a new tenant.
---@param emulator graphinvite.Emulator
function M.start(emulator)
  emulator.tenant.linkedin = { root = {}, list = {}, by_id = {} }
  local body = { inviter = FIRST_INVITER }
  add(emulator.tenant.linkedin, new(emulator, emulator.random:guid(), body))
end

-- The invitation that the path names, or the single one.
local function find(exchange)
  local linkedin, id = exchange.tenant.linkedin, exchange.arguments[1]
  if id == nil then
    return linkedin.list[1]
  end
  return linkedin.by_id[id] or linkedin.by_id[id:lower()] or errors.refuse("resource", id)
end

-- Without an id v1.0 has the single object and beta the collection: reference 2.4 C1.
local function read(exchange)
  if exchange.arguments[1] == nil and exchange.version == "beta" then
    return collection.page(exchange, {
      list = exchange.tenant.linkedin.list, view = value, version = version,
    })
  end
  return collection.entity(exchange, VIEW, find(exchange))
end

handlers["linkedin.invitations.list"] = read
handlers["linkedin.invitations.get"] = read

handlers["linkedin.invitations.create"] = function(exchange)
  local emulator, linkedin = exchange.emulator, exchange.tenant.linkedin
  local body = bodies.read(exchange)
  local invitation = new(emulator, emulator:new_id(body.id, linkedin.by_id), body)
  local response = reply.entity(exchange, value(emulator, invitation))
  add(linkedin, invitation)
  return response
end

handlers["linkedin.invitations.update"] = function(exchange)
  local invitation = find(exchange)
  etags.check(exchange, version(nil, invitation))
  local changes = bodies.read(exchange)
  local body = merge(invitation.body, { lastModified = milliseconds(exchange.emulator) })
  local amended = {
    id = invitation.id, body = merge(body, changes), changes = (invitation.changes or 0) + 1,
  }
  local shown = value(exchange.emulator, amended)
  shown["@odata.etag"] = etags.text(version(nil, amended))
  local response = reply.entity(exchange, shown)
  invitation.body, invitation.changes = amended.body, amended.changes
  return response
end

handlers["linkedin.invitations.close"] = function(exchange)
  bodies.read_exactly(exchange)
  -- Wrapped, as every page shows it: reference 2.5.
  return reply.json(exchange, 200, nil, {
    ["@odata.context"] = reply.context(exchange),
    value = { ["@odata.type"] = RESULTS },
  })
end

handlers["linkedin.update"] = function(exchange)
  local linkedin = exchange.tenant.linkedin
  local root = merge(linkedin.root, bodies.read(exchange))
  root["@odata.type"] = root["@odata.type"] or "#microsoft.graph.linkedIn.linkedIn"
  local response = reply.entity(exchange, merge(root, {}))
  linkedin.root = root
  return response
end

return M
