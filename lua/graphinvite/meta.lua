---@meta graphinvite.core -- made by graphinvite.catalogue; a spec compares

---@class graphinvite.types.microsoft_graph_entity # microsoft.graph.entity
---@field id? string # set by the service

---@class graphinvite.types.microsoft_graph_directoryObject: graphinvite.types.microsoft_graph_entity # microsoft.graph.directoryObject, open
---@field deletedDateTime? string # set by the service

---@class graphinvite.types.microsoft_graph_user: graphinvite.types.microsoft_graph_directoryObject # microsoft.graph.user, open
---@field accountEnabled? boolean
---@field companyName? string
---@field createdDateTime? string
---@field creationType? string
---@field displayName? string
---@field externalUserState? string
---@field externalUserStateChangeDateTime? string
---@field identities? graphinvite.types.microsoft_graph_objectIdentity[]
---@field mail? string
---@field otherMails? string[]
---@field proxyAddresses? string[]
---@field userPrincipalName? string
---@field userType? string

---@class graphinvite.types.microsoft_graph_objectIdentity # microsoft.graph.objectIdentity
---@field issuer? string
---@field issuerAssignedId? string
---@field signInType? string

---@class graphinvite.types.microsoft_graph_invitation: graphinvite.types.microsoft_graph_entity # microsoft.graph.invitation
---@field inviteRedeemUrl? string # set by the service
---@field inviteRedirectUrl? string
---@field invitedUser? graphinvite.types.microsoft_graph_user # set by the service
---@field invitedUserDisplayName? string
---@field invitedUserEmailAddress? string
---@field invitedUserMessageInfo? graphinvite.types.microsoft_graph_invitedUserMessageInfo
---@field invitedUserSponsors? graphinvite.types.microsoft_graph_directoryObject[]
---@field invitedUserType? string
---@field resetRedemption? boolean
---@field sendInvitationMessage? boolean
---@field status? string # set by the service

---@class graphinvite.types.microsoft_graph_invitedUserMessageInfo # microsoft.graph.invitedUserMessageInfo
---@field ccRecipients? graphinvite.types.microsoft_graph_recipient[]
---@field customizedMessageBody? string
---@field messageLanguage? string

---@class graphinvite.types.microsoft_graph_recipient # microsoft.graph.recipient
---@field emailAddress? graphinvite.types.microsoft_graph_emailAddress

---@class graphinvite.types.microsoft_graph_emailAddress # microsoft.graph.emailAddress
---@field address? string
---@field name? string

---@class graphinvite.types.Microsoft_AADInviteMgr_invitation # Microsoft.AADInviteMgr.invitation
---@field InvitedUserMessageInfo? graphinvite.types.Microsoft_AADInviteMgr_invitedUserMessageInfo
---@field id? string # set by the service
---@field inviteRedeemUrl? string # set by the service
---@field inviteRedirectUrl? string
---@field invitedUser? graphinvite.types.Microsoft_AADInviteMgr_user
---@field invitedUserDisplayName? string
---@field invitedUserEmailAddress? string
---@field invitedUserMessageInfo? graphinvite.types.microsoft_graph_invitedUserMessageInfo
---@field invitedUserType? string
---@field resetRedemption? boolean
---@field sendInvitationMessage? boolean
---@field status? string # set by the service

---@class graphinvite.types.Microsoft_AADInviteMgr_user # Microsoft.AADInviteMgr.user, open
---@field id? string # set by the service

---@class graphinvite.types.Microsoft_AADInviteMgr_invitedUserMessageInfo # Microsoft.AADInviteMgr.invitedUserMessageInfo
---@field ccRecipients? graphinvite.types.Microsoft_AADInviteMgr_recipient[]
---@field customizedMessageBody? string
---@field messageLanguage? string

---@class graphinvite.types.Microsoft_AADInviteMgr_recipient # Microsoft.AADInviteMgr.recipient
---@field emailAddress? graphinvite.types.Microsoft_AADInviteMgr_emailAddress

---@class graphinvite.types.Microsoft_AADInviteMgr_emailAddress # Microsoft.AADInviteMgr.emailAddress
---@field address? string
---@field name? string

---@class graphinvite.types.microsoft_graph_commsOperation: graphinvite.types.microsoft_graph_entity # microsoft.graph.commsOperation, open
---@field clientContext? string
---@field resultInfo? graphinvite.types.microsoft_graph_resultInfo # set by the service
---@field status? "NotStarted"|"Running"|"Completed"|"Failed"|string # set by the service

---@class graphinvite.types.microsoft_graph_addLargeGalleryViewOperation: graphinvite.types.microsoft_graph_commsOperation # microsoft.graph.addLargeGalleryViewOperation, open

---@class graphinvite.types.microsoft_graph_cancelMediaProcessingOperation: graphinvite.types.microsoft_graph_commsOperation # microsoft.graph.cancelMediaProcessingOperation, open

---@class graphinvite.types.microsoft_graph_inviteParticipantsOperation: graphinvite.types.microsoft_graph_commsOperation # microsoft.graph.inviteParticipantsOperation, open
---@field participants? graphinvite.types.microsoft_graph_invitationParticipantInfo[]

---@class graphinvite.types.microsoft_graph_muteParticipantOperation: graphinvite.types.microsoft_graph_commsOperation # microsoft.graph.muteParticipantOperation, open

---@class graphinvite.types.microsoft_graph_playPromptOperation: graphinvite.types.microsoft_graph_commsOperation # microsoft.graph.playPromptOperation, open

---@class graphinvite.types.microsoft_graph_recordOperation: graphinvite.types.microsoft_graph_commsOperation # microsoft.graph.recordOperation, open

---@class graphinvite.types.microsoft_graph_sendDtmfTonesOperation: graphinvite.types.microsoft_graph_commsOperation # microsoft.graph.sendDtmfTonesOperation, open

---@class graphinvite.types.microsoft_graph_startHoldMusicOperation: graphinvite.types.microsoft_graph_commsOperation # microsoft.graph.startHoldMusicOperation, open

---@class graphinvite.types.microsoft_graph_stopHoldMusicOperation: graphinvite.types.microsoft_graph_commsOperation # microsoft.graph.stopHoldMusicOperation, open

---@class graphinvite.types.microsoft_graph_subscribeToToneOperation: graphinvite.types.microsoft_graph_commsOperation # microsoft.graph.subscribeToToneOperation, open

---@class graphinvite.types.microsoft_graph_unmuteParticipantOperation: graphinvite.types.microsoft_graph_commsOperation # microsoft.graph.unmuteParticipantOperation, open

---@class graphinvite.types.microsoft_graph_updateRecordingStatusOperation: graphinvite.types.microsoft_graph_commsOperation # microsoft.graph.updateRecordingStatusOperation, open

---@class graphinvite.types.microsoft_graph_resultInfo # microsoft.graph.resultInfo
---@field code? integer
---@field message? string
---@field subcode? integer

---@class graphinvite.types.microsoft_graph_invitationParticipantInfo # microsoft.graph.invitationParticipantInfo, open
---@field endpointType? "default"|"voicemail"|"skypeForBusiness"|"skypeForBusinessVoipPhone"|"unknownFutureValue"|string
---@field hidden? boolean
---@field identity? graphinvite.types.microsoft_graph_identitySet
---@field languageId? string
---@field participantId? string
---@field region? string
---@field removeFromDefaultAudioRoutingGroup? boolean
---@field replacesCallId? string

---@class graphinvite.types.microsoft_graph_identitySet # microsoft.graph.identitySet, open
---@field application? graphinvite.types.microsoft_graph_identity
---@field device? graphinvite.types.microsoft_graph_identity
---@field user? graphinvite.types.microsoft_graph_identity

---@class graphinvite.types.microsoft_graph_communicationsIdentitySet: graphinvite.types.microsoft_graph_identitySet # microsoft.graph.communicationsIdentitySet, open
---@field applicationInstance? graphinvite.types.microsoft_graph_identity
---@field assertedIdentity? graphinvite.types.microsoft_graph_identity
---@field azureCommunicationServicesUser? graphinvite.types.microsoft_graph_identity
---@field encrypted? graphinvite.types.microsoft_graph_identity
---@field endpointType? "default"|"voicemail"|"skypeForBusiness"|"skypeForBusinessVoipPhone"|"unknownFutureValue"|string
---@field guest? graphinvite.types.microsoft_graph_identity
---@field onPremises? graphinvite.types.microsoft_graph_identity
---@field phone? graphinvite.types.microsoft_graph_identity

---@class graphinvite.types.microsoft_graph_identity # microsoft.graph.identity, open
---@field displayName? string
---@field id? string

---@class graphinvite.types.microsoft_graph_azureCommunicationServicesUserIdentity: graphinvite.types.microsoft_graph_identity # microsoft.graph.azureCommunicationServicesUserIdentity, open

---@class graphinvite.types.microsoft_graph_communicationsApplicationIdentity: graphinvite.types.microsoft_graph_identity # microsoft.graph.communicationsApplicationIdentity, open
---@field applicationType? string
---@field hidden? boolean

---@class graphinvite.types.microsoft_graph_communicationsApplicationInstanceIdentity: graphinvite.types.microsoft_graph_identity # microsoft.graph.communicationsApplicationInstanceIdentity, open
---@field hidden? boolean
---@field tenantId? string

---@class graphinvite.types.microsoft_graph_communicationsEncryptedIdentity: graphinvite.types.microsoft_graph_identity # microsoft.graph.communicationsEncryptedIdentity, open

---@class graphinvite.types.microsoft_graph_communicationsGuestIdentity: graphinvite.types.microsoft_graph_identity # microsoft.graph.communicationsGuestIdentity, open
---@field email? string

---@class graphinvite.types.microsoft_graph_communicationsPhoneIdentity: graphinvite.types.microsoft_graph_identity # microsoft.graph.communicationsPhoneIdentity, open

---@class graphinvite.types.microsoft_graph_communicationsUserIdentity: graphinvite.types.microsoft_graph_identity # microsoft.graph.communicationsUserIdentity, open
---@field tenantId? string

---@class graphinvite.types.microsoft_graph_call: graphinvite.types.microsoft_graph_entity # microsoft.graph.call, open
---@field audioRoutingGroups? any[]
---@field callChainId? string
---@field callOptions? any
---@field callRoutes? any[]
---@field callbackUri? string
---@field chatInfo? graphinvite.types.microsoft_graph_chatInfo
---@field contentSharingSessions? any[]
---@field direction? "incoming"|"outgoing"|string
---@field incomingContext? any
---@field mediaConfig? any
---@field mediaState? any
---@field meetingInfo? any
---@field myParticipantId? string
---@field operations? graphinvite.types.microsoft_graph_commsOperation[]
---@field participants? graphinvite.types.microsoft_graph_participant[]
---@field requestedModalities? string[]
---@field resultInfo? graphinvite.types.microsoft_graph_resultInfo
---@field source? graphinvite.types.microsoft_graph_participantInfo
---@field state? "incoming"|"establishing"|"established"|"hold"|"transferring"|"transferAccepted"|"redirecting"|"terminating"|"terminated"|"unknownFutureValue"|string
---@field subject? string
---@field targets? graphinvite.types.microsoft_graph_invitationParticipantInfo[]
---@field tenantId? string
---@field toneInfo? graphinvite.types.microsoft_graph_toneInfo
---@field transcription? any

---@class graphinvite.types.microsoft_graph_chatInfo # microsoft.graph.chatInfo, open
---@field messageId? string
---@field replyChainMessageId? string
---@field threadId? string

---@class graphinvite.types.microsoft_graph_toneInfo # microsoft.graph.toneInfo, open
---@field sequenceId? integer|string
---@field tone? string

---@class graphinvite.types.microsoft_graph_participant: graphinvite.types.microsoft_graph_entity # microsoft.graph.participant
---@field info? graphinvite.types.microsoft_graph_participantInfo
---@field isInLobby? boolean
---@field isMuted? boolean
---@field mediaStreams? graphinvite.types.microsoft_graph_mediaStream[]
---@field metadata? string
---@field recordingInfo? any
---@field removedState? graphinvite.types.microsoft_graph_removedState
---@field restrictedExperience? any
---@field rosterSequenceNumber? integer|string

---@class graphinvite.types.microsoft_graph_participantInfo # microsoft.graph.participantInfo
---@field countryCode? string
---@field endpointType? "default"|"voicemail"|"skypeForBusiness"|"skypeForBusinessVoipPhone"|"unknownFutureValue"|string
---@field identity? graphinvite.types.microsoft_graph_identitySet
---@field languageId? string
---@field participantId? string
---@field region? string

---@class graphinvite.types.microsoft_graph_removedState # microsoft.graph.removedState, open
---@field reason? string

---@class graphinvite.types.microsoft_graph_mediaStream # microsoft.graph.mediaStream, open
---@field direction? "inactive"|"sendOnly"|"receiveOnly"|"sendReceive"|string
---@field label? string
---@field mediaType? "audio"|"video"|"videoBasedScreenSharing"|"data"|"unknownFutureValue"|string
---@field serverMuted? boolean
---@field sourceId? string

---@class graphinvite.types.microsoft_graph_commsNotifications # microsoft.graph.commsNotifications
---@field value? graphinvite.types.microsoft_graph_commsNotification[]

---@class graphinvite.types.microsoft_graph_commsNotification # microsoft.graph.commsNotification, open
---@field changeType? "created"|"updated"|"deleted"|string
---@field resource? string
---@field resourceData? any
---@field resourceUrl? string

---@class graphinvite.types.microsoft_graph_InvitationV2: graphinvite.types.microsoft_graph_entity # microsoft.graph.InvitationV2
---@field created? integer|string # set by the service
---@field invitee? string
---@field inviter? string
---@field lastModified? integer|string # set by the service
---@field message? graphinvite.types.microsoft_graph_InvitationV2Message
---@field trackingId? string

---@class graphinvite.types.microsoft_graph_InvitationV2Message # microsoft.graph.InvitationV2Message
---@field invitationMessage? graphinvite.types.microsoft_graph_InvitationMessage
---@field invitationTemplateID? string

---@class graphinvite.types.microsoft_graph_InvitationMessage # microsoft.graph.InvitationMessage
---@field body? string

---@class graphinvite.types.microsoft_graph_InviteActionData # microsoft.graph.InviteActionData
---@field invitationId? string
---@field validationToken? string

---@class graphinvite.types.microsoft_graph_InviteActionResults # microsoft.graph.InviteActionResults

---@class graphinvite.types.microsoft_graph_linkedIn_linkedIn # microsoft.graph.linkedIn.linkedIn
---@field invitations? graphinvite.types.microsoft_graph_InvitationV2

---@class graphinvite.types.graphinvite_inviteParameters # graphinvite.inviteParameters
---@field clientContext? string
---@field participants? graphinvite.types.microsoft_graph_invitationParticipantInfo[]

---@class graphinvite.types.graphinvite_inviteeClosingInvitationParameters # graphinvite.inviteeClosingInvitationParameters
---@field inviteActionData? graphinvite.types.microsoft_graph_InviteActionData[]
---@field inviteeActionType? string

---@class graphinvite.types.odata_reference # odata.reference

---@class graphinvite.types.odata_page # odata.page, open
---@field value? any[]

---@class graphinvite.types.odata_errorResponse # odata.errorResponse, open
---@field error? graphinvite.types.odata_error

---@class graphinvite.types.odata_error # odata.error, open
---@field code? string
---@field details? graphinvite.types.odata_errorDetail[]
---@field innerError? graphinvite.types.odata_innerError
---@field innererror? graphinvite.types.odata_innerError
---@field message? string
---@field target? string

---@class graphinvite.types.odata_errorDetail # odata.errorDetail, open
---@field code? string
---@field message? string
---@field target? string

---@class graphinvite.types.odata_innerError # odata.innerError, open
---@field ["client-request-id"]? string
---@field code? string
---@field date? string
---@field innerError? graphinvite.types.odata_innerError
---@field message? string
---@field ["request-id"]? string
---@field status? string

---@class graphinvite.Auth # graphinvite.auth: the ways to sign in
---@field static fun(value: string|fun(): string?, any): graphinvite.TokenSource
---@field client_secret fun(given: graphinvite.ClientSecretOptions): graphinvite.TokenSource
---@field certificate fun(given: graphinvite.CertificateOptions): graphinvite.TokenSource
---@field federated fun(given: graphinvite.FederatedOptions): graphinvite.TokenSource
---@field managed_identity fun(given?: graphinvite.ManagedIdentityOptions): graphinvite.TokenSource
---@field device_code fun(given: graphinvite.DeviceCodeOptions): graphinvite.TokenSource
---@field refresh_token fun(given: graphinvite.RefreshTokenOptions): graphinvite.TokenSource
---@field environment fun(getenv?: fun(name: string): string?): graphinvite.TokenSource
---@field stored fun(source: graphinvite.TokenSource, path: string): graphinvite.TokenSource

---@class graphinvite.CodecOptions
---@field unknown? "keep"|"refuse" names a type does not have; preset: keep where it is open
---@field int64? "number"|"string" how an Int64 is written (reference 3.5)
---@field status? "given"|"schema" operationStatus as given, or in the schema's spelling

---@class graphinvite.Operation
---@field id string row of the reference, section 2
---@field name string e.g. "invitations.create"
---@field method string
---@field path string with {placeholders}
---@field root? string tells rows of one name apart
---@field arguments integer
---@field sends? string type of the body
---@field expects? string type of the answer, or "count"
---@field answer "nothing"|"one"|"page"|"count"
---@field collection boolean the answer is a page
---@field success integer[]
---@field status "documented"|"schema"|"generated"|"superseded"
---@field clouds string[]
---@field versions string[]
---@field safe boolean may be repeated

local core = {}

---@type lightuserdata JSON's null
core.null = nil

---@param type string? e.g. "microsoft.graph.invitation", "Collection(microsoft.graph.user)"
---@param value any
---@param options? graphinvite.CodecOptions
---@return string? json
---@return string? why starts with the path of the property at fault
function core.encode(type, value, options) end

---@param type string?
---@param json string
---@return any value
---@return string? why starts with the path of the property at fault
function core.decode(type, json) end

---@return string[] names of all types
function core.types() end

---@param name string of a type or an enumeration
---@return table? description name, base, open, properties; or name, values
---@return string? why
function core.describe(name) end

---@generic T
---@param list? T[]
---@return T[] list marked, so that it is written as [] when it is empty
function core.array(list) end

---@param metatable? table becomes the mark of arrays, e.g. cjson.array_mt
---@return table metatable
function core.array_metatable(metatable) end

---@param value string|number
---@return integer|string|nil value an integer; on 5.1 and LuaJIT past 2^53 a string of digits
---@return string? why
function core.int64(value) end

---@param text string a JSON number
---@return userdata? number keeps its digits: tostring gives them, encode writes them
---@return string? why
function core.number(text) end

---@return graphinvite.Operation[]
function core.operations() end

---@param operation string|graphinvite.Operation
---@param arguments? string[] one per placeholder
---@param body? table
---@param options? table base_url, root, link, flavour, headers, user_agent, top, skip, filter, ...
---@return graphinvite.Request?
---@return string? why
function core.request(operation, arguments, body, options) end

---@param operation graphinvite.Operation
---@param response graphinvite.Response
---@return any value
---@return table? fault fields of a graphinvite.Error
function core.response(operation, response) end

---@param request graphinvite.Request
---@param parts? string[] is filled with the bytes in parts, for a socket that takes those
---@return string|string[]|nil bytes as they go out in HTTP/1.1, or parts
---@return string? why
function core.http1_request(request, parts) end

---@class graphinvite.Http1Parser takes one answer of HTTP/1.1 after the other
local parser = {}

---@param method string of the request; what the answer may have depends on it
---@param max_body? integer bytes
function parser:reset(method, max_body) end

---@param bytes string what has been received; nothing comes back while more has to
---@param spare? graphinvite.Response of record, or one that nobody reads any more: may be filled
---@return graphinvite.Response? response without its url
---@return boolean|string? keep whether the connection can be kept; or what is wrong
---@return graphinvite.Reason? reason
function parser:feed(bytes, spare) end

---@return graphinvite.Response? response the one that ends with its connection
---@return boolean|string? keep false; or what is wrong
---@return graphinvite.Reason? reason
function parser:finish() end

---@return graphinvite.Response response to be given as spare
function parser.record() end

---@param options? { method: string?, max_body: integer?, max_head: integer? }
---@return graphinvite.Http1Parser parser
function core.http1_parser(options) end

---@param word string
---@param list string[]
---@return string? nearest
function core.suggest(word, list) end

---@param text string
---@return string encoded for a segment of a path or a value in a query (RFC 3986)
function core.url_encode(text) end

---@param bytes string
---@param url? boolean base64url, which has no padding
---@return string text
function core.base64_encode(bytes, url) end

---@param text string of either alphabet, padded or not
---@return string? bytes
---@return string? why
function core.base64_decode(text) end

---@return number seconds of a clock that only goes forward
function core.clock() end

---@return number in [0, 1)
function core.random() end

---@return string GUID
function core.uuid() end

return core
