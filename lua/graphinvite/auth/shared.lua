--- Turns to ask for a token inside nginx: light threads of all workers have one at a time, by a
--- lock in a dictionary that they share. There, and nowhere else, lies the answer of the last one.
--- Who holds the lock renews it; where he has died it is over after a few seconds.
local answers = require "graphinvite.auth.answer"
local cjson = require("cjson").new()
local dictionary = require "graphinvite.dictionary"
local errors = require "graphinvite.errors"
local light = require "graphinvite.light"
local turns = require "graphinvite.auth.turns"

local M = {}

local HELD = 3 -- seconds that the lock of one who has died is in the way
local BEAT = 0.5 -- seconds after which the living renew it
local LOOK_FIRST, LOOK_LAST = 0.002, 0.2 -- seconds between two looks at it; they double
local FAILED = 10 -- seconds that a failure is kept for those who have waited for it

-- What is told of an error: nothing that has been sent or received.
local TOLD = {
  "message", "hint", "status", "code", "reason", "sent", "request_id",
  "client_request_id", "retry_after", "retriable", "attempts", "refused",
}

local Shared = {}
Shared.__index = Shared

local counter = 0

-- A name that no other light thread has.
local function unique()
  counter = counter + 1
  return ("%d.%d"):format(ngx.worker.pid(), counter)
end

-- Where the answers of a source lie. Who cannot prove the same must not find them.
local function place(self, key, source)
  return self.proven and ngx.encode_base64(ngx.sha1_bin(key .. "\0" .. source.proof)) or key
end

-- The answer of that name; nil where there is none, or what somebody else has left there.
local function read(self, name)
  local ok, answer = pcall(cjson.decode, self.dict:get(name))
  if not ok or type(answer) ~= "table" then
    return nil
  elseif type(answer.token) == "string" then
    answer.use_until = tonumber(answer.use_until) or math.huge
    return answer
  elseif type(answer.err) == "table" and type(answer.err.message) == "string" then
    return {
      err = errors.new("auth", answer.err.message, answer.err), claims = answer.claims,
      at = tonumber(answer.at) or 0, refused_until = tonumber(answer.refused_until),
    }
  end
end

-- The answer that a call need not ask for: a good token, a refusal that stands, or what became of
-- another's asking since it began to wait.
local function find(self, at, call, since)
  local answer = read(self, at .. " token")
  if answers.is_good(answer, call) then
    return answer
  end
  answer = read(self, at .. " failure")
  if answer and (answer.at >= since and answers.serves(answer, call)
    or answers.is_refusal(answer, call)) then
    return answer
  end
end

-- Keeps the lock while its holder lives.
local function hold(self, lock, id)
  local holder = coroutine.running()
  return ngx.thread.spawn(function()
    while true do
      ngx.sleep(BEAT)
      if self.dict:get(lock) ~= id or coroutine.status(holder) == "dead" then
        return
      end
      self.dict:set(lock, id, HELD)
    end
  end)
end

local function unlock(self, lock, id)
  if self.dict:get(lock) == id then -- it may have been over, and another's now
    self.dict:delete(lock)
  end
end

--- The same as of graphinvite.auth.turns. Where nothing can wait nothing can be asked for, either:
--- the transport will say so.
function Shared:take(key, source, call)
  if not light.can_wait() then
    return {}
  end
  local transport, since = call.transport, call.transport.now()
  local at, id, pause = place(self, key, source), unique(), LOOK_FIRST
  local lock, finish = at .. " lock", since + turns.patience(source, call)
  while true do
    local mine = self.dict:add(lock, id, HELD)
    local answer = find(self, at, call, since)
    if answer then
      if mine then
        unlock(self, lock, id)
      end
      return nil, answer
    elseif mine then
      return { at = at, lock = lock, id = id, beat = hold(self, lock, id) }
    end
    local left = finish - transport.now()
    if left <= 0 then
      return nil, turns.over()
    end
    transport.sleep(math.min(pause, left))
    pause = math.min(2 * pause, LOOK_LAST)
  end
end

-- Keeps a token as long as it is used.
local function keep_token(self, turn, answer, now)
  local left = answer.use_until - now
  local text = cjson.encode {
    token = answer.token, claims = answer.claims,
    use_until = left < math.huge and answer.use_until or nil,
  }
  if left > 0 then
    self.dict:set(turn.at .. " token", text, left < math.huge and left or 0)
  end
end

local function keep_failure(self, turn, answer, now)
  local told = {}
  for _, name in ipairs(TOLD) do
    told[name] = answer.err[name]
  end
  local text = cjson.encode {
    err = told, at = now, claims = answer.claims, refused_until = answer.refused_until,
  }
  local left = answer.refused_until and answer.refused_until - now or FAILED
  self.dict:set(turn.at .. " failure", text, left)
end

function Shared:finish(_, turn, answer, now)
  if not turn.lock then
    return
  end
  ngx.thread.kill(turn.beat)
  if answer.token then
    keep_token(self, turn, answer, now)
  elseif answer.err.kind ~= "deadline" then
    keep_failure(self, turn, answer, now)
  end
  unlock(self, turn.lock, turn.id)
end

--- Turns through the dictionary of that name; of this worker alone where it is not declared.
---@param name string
---@return table turns
function M.new(name)
  return setmetatable({ dict = dictionary.shared(name), proven = true }, Shared)
end

--- Turns of the light threads of one client.
---@return table turns
function M.private()
  return setmetatable({ dict = dictionary.private() }, Shared)
end

return M
