--- graphinvite linkedin …: connection requests. With an id the older generation of the API, a
--- collection; without one the newer, a single object (reference 2.4).
local bodies = require "graphinvite.cli.body"
local connection = require "graphinvite.cli.connection"
local invitation = require "graphinvite.cli.invitation"
local output = require "graphinvite.cli.output"
local status = require "graphinvite.cli.status"

local M = {}

local TYPE = "microsoft.graph.InvitationV2"
local ID = { "--id", "Id of the invitation, in the older generation.", argname = "ID" }

local COLUMNS = {
  { "ID", "id", keep = true }, { "INVITER", "inviter" }, { "INVITEE", "invitee" },
  { "TRACKING", "trackingId" },
}

-- A command that asks the service once: act(invitations, args, body).
local function once(act, done)
  return function(args, world)
    local body, err
    if args.members then
      body, err = bodies.of(TYPE, args, world)
      if not body then
        return nil, err
      end
    end
    local client, problem = connection.open(world, args)
    if not client then
      return nil, problem
    end
    local value
    value, err = act(client.linkedin.invitations, args, body)
    if not value then
      return nil, err
    end
    local out = output.new(world, args)
    if type(value) == "table" then
      out:one(value, TYPE)
    else
      out:say(done)
    end
    return true
  end
end

local function list(args, world)
  local client, problem = connection.open(world, args)
  if not client then
    return nil, problem
  end
  local items = client.linkedin.invitations:list(invitation.query(args))
  return output.new(world, args):list(items, TYPE, COLUMNS)
end

local get = once(function(invitations, args)
  if args.id then
    return invitations:get(args.id)
  end
  return invitations:get()
end)

local update = once(function(invitations, args, body)
  if args.id then
    return invitations:update(args.id, body)
  end
  return invitations:update(body)
end, "Updated.")

local create = once(function(invitations, _, body) return invitations:create(body) end, "Created.")

-- A token of the invitee is a secret: it comes from a file only.
local function close(args, world)
  if not args.body then
    return status.usage("--body FILE has what closes: inviteActionData and inviteeActionType",
      "graphinvite describe linkedin.invitations.close")
  end
  local body, err = bodies.of(nil, { body = args.body, members = {} }, world)
  if not body then
    return nil, err
  end
  local client, problem = connection.open(world, args)
  if not client then
    return nil, problem
  end
  local value
  value, err = client.linkedin.invitations:close(body)
  if not value then
    return nil, err
  end
  local out = output.new(world, args)
  if args.json and type(value) == "table" then
    out:json(value)
  else
    out:say "Closed."
  end
  return true
end

M.summary = "LinkedIn connection requests; a model, the live service has none."

M.commands = {
  {
    name = "linkedin list", run = list, summary = "List invitations.", connects = true,
    options = { invitation.list_options }, examples = { "graphinvite linkedin list" },
  },
  {
    name = "linkedin get", run = get, summary = "Show an invitation, or the single one.",
    connects = true, options = { ID }, examples = { "graphinvite linkedin get" },
  },
  {
    name = "linkedin create", run = create, summary = "Create an invitation.",
    connects = true, changes = true,
    options = { bodies.options },
    examples = {
      "graphinvite linkedin create invitee=urn:li:person:7 message.invitationTemplateID=invite_7",
    },
  },
  {
    name = "linkedin update", run = update, summary = "Change an invitation, or the single one.",
    connects = true, changes = true, options = { ID, bodies.options },
    examples = { "graphinvite linkedin update trackingId=campaign-7" },
  },
  {
    name = "linkedin close", run = close, connects = true, changes = true,
    summary = "Accept or ignore invitations, as the invitee.",
    options = {
      { "--body", "File with the body as JSON; - is standard input.", argname = "FILE" },
    },
    examples = { "graphinvite linkedin close --body actions.json" },
  },
}

return M
