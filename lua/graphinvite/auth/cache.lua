--- The tokens of a client, and who is asking for one just now.
local errors = require "graphinvite.errors"
local lifetime = require "graphinvite.auth.lifetime"
local scheduler = require "graphinvite.scheduler"

local M = {}

local REFUSED = 60 -- seconds for which a refusal stands: asking again at each call changes nothing

local Cache = {}
Cache.__index = Cache

---@param connect fun(settings: table): graphinvite.Transport?, graphinvite.Error?
---@return table cache one per client and those derived from it
function M.new(connect)
  return setmetatable({ tokens = {}, waiting = {}, refusals = {}, connect = connect }, Cache)
end

-- Asks the source. An error raised in it is an error of sign-in: others may be waiting.
local function acquire(self, source, call)
  local settings = call.settings
  local ok, token, err = scheduler.pcall(source.acquire, source, {
    transport = call.transport,
    settings = settings,
    request = call.request,
    deadline = call.deadline,
    authority = settings.authority,
    scope = settings.scope,
    claims = call.claims,
    token_key = settings.token_key,
    rejected = call.rejected,
    connect = self.connect,
  })
  if not ok then
    return errors.fail("auth", "the token source failed: " .. tostring(token))
  end
  if not token then
    if errors.is(err) then
      return nil, err
    end
    return errors.fail("auth", "the token source gave none: " .. tostring(err))
  end
  local text = type(token) == "table" and token.access_token
  if type(text) ~= "string" or text ~= self.good and text:find("[%c%s]") then
    return errors.fail("auth", "the token is not one that can stand in a header")
  end
  self.good = text
  return token
end

-- Keeps what the source has given: a token, or that it was refused for good.
local function remember(self, key, token, err, now)
  if token then
    local left = (token.expires or math.huge) - now
    token.use_until = now + left - lifetime.early(left)
    self.tokens[key], self.refusals[key] = token, nil
  elseif err.refused and not err.retriable then
    self.refusals[key] = { err = err, ends = now + REFUSED }
  end
end

-- A token that is good now; or the error that asking again would only bring again.
local function known(self, key, call)
  local now, token = call.transport.now(), self.tokens[key]
  if token and token.access_token ~= call.rejected and now < token.use_until
    and not call.claims then
    return token.access_token
  end
  local refusal = self.refusals[key]
  if refusal and now < refusal.ends then
    return errors.fail("auth", refusal.err.message, refusal.err)
  end
end

-- Waits for the task that is asking. One whose own time was over leaves the asking to us.
local function wait_for(waiting)
  waiting[#waiting + 1] = scheduler.current()
  local token, err = scheduler.suspend()
  return token, err, not token and err.kind == "deadline"
end

local function ask(self, source, call, key)
  local waiting = {}
  if key then
    self.waiting[key] = waiting
  end
  local token, err = acquire(self, source, call)
  if key then
    self.waiting[key] = nil
    remember(self, key, token, err, call.transport.now())
  end
  local text = token and token.access_token
  for _, task in ipairs(waiting) do
    scheduler.resume(task, text, err)
  end
  return text, err
end

local function obtain(self, source, call, key)
  local token, err, again
  repeat
    token, err = known(self, key, call)
    if token or err then
      return token, err
    end
    local waiting = self.waiting[key]
    if not waiting or not scheduler.current() then
      return ask(self, source, call, key)
    end
    token, err, again = wait_for(waiting)
  until not again
  return token, err
end

--- Returns a token that is good now, asking the source where there is none. Tasks that need the
--- same token at the same time cause one request.
---@param source graphinvite.TokenSource
---@param call graphinvite.Exchange rejected in it is a token that the service has refused
---@return string? access_token
---@return graphinvite.Error?
function Cache:token(source, call)
  local key, now = call.settings.token_key, call.transport.now
  local began = source.interactive and now()
  local token, err
  if key then
    token, err = obtain(self, source, call, key)
  else
    token, err = ask(self, source, call)
  end
  if began then
    call.deadline = call.deadline + (now() - began)
  end
  call.claims = nil -- answered
  return token, err
end

return M
