--- From words, environment and configuration file to a client: the first that says something holds.
local config = require "graphinvite.cli.config"
local convert = require "graphinvite.cli.convert"
local sign_in = require "graphinvite.cli.sign_in"
local status = require "graphinvite.cli.status"

local M = {}

local NO_CURL = "graphinvite.curl is not installed: it is built where libcurl is"
  .. " (Debian: libcurl4-openssl-dev)"

M.options = {
  { "--config", "Configuration file (GRAPHINVITE_CONFIG).", argname = "FILE" },
  { "--connection", "A connection that it names (GRAPHINVITE_CONNECTION).", argname = "NAME" },
  {
    "--base-url", "Where the service is, with the version (GRAPHINVITE_BASE_URL).", argname = "URL",
  },
  {
    "--cloud", "National cloud (GRAPHINVITE_CLOUD).",
    choices = { "global", "usgov", "dod", "china" },
  },
  {
    "--profile", "live refuses what only generated pages describe (GRAPHINVITE_PROFILE).",
    choices = { "modelled", "live" },
  },
  { "--api-version", "Version of Graph.", choices = { "v1.0", "beta" } },
  { "--authority", "Where tokens are from (GRAPHINVITE_AUTHORITY).", argname = "URL" },
  {
    "--auth", "How to sign in: " .. table.concat(sign_in.NAMES, ", ") .. ".",
    choices = sign_in.NAMES, argname = "METHOD",
  },
  { "--tenant", "Tenant to sign in to (AZURE_TENANT_ID).", argname = "TENANT" },
  { "--client-id", "Application that signs in (AZURE_CLIENT_ID).", argname = "ID" },
  { "--certificate", "Its certificate: a PEM or PKCS#12 file.", argname = "FILE" },
  { "--token-file", "File with an access token (GRAPHINVITE_TOKEN is one).", argname = "FILE" },
  { "--time-limit", "Longest time for one call, such as 100 or 5m.", convert = convert.duration,
    argname = "TIME" },
  { "--verbose", "Tell on standard error what is sent, without secrets.", flag = true },
}

-- Option of a client = the word and the variable that set it. The file's members have the names of
-- the options.
local SOURCES = {
  base_url = { "base_url", "GRAPHINVITE_BASE_URL" },
  cloud = { "cloud", "GRAPHINVITE_CLOUD" },
  profile = { "profile", "GRAPHINVITE_PROFILE" },
  authority = { "authority", "GRAPHINVITE_AUTHORITY" },
  version = { "api_version" },
  deadline = { "time_limit" },
}
local FROM_FILE = { "hosts", "tls", "proxy", "timeout" }

local function options_of(world, args, settings)
  local options = { transport = world.transport }
  for name, source in pairs(SOURCES) do
    options[name] = args[source[1]] or source[2] and world.getenv(source[2]) or settings[name]
  end
  for _, name in ipairs(FROM_FILE) do
    options[name] = settings[name]
  end
  if world.changes then
    -- what Ctrl-C comes between may have taken effect
    function options.on_request() world.under_way = true end
    function options.on_response() world.under_way = false end
  end
  if args.verbose then
    function options.log(level, line)
      world.err:write(level, ": ", require("graphinvite.cli.text").clean(line), "\n")
    end
  end
  return options
end

--- The client of a command, and the file's settings.
---@param world graphinvite.cli.World
---@param args table
---@return graphinvite.Client?
---@return table settings or, where there is no client, the error
function M.open(world, args)
  local settings, err = config.load(world, args)
  if not settings then
    return nil, err
  end
  local options = options_of(world, args, settings)
  options.auth, err = sign_in.source(args, settings, world)
  if not options.auth then
    return nil, err
  end
  local ok, client = pcall(require("graphinvite").new, options)
  if not ok and tostring(client):find("module 'graphinvite.curl' not found", 1, true) then
    return status.fault(NO_CURL)
  elseif not ok then
    return status.usage((tostring(client):gsub("^[^\n]-:%d+: ", "")))
  end
  return client, settings
end

return M
