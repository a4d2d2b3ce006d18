--- What a token is asked for: reference 7.1 and 7.2.
local clouds = require "graphinvite.clouds"

local M = {}

-- A resource besides Graph, whose tokens Graph refuses (INF).
local OTHER_RESOURCES = { ["https://management.azure.com"] = true }
local GRAPH_ID = "00000003-0000-0000-c000-000000000000" -- Graph's application id (GEN)
-- Scopes of the sign-in, which are no resource's (GEN).
local OF_SIGN_IN = { openid = true, profile = true, email = true, offline_access = true }

--- The audience that a resource's tokens have.
---@param cloud string
---@param resource string its URL, or the id of Graph
---@return string? audience
---@return string? key in authority_errors.lua
---@return string? subject
function M.resource(cloud, resource)
  local graph = clouds.rows[cloud].graph
  resource = resource:gsub("/$", "")
  if resource == graph or resource == GRAPH_ID then
    return graph
  elseif OTHER_RESOURCES[resource] then
    return resource
  end
  return nil, "resource", resource
end

--- The audience of an application's token.
---@param cloud string
---@param scope string
---@return string? audience
---@return string? key
---@return string? subject
function M.of_application(cloud, scope)
  local resource = scope:match("^(%S+)/%.default$")
  if scope:find("%s") then
    return nil, "scope_malformed"
  elseif not resource then
    return nil, "scope_default", scope
  end
  return M.resource(cloud, resource)
end

--- The audience of a user's token. A scope without a resource is Graph's.
---@param cloud string
---@param scope string words of one resource
---@return table? granted audience, scope, and offline where a refresh token is wanted
---@return string? key
---@return string? subject
function M.of_user(cloud, scope)
  local granted, words = { audience = nil, offline = false }, {}
  for word in scope:gmatch("%S+") do
    if not OF_SIGN_IN[word] then
      local audience, key, subject = M.resource(cloud, word:match("^(.+)/[^/]*$")
        or clouds.rows[cloud].graph)
      if not audience then
        return nil, key, subject
      elseif granted.audience and granted.audience ~= audience then
        return nil, "scope_malformed"
      end
      granted.audience = audience
    end
    if word == "offline_access" then
      granted.offline = true
    else
      words[#words + 1] = word
    end
  end
  granted.audience = granted.audience or clouds.rows[cloud].graph
  granted.scope = table.concat(words, " ")
  return granted
end

return M
