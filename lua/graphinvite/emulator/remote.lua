--- The controls of an emulator that runs elsewhere, over HTTP.
local controls = require "graphinvite.emulator.controls"
local core = require "graphinvite.core"
local failures = require "graphinvite.errors"

local M = {}
local Remote = { __name = "graphinvite.emulator.Remote" }
Remote.__index = Remote

local TIMEOUT = 30 -- seconds

--- The controls at a server's address.
---@param url string
---@param transport graphinvite.Transport? unless given, what a client would have
---@return table
function M.connect(url, transport)
  transport = transport or failures.check(require("graphinvite.transport").new {})
  return setmetatable({ url = url:gsub("/+$", ""), transport = transport }, Remote)
end

-- Asks for a control. Returns what it answered; or nil and the problem. What does not get
-- through raises: a test cannot go on without its emulator.
local function ask(self, name, fields)
  local reads = controls.ROWS[name].reads
  local response, err = self.transport.send({
    method = reads and "GET" or "POST",
    url = self.url .. "/_emulator/" .. name,
    headers = { ["Content-Type"] = "application/json" },
    body = not reads and failures.check(core.encode(nil, fields)) or nil,
  }, TIMEOUT)
  response = failures.check(response, err)
  local answer = failures.check(core.decode(nil, response.body))
  if response.status ~= 200 then
    answer.error.status = response.status
    return nil, answer.error
  end
  return reads and answer.value or answer.value[1] or true
end

for name in pairs(controls.ROWS) do
  Remote[name] = function(self, given)
    return controls.call(name, given, function(fields)
      return ask(self, name, fields)
    end)
  end
end

return M
