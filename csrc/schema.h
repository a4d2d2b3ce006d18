/* schema.h - Graph types as const tables. gi.h includes it. */
#ifndef GI_SCHEMA_H
#define GI_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

typedef enum gi_kind {
    GI_ANY,
    GI_STRING,
    GI_BOOLEAN,
    GI_INT32,
    GI_INT64,
    GI_DATETIME,
    GI_ENUM,
    GI_OBJECT,
    GI_ITEM /* the element type of the page that is read or written */
} gi_kind;

enum { /* gi_prop.flags */
       GI_COLLECTION = 1,
       GI_READONLY = 2,
       GI_NOTNULL = 4,
       GI_NAVIGATION = 8,
       GI_SECRET = 16, /* its value never reaches an explanation */
       GI_ALIAS = 32   /* the second spelling of another property of the type */
};

enum { GI_OPEN = 1 }; /* gi_type.flags */

typedef struct gi_prop {
    const char *name;
    uint8_t kind, flags;
    uint8_t of; /* GI_OBJECT: a gi_type_id; GI_ENUM: a gi_enum_id */
} gi_prop;

typedef struct gi_props {
    const gi_prop *rows;
    size_t n;
} gi_props;

typedef struct gi_type {
    const char *name;
    uint8_t len, base, flags;
} gi_type;

/* Every type: identifier, name, base, flags. The first stands for "no type". */
/* clang-format off */
#define GI_TYPES(X) \
    X(NONE, "", NONE, GI_OPEN) \
    X(ENTITY, "microsoft.graph.entity", NONE, 0) \
    X(DIRECTORY_OBJECT, "microsoft.graph.directoryObject", ENTITY, GI_OPEN) \
    X(USER, "microsoft.graph.user", DIRECTORY_OBJECT, GI_OPEN) \
    X(OBJECT_IDENTITY, "microsoft.graph.objectIdentity", NONE, 0) \
    X(INVITATION, "microsoft.graph.invitation", ENTITY, 0) \
    X(MESSAGE_INFO, "microsoft.graph.invitedUserMessageInfo", NONE, 0) \
    X(RECIPIENT, "microsoft.graph.recipient", NONE, 0) \
    X(EMAIL_ADDRESS, "microsoft.graph.emailAddress", NONE, 0) \
    X(AAD_INVITATION, "Microsoft.AADInviteMgr.invitation", NONE, 0) \
    X(AAD_USER, "Microsoft.AADInviteMgr.user", NONE, GI_OPEN) \
    X(AAD_MESSAGE_INFO, "Microsoft.AADInviteMgr.invitedUserMessageInfo", NONE, 0) \
    X(AAD_RECIPIENT, "Microsoft.AADInviteMgr.recipient", NONE, 0) \
    X(AAD_EMAIL_ADDRESS, "Microsoft.AADInviteMgr.emailAddress", NONE, 0) \
    X(COMMS_OPERATION, "microsoft.graph.commsOperation", ENTITY, GI_OPEN) \
    X(ADD_LARGE_GALLERY_VIEW, "microsoft.graph.addLargeGalleryViewOperation", COMMS_OPERATION, GI_OPEN) \
    X(CANCEL_MEDIA_PROCESSING, "microsoft.graph.cancelMediaProcessingOperation", COMMS_OPERATION, GI_OPEN) \
    X(INVITE_PARTICIPANTS, "microsoft.graph.inviteParticipantsOperation", COMMS_OPERATION, GI_OPEN) \
    X(MUTE_PARTICIPANT, "microsoft.graph.muteParticipantOperation", COMMS_OPERATION, GI_OPEN) \
    X(PLAY_PROMPT, "microsoft.graph.playPromptOperation", COMMS_OPERATION, GI_OPEN) \
    X(RECORD_OPERATION, "microsoft.graph.recordOperation", COMMS_OPERATION, GI_OPEN) \
    X(SEND_DTMF_TONES, "microsoft.graph.sendDtmfTonesOperation", COMMS_OPERATION, GI_OPEN) \
    X(START_HOLD_MUSIC, "microsoft.graph.startHoldMusicOperation", COMMS_OPERATION, GI_OPEN) \
    X(STOP_HOLD_MUSIC, "microsoft.graph.stopHoldMusicOperation", COMMS_OPERATION, GI_OPEN) \
    X(SUBSCRIBE_TO_TONE, "microsoft.graph.subscribeToToneOperation", COMMS_OPERATION, GI_OPEN) \
    X(UNMUTE_PARTICIPANT, "microsoft.graph.unmuteParticipantOperation", COMMS_OPERATION, GI_OPEN) \
    X(UPDATE_RECORDING_STATUS, "microsoft.graph.updateRecordingStatusOperation", COMMS_OPERATION, GI_OPEN) \
    X(RESULT_INFO, "microsoft.graph.resultInfo", NONE, 0) \
    X(PARTICIPANT_INVITE, "microsoft.graph.invitationParticipantInfo", NONE, GI_OPEN) \
    X(IDENTITY_SET, "microsoft.graph.identitySet", NONE, GI_OPEN) \
    X(COMMS_IDENTITY_SET, "microsoft.graph.communicationsIdentitySet", IDENTITY_SET, GI_OPEN) \
    X(IDENTITY, "microsoft.graph.identity", NONE, GI_OPEN) \
    X(ACS_USER_IDENTITY, "microsoft.graph.azureCommunicationServicesUserIdentity", IDENTITY, GI_OPEN) \
    X(APPLICATION_IDENTITY, "microsoft.graph.communicationsApplicationIdentity", IDENTITY, GI_OPEN) \
    X(APPLICATION_INSTANCE_IDENTITY, "microsoft.graph.communicationsApplicationInstanceIdentity", IDENTITY, GI_OPEN) \
    X(ENCRYPTED_IDENTITY, "microsoft.graph.communicationsEncryptedIdentity", IDENTITY, GI_OPEN) \
    X(GUEST_IDENTITY, "microsoft.graph.communicationsGuestIdentity", IDENTITY, GI_OPEN) \
    X(PHONE_IDENTITY, "microsoft.graph.communicationsPhoneIdentity", IDENTITY, GI_OPEN) \
    X(USER_IDENTITY, "microsoft.graph.communicationsUserIdentity", IDENTITY, GI_OPEN) \
    X(CALL, "microsoft.graph.call", ENTITY, GI_OPEN) \
    X(CHAT_INFO, "microsoft.graph.chatInfo", NONE, GI_OPEN) \
    X(TONE_INFO, "microsoft.graph.toneInfo", NONE, GI_OPEN) \
    X(PARTICIPANT, "microsoft.graph.participant", ENTITY, 0) \
    X(PARTICIPANT_INFO, "microsoft.graph.participantInfo", NONE, 0) \
    X(REMOVED_STATE, "microsoft.graph.removedState", NONE, GI_OPEN) \
    X(MEDIA_STREAM, "microsoft.graph.mediaStream", NONE, GI_OPEN) \
    X(NOTIFICATIONS, "microsoft.graph.commsNotifications", NONE, 0) \
    X(NOTIFICATION, "microsoft.graph.commsNotification", NONE, GI_OPEN) \
    X(INVITATION_V2, "microsoft.graph.InvitationV2", ENTITY, 0) \
    X(INVITATION_V2_MESSAGE, "microsoft.graph.InvitationV2Message", NONE, 0) \
    X(INVITATION_MESSAGE, "microsoft.graph.InvitationMessage", NONE, 0) \
    X(INVITE_ACTION_DATA, "microsoft.graph.InviteActionData", NONE, 0) \
    X(INVITE_ACTION_RESULTS, "microsoft.graph.InviteActionResults", NONE, 0) \
    X(LINKEDIN, "microsoft.graph.linkedIn.linkedIn", NONE, 0) \
    X(INVITE_PARAMETERS, "graphinvite.inviteParameters", NONE, 0) \
    X(CLOSING_PARAMETERS, "graphinvite.inviteeClosingInvitationParameters", NONE, 0) \
    X(REFERENCE, "odata.reference", NONE, 0) \
    X(PAGE, "odata.page", NONE, GI_OPEN) \
    X(ERROR_RESPONSE, "odata.errorResponse", NONE, GI_OPEN) \
    X(ERROR, "odata.error", NONE, GI_OPEN) \
    X(ERROR_DETAIL, "odata.errorDetail", NONE, GI_OPEN) \
    X(INNER_ERROR, "odata.innerError", NONE, GI_OPEN)

#define GI_ENUMS(X) \
    X(OPERATION_STATUS, "microsoft.graph.operationStatus") \
    X(CALL_STATE, "microsoft.graph.callState") \
    X(CALL_DIRECTION, "microsoft.graph.callDirection") \
    X(MEDIA_DIRECTION, "microsoft.graph.mediaDirection") \
    X(MODALITY, "microsoft.graph.modality") \
    X(CHANGE_TYPE, "microsoft.graph.changeType") \
    X(ENDPOINT_TYPE, "microsoft.graph.endpointType")
/* clang-format on */

#define X(id, name, base, flags) GI_T_##id,
typedef enum gi_type_id { GI_TYPES(X) GI_TYPE_COUNT } gi_type_id;
#undef X
#define X(id, name) GI_E_##id,
typedef enum gi_enum_id { GI_ENUMS(X) GI_ENUM_COUNT } gi_enum_id;
#undef X

#pragma GCC visibility push(hidden)

extern const gi_type gi_types[GI_TYPE_COUNT];
extern const gi_props gi_own_props[GI_TYPE_COUNT]; /* inherited ones not included */
extern const char *const gi_enum_names[GI_ENUM_COUNT];
const char *const *gi_enum_values(int id);
int gi_type_find(const char *name, size_t len);
int gi_type_derives(int type, int base);
const char *gi_enum_spelling(int id, const char *text, size_t len);

#pragma GCC visibility pop

#endif
