--- One request on its way through the tenant: what it says, and where its links lead.
local clouds = require "graphinvite.clouds"

local M = {}

local SLASH = ("/"):byte()
local MAX_ID = 128 -- bytes of a client-request-id that is echoed

---@class graphinvite.emulator.Exchange
---@field emulator graphinvite.Emulator
---@field tenant table
---@field method string
---@field path string as it was sent
---@field query string as it was sent, without "?"
---@field headers table<string, string> by lower-case name
---@field body string?
---@field origin string scheme, host and port that the request came to
---@field request_id string
---@field given_id string? what the caller calls the request
---@field client_request_id string the same, else the request_id
---@field in_batch boolean? it came in an envelope
---@field next_link string? what a page has in place of its own @odata.nextLink
---@field client_id string? whose token it is; nil for the one that is always good
---@field rights graphinvite.emulator.Rights? what the token permits; nil for everything
---@field app_only boolean? the token has no user
---@field metadata "none"|"full"|nil how much control information the answer has, where not minimal
---@field version string? "v1.0" or "beta"
---@field route table? row, handler and context of the operation
---@field arguments string[]? keys of the path, in order
---@field cast string? type that the path casts to

-- The origin that links in the answer have.
local function origin_of(emulator, request, headers)
  local host = headers.host
  if request.origin then
    return request.origin
  elseif host and host:find("^[%w.:%[%]_-]+$") then
    return (request.secure and "https://" or "http://") .. host
  end
  return clouds.rows[emulator.options.cloud].graph
end

-- Splits an absolute URL. Returns no origin where there is none.
local function split_origin(url)
  local origin, rest = url:match("^(%a+://[^/?#]+)(.*)$")
  return origin, rest or url
end

--- Takes a request record.
---@param emulator graphinvite.Emulator
---@param request table method, url, headers with lower-case names, body; where the url has no
---origin, secure (it came over TLS) or the origin itself
---@return graphinvite.emulator.Exchange
function M.open(emulator, request)
  local headers = request.headers or {}
  local path, query, origin = request.url, "", nil
  if path:byte() ~= SLASH then
    origin, path = split_origin(path)
  end
  if path:find("[?#]") then
    path, query = path:match("^([^?#]*)%??([^#]*)")
  end
  local request_id = emulator:next_request_id()
  local given_id = headers["client-request-id"]
  if given_id and (#given_id > MAX_ID or not given_id:find("^[\33-\126]+$")) then
    given_id = nil
  end
  return {
    emulator = emulator, tenant = emulator.tenant,
    method = request.method, path = path, query = query, headers = headers, body = request.body,
    origin = origin or origin_of(emulator, request, headers),
    request_id = request_id, given_id = given_id, client_request_id = given_id or request_id,
  }
end

return M
