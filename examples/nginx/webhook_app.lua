-- Rings people into calls and waits for what comes of it. See webhook.conf.
local graphinvite = require "graphinvite"
local notifications = require "graphinvite.notifications"

local PATIENCE = 90 -- seconds; an unanswered invitation ends by itself before
local RARELY = 30 -- seconds between two looks: a notification comes first

local Webhook = {}
Webhook.__index = Webhook

-- What the service has sent: method, headers in lower case, body.
local function request()
  ngx.req.read_body()
  return {
    method = ngx.req.get_method(), headers = ngx.req.get_headers(),
    body = ngx.req.get_body_data() or "",
  }
end

function Webhook:receive()
  local response = self.hub:receive(request())
  ngx.status = response.status
  ngx.header["content-type"] = response.headers["content-type"] or ""
  ngx.print(response.body)
end

local function fail(status, text)
  ngx.status = status
  ngx.say(text)
end

function Webhook:welcome()
  local user = ngx.var.arg_user or ""
  if ngx.req.get_method() ~= "POST" then
    return fail(405, "POST it")
  elseif not user:find "^%x+%-%x+%-%x+%-%x+%-%x+$" then
    return fail(400, "user=ID is missing: the id of whom to ring")
  end
  local client = self.client
  local made, err = client.calls:create {
    callbackUri = ngx.var.webhook_url .. "/notifications", requestedModalities = { "audio" },
  }
  if not made then
    return fail(502, tostring(err))
  end
  local call = client:call(made.id)
  local operation, ended
  operation, err = call.participants:invite {
    participants = { { identity = { user = { id = user } } } },
  }
  if operation then
    ended, err = call.operations:wait(operation, {
      notifications = self.hub, interval = RARELY, deadline = PATIENCE,
    })
  end
  call:delete()
  if not ended then
    return fail(502, tostring(err))
  end
  ngx.say(ended.status)
end

local function log(participants)
  ngx.log(ngx.NOTICE, "there are ", #participants, " in the call")
end

return {
  new = function()
    local base_url = os.getenv "GRAPHINVITE_BASE_URL"
    local hub = notifications.new {
      shared = "graphinvite",
      validate = notifications.bearer {
        app_id = os.getenv "AZURE_CLIENT_ID", metadata = os.getenv "WEBHOOK_METADATA",
      },
    }
    hub:on("participants", log)
    return setmetatable({
      hub = hub,
      client = graphinvite.new {
        auth = graphinvite.auth.environment(), base_url = base_url,
        authority = os.getenv "GRAPHINVITE_AUTHORITY",
      },
    }, Webhook)
  end,
}
