--- What people open in a browser: the page of the tenant with its parts, and the redeem link.
local consent = require "graphinvite.emulator.consent"
local errors = require "graphinvite.emulator.errors"
local html = require "graphinvite.emulator.html"

local M = {}

-- Answers with the text of a module.
local function part(media_type, name)
  return function(exchange)
    if exchange.method ~= "GET" then
      errors.refuse("method")
    end
    local text = require("graphinvite.emulator.page." .. name)
    return html.response(200, media_type, text)
  end
end

--- What answers, by path. These are no requests of Graph: the journal does not have them.
---@type table<string, fun(exchange: graphinvite.emulator.Exchange): table>
M.ROUTES = {
  ["/"] = part("text/html", "markup"),
  ["/_emulator/page.css"] = part("text/css", "style"),
  ["/_emulator/page.js"] = part("text/javascript", "script"),
  ["/_emulator/icon.svg"] = part("image/svg+xml", "icon"),
  ["/redeem"] = consent.answer,
}

return M
