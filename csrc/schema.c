/* schema.c - Graph types as const tables; lookup by name. A new property is one row. Rows
 * are sorted by name; where the reference is silent on openness a type is open, so that
 * nothing is refused without a source. */
#include "gi.h"
#include <string.h>

#define RO GI_READONLY
#define NN GI_NOTNULL
#define NAV GI_NAVIGATION
#define MANY GI_COLLECTION

/* clang-format off */
static const gi_prop entity_props[] = {
    { "id", GI_STRING, RO | NN, 0 },
};
static const gi_prop directory_object_props[] = {
    { "deletedDateTime", GI_DATETIME, RO, 0 },
};
static const gi_prop user_props[] = {
    { "accountEnabled",                  GI_BOOLEAN,  0,    0 },
    { "companyName",                     GI_STRING,   0,    0 },
    { "createdDateTime",                 GI_DATETIME, 0,    0 },
    { "creationType",                    GI_STRING,   0,    0 },
    { "displayName",                     GI_STRING,   0,    0 },
    { "externalUserState",               GI_STRING,   0,    0 },
    { "externalUserStateChangeDateTime", GI_DATETIME, 0,    0 },
    { "identities",                      GI_OBJECT,   MANY, GI_T_OBJECT_IDENTITY },
    { "mail",                            GI_STRING,   0,    0 },
    { "otherMails",                      GI_STRING,   MANY, 0 },
    { "proxyAddresses",                  GI_STRING,   MANY, 0 },
    { "userPrincipalName",               GI_STRING,   0,    0 },
    { "userType",                        GI_STRING,   0,    0 },
};
static const gi_prop object_identity_props[] = {
    { "issuer",           GI_STRING, 0, 0 },
    { "issuerAssignedId", GI_STRING, 0, 0 },
    { "signInType",       GI_STRING, 0, 0 },
};
static const gi_prop invitation_props[] = {
    { "inviteRedeemUrl",         GI_STRING,  RO | GI_SECRET, 0 },
    { "inviteRedirectUrl",       GI_STRING,  NN,             0 },
    { "invitedUser",             GI_OBJECT,  RO | NAV,       GI_T_USER },
    { "invitedUserDisplayName",  GI_STRING,  0,              0 },
    { "invitedUserEmailAddress", GI_STRING,  NN,             0 },
    { "invitedUserMessageInfo",  GI_OBJECT,  0,              GI_T_MESSAGE_INFO },
    { "invitedUserSponsors",     GI_OBJECT,  MANY | NAV,     GI_T_DIRECTORY_OBJECT },
    { "invitedUserType",         GI_STRING,  0,              0 },
    { "resetRedemption",         GI_BOOLEAN, 0,              0 },
    { "sendInvitationMessage",   GI_BOOLEAN, 0,              0 },
    { "status",                  GI_STRING,  RO,             0 },
};
static const gi_prop message_info_props[] = {
    { "ccRecipients",          GI_OBJECT, MANY, GI_T_RECIPIENT },
    { "customizedMessageBody", GI_STRING, 0,    0 },
    { "messageLanguage",       GI_STRING, 0,    0 },
};
static const gi_prop recipient_props[] = {
    { "emailAddress", GI_OBJECT, 0, GI_T_EMAIL_ADDRESS },
};
static const gi_prop email_address_props[] = {
    { "address", GI_STRING, 0, 0 },
    { "name",    GI_STRING, 0, 0 },
};
static const gi_prop aad_invitation_props[] = {
    { "InvitedUserMessageInfo",  GI_OBJECT,  0,              GI_T_AAD_MESSAGE_INFO },
    { "id",                      GI_STRING,  RO | NN,        0 },
    { "inviteRedeemUrl",         GI_STRING,  RO | GI_SECRET, 0 },
    { "inviteRedirectUrl",       GI_STRING,  0,              0 },
    { "invitedUser",             GI_OBJECT,  NAV,            GI_T_AAD_USER },
    { "invitedUserDisplayName",  GI_STRING,  0,              0 },
    { "invitedUserEmailAddress", GI_STRING,  0,              0 },
    { "invitedUserMessageInfo",  GI_OBJECT,  GI_ALIAS,       GI_T_MESSAGE_INFO },
    { "invitedUserType",         GI_STRING,  0,              0 },
    { "resetRedemption",         GI_BOOLEAN, 0,              0 },
    { "sendInvitationMessage",   GI_BOOLEAN, 0,              0 },
    { "status",                  GI_STRING,  RO,             0 },
};
static const gi_prop aad_message_info_props[] = {
    { "ccRecipients",          GI_OBJECT, MANY, GI_T_AAD_RECIPIENT },
    { "customizedMessageBody", GI_STRING, 0,    0 },
    { "messageLanguage",       GI_STRING, 0,    0 },
};
static const gi_prop aad_recipient_props[] = {
    { "emailAddress", GI_OBJECT, 0, GI_T_AAD_EMAIL_ADDRESS },
};
static const gi_prop comms_operation_props[] = {
    { "clientContext", GI_STRING, 0,       0 },
    { "resultInfo",    GI_OBJECT, RO,      GI_T_RESULT_INFO },
    { "status",        GI_ENUM,   RO | NN, GI_E_OPERATION_STATUS },
};
static const gi_prop invite_participants_props[] = {
    { "participants", GI_OBJECT, MANY | NN, GI_T_PARTICIPANT_INVITE },
};
static const gi_prop result_info_props[] = {
    { "code",    GI_INT32,  NN, 0 },
    { "message", GI_STRING, 0,  0 },
    { "subcode", GI_INT32,  NN, 0 },
};
static const gi_prop participant_invite_props[] = {
    { "endpointType",                       GI_ENUM,    0,  GI_E_ENDPOINT_TYPE },
    { "hidden",                             GI_BOOLEAN, 0,  0 },
    { "identity",                           GI_OBJECT,  NN, GI_T_IDENTITY_SET },
    { "languageId",                         GI_STRING,  0,  0 },
    { "participantId",                      GI_STRING,  0,  0 },
    { "region",                             GI_STRING,  0,  0 },
    { "removeFromDefaultAudioRoutingGroup", GI_BOOLEAN, 0,  0 },
    { "replacesCallId",                     GI_STRING,  0,  0 },
};
static const gi_prop identity_set_props[] = {
    { "application", GI_OBJECT, 0, GI_T_IDENTITY },
    { "device",      GI_OBJECT, 0, GI_T_IDENTITY },
    { "user",        GI_OBJECT, 0, GI_T_IDENTITY },
};
static const gi_prop comms_identity_set_props[] = {
    { "applicationInstance",            GI_OBJECT, 0, GI_T_IDENTITY },
    { "assertedIdentity",               GI_OBJECT, 0, GI_T_IDENTITY },
    { "azureCommunicationServicesUser", GI_OBJECT, 0, GI_T_IDENTITY },
    { "encrypted",                      GI_OBJECT, 0, GI_T_IDENTITY },
    { "endpointType",                   GI_ENUM,   0, GI_E_ENDPOINT_TYPE },
    { "guest",                          GI_OBJECT, 0, GI_T_IDENTITY },
    { "onPremises",                     GI_OBJECT, 0, GI_T_IDENTITY },
    { "phone",                          GI_OBJECT, 0, GI_T_IDENTITY },
};
static const gi_prop identity_props[] = {
    { "displayName", GI_STRING, 0, 0 },
    { "id",          GI_STRING, 0, 0 },
};
static const gi_prop application_identity_props[] = {
    { "applicationType", GI_STRING,  0, 0 },
    { "hidden",          GI_BOOLEAN, 0, 0 },
};
static const gi_prop application_instance_identity_props[] = {
    { "hidden",   GI_BOOLEAN, 0, 0 },
    { "tenantId", GI_STRING,  0, 0 },
};
static const gi_prop guest_identity_props[] = {
    { "email", GI_STRING, 0, 0 },
};
static const gi_prop user_identity_props[] = {
    { "tenantId", GI_STRING, 0, 0 },
};
static const gi_prop call_props[] = {
    { "audioRoutingGroups",     GI_ANY,    MANY | NAV, 0 },
    { "callChainId",            GI_STRING, 0,          0 },
    { "callOptions",            GI_ANY,    0,          0 },
    { "callRoutes",             GI_ANY,    MANY,       0 },
    { "callbackUri",            GI_STRING, NN,         0 },
    { "chatInfo",               GI_OBJECT, 0,          GI_T_CHAT_INFO },
    { "contentSharingSessions", GI_ANY,    MANY | NAV, 0 },
    { "direction",              GI_ENUM,   0,          GI_E_CALL_DIRECTION },
    { "incomingContext",        GI_ANY,    0,          0 },
    { "mediaConfig",            GI_ANY,    0,          0 },
    { "mediaState",             GI_ANY,    0,          0 },
    { "meetingInfo",            GI_ANY,    0,          0 },
    { "myParticipantId",        GI_STRING, 0,          0 },
    { "operations",             GI_OBJECT, MANY | NAV, GI_T_COMMS_OPERATION },
    { "participants",           GI_OBJECT, MANY | NAV, GI_T_PARTICIPANT },
    { "requestedModalities",    GI_ENUM,   MANY,       GI_E_MODALITY },
    { "resultInfo",             GI_OBJECT, 0,          GI_T_RESULT_INFO },
    { "source",                 GI_OBJECT, 0,          GI_T_PARTICIPANT_INFO },
    { "state",                  GI_ENUM,   0,          GI_E_CALL_STATE },
    { "subject",                GI_STRING, 0,          0 },
    { "targets",                GI_OBJECT, MANY,       GI_T_PARTICIPANT_INVITE },
    { "tenantId",               GI_STRING, 0,          0 },
    { "toneInfo",               GI_OBJECT, 0,          GI_T_TONE_INFO },
    { "transcription",          GI_ANY,    0,          0 },
};
static const gi_prop chat_info_props[] = {
    { "messageId",           GI_STRING, 0, 0 },
    { "replyChainMessageId", GI_STRING, 0, 0 },
    { "threadId",            GI_STRING, 0, 0 },
};
static const gi_prop tone_info_props[] = {
    { "sequenceId", GI_INT64,  0, 0 },
    { "tone",       GI_STRING, 0, 0 },
};
static const gi_prop participant_props[] = {
    { "info",                  GI_OBJECT,  NN,   GI_T_PARTICIPANT_INFO },
    { "isInLobby",             GI_BOOLEAN, NN,   0 },
    { "isMuted",               GI_BOOLEAN, NN,   0 },
    { "mediaStreams",          GI_OBJECT,  MANY, GI_T_MEDIA_STREAM },
    { "metadata",              GI_STRING,  0,    0 },
    { "recordingInfo",         GI_ANY,     0,    0 },
    { "removedState",          GI_OBJECT,  0,    GI_T_REMOVED_STATE },
    { "restrictedExperience",  GI_ANY,     0,    0 },
    { "rosterSequenceNumber",  GI_INT64,   0,    0 },
};
static const gi_prop participant_info_props[] = {
    { "countryCode",   GI_STRING, 0,  0 },
    { "endpointType",  GI_ENUM,   0,  GI_E_ENDPOINT_TYPE },
    { "identity",      GI_OBJECT, NN, GI_T_IDENTITY_SET },
    { "languageId",    GI_STRING, 0,  0 },
    { "participantId", GI_STRING, 0,  0 },
    { "region",        GI_STRING, 0,  0 },
};
static const gi_prop removed_state_props[] = {
    { "reason", GI_STRING, 0, 0 },
};
static const gi_prop media_stream_props[] = {
    { "direction",   GI_ENUM,    NN, GI_E_MEDIA_DIRECTION },
    { "label",       GI_STRING,  0,  0 },
    { "mediaType",   GI_ENUM,    NN, GI_E_MODALITY },
    { "serverMuted", GI_BOOLEAN, NN, 0 },
    { "sourceId",    GI_STRING,  NN, 0 },
};
static const gi_prop notifications_props[] = {
    { "value", GI_OBJECT, MANY, GI_T_NOTIFICATION },
};
static const gi_prop notification_props[] = {
    { "changeType",   GI_ENUM,   NN, GI_E_CHANGE_TYPE },
    { "resource",     GI_STRING, 0,  0 },
    { "resourceData", GI_ANY,    0,  0 },
    { "resourceUrl",  GI_STRING, NN, 0 },
};
static const gi_prop invitation_v2_props[] = {
    { "created",      GI_INT64,  RO, 0 },
    { "invitee",      GI_STRING, 0,  0 },
    { "inviter",      GI_STRING, 0,  0 },
    { "lastModified", GI_INT64,  RO, 0 },
    { "message",      GI_OBJECT, 0,  GI_T_INVITATION_V2_MESSAGE },
    { "trackingId",   GI_STRING, 0,  0 },
};
static const gi_prop invitation_v2_message_props[] = {
    { "invitationMessage",    GI_OBJECT, 0, GI_T_INVITATION_MESSAGE },
    { "invitationTemplateID", GI_STRING, 0, 0 },
};
static const gi_prop invitation_message_props[] = {
    { "body", GI_STRING, 0, 0 },
};
static const gi_prop invite_action_data_props[] = {
    { "invitationId",    GI_STRING, NN,        0 },
    { "validationToken", GI_STRING, GI_SECRET, 0 },
};
static const gi_prop linkedin_props[] = {
    { "invitations", GI_OBJECT, NAV, GI_T_INVITATION_V2 },
};
static const gi_prop invite_parameters_props[] = {
    { "clientContext", GI_STRING, 0,         0 },
    { "participants",  GI_OBJECT, MANY | NN, GI_T_PARTICIPANT_INVITE },
};
static const gi_prop closing_parameters_props[] = {
    { "inviteActionData",  GI_OBJECT, MANY, GI_T_INVITE_ACTION_DATA },
    { "inviteeActionType", GI_STRING, 0,    0 },
};
static const gi_prop page_props[] = {
    { "value", GI_ITEM, MANY, 0 },
};
static const gi_prop error_response_props[] = {
    { "error", GI_OBJECT, NN, GI_T_ERROR },
};
static const gi_prop error_props[] = {
    { "code",       GI_STRING, 0,    0 },
    { "details",    GI_OBJECT, MANY, GI_T_ERROR_DETAIL },
    { "innerError", GI_OBJECT, 0,    GI_T_INNER_ERROR },
    { "innererror", GI_OBJECT, GI_ALIAS, GI_T_INNER_ERROR },
    { "message",    GI_STRING, 0,    0 },
    { "target",     GI_STRING, 0,    0 },
};
static const gi_prop error_detail_props[] = {
    { "code",    GI_STRING, 0, 0 },
    { "message", GI_STRING, 0, 0 },
    { "target",  GI_STRING, 0, 0 },
};
static const gi_prop inner_error_props[] = {
    { "client-request-id", GI_STRING, 0, 0 },
    { "code",              GI_STRING, 0, 0 },
    { "date",              GI_STRING, 0, 0 },
    { "innerError",        GI_OBJECT, 0, GI_T_INNER_ERROR },
    { "message",           GI_STRING, 0, 0 },
    { "request-id",        GI_STRING, 0, 0 },
    { "status",            GI_STRING, 0, 0 },
};

#define OWN(id, rows) [GI_T_##id] = { rows, GI_COUNT(rows) }
const gi_props gi_own_props[GI_TYPE_COUNT] = {
    OWN(ENTITY, entity_props),
    OWN(DIRECTORY_OBJECT, directory_object_props),
    OWN(USER, user_props),
    OWN(OBJECT_IDENTITY, object_identity_props),
    OWN(INVITATION, invitation_props),
    OWN(MESSAGE_INFO, message_info_props),
    OWN(RECIPIENT, recipient_props),
    OWN(EMAIL_ADDRESS, email_address_props),
    OWN(AAD_INVITATION, aad_invitation_props),
    OWN(AAD_USER, entity_props),
    OWN(AAD_MESSAGE_INFO, aad_message_info_props),
    OWN(AAD_RECIPIENT, aad_recipient_props),
    OWN(AAD_EMAIL_ADDRESS, email_address_props),
    OWN(COMMS_OPERATION, comms_operation_props),
    OWN(INVITE_PARTICIPANTS, invite_participants_props),
    OWN(RESULT_INFO, result_info_props),
    OWN(PARTICIPANT_INVITE, participant_invite_props),
    OWN(IDENTITY_SET, identity_set_props),
    OWN(COMMS_IDENTITY_SET, comms_identity_set_props),
    OWN(IDENTITY, identity_props),
    OWN(APPLICATION_IDENTITY, application_identity_props),
    OWN(APPLICATION_INSTANCE_IDENTITY, application_instance_identity_props),
    OWN(GUEST_IDENTITY, guest_identity_props),
    OWN(USER_IDENTITY, user_identity_props),
    OWN(CALL, call_props),
    OWN(CHAT_INFO, chat_info_props),
    OWN(TONE_INFO, tone_info_props),
    OWN(PARTICIPANT, participant_props),
    OWN(PARTICIPANT_INFO, participant_info_props),
    OWN(REMOVED_STATE, removed_state_props),
    OWN(MEDIA_STREAM, media_stream_props),
    OWN(NOTIFICATIONS, notifications_props),
    OWN(NOTIFICATION, notification_props),
    OWN(INVITATION_V2, invitation_v2_props),
    OWN(INVITATION_V2_MESSAGE, invitation_v2_message_props),
    OWN(INVITATION_MESSAGE, invitation_message_props),
    OWN(INVITE_ACTION_DATA, invite_action_data_props),
    OWN(LINKEDIN, linkedin_props),
    OWN(INVITE_PARAMETERS, invite_parameters_props),
    OWN(CLOSING_PARAMETERS, closing_parameters_props),
    OWN(PAGE, page_props),
    OWN(ERROR_RESPONSE, error_response_props),
    OWN(ERROR, error_props),
    OWN(ERROR_DETAIL, error_detail_props),
    OWN(INNER_ERROR, inner_error_props),
};

static const char *const operation_status[] = {
    "NotStarted", "Running", "Completed", "Failed", NULL,
};
static const char *const call_state[] = {
    "incoming", "establishing", "established", "hold", "transferring", "transferAccepted",
    "redirecting", "terminating", "terminated", "unknownFutureValue", NULL,
};
static const char *const call_direction[] = { "incoming", "outgoing", NULL };
static const char *const media_direction[] = {
    "inactive", "sendOnly", "receiveOnly", "sendReceive", NULL,
};
static const char *const modality[] = {
    "audio", "video", "videoBasedScreenSharing", "data", "unknownFutureValue", NULL,
};
static const char *const change_type[] = { "created", "updated", "deleted", NULL };
static const char *const endpoint_type[] = {
    "default", "voicemail", "skypeForBusiness", "skypeForBusinessVoipPhone",
    "unknownFutureValue", NULL,
};

#define VALUES(id, values) [GI_E_##id] = values
static const char *const *const enum_values[GI_ENUM_COUNT] = {
    VALUES(OPERATION_STATUS, operation_status),
    VALUES(CALL_STATE, call_state),
    VALUES(CALL_DIRECTION, call_direction),
    VALUES(MEDIA_DIRECTION, media_direction),
    VALUES(MODALITY, modality),
    VALUES(CHANGE_TYPE, change_type),
    VALUES(ENDPOINT_TYPE, endpoint_type),
};
/* clang-format on */

#define X(id, name, base, flags) {name, sizeof(name) - 1, GI_T_##base, flags},
const gi_type gi_types[GI_TYPE_COUNT] = {GI_TYPES(X)};
#undef X
#define X(id, name) name,
const char *const gi_enum_names[GI_ENUM_COUNT] = {GI_ENUMS(X)};
#undef X

/* Returns the type of that qualified name, or GI_T_NONE. One leading # is passed over and
 * case does not count: generated pages print lower-case names (reference 3.2). */
int gi_type_find(const char *name, size_t len)
{
    int i;
    if (len > 0 && name[0] == '#') {
        name++;
        len--;
    }
    for (i = 1; i < GI_TYPE_COUNT; i++)
        if (gi_types[i].len == len && gi_same_word(gi_types[i].name, name, len))
            return i;
    return GI_T_NONE;
}

int gi_type_derives(int type, int base)
{
    while (type != base && type != GI_T_NONE)
        type = gi_types[type].base;
    return type == base;
}

/* Returns the values of an enumeration; the list ends with NULL. */
const char *const *gi_enum_values(int id)
{
    return enum_values[id];
}

/* Returns the schema's spelling of an enumeration value, or NULL when it has no such
 * value. */
const char *gi_enum_spelling(int id, const char *text, size_t len)
{
    const char *const *v;
    for (v = enum_values[id]; *v != NULL; v++)
        if (strlen(*v) == len && gi_same_word(*v, text, len))
            return *v;
    return NULL;
}
