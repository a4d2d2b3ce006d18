--- The tokens of a client. Those who need the same one at the same time take turns.
local answers = require "graphinvite.auth.answer"
local errors = require "graphinvite.errors"
local lifetime = require "graphinvite.auth.lifetime"
local redact = require "graphinvite.redact"
local scheduler = require "graphinvite.scheduler"
local turns = require "graphinvite.auth.turns"

local M = {}

local REFUSED = 60 -- seconds for which a refusal stands: asking again at each call changes nothing

local Cache = {}
Cache.__index = Cache

---@param connect fun(settings: table): graphinvite.Transport?, graphinvite.Error?
---@return table cache one per client and those derived from it
function M.new(connect)
  return setmetatable({
    tokens = {}, -- key = graphinvite.TokenAnswer, the last that has one
    refusals = {}, -- key = the last that was refused for good
    turns = turns.new(),
    connect = connect,
  }, Cache)
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

-- What the source has given as an answer.
local function answer_of(call, token, err)
  local now, answer = call.transport.now(), { claims = call.claims, err = err }
  if token then
    local left = (token.expires or math.huge) - now
    answer.token = token.access_token
    answer.use_until = token.renew or now + left - lifetime.early(left)
  elseif err.refused and not err.retriable then
    answer.refused_until = now + REFUSED
  end
  return answer, now
end

local function keep(self, key, answer)
  if answer.token then
    self.tokens[key], self.refusals[key] = answer, nil
  elseif answer.refused_until then
    self.refusals[key] = answer
  end
end

-- A token that is good now; or the error that asking again would only bring again.
local function known(self, key, call)
  local answer, refusal = self.tokens[key], self.refusals[key]
  if answers.is_good(answer, call) then
    return answer.token
  elseif answers.is_refusal(refusal, call) then
    return errors.fail("auth", refusal.err.message, refusal.err)
  end
end

-- What lets one ask at a time: the loop of tasks; among light threads of nginx, a dictionary. Only
-- under a transport of our own is it that of all workers: another one may have its own time.
local function turns_of(self, source, call)
  local settings = call.settings
  if not call.transport.overlaps then
    return self.turns
  end
  local name = not settings.transport and source.proof and settings.shared or false
  self.shared = self.shared or {}
  if not self.shared[name] then
    local shared = require "graphinvite.auth.shared"
    self.shared[name] = name and shared.new(name) or shared.private()
  end
  return self.shared[name]
end

local function ask(self, source, call, key, queue, turn)
  local token, err = acquire(self, source, call)
  local answer, now = answer_of(call, token, err)
  keep(self, key, answer)
  queue:finish(key, turn, answer, now)
  return answer.token, err
end

local function obtain(self, source, call, key)
  while true do
    local token, err = known(self, key, call)
    if token or err then
      return token, err
    end
    local queue = turns_of(self, source, call)
    local turn, answer = queue:take(key, source, call)
    if turn then
      return ask(self, source, call, key, queue, turn)
    elseif answer.over then
      return nil, answer.over
    end
    keep(self, key, answer)
    if answers.serves(answer, call) then
      return answer.token, answer.err
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
    token, err = acquire(self, source, call)
    token = token and token.access_token
  end
  if began then
    call.deadline = call.deadline + (now() - began)
  end
  call.claims = nil -- answered
  return token, err
end

return M
