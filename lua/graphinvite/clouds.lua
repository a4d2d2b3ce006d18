--- The national clouds (reference 7.1), and which origins may receive a token.
local M = {}

---@class graphinvite.Cloud
---@field graph string root of the service
---@field authority string root of the token endpoint
---@field exchange string audience of an outside token that is exchanged (reference 7.3)
M.rows = {
  global = {
    graph = "https://graph.microsoft.com",
    authority = "https://login.microsoftonline.com",
    exchange = "api://AzureADTokenExchange",
  },
  usgov = {
    graph = "https://graph.microsoft.us",
    authority = "https://login.microsoftonline.us",
    exchange = "api://AzureADTokenExchangeUSGov",
  },
  dod = {
    graph = "https://dod-graph.microsoft.us",
    authority = "https://login.microsoftonline.us",
    exchange = "api://AzureADTokenExchangeUSGov", -- INF: its authority is that of usgov
  },
  china = {
    graph = "https://microsoftgraph.chinacloudapi.cn",
    authority = "https://login.chinacloudapi.cn",
    exchange = "api://AzureADTokenExchangeChina",
  },
}

-- Other names of an authority: tokens are the same under both (reference 7.1, 7.6).
local ALIASES = {
  ["https://login.partner.microsoftonline.cn"] = "https://login.chinacloudapi.cn",
}

--- The one name of an authority that has several.
---@param authority string
---@return string
function M.canonical(authority)
  return ALIASES[authority:lower()] or authority
end

local PORTS = { http = "80", https = "443" }

--- The origin of a URL, with its port, in lower case.
---@param url string
---@return string? origin nil where the URL is not absolute http or https
---@return string? scheme
---@return string? host
function M.origin(url)
  local scheme, authority = url:match("^(%a+)://([^/?#]*)")
  scheme = scheme and scheme:lower()
  if not PORTS[scheme] or authority:find("[@%s%c\\]") then
    return nil
  end
  local host, port = authority:match("^(%[[%x:.]+%]):?(%d*)$")
  if not host then
    host, port = authority:match("^([^:]+):?(%d*)$")
  end
  if not host then
    return nil
  end
  host = host:lower()
  return ("%s://%s:%s"):format(scheme, host, port ~= "" and port or PORTS[scheme]), scheme, host
end

--- Tells whether a host is on this machine or its link: there a token may go in clear text.
---@param host string
---@return boolean
function M.is_local(host)
  return host == "localhost" or host == "[::1]" or host:find("^127%.%d+%.%d+%.%d+$") ~= nil
    or host:find("^169%.254%.%d+%.%d+$") ~= nil or host:find("^%[fe80:") ~= nil
end

return M
