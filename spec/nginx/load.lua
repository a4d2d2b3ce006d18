--- What the workers of an nginx of a spec do: rounds of calls, all workers at once; and single
--- invitations by request. The client is the module "client" of their configuration.
local cjson = require("cjson").new()

local M = {}

local LOOK = 0.005 -- seconds between two looks whether a round has begun

local state = ngx.shared.state

local PAUSE = 0.2 -- seconds between two calls of a connection in a round that lasts

-- Calls once, or again and again for so many seconds. Counts the calls that came out well, and
-- notes the last error.
local function call(client, seconds)
  local finish = ngx.now() + seconds
  repeat
    local value, err = client.users:count()
    state:incr(value and "good" or "bad", 1, 0)
    if err then
      state:set("err", tostring(err))
    end
    if seconds > 0 then
      ngx.sleep(PAUSE)
    end
  until ngx.now() >= finish
end

-- One round of a worker.
local function play(calls)
  local client = require "client"
  local items = {}
  for i = 1, calls do
    items[i] = i
  end
  local seconds = state:get "seconds"
  local run = client:parallel(items, function(_, with)
    call(with, seconds)
  end, { concurrency = calls })
  while run() do end -- luacheck: ignore
  state:incr("ended", 1, 0)
end

--- For init_worker_by_lua: makes so many calls when a round begins. A worker that comes later has
--- no part in the rounds before.
---@param calls integer
function M.start(calls)
  local seen = state:get "wanted" or 0
  ngx.timer.at(0, function()
    while not ngx.worker.exiting() do
      local wanted = state:get "wanted" or 0
      if wanted > seen then
        seen = wanted
        play(calls)
      end
      ngx.sleep(LOOK)
    end
  end)
  state:incr("ready", 1, 0)
end

--- Begins a round; it lasts for so many seconds as the query says, or one call of each.
function M.begin()
  state:set("seconds", tonumber(ngx.var.arg_seconds) or 0)
  state:set("ended", 0)
  state:set("good", 0)
  state:set("bad", 0)
  state:incr("wanted", 1, 0)
end

-- The process that holds a lock in the dictionary of tokens.
local function holder()
  local dict = ngx.shared.graphinvite
  for _, key in ipairs(dict and dict:get_keys(0) or {}) do
    if key:find " lock$" then
      return tonumber((dict:get(key) or ""):match "^(%d+)%.")
    end
  end
end

--- Tells how far the round is.
function M.tell()
  ngx.print(cjson.encode {
    ready = state:get "ready", ended = state:get "ended",
    good = state:get "good", bad = state:get "bad",
    err = state:get "err", holder = holder(),
  })
end

--- Invites the guest that the query names.
function M.invite()
  local invitation, err = require("client").invitations:create {
    invitedUserEmailAddress = ngx.var.arg_mail, inviteRedirectUrl = "https://app.contoso.example",
  }
  ngx.status = invitation and 201 or 502
  ngx.print(invitation and invitation.id or tostring(err))
end

return M
