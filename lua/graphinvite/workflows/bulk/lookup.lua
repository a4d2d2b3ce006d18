--- Who has an address already: many look-ups in one request (reference 3.8, 4.6).
local core = require "graphinvite.core"
local envelope = require "graphinvite.workflows.envelope"
local errors = require "graphinvite.errors"
local filter = require "graphinvite.filter"
local options = require "graphinvite.options"
local retry = require "graphinvite.retry"

local M = {}

--- Look-ups in one request, at the most.
M.SIZE = 20

local CONDITION = "userPrincipalName eq %s or mail eq %s or proxyAddresses/any(x:x eq %s) or "
  .. "otherMails/any(x:x eq %s)"

-- The value false where nobody has the address.
local function user_of(answer)
  local list = answer.value and answer.value.value
  if list then
    return list[1] or false
  end
  local err = answer.err or errors.new("model", "the look-up's answer has no list", {})
  return nil, err
end

--- Looks addresses up.
---@param client graphinvite.Client one that repeats nothing by itself
---@param addresses string[] M.SIZE at the most
---@return { user: table|false|nil, err: graphinvite.Error? }[]? in their order; user is false where
---nobody has the address
---@return graphinvite.Error? err nothing was answered
function M.find(client, addresses)
  local settings, transport = client.settings, client.transport
  local state = {
    client = client, transport = transport, settings = settings, items = {}, requests = {},
    deadline = transport.now() + settings.deadline,
  }
  local places, edges = {}, {}
  local wanted = options.merge(settings, { bare = false, top = 1, select = "id,userType" })
  for i, address in ipairs(addresses) do
    local mail, alias = filter.format("%s", address), filter.format("%s", "SMTP:" .. address)
    wanted.filter = CONDITION:format(mail, mail, alias, mail)
    local request, why = core.request("users.list", {}, nil, wanted)
    if not request then
      return errors.fail("model", why)
    end
    state.items[i], state.requests[i], places[i], edges[i] = {}, request, i, {}
  end
  local answers, err = envelope.send(state, places, edges)
  if not answers then
    return nil, err
  end
  for i, answer in ipairs(answers) do
    local user, problem = user_of(answer)
    if problem then
      problem.retry_after = retry.retry_after(problem.headers or {}, transport.wall())
      problem.retriable = true -- it only reads
    end
    answers[i] = { user = user, err = problem }
  end
  return answers
end

return M
