--- graphinvite invitation …: what has been invited.
local bodies = require "graphinvite.cli.body"
local connection = require "graphinvite.cli.connection"
local convert = require "graphinvite.cli.convert"
local invite = require "graphinvite.cli.invite"
local output = require "graphinvite.cli.output"
local status = require "graphinvite.cli.status"

local M = {}

local TYPE = "microsoft.graph.invitation"
local ID = { "ID", "Id of the invitation." }

local COLUMNS = {
  { "ID", "id", keep = true }, { "ADDRESS", "invitedUserEmailAddress" }, { "STATUS", "status" },
  { "NAME", "invitedUserDisplayName" },
}

--- What a list is asked for.
M.list_options = {
  { "--filter", "OData filter, such as \"status eq 'Completed'\".", argname = "FILTER" },
  { "--orderby", "Order, such as \"status desc\".", argname = "ORDER" },
  { "--search", "OData search.", argname = "TEXT" },
  { "--select", "Properties, separated by commas.", argname = "NAMES" },
  { "--top", "Items of a page.", convert = convert.whole(1, 999), argname = "N" },
  { "--limit", "End after so many items.", convert = convert.whole(0, 2 ^ 53 - 1), argname = "N" },
}

--- The words of a list as options of a call.
---@param args table
---@return table
function M.query(args)
  return {
    filter = args.filter, orderby = args.orderby, search = args.search, select = args.select,
    top = args.top,
  }
end

local function get(args, world)
  local client, problem = connection.open(world, args)
  if not client then
    return nil, problem
  end
  local invitation, err = client.invitations:get(args.id)
  if not invitation then
    return nil, err
  end
  output.new(world, args):one(invitation, TYPE)
  return true
end

local function list(args, world)
  local client, problem = connection.open(world, args)
  if not client then
    return nil, problem
  end
  local items = client.invitations:list(M.query(args))
  return output.new(world, args):list(items, TYPE, COLUMNS)
end

local function update(args, world)
  local body, err = bodies.of(TYPE, args, world)
  if not body then
    return nil, err
  end
  local client, problem = connection.open(world, args)
  if not client then
    return nil, problem
  end
  local invitation
  invitation, err = client.invitations:update(args.id, body)
  if not invitation then
    return nil, err
  end
  local out = output.new(world, args)
  if type(invitation) == "table" then
    out:one(invitation, TYPE)
  else
    out:say("Updated %s.", args.id)
  end
  return true
end

local function delete(args, world)
  local client, problem = connection.open(world, args)
  if not client then
    return nil, problem
  end
  local done, err = client.invitations:delete(args.id)
  if not done then
    return nil, err
  end
  output.new(world, args):say("Deleted the invitation %s. The guest, if there is one, stays.",
    args.id)
  return true
end

-- The id of the guest who has the address.
local function guest_id(client, address)
  local user, err = client.users:find_by_mail(address, { select = "id" })
  if user == false then
    return status.refused("nobody in the directory has the address " .. address,
      "invite them: graphinvite invite ADDRESS")
  end
  return user and user.id, err
end

local function reset(args, world)
  local client, settings = connection.open(world, args)
  if not client then
    return nil, settings
  end
  local body, err = invite.body(args, settings, client)
  if not body then
    return nil, err
  end
  local id = args.user
  if not id then
    id, err = guest_id(client, args.address)
    if not id then
      return nil, err
    end
  end
  local invitation
  invitation, err = client.invitations:reset(id, body)
  if not invitation then
    return nil, err
  end
  invite.tell(output.new(world, args), invitation, "Invited again:")
  return true
end

M.summary = "Read and change invitations; the live service has only reset."

M.commands = {
  {
    name = "invitation get", run = get, summary = "Show an invitation.", connects = true,
    options = { ID, output.secret_options },
    examples = { "graphinvite invitation get 0b1e --json" },
  },
  {
    name = "invitation list", run = list, summary = "List invitations.", connects = true,
    options = { M.list_options, output.secret_options },
    examples = {
      "graphinvite invitation list --filter \"status eq 'PendingAcceptance'\"",
      "graphinvite invitation list --json | jq -r .invitedUserEmailAddress",
    },
  },
  {
    name = "invitation update", run = update, summary = "Change an invitation.",
    connects = true, changes = true,
    options = { ID, bodies.options, output.secret_options },
    examples = { "graphinvite invitation update 0b1e invitedUserDisplayName='Adele Vance'" },
  },
  {
    name = "invitation delete", run = delete, summary = "Delete an invitation.",
    connects = true, changes = true,
    options = { ID }, examples = { "graphinvite invitation delete 0b1e" },
  },
  {
    name = "invitation reset", run = reset, connects = true, changes = true,
    summary = "Invite a guest again, who keeps id, groups and roles.",
    options = {
      { "ADDRESS", "Mail address, of the same guest or a new one." },
      { "--user", "Id of the guest; needed where the address is new.", argname = "ID" },
      invite.options,
      output.secret_options,
    },
    examples = {
      "graphinvite invitation reset adele@fabrikam.example \\\n"
        .. "    --redirect https://app.contoso.example",
      "graphinvite invitation reset adele@new.example --user 6f1c \\\n"
        .. "    --redirect https://app.contoso.example",
    },
  },
}

return M
