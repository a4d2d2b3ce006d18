--- The tokens of a client, and who is asking for one just now.
local errors = require "graphinvite.errors"
local lifetime = require "graphinvite.auth.lifetime"
local redact = require "graphinvite.redact"
local scheduler = require "graphinvite.scheduler"

local M = {}

local REFUSED = 60 -- seconds for which a refusal stands: asking again at each call changes nothing

local FOREVER = 1e9 -- seconds; a timer of a foreign loop can hold them

local Cache = {}
Cache.__index = Cache

---@param connect fun(settings: table): graphinvite.Transport?, graphinvite.Error?
---@return table cache one per client and those derived from it
function M.new(connect)
  return setmetatable({ tokens = {}, asking = {}, refusals = {}, connect = connect }, Cache)
end

local function fail(message)
  return errors.fail("auth", message, { retriable = false })
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
    return fail("the token source failed: " .. redact.text(tostring(token)))
  end
  if not token then
    if errors.is(err) then
      err.retriable = err.retriable or false
      return nil, err
    end
    return fail("the token source gave none: " .. redact.text(tostring(err)))
  end
  local text = type(token) == "table" and token.access_token
  if type(text) ~= "string" or text ~= self.good and (text == "" or text:find("[%c%s]")) then
    return fail "the token is not one that can stand in a header"
  elseif token.expires ~= nil and type(token.expires) ~= "number" then
    return fail "the token source tells the token's end by no number"
  end
  self.good = text
  return token
end

-- Keeps what the source has given: a token, or that it was refused for good.
local function remember(self, key, call, token, err)
  local now = call.transport.now()
  if token then
    local left = (token.expires or math.huge) - now
    self.tokens[key] = {
      access_token = token.access_token,
      use_until = token.renew or now + left - lifetime.early(left),
      claims = call.claims,
    }
    self.refusals[key] = nil
  elseif err.refused and not err.retriable then
    self.refusals[key] = { err = err, ends = now + REFUSED, claims = call.claims }
  end
end

-- A token that is good now; or the error that asking again would only bring again.
local function known(self, key, call)
  local now, token = call.transport.now(), self.tokens[key]
  if token and token.access_token ~= call.rejected and now < token.use_until
    and (not call.claims or call.claims == token.claims) then
    return token.access_token
  end
  local refusal = self.refusals[key]
  if refusal and now < refusal.ends and refusal.claims == call.claims then
    return errors.fail("auth", refusal.err.message, refusal.err)
  end
end

local function ask(self, source, call, key)
  local task = scheduler.current()
  local asked = { claims = call.claims, loop = task and task.loop }
  if key then
    self.asking[key] = asked
  end
  local token, err = acquire(self, source, call)
  asked.token, asked.err, asked.done = token and token.access_token, err, true
  if key then
    self.asking[key] = nil
    remember(self, key, call, token, err)
  end
  for _, waiting in ipairs(asked) do
    scheduler.wake(waiting)
  end
  return asked.token, err
end

-- Waits for the task that is asking. A person who signs in has all the time.
local function wait_for(asked, source, call)
  local task, transport = scheduler.current(), call.transport
  asked[#asked + 1] = task
  transport.sleep(source.interactive and FOREVER
    or math.max(0, call.deadline - transport.now()))
  if asked.done then
    return true
  end
  for i = #asked, 1, -1 do
    if asked[i] == task then
      table.remove(asked, i)
    end
  end
  return errors.fail("deadline", "the time was over before another task had got the token",
    { retriable = true })
end

-- Whether what another task got is this call's answer too. One whose own time was over, or that
-- was asked for other claims, leaves the asking to us.
local function serves(asked, call)
  if asked.token then
    return asked.token ~= call.rejected and (not call.claims or call.claims == asked.claims)
  end
  return asked.err.kind ~= "deadline" and call.claims == asked.claims
end

-- Only a task of the same loop is waited for: another loop may never run again.
local function obtain(self, source, call, key)
  while true do
    local token, err = known(self, key, call)
    if token or err then
      return token, err
    end
    local asked, task = self.asking[key], scheduler.current()
    if not asked or not task or asked.loop ~= task.loop then
      return ask(self, source, call, key)
    end
    local done, over = wait_for(asked, source, call)
    if not done then
      return nil, over
    elseif serves(asked, call) then
      return asked.token, asked.err
    end
  end
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
