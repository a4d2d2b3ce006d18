--- Takes notifications to callbackUris inside nginx: each in a timer, so that no request waits.
local courier = require "graphinvite.emulator.courier"
local notice = require "graphinvite.emulator.notice"
local notifier = require "graphinvite.emulator.notifier"
local url = require "graphinvite.emulator.url"

local M = {}

local couriers = setmetatable({}, { __mode = "k" }) -- by the emulator

-- Tries a few times. The service may tell a thing twice.
local function deliver(self, told, headers)
  local request = {
    method = told.method, url = told.url, headers = headers, body = told.body,
    max_body = courier.MAX_ANSWER, op = { safe = true },
  }
  local why
  for _ = 1, notifier.TRIES do
    local response, err = self.transport.send(request, courier.TIMEOUT)
    if response and response.status >= 200 and response.status <= 299 then
      return
    end
    request.url = courier.redirected(response) or request.url
    why = response and "the answer was " .. response.status or err.message
  end
  courier.complain(told, why)
end

local function post(self, told)
  if not url.may_go_to(told.url) then
    return courier.complain(told, courier.ELSEWHERE)
  end
  local headers = notice.headers(self.emulator, told)
  local begun, why = ngx.timer.at(0, function()
    deliver(self, told, headers)
  end)
  if not begun then
    courier.complain(told, why)
  end
end

--- Tells what has ended by now, and comes back when something more can end.
---@param emulator graphinvite.Emulator
function M.turn(emulator)
  local self = couriers[emulator]
  if not self then
    self = { emulator = emulator, transport = assert(require("graphinvite.transport.ngx").new()) }
    couriers[emulator] = self
    emulator.post = function(told)
      return told.addressed and post(self, told)
    end
  end
  local seconds = math.max(0, notifier.catch_up(emulator))
  local due = ngx.now() + seconds
  if emulator.clock.real and seconds < math.huge and due < (self.due or math.huge) then
    self.due = due
    ngx.timer.at(seconds, function(premature)
      self.due = nil
      if not premature then
        M.turn(emulator)
      end
    end)
  end
end

return M
