--- graphinvite token: signs in, and tells what the token says.
local config = require "graphinvite.cli.config"
local connection = require "graphinvite.cli.connection"
local core = require "graphinvite.core"
local output = require "graphinvite.cli.output"
local sign_in = require "graphinvite.cli.sign_in"
local status = require "graphinvite.cli.status"

local M = {}

-- Claims that people ask for, and what they are called here.
local CLAIMS = {
  { "user", "preferred_username" }, { "user", "upn" }, { "name", "name" },
  { "application", "app_displayname" }, { "client_id", "appid" }, { "client_id", "azp" },
  { "tenant", "tid" }, { "audience", "aud" }, { "scopes", "scp" }, { "roles", "roles" },
}

-- The token of a client as a call would have it.
local function acquire(client)
  local transport, settings = client.transport, client.settings
  if not transport then
    return nil, client.unusable
  end
  return client.tokens:token(settings.auth, {
    transport = transport, settings = settings, deadline = transport.now() + settings.deadline,
    request = { headers = { ["client-request-id"] = core.uuid() } },
  })
end

-- What a token says about itself; nothing where it is no JSON Web Token.
local function facts(text)
  local known, decoded = {}, require("graphinvite.jwt").decode(text)
  local claims = decoded and decoded.claims or {}
  for _, row in ipairs(CLAIMS) do
    local value = claims[row[2]]
    if known[row[1]] == nil and (type(value) == "string" or type(value) == "table") then
      known[row[1]] = value
    end
  end
  if type(claims.exp) == "number" and claims.exp < 1e11 then
    known.expires = os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(claims.exp))
  end
  return known
end

local ORDER = {
  "user", "name", "application", "client_id", "tenant", "audience", "scopes", "roles", "expires",
}

local function run(args, world)
  local client, problem = connection.open(world, args)
  if not client then
    return nil, problem
  end
  local text, err = acquire(client)
  if not text then
    return nil, err
  end
  local out = output.new(world, args)
  if args.show and not args.json then
    out:put(text .. "\n")
    return true
  end
  local known, members, rows = facts(text), { { "signed_in", true } }, {}
  for _, name in ipairs(ORDER) do
    local value = known[name]
    members[#members + 1] = { name, value }
    if value ~= nil then
      value = type(value) == "table" and table.concat(value, " ") or value
      rows[#rows + 1] = { (name:gsub("_", " ")), out:clean(value) }
    end
  end
  if args.json then
    members[#members + 1] = { "access_token", args.show and text or nil }
    out:record(members)
    return true
  end
  out:say "Signed in."
  out:fields(rows)
  return true
end

-- Takes away the tokens that are kept, of everybody who has signed in.
local function forget(args, world)
  local settings, err = config.load(world, args)
  if not settings then
    return nil, err
  end
  local path = sign_in.store(settings, world.getenv)
  if path and require("graphinvite.sys").mode(path) then
    local removed, why = os.remove(path)
    if not removed then
      return status.fault("the tokens cannot be removed: " .. why)
    end
  end
  output.new(world, args):say "There are no tokens kept any more."
  return true
end

M.commands = {
  {
    name = "token", connects = true, summary = "Sign in, and tell what the token says.",
    run = function(args, world) return (args.forget and forget or run)(args, world) end,
    options = {
      { "--show", "Print the token itself: whoever has it can act with it.", flag = true },
      { "--forget", "Forget the tokens that sign-ins of people have left.", flag = true },
    },
    examples = {
      "graphinvite token --auth device_code --client-id 11112222-bbbb-3333-cccc-4444dddd5555",
      "curl -H \"Authorization: Bearer $(graphinvite token --show)\" \\\n"
        .. "    https://graph.microsoft.com/v1.0/organization",
    },
  },
}

return M
