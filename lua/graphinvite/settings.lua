--- The settings of a client and of a call: options with all that follows from them.
local clouds = require "graphinvite.clouds"
local errors = require "graphinvite.errors"
local options = require "graphinvite.options"
local retry = require "graphinvite.retry"
local scheduler = require "graphinvite.scheduler"

local M = {}

local function add_origin(settings, url, name)
  local origin, scheme, host = clouds.origin(url)
  if not origin or url:find("[?#]") then
    errors.misuse(("option %s is an http or https URL without user name, ? and #"):format(name))
  end
  if scheme == "http" and name ~= "hosts" and not clouds.is_local(host)
    and not settings.origins[origin] then
    errors.misuse(("option %s: a token would go to %s in clear text; use https, or list the "
      .. "origin in hosts"):format(name, origin))
  end
  settings.origins[origin] = true
end

local function retry_policy(given, before)
  if given == false then
    return false
  end
  return options.merge(before or retry.preset, given or {})
end

-- What the token depends on; nil where it is asked for at every call.
local function token_key(settings)
  local key = settings.auth and settings.auth.key
  return key and table.concat({ clouds.canonical(settings.authority), settings.scope, key }, "\n")
end

-- Fills in what follows from the options: URLs, origins, the policy.
local function resolve(settings)
  local cloud = clouds.rows[settings.cloud]
  settings.base_url = settings.given_base_url or cloud.graph .. "/" .. settings.version
  local of_source = settings.auth and settings.auth.authority
  settings.authority = (settings.given_authority or of_source or cloud.authority):gsub("/+$", "")
  settings.scope = cloud.graph .. "/.default"
  settings.origins = {}
  for _, origin in ipairs(settings.hosts or {}) do
    add_origin(settings, origin, "hosts")
  end
  add_origin(settings, settings.authority, "authority")
  settings.origins = { [clouds.origin(cloud.graph)] = true }
  for _, origin in ipairs(settings.hosts or {}) do
    add_origin(settings, origin, "hosts")
  end
  add_origin(settings, settings.base_url, "base_url")
  settings.guarded = settings.profile == "live" or settings.cloud ~= "global"
  settings.token_key = token_key(settings)
  return settings
end

-- Options from which others follow.
local ROOTS = { "auth", "cloud", "version", "base_url", "authority", "hosts", "profile" }

-- Names of headers are the same in any case: a new one takes the place of an old one.
local function merge_headers(before, given)
  local new, merged = {}, {}
  for name in pairs(given) do
    new[tostring(name):lower()] = true
  end
  for name, value in pairs(before) do
    merged[name] = not new[tostring(name):lower()] and value or nil
  end
  return options.merge(merged, given)
end

--- Options over settings that were resolved before.
---@param settings table
---@param given table
---@return table
function M.derive(settings, given)
  local merged = options.merge(settings, given)
  merged.bare = nil
  if given.headers and settings.headers then
    merged.headers = merge_headers(settings.headers, given.headers)
  end
  if given.retry ~= nil then
    merged.retry = retry_policy(given.retry, settings.retry)
  end
  if given.transport then
    merged.port = scheduler.port(given.transport)
  end
  for _, name in ipairs(ROOTS) do
    if given[name] ~= nil then
      merged.given_base_url = given.base_url or settings.given_base_url
      merged.given_authority = given.authority or settings.given_authority
      return resolve(merged)
    end
  end
  return merged
end

local UNPUBLISHED = { generated = true, superseded = true }

local function refuse(message, hint)
  return errors.fail("model", message, { hint = hint, retriable = false })
end

--- Refuses, before a socket opens, what the cloud or the live service does not have.
---@param settings table
---@param row graphinvite.Operation
---@return boolean?
---@return graphinvite.Error?
function M.guard(settings, row)
  local cloud = settings.cloud
  if cloud ~= "global" and row.clouds and not options.contains(row.clouds, cloud) then
    return refuse(("%s is not available in the cloud %s"):format(row.name, cloud),
      "it exists in: " .. table.concat(row.clouds, ", "))
  end
  if settings.profile ~= "live" then
    return true
  end
  if UNPUBLISHED[row.status] then
    return refuse(("%s is described only in %s pages"):format(row.name, row.status),
      "the live service does not promise it; the profile modelled sends it")
  end
  local version = settings.base_url:match("/([^/]+)/*$") or settings.version
  if row.versions and not options.contains(row.versions, version) then
    local only = table.concat(row.versions, ", ")
    return refuse(("%s does not exist in %s, only in %s"):format(row.name, version, only),
      "choose it with the option version")
  end
  return true
end

---@param given table? options of graphinvite.new
---@return table settings
function M.new(given)
  local settings = options.client(given)
  settings.given_base_url, settings.given_authority = settings.base_url, settings.authority
  settings.retry = retry_policy(settings.retry)
  settings.port = settings.transport and scheduler.port(settings.transport)
  settings.bare = true -- tells core.request not to look for what only a call has: link and query
  return resolve(settings)
end

return M
