--- Whose token a command takes: what the words say, the environment, or the configuration file.
--- Secrets come from files, the environment or a prompt, never from words.
local config = require "graphinvite.cli.config"
local status = require "graphinvite.cli.status"

local M = {}

local usage = status.usage

-- Method = the secret it cannot do without, where it has one.
local METHODS = {
  client_secret = "client_secret", refresh_token = "refresh_token", static = "token",
  certificate = false, federated = false, managed_identity = false, device_code = false,
  environment = false,
}

-- Method = what the environment may have of its options, beside tenant and client_id.
local VARIABLES = {
  client_secret = { client_secret = "AZURE_CLIENT_SECRET" },
  certificate = {
    certificate = "AZURE_CLIENT_CERTIFICATE_PATH",
    passphrase = "AZURE_CLIENT_CERTIFICATE_PASSWORD",
  },
  federated = { token_file = "AZURE_FEDERATED_TOKEN_FILE" },
}

M.NAMES = {
  "client_secret", "certificate", "federated", "managed_identity", "device_code",
  "refresh_token", "static", "environment",
}

local function first_line(path, name)
  local file, why = io.open(path, "rb")
  if not file then
    return usage(("%s: %s"):format(name, why))
  end
  local line = (file:read "*l" or ""):gsub("\r$", "")
  file:close()
  if line == "" then
    return usage(("%s: %s is empty"):format(name, path))
  end
  return line
end

-- What the words say about signing in, over what the file says about the same method.
local function merged(args, settings)
  local auth = {}
  local of_file = settings.auth or {}
  if not args.token_file and (not args.auth or of_file.method == args.auth) then
    for name, value in pairs(of_file) do
      auth[name] = value
    end
  end
  auth.method = args.token_file and "static" or args.auth or auth.method
  auth.tenant, auth.client_id = args.tenant or auth.tenant, args.client_id or auth.client_id
  auth.certificate = args.certificate or auth.certificate
  auth.token_file = args.token_file or auth.token_file
  return auth
end

-- Takes the place of each `…_file` by what is in the file.
local function read_files(auth)
  for _, name in ipairs(config.SECRETS) do
    local path = auth[name .. "_file"]
    if path and not (name == "token" and auth.method == "federated") then
      local value, err = first_line(path, name .. "_file")
      if not value then
        return nil, err
      end
      auth[name .. "_file"], auth[name] = nil, auth[name] or value
    end
  end
  return auth
end

-- The variables that other tools set too fill what is missing; the rest is asked at the terminal.
local function complete(auth, world)
  local getenv = world.getenv
  if auth.method ~= "static" and auth.method ~= "managed_identity" then
    auth.client_id = auth.client_id or getenv "AZURE_CLIENT_ID"
    auth.tenant = auth.tenant or getenv "AZURE_TENANT_ID"
  end
  for name, variable in pairs(VARIABLES[auth.method] or {}) do
    auth[name] = auth[name] or getenv(variable)
  end
  local secret = METHODS[auth.method]
  if secret and not auth[secret] then
    local value, why = world.ask(("The %s: "):format(secret:gsub("_", " ")))
    if not value then
      return usage(("auth.%s needs %s"):format(auth.method, secret),
        why or ("name a file in the configuration: auth.%s_file"):format(secret))
    end
    auth[secret] = value
  end
  return auth
end

-- The source that a method's options describe.
local function build(auth, world)
  local library, method = require "graphinvite.auth", auth.method
  auth.method = nil
  if method == "environment" then
    return library.environment(world.getenv)
  elseif method == "static" then
    return library.static(auth.token)
  elseif method == "device_code" then
    auth.prompt = world.prompt
  elseif method == "managed_identity" then
    auth.getenv = world.getenv
  end
  return library[method](auth)
end

local function described(args, settings, world)
  local auth = merged(args, settings)
  if METHODS[auth.method] == nil then
    return usage(auth.method and ("there is no way to sign in called %s"):format(auth.method)
      or "auth.method says how to sign in", "it is one of " .. table.concat(M.NAMES, ", "))
  end
  local read, err = read_files(auth)
  if not read then
    return nil, err
  end
  read, err = complete(auth, world)
  if not read then
    return nil, err
  end
  local ok, source = pcall(build, auth, world)
  if not ok then
    return usage((tostring(source):gsub("^[^\n]-:%d+: ", "")))
  end
  return source
end

--- The file that keeps tokens.
---@param settings table of the configuration file
---@param getenv fun(name: string): string?
---@return string? path
function M.store(settings, getenv)
  local home = getenv "HOME"
  return settings.token_store or home and home .. "/.graphinvite-tokens"
end

-- Keeps the tokens of people, who sign in once; and all where the configuration names a file.
local function kept(source, settings, world)
  local path = M.store(settings, world.getenv)
  local wanted = settings.token_store or source.interactive or source.origin
  if path and wanted and source.key and source.renewable then
    return require("graphinvite.auth").stored(source, path)
  end
  return source
end

-- Variables of which one shows that the environment is meant to sign in.
local MEANT = { "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_AUTHORITY_HOST", "IDENTITY_ENDPOINT" }

local function of_environment(world)
  local source = require("graphinvite.auth").environment(world.getenv)
  for _, name in ipairs(MEANT) do
    if world.getenv(name) then
      return source
    end
  end
  return status.sign_in("nobody has signed in", "set GRAPHINVITE_TOKEN or the variables AZURE_*,"
    .. " name a way in the configuration file, or use --auth device_code --client-id ID")
end

--- The token source of a command.
---@param args table words of the command line
---@param settings table of the configuration file
---@param world graphinvite.cli.World
---@return graphinvite.TokenSource?
---@return table? err
function M.source(args, settings, world)
  local source, err
  local token = world.getenv "GRAPHINVITE_TOKEN"
  if args.auth or args.token_file then
    source, err = described(args, settings, world)
  elseif token then
    source = require("graphinvite.auth").static(token)
  else
    source, err = of_environment(world)
    local named = source and source.key ~= "environment"
    if not named and (settings.auth or args.client_id or args.tenant) then
      source, err = described(args, settings, world)
    end
  end
  if not source then
    return nil, err
  end
  return kept(source, settings, world)
end

return M
