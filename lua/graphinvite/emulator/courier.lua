--- Takes notifications to callbackUris for the emulator's server, between its requests: it never
-- waits for a receiver.
local notice = require "graphinvite.emulator.notice"
local notifier = require "graphinvite.emulator.notifier"
local url = require "graphinvite.emulator.url"

local M = {}
local Courier = { __name = "graphinvite.emulator.Courier" }
Courier.__index = Courier

M.TIMEOUT = 15 -- seconds of one try: INF
M.MAX_ANSWER = 65536 -- bytes; nothing in an answer counts but its status
M.ELSEWHERE = "it goes to https, or to http on loopback, only"
local REDIRECTS = { [302] = true, [307] = true, [308] = true } -- 6.2 docs:call-notifications: 302
local TURN = 0.005 -- seconds between two looks while something is on its way

--- Where a receiver wants a notification to go instead.
---@param response graphinvite.Response?
---@return string? url
function M.redirected(response)
  local place = response and REDIRECTS[response.status] and response.headers.location
  return place and url.may_go_to(place) and place or nil
end

--- Says on standard error what has become of a notification.
---@param told graphinvite.emulator.Notice
---@param why string
function M.complain(told, why)
  local address = told.url:match "^[^?#]*" -- a query may hold a secret
  io.stderr:write(("graphinvite emulator: notification to %s: %s\n"):format(address, why))
end

-- Tries until the transport takes it.
local function try(self, flight)
  while flight.tries < notifier.TRIES do
    flight.tries = flight.tries + 1
    local handle, err = self.transport.start(flight.request, M.TIMEOUT)
    if handle then
      self.flights[handle] = flight
      return
    end
    flight.why = err.message
  end
  M.complain(flight.request, flight.why)
end

--- Sends a notice on its way.
---@param told graphinvite.emulator.Notice
function Courier:post(told)
  if not url.may_go_to(told.url) then
    return M.complain(told, M.ELSEWHERE)
  end
  if not self.transport then
    self.transport = assert(require("graphinvite.transport.curl").new {
      max_body = M.MAX_ANSWER, proxy = "",
    })
  end
  try(self, {
    tries = 0,
    request = {
      method = told.method, url = told.url, headers = notice.headers(self.emulator, told),
      body = told.body,
      op = { safe = true }, -- the service may tell a thing twice
    },
  })
end

-- Takes what has been answered.
local function land(self)
  while next(self.flights) do
    local handle, response, err = self.transport.next(0)
    local flight = handle and self.flights[handle]
    if not flight then
      return
    end
    self.flights[handle] = nil
    local place = M.redirected(response)
    if place then
      flight.request.url = place
      try(self, flight)
    elseif not response or response.status < 200 or response.status > 299 then
      flight.why = response and "the answer was " .. response.status or err.message
      try(self, flight)
    end
  end
end

--- Does what is to be done now.
---@param patience number seconds
---@return number seconds until the next turn, at most the patience
function Courier:turn(patience)
  local next_end = notifier.catch_up(self.emulator)
  land(self)
  if next(self.flights) then
    return TURN
  end
  return self.emulator.clock.real and math.max(0, math.min(patience, next_end)) or patience
end

--- The courier of an emulator: from now on its notifications go out.
---@param emulator graphinvite.Emulator
---@return graphinvite.emulator.Courier
function M.new(emulator)
  local self = setmetatable({ emulator = emulator, flights = {} }, Courier)
  emulator.post = function(told)
    if told.addressed then
      self:post(told)
    end
  end
  return self
end

return M
