--- graphinvite invite: one guest.
local connection = require "graphinvite.cli.connection"
local convert = require "graphinvite.cli.convert"
local core = require "graphinvite.core"
local output = require "graphinvite.cli.output"
local status = require "graphinvite.cli.status"

local M = {}

local TYPE = "microsoft.graph.invitation"

--- What an invitation is made of, for `invite` and `invitation reset`.
M.options = {
  { "--redirect", "Where the guest goes afterwards; the configuration may have it.",
    argname = "URL" },
  { "--send", "Have the service mail the guest.", flag = true },
  { "--message", "Text of that mail.", argname = "TEXT" },
  { "--language", "Language of the mail's own text, such as en-US.", argname = "TAG" },
  { "--cc", "Who gets a copy of the mail.", argname = "ADDRESS" },
  { "--name", "Display name of the guest.", argname = "NAME" },
}

-- What is wrong with the words, or nil.
local function fault(args, redirect)
  if not args.address:find "^[^@%s]+@[^@%s]+$" then
    return ("'%s' is no mail address"):format(args.address)
  elseif not redirect then
    return "--redirect URL says where the guest goes afterwards"
  end
  for _, name in ipairs { "message", "language", "cc" } do
    if args[name] and not args.send then
      return ("--%s is about the mail: add --send"):format(name)
    end
  end
end

--- The body that the words describe.
---@param args table
---@param settings table of the configuration file
---@param client graphinvite.Client
---@return table?
---@return table? err
function M.body(args, settings, client)
  local redirect = args.redirect or settings.redirect
  local why = fault(args, redirect)
  if why then
    return status.usage(why)
  end
  local mail
  if args.message or args.language or args.cc then
    mail = {
      customizedMessageBody = args.message,
      messageLanguage = args.language,
      ccRecipients = args.cc and { { emailAddress = { address = args.cc } } },
    }
  end
  local sponsors
  for i, id in ipairs(args.sponsor or {}) do
    sponsors = sponsors or {}
    sponsors[i] = ("%s/users/%s"):format(client.settings.base_url, core.url_encode(id))
  end
  return {
    invitedUserEmailAddress = args.address,
    invitedUserDisplayName = args.name,
    inviteRedirectUrl = redirect,
    sendInvitationMessage = args.send or nil,
    invitedUserType = args.type,
    invitedUserMessageInfo = mail,
    ["invitedUserSponsors@odata.bind"] = sponsors,
  }
end

--- Tells what has become of an invitation.
---@param out table
---@param invitation table
---@param verb string
function M.tell(out, invitation, verb)
  if out.args.json then
    return out:one(invitation, TYPE)
  end
  local user = type(invitation.invitedUser) == "table" and invitation.invitedUser.id or nil
  out:say("%s %s.", verb, invitation.invitedUserEmailAddress)
  local rows = {
    { "invitation", out:clean(invitation.id) },
    { "guest", out:clean(user) },
    { "status", out:clean(invitation.status) },
    { "mail", invitation.sendInvitationMessage == true and "sent" or "not sent" },
  }
  if out.args.show_redeem_url then
    rows[#rows + 1] = { "redeem link", out:clean(invitation.inviteRedeemUrl) }
  end
  out:fields(rows)
  if invitation.sendInvitationMessage ~= true and not out.args.show_redeem_url then
    out:note "The guest gets the link from you: --show-redeem-url prints it, --send mails it."
  end
end

local function wait(client, invitation, seconds, out)
  out:note("Waiting until %s has accepted. Ctrl-C ends the wait; the invitation stands.",
    invitation.invitedUserEmailAddress)
  local user, err = client:wait_accepted(invitation, {
    deadline = seconds, interval = math.min(60, math.max(1, seconds / 60)),
  })
  if not user then
    return nil, err
  end
  if out.args.json then
    out:json(user, "microsoft.graph.user")
  else
    out:say("%s has accepted.", invitation.invitedUserEmailAddress)
  end
  return true
end

local function run(args, world)
  local client, settings = connection.open(world, args)
  if not client then
    return nil, settings
  end
  local body, err = M.body(args, settings, client)
  if not body then
    return nil, err
  end
  local invitation
  invitation, err = client.invitations:create(body)
  if not invitation then
    return nil, err
  end
  local out = output.new(world, args)
  M.tell(out, invitation, "Invited")
  if args.wait then
    world.out:flush()
    return wait(client, invitation, args.wait, out)
  end
  return true
end

M.commands = {
  {
    name = "invite", run = run, summary = "Invite a guest.", connects = true, changes = true,
    options = {
      { "ADDRESS", "Mail address of the guest." },
      M.options,
      { "--type", "What the guest will be.", choices = { "Guest", "Member" } },
      { "--sponsor", "Id of a user who answers for the guest; may be repeated.", count = "*",
        argname = "ID" },
      { "--wait", "Wait until the guest has accepted, such as 90, 15m, 8h or 7d.",
        convert = convert.duration, argname = "TIME" },
      output.secret_options,
    },
    examples = {
      "graphinvite invite adele@fabrikam.example \\\n"
        .. "    --redirect https://app.contoso.example --send",
      "graphinvite invite adele@fabrikam.example \\\n"
        .. "    --redirect https://app.contoso.example --show-redeem-url",
    },
  },
}

return M
