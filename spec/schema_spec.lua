local core = require "graphinvite.core"
local json_text = require "spec.support.json_text"

-- Section 1 of the reference. Name, base, open, and the properties the type itself declares:
-- "String" is Edm.String, [] a collection, ! "not null". A name without a dot is of
-- microsoft.graph.
local TYPES = {
  -- 1.2
  { "entity", false, false, { id = "String!" } },
  { "directoryObject", "entity", true, { deletedDateTime = "DateTimeOffset" } },
  -- 1.3
  { "invitation", "entity", false, {
    inviteRedeemUrl = "String",
    inviteRedirectUrl = "String!",
    invitedUser = "user",
    invitedUserDisplayName = "String",
    invitedUserEmailAddress = "String!",
    invitedUserMessageInfo = "invitedUserMessageInfo",
    invitedUserSponsors = "directoryObject[]",
    invitedUserType = "String",
    resetRedemption = "Boolean",
    sendInvitationMessage = "Boolean",
    status = "String",
  } },
  -- 1.4: both spellings of the message are read
  { "Microsoft.AADInviteMgr.invitation", false, false, {
    InvitedUserMessageInfo = "Microsoft.AADInviteMgr.invitedUserMessageInfo",
    id = "String!",
    inviteRedeemUrl = "String",
    inviteRedirectUrl = "String",
    invitedUser = "Microsoft.AADInviteMgr.user",
    invitedUserDisplayName = "String",
    invitedUserEmailAddress = "String",
    invitedUserMessageInfo = "invitedUserMessageInfo",
    invitedUserType = "String",
    resetRedemption = "Boolean",
    sendInvitationMessage = "Boolean",
    status = "String",
  } },
  { "Microsoft.AADInviteMgr.user", false, true, { id = "String!" } },
  -- 1.5, in both namespaces
  { "invitedUserMessageInfo", false, false, {
    ccRecipients = "recipient[]",
    customizedMessageBody = "String",
    messageLanguage = "String",
  } },
  { "recipient", false, false, { emailAddress = "emailAddress" } },
  { "emailAddress", false, false, { address = "String", name = "String" } },
  { "Microsoft.AADInviteMgr.invitedUserMessageInfo", false, false, {
    ccRecipients = "Microsoft.AADInviteMgr.recipient[]",
    customizedMessageBody = "String",
    messageLanguage = "String",
  } },
  { "Microsoft.AADInviteMgr.recipient", false, false, {
    emailAddress = "Microsoft.AADInviteMgr.emailAddress",
  } },
  { "Microsoft.AADInviteMgr.emailAddress", false, false, { address = "String", name = "String" } },
  -- 1.6
  { "user", "directoryObject", true, {
    accountEnabled = "Boolean",
    companyName = "String",
    createdDateTime = "DateTimeOffset",
    creationType = "String",
    displayName = "String",
    externalUserState = "String",
    externalUserStateChangeDateTime = "DateTimeOffset",
    identities = "objectIdentity[]",
    mail = "String",
    otherMails = "String[]",
    proxyAddresses = "String[]",
    userPrincipalName = "String",
    userType = "String",
  } },
  { "objectIdentity", false, false, {
    issuer = "String",
    issuerAssignedId = "String",
    signInType = "String",
  } },
  -- 1.7
  { "commsOperation", "entity", true, {
    clientContext = "String",
    resultInfo = "resultInfo",
    status = "operationStatus!",
  } },
  { "inviteParticipantsOperation", "commsOperation", true, {
    participants = "invitationParticipantInfo[]!",
  } },
  { "addLargeGalleryViewOperation", "commsOperation", true, {} },
  { "cancelMediaProcessingOperation", "commsOperation", true, {} },
  { "muteParticipantOperation", "commsOperation", true, {} },
  { "playPromptOperation", "commsOperation", true, {} },
  { "recordOperation", "commsOperation", true, {} },
  { "sendDtmfTonesOperation", "commsOperation", true, {} },
  { "startHoldMusicOperation", "commsOperation", true, {} },
  { "stopHoldMusicOperation", "commsOperation", true, {} },
  { "subscribeToToneOperation", "commsOperation", true, {} },
  { "unmuteParticipantOperation", "commsOperation", true, {} },
  { "updateRecordingStatusOperation", "commsOperation", true, {} },
  -- 1.9
  { "resultInfo", false, false, { code = "Int32!", message = "String", subcode = "Int32!" } },
  -- 1.10
  { "invitationParticipantInfo", false, true, {
    endpointType = "endpointType",
    hidden = "Boolean",
    identity = "identitySet!",
    languageId = "String",
    participantId = "String",
    region = "String",
    removeFromDefaultAudioRoutingGroup = "Boolean",
    replacesCallId = "String",
  } },
  -- 1.11
  { "identitySet", false, true, {
    application = "identity",
    device = "identity",
    user = "identity",
  } },
  { "communicationsIdentitySet", "identitySet", true, {
    applicationInstance = "identity",
    assertedIdentity = "identity",
    azureCommunicationServicesUser = "identity",
    encrypted = "identity",
    endpointType = "endpointType",
    guest = "identity",
    onPremises = "identity",
    phone = "identity",
  } },
  { "identity", false, true, { displayName = "String", id = "String" } },
  { "azureCommunicationServicesUserIdentity", "identity", true, {} },
  { "communicationsApplicationIdentity", "identity", true, {
    applicationType = "String",
    hidden = "Boolean",
  } },
  { "communicationsApplicationInstanceIdentity", "identity", true, {
    hidden = "Boolean",
    tenantId = "String",
  } },
  { "communicationsEncryptedIdentity", "identity", true, {} },
  { "communicationsGuestIdentity", "identity", true, { email = "String" } },
  { "communicationsPhoneIdentity", "identity", true, {} },
  { "communicationsUserIdentity", "identity", true, { tenantId = "String" } },
  -- 1.12
  { "call", "entity", true, {
    audioRoutingGroups = "Untyped[]",
    callChainId = "String",
    callOptions = "Untyped",
    callRoutes = "Untyped[]",
    callbackUri = "String!",
    chatInfo = "chatInfo",
    contentSharingSessions = "Untyped[]",
    direction = "callDirection",
    incomingContext = "Untyped",
    mediaConfig = "Untyped",
    mediaState = "Untyped",
    meetingInfo = "Untyped",
    myParticipantId = "String",
    operations = "commsOperation[]",
    participants = "participant[]",
    requestedModalities = "modality[]",
    resultInfo = "resultInfo",
    source = "participantInfo",
    state = "callState",
    subject = "String",
    targets = "invitationParticipantInfo[]",
    tenantId = "String",
    toneInfo = "toneInfo",
    transcription = "Untyped",
  } },
  { "chatInfo", false, true, {
    messageId = "String",
    replyChainMessageId = "String",
    threadId = "String",
  } },
  { "toneInfo", false, true, { sequenceId = "Int64", tone = "String" } },
  { "participant", "entity", false, {
    info = "participantInfo!",
    isInLobby = "Boolean!",
    isMuted = "Boolean!",
    mediaStreams = "mediaStream[]",
    metadata = "String",
    recordingInfo = "Untyped",
    removedState = "removedState",
    restrictedExperience = "Untyped",
    rosterSequenceNumber = "Int64",
  } },
  { "participantInfo", false, false, {
    countryCode = "String",
    endpointType = "endpointType",
    identity = "identitySet!",
    languageId = "String",
    participantId = "String",
    region = "String",
  } },
  { "removedState", false, true, { reason = "String" } },
  { "mediaStream", false, true, {
    direction = "mediaDirection!",
    label = "String",
    mediaType = "modality!",
    serverMuted = "Boolean!",
    sourceId = "String!",
  } },
  { "commsNotifications", false, false, { value = "commsNotification[]" } },
  { "commsNotification", false, true, {
    changeType = "changeType!",
    resource = "String",
    resourceData = "Untyped",
    resourceUrl = "String!",
  } },
  -- 1.13
  { "InvitationV2", "entity", false, {
    created = "Int64",
    invitee = "String",
    inviter = "String",
    lastModified = "Int64",
    message = "InvitationV2Message",
    trackingId = "String",
  } },
  { "InvitationV2Message", false, false, {
    invitationMessage = "InvitationMessage",
    invitationTemplateID = "String",
  } },
  { "InvitationMessage", false, false, { body = "String" } },
  { "InviteActionData", false, false, { invitationId = "String!", validationToken = "String" } },
  { "InviteActionResults", false, false, {} },
  { "microsoft.graph.linkedIn.linkedIn", false, false, { invitations = "InvitationV2" } },
  -- 2.2 B1 and 2.5: parameters of actions
  { "graphinvite.inviteParameters", false, false, {
    clientContext = "String",
    participants = "invitationParticipantInfo[]!",
  } },
  { "graphinvite.inviteeClosingInvitationParameters", false, false, {
    inviteActionData = "InviteActionData[]",
    inviteeActionType = "String",
  } },
  -- 2.1 A8: the body is annotations only
  { "odata.reference", false, false, {} },
  -- 3.9
  { "odata.page", false, true, { value = "Untyped[]" } },
  -- 4.1: both spellings of innerError are read
  { "odata.errorResponse", false, true, { error = "odata.error!" } },
  { "odata.error", false, true, {
    code = "String",
    details = "odata.errorDetail[]",
    innerError = "odata.innerError",
    innererror = "odata.innerError",
    message = "String",
    target = "String",
  } },
  { "odata.errorDetail", false, true, { code = "String", message = "String", target = "String" } },
  { "odata.innerError", false, true, {
    ["client-request-id"] = "String",
    code = "String",
    date = "String",
    innerError = "odata.innerError",
    message = "String",
    ["request-id"] = "String",
    status = "String",
  } },
}

-- 1.8, 1.10, 1.12, in the order of their numbers
local ENUMS = {
  operationStatus = { "NotStarted", "Running", "Completed", "Failed" },
  callState = {
    "incoming", "establishing", "established", "hold", "transferring", "transferAccepted",
    "redirecting", "terminating", "terminated", "unknownFutureValue",
  },
  callDirection = { "incoming", "outgoing" },
  mediaDirection = { "inactive", "sendOnly", "receiveOnly", "sendReceive" },
  modality = { "audio", "video", "videoBasedScreenSharing", "data", "unknownFutureValue" },
  changeType = { "created", "updated", "deleted" },
  endpointType = {
    "default", "voicemail", "skypeForBusiness", "skypeForBusinessVoipPhone", "unknownFutureValue",
  },
}

-- Marks of single properties: the server sets read-only ones, secret ones are never shown.
local MARKED = {
  read_only = {
    ["Microsoft.AADInviteMgr.invitation"] = { "id", "inviteRedeemUrl", "status" },
    ["Microsoft.AADInviteMgr.user"] = { "id" },
    InvitationV2 = { "created", "lastModified" },
    commsOperation = { "resultInfo", "status" },
    directoryObject = { "deletedDateTime" },
    entity = { "id" },
    invitation = { "inviteRedeemUrl", "invitedUser", "status" },
  },
  secret = {
    ["Microsoft.AADInviteMgr.invitation"] = { "inviteRedeemUrl" },
    InviteActionData = { "validationToken" },
    invitation = { "inviteRedeemUrl" },
  },
}

local PRIMITIVES = {
  String = "text", Boolean = true, Int32 = 7, Int64 = 1485388767467,
  DateTimeOffset = "2026-11-20T00:00:00Z", Untyped = "anything",
}

local function qualified(name)
  return name:find(".", 1, true) and name or "microsoft.graph." .. name
end

local function described(name)
  return assert(core.describe(qualified(name)))
end

-- The properties a type declares itself: those behind its base's.
local function own_properties(name)
  local type = described(name)
  local inherited = type.base and #described(type.base).properties or 0
  local own = {}
  for i = inherited + 1, #type.properties do
    own[#own + 1] = type.properties[i]
  end
  return own
end

local function notation(property)
  local name = property.type:gsub("^Edm%.", ""):gsub("^microsoft%.graph%.([%a%d]+)$", "%1")
  return name .. (property.collection and "[]" or "") .. (property.nullable and "" or "!")
end

-- A value of a type that has every property; objects go a few levels down.
local function sample(name, depth)
  local value = {}
  for _, property in ipairs(described(name).properties) do
    local primitive = PRIMITIVES[property.type:match "^Edm%.(.*)"]
    local one = primitive
    if property.values then
      one = property.values[1]
    elseif primitive == nil then
      one = depth > 1 and sample(property.type, depth - 1) or core.null
    end
    value[property.name] = property.collection and { one } or one
  end
  if name:find "AADInviteMgr.invitation$" then
    value.invitedUserMessageInfo = nil -- only one of the two spellings may be given
  elseif name == "odata.error" then
    value.innererror = nil
  end
  return value
end

describe("schema", function()
  it("lists every type once, each behind its base", function()
    local at, wanted = {}, {}
    for i, name in ipairs(core.types()) do
      assert.is_nil(at[name], name .. " is listed twice")
      at[name] = i
      local base = described(name).base
      assert.is_true(base == nil or (at[base] or i) < i, name .. " comes before its base")
    end
    for _, row in ipairs(TYPES) do
      assert.is_number(at[qualified(row[1])], row[1] .. " is missing")
      wanted[qualified(row[1])] = true
    end
    for name in pairs(at) do
      assert.is_true(wanted[name], name .. " is in no row of this spec")
    end
  end)

  for _, row in ipairs(TYPES) do
    local name, base, open, properties = row[1], row[2], row[3], row[4]

    it("has " .. name .. " as the reference does", function()
      local type, declared = described(name), {}
      assert.equal(qualified(name), type.name)
      assert.equal(base and qualified(base) or nil, type.base)
      assert.equal(open, type.open)
      for _, property in ipairs(own_properties(name)) do
        assert.is_nil(declared[property.name], property.name .. " is declared twice")
        declared[property.name] = notation(property)
      end
      assert.same(properties, declared)
    end)

    it("sorts the properties of " .. name, function()
      local names, sorted = {}, {}
      for i, property in ipairs(own_properties(name)) do
        names[i], sorted[i] = property.name, property.name
      end
      table.sort(sorted)
      assert.same(sorted, names)
    end)

    it("round-trips a " .. name .. " with every property, and with every property null", function()
      local full, null = sample(qualified(name), 4), {}
      for property in pairs(full) do
        null[property] = core.null
      end
      for _, value in ipairs { full, null, {} } do
        local text = assert(core.encode(qualified(name), value))
        local back = assert(core.decode(qualified(name), text))
        assert.same(value, back)
        assert(json_text.equal(assert(core.encode(qualified(name), back)), text))
      end
    end)
  end

  for mark, types in pairs(MARKED) do
    it("marks as " .. mark .. " what the reference does", function()
      local found = {}
      for _, name in ipairs(core.types()) do
        for _, property in ipairs(own_properties(name)) do
          if property[mark] then
            local short = name:gsub("^microsoft%.graph%.", "")
            found[short] = found[short] or {}
            table.insert(found[short], property.name)
          end
        end
      end
      assert.same(types, found)
    end)
  end

  for name, values in pairs(ENUMS) do
    it("has the values of " .. name, function()
      assert.same({ name = qualified(name), values = values }, described(name))
    end)
  end

  it("finds a name in any casing and behind #, as generated pages print it", function()
    for _, name in ipairs { "#microsoft.graph.invitation", "MICROSOFT.graph.INVITATION" } do
      assert.equal("microsoft.graph.invitation", core.describe(name).name)
    end
    assert.equal("microsoft.graph.resultInfo", core.describe("microsoft.graph.ResultInfo").name)
  end)

  it("says which name it does not know", function()
    local type, why = core.describe "microsoft.graph.invitations"
    assert.is_nil(type)
    assert.matches("microsoft.graph.invitations", why, 1, true)
  end)
end)
