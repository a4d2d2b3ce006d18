/* operations.c - Graph operations as const rows: the facade, the request builder, the
 * emulator's routes, the editor types and the README's table derive from them. */
#include "gi.h"
#include <stdio.h>
#include <string.h>

#define ALL (GI_GLOBAL | GI_USGOV | GI_DOD | GI_CHINA)
#define NOT_CHINA (GI_GLOBAL | GI_USGOV | GI_DOD)
#define BOTH (GI_V1 | GI_BETA)
#define CALLS "/communications/calls"
#define APP "/app/calls"
#define INVITATION "/invitations/{invitation}"
#define SPONSORS "/invitations/invitedUserSponsors"
#define OPERATIONS "/{call}/operations"
#define OPERATION "/{call}/operations/{operation}"
#define LINKEDIN "/linkedIn/invitations"

#define OK                                                                               \
    {                                                                                    \
        0, GI_NO_STATUS, GI_NO_STATUS                                                    \
    }
#define OK_OR_EMPTY                                                                      \
    {                                                                                    \
        0, 4, GI_NO_STATUS                                                               \
    }
#define ACCEPTED                                                                         \
    {                                                                                    \
        0, 2, GI_NO_STATUS                                                               \
    }
#define CREATED                                                                          \
    {                                                                                    \
        1, 0, GI_NO_STATUS                                                               \
    }
#define EMPTY                                                                            \
    {                                                                                    \
        4, GI_NO_STATUS, GI_NO_STATUS                                                    \
    }
#define T(id) GI_T_##id

/* clang-format off */
static const gi_operation rows[] = {
    /* reference 2.1 */
    { "A1", "invitations.create", "POST", "/invitations", NULL, "documented",
      T(INVITATION), T(INVITATION), GI_ONE, GI_INVITES, ALL, BOTH, CREATED },
    { "A2", "invitations.list", "GET", "/invitations", NULL, "schema",
      0, T(INVITATION), GI_PAGE, GI_SAFE, ALL, BOTH, OK },
    { "A3", "invitations.count", "GET", "/invitations/$count", NULL, "schema",
      0, 0, GI_NUMBER, GI_SAFE, ALL, GI_V1, OK },
    { "A4", "invitations.get", "GET", INVITATION, NULL, "generated",
      0, T(INVITATION), GI_ONE, GI_SAFE, ALL, GI_BETA, OK },
    { "A5", "invitations.update", "PATCH", INVITATION, NULL, "generated",
      T(INVITATION), T(INVITATION), GI_ONE, GI_SAFE, ALL, GI_BETA, OK_OR_EMPTY },
    { "A6", "invitations.delete", "DELETE", INVITATION, NULL, "generated",
      0, 0, GI_NOTHING, GI_SAFE, ALL, GI_BETA, EMPTY },
    { "A7", "invitations.invited_user", "GET", INVITATION "/invitedUser", NULL, "generated",
      0, T(USER), GI_ONE, GI_SAFE, ALL, GI_BETA, OK },
    { "A8", "invitations.add_invited_user", "POST", INVITATION "/invitedUser/$ref", NULL, "generated",
      T(REFERENCE), 0, GI_NOTHING, 0, ALL, GI_BETA, EMPTY },
    { "A9", "invitations.remove_invited_user", "DELETE", INVITATION "/invitedUser/$ref", NULL, "generated",
      0, 0, GI_NOTHING, GI_SAFE, ALL, GI_BETA, EMPTY },
    { "A10", "invitations.sponsors.list", "GET", SPONSORS, NULL, "schema",
      0, T(DIRECTORY_OBJECT), GI_PAGE, GI_SAFE, GI_GLOBAL, GI_V1, OK },
    { "A10", "invitations.sponsors.count", "GET", SPONSORS "/$count", NULL, "schema",
      0, 0, GI_NUMBER, GI_SAFE, GI_GLOBAL, GI_V1, OK },
    { "A10", "invitations.sponsors.get", "GET", SPONSORS "/{sponsor}", NULL, "schema",
      0, T(DIRECTORY_OBJECT), GI_ONE, GI_SAFE, GI_GLOBAL, GI_V1, OK },

    /* reference 2.2 */
    { "B1", "call.participants.invite", "POST", CALLS "/{call}/participants/invite", CALLS, "documented",
      T(INVITE_PARAMETERS), T(INVITE_PARTICIPANTS), GI_ONE, GI_RINGS, NOT_CHINA, BOTH, ACCEPTED },
    { "B1'", "call.participants.invite", "POST", APP "/{call}/participants/invite", APP, "documented",
      T(INVITE_PARAMETERS), T(INVITE_PARTICIPANTS), GI_ONE, GI_RINGS, NOT_CHINA, GI_BETA, ACCEPTED },
    { "B1''", "call.participants.invite", "POST",
      "/applications/{application}/calls/{call}/participants/invite", "/applications", "superseded",
      T(INVITE_PARAMETERS), T(INVITE_PARTICIPANTS), GI_ONE, GI_RINGS, NOT_CHINA, GI_BETA, ACCEPTED },

    /* reference 2.3 */
    { "B2", "call.operations.get", "GET", CALLS OPERATION, CALLS, "schema",
      0, T(COMMS_OPERATION), GI_ONE, GI_SAFE, NOT_CHINA, BOTH, OK },
    { "B2'", "call.operations.get", "GET", APP OPERATION, APP, "schema",
      0, T(COMMS_OPERATION), GI_ONE, GI_SAFE, NOT_CHINA, GI_BETA, OK },
    { "B3", "call.operations.list", "GET", CALLS OPERATIONS, CALLS, "schema",
      0, T(COMMS_OPERATION), GI_PAGE, GI_SAFE, NOT_CHINA, BOTH, OK },
    { "B3'", "call.operations.list", "GET", APP OPERATIONS, APP, "generated",
      0, T(COMMS_OPERATION), GI_PAGE, GI_SAFE, NOT_CHINA, GI_BETA, OK },
    { "B4", "call.operations.count", "GET", CALLS OPERATIONS "/$count", CALLS, "schema",
      0, 0, GI_NUMBER, GI_SAFE, NOT_CHINA, GI_V1, OK },
    { "B5", "call.operations.create", "POST", CALLS OPERATIONS, CALLS, "schema",
      T(INVITE_PARTICIPANTS), T(INVITE_PARTICIPANTS), GI_ONE, GI_TYPED, NOT_CHINA, BOTH, CREATED },
    { "B6", "call.operations.update", "PATCH", CALLS OPERATION, CALLS, "schema",
      T(INVITE_PARTICIPANTS), T(INVITE_PARTICIPANTS), GI_ONE, GI_TYPED | GI_SAFE, NOT_CHINA, BOTH, OK_OR_EMPTY },
    { "B6'", "call.operations.update", "PATCH", APP OPERATION, APP, "generated",
      T(INVITE_PARTICIPANTS), T(INVITE_PARTICIPANTS), GI_ONE, GI_TYPED | GI_SAFE, NOT_CHINA, GI_BETA, OK_OR_EMPTY },
    { "B7", "call.operations.delete", "DELETE", CALLS OPERATION, CALLS, "schema",
      0, 0, GI_NOTHING, GI_SAFE, NOT_CHINA, BOTH, EMPTY },
    { "2.3", "calls.create", "POST", CALLS, NULL, "documented",
      T(CALL), T(CALL), GI_ONE, 0, NOT_CHINA, BOTH, CREATED },
    { "2.3", "call.get", "GET", CALLS "/{call}", CALLS, "documented",
      0, T(CALL), GI_ONE, GI_SAFE, NOT_CHINA, BOTH, OK },
    { "2.3", "call.delete", "DELETE", CALLS "/{call}", CALLS, "documented",
      0, 0, GI_NOTHING, GI_SAFE, NOT_CHINA, BOTH, EMPTY },
    { "2.3", "call.keep_alive", "POST", CALLS "/{call}/keepAlive", CALLS, "documented",
      0, 0, GI_NOTHING, GI_SAFE, NOT_CHINA, BOTH, OK_OR_EMPTY },
    { "2.3", "call.participants.list", "GET", CALLS "/{call}/participants", CALLS, "documented",
      0, T(PARTICIPANT), GI_PAGE, GI_SAFE, NOT_CHINA, BOTH, OK },
    { "2.3", "call.participants.remove", "DELETE", CALLS "/{call}/participants/{participant}", CALLS, "documented",
      0, 0, GI_NOTHING, GI_SAFE, NOT_CHINA, BOTH, EMPTY },

    /* reference 2.4 */
    { "C1", "linkedin.invitations.list", "GET", LINKEDIN, NULL, "generated",
      0, T(INVITATION_V2), GI_PAGE, GI_SAFE, GI_GLOBAL, BOTH, OK },
    { "C1", "linkedin.invitations.get", "GET", LINKEDIN, NULL, "generated",
      0, T(INVITATION_V2), GI_ONE, GI_SAFE, GI_GLOBAL, GI_V1, OK },
    { "C2", "linkedin.invitations.create", "POST", LINKEDIN, NULL, "generated",
      T(INVITATION_V2), T(INVITATION_V2), GI_ONE, 0, GI_GLOBAL, GI_BETA, CREATED },
    { "C3", "linkedin.invitations.get", "GET", LINKEDIN "/{invitation}", NULL, "generated",
      0, T(INVITATION_V2), GI_ONE, GI_SAFE, GI_GLOBAL, GI_BETA, OK },
    { "C4", "linkedin.invitations.update", "PATCH", LINKEDIN "/{invitation}", NULL, "generated",
      T(INVITATION_V2), T(INVITATION_V2), GI_ONE, GI_SAFE, GI_GLOBAL, GI_BETA, OK_OR_EMPTY },
    { "C5", "linkedin.invitations.update", "PATCH", LINKEDIN, NULL, "generated",
      T(INVITATION_V2), T(INVITATION_V2), GI_ONE, GI_SAFE, GI_GLOBAL, GI_V1, OK_OR_EMPTY },
    { "C6", "linkedin.invitations.close", "POST", LINKEDIN "/inviteeClosingInvitation", NULL, "generated",
      T(CLOSING_PARAMETERS), T(INVITE_ACTION_RESULTS), GI_ONE, 0, GI_GLOBAL, GI_BETA, OK },
    { "C7", "linkedin.update", "PATCH", "/linkedIn", NULL, "generated",
      T(LINKEDIN), T(LINKEDIN), GI_ONE, GI_SAFE, GI_GLOBAL, GI_BETA, OK_OR_EMPTY },

    /* reference 1.6 and 3.8 */
    { "1.6", "users.get", "GET", "/users/{user}", NULL, "documented",
      0, T(USER), GI_ONE, GI_SAFE | GI_DIRECTORY, ALL, BOTH, OK },
    { "1.6", "users.list", "GET", "/users", NULL, "documented",
      0, T(USER), GI_PAGE, GI_SAFE | GI_DIRECTORY, ALL, BOTH, OK },
    { "1.6", "users.count", "GET", "/users/$count", NULL, "documented",
      0, 0, GI_NUMBER, GI_SAFE | GI_DIRECTORY, ALL, BOTH, OK },
};
/* clang-format on */

/* Returns row i, from 0, or NULL past the last one. */
const gi_operation *gi_operation_row(size_t i)
{
    return i < GI_COUNT(rows) ? &rows[i] : NULL;
}

/* Returns the row's number, from 1. */
size_t gi_operation_index(const gi_operation *op)
{
    return (size_t)(op - rows) + 1;
}

/* Returns how many placeholders a path template has. */
int gi_operation_arguments(const char *path)
{
    int n = 0;
    for (; *path != '\0'; path++)
        n += *path == '{';
    return n;
}

/* Tells a row's root from another; rows without one are under every root. */
static int has_root(const gi_operation *op, const char *root)
{
    return op->root == NULL || strcmp(op->root, root != NULL ? root : CALLS) == 0;
}

/* Returns the row of that name, root (NULL is the usual one) and number of arguments.
 * Else NULL and the reason. */
const gi_operation *gi_operation_find(const char *name, const char *root, int arguments,
                                      gi_why *why)
{
    const gi_operation *near = NULL;
    const char *best = NULL;
    char shown[GI_EXCERPT];
    size_t i, distance = 0;
    for (i = 0; i < GI_COUNT(rows); i++) {
        if (strcmp(rows[i].name, name) != 0 || !has_root(&rows[i], root))
            continue;
        if (gi_operation_arguments(rows[i].path) == arguments)
            return &rows[i];
        near = &rows[i];
    }
    if (near != NULL) {
        gi_why_set(why, "%s: %d arguments given, %s takes %d", name, arguments,
                   near->path, gi_operation_arguments(near->path));
        return NULL;
    }
    for (i = 0; i < GI_COUNT(rows); i++) {
        if (strcmp(rows[i].name, name) == 0)
            break;
        if (gi_closer(name, strlen(name), rows[i].name, strlen(rows[i].name), &distance))
            best = rows[i].name;
    }
    if (i < GI_COUNT(rows)) {
        root = root != NULL ? root : CALLS;
        gi_why_set(why, "%s: no such operation under %s", name,
                   gi_excerpt(shown, root, strlen(root)));
        return NULL;
    }
    gi_why_set(why,
               best != NULL ? "%s: no such operation (did you mean %s?)"
                            : "%s: no such operation",
               gi_excerpt(shown, name, strlen(name)), best);
    return NULL;
}

static void set_string(lua_State *L, const char *name, const char *value)
{
    lua_pushstring(L, value);
    lua_setfield(L, -2, name);
}

static void set_boolean(lua_State *L, const char *name, int value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, name);
}

/* Sets a field to the array of the names whose bits are set. */
static void set_names(lua_State *L, const char *field, unsigned bits,
                      const char *const *names)
{
    int n = 0;
    lua_newtable(L);
    for (; *names != NULL; names++, bits >>= 1)
        if (bits & 1) {
            lua_pushstring(L, *names);
            lua_rawseti(L, -2, ++n);
        }
    lua_setfield(L, -2, field);
}

/* Pushes a row as a table. */
void gi_operation_push(lua_State *L, const gi_operation *op)
{
    static const char *const clouds[] = {"global", "usgov", "dod", "china", NULL};
    static const char *const versions[] = {"v1.0", "beta", NULL};
    static const char *const answers[] = {"nothing", "one", "page", "count"};
    size_t i;
    lua_createtable(L, 0, 16);
    set_string(L, "id", op->id);
    set_string(L, "name", op->name);
    set_string(L, "method", op->method);
    set_string(L, "path", op->path);
    set_string(L, "status", op->status);
    set_string(L, "answer", answers[op->answer]);
    set_boolean(L, "collection", op->answer == GI_PAGE);
    set_boolean(L, "safe", op->flags & GI_SAFE);
    lua_pushinteger(L, gi_operation_arguments(op->path));
    lua_setfield(L, -2, "arguments");
    if (op->root != NULL)
        set_string(L, "root", op->root);
    if (op->sends != GI_T_NONE)
        set_string(L, "sends", gi_types[op->sends].name);
    if (op->expects != GI_T_NONE)
        set_string(L, "expects", gi_types[op->expects].name);
    else if (op->answer == GI_NUMBER)
        set_string(L, "expects", answers[op->answer]);
    set_names(L, "clouds", op->clouds, clouds);
    set_names(L, "versions", op->versions, versions);
    lua_newtable(L);
    for (i = 0; i < GI_COUNT(op->success) && op->success[i] != GI_NO_STATUS; i++) {
        lua_pushinteger(L, 200 + op->success[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "success");
}

/* Returns a string field of the table at i; NULL where it is none, has control characters
 * or is not UTF-8. The string stays alive in the table at keep, since a finalizer may
 * take it out of the caller's. */
static const char *get_string(lua_State *L, int i, int keep, const char *name)
{
    const char *s = NULL;
    size_t len = 0;
    lua_pushstring(L, name);
    lua_pushvalue(L, -1);
    lua_rawget(L, i);
    if (lua_type(L, -1) == LUA_TSTRING)
        s = lua_tolstring(L, -1, &len);
    lua_rawset(L, keep);
    return s != NULL && (gi_has_control(s, len) || !gi_is_utf8(s, len)) ? NULL : s;
}

static int get_boolean(lua_State *L, int i, const char *name)
{
    int yes;
    lua_pushstring(L, name);
    lua_rawget(L, i);
    yes = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return yes;
}

/* Reads the type that a field names. Returns 0, or -1 and the reason. */
static int get_type(lua_State *L, int i, int keep, const char *name, uint8_t *type,
                    gi_why *why)
{
    const char *s = get_string(L, i, keep, name);
    char shown[GI_EXCERPT];
    int absent;
    *type = GI_T_NONE;
    lua_pushstring(L, name);
    lua_rawget(L, i);
    absent = lua_isnil(L, -1);
    lua_pop(L, 1);
    if (absent || (s != NULL && strcmp(s, "count") == 0))
        return 0;
    if (s == NULL)
        return gi_why_set(why, "%s: not the name of a type", name);
    *type = (uint8_t)gi_type_find(s, strlen(s));
    if (*type != GI_T_NONE)
        return 0;
    return gi_why_set(why, "%s: no type %s", name, gi_excerpt(shown, s, strlen(s)));
}

/* Reads a caller's own row. Returns 0, or -1 and the reason. */
static int get_custom(lua_State *L, int i, int keep, gi_operation *op, gi_why *why)
{
    const char *expects = get_string(L, i, keep, "expects");
    if (op->method == NULL || op->path == NULL || op->path[0] != '/')
        return gi_why_set(why,
                          "an operation needs a method and a path that starts with /");
    if (op->method[0] == '\0' ||
        op->method[strspn(op->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] != '\0')
        return gi_why_set(why, "method: not an HTTP method");
    if (strpbrk(op->path, " ?#") != NULL)
        return gi_why_set(why, "path: has a character that does not belong into one");
    if (get_type(L, i, keep, "sends", &op->sends, why) != 0 ||
        get_type(L, i, keep, "expects", &op->expects, why) != 0)
        return -1;
    if (get_boolean(L, i, "collection"))
        op->answer = GI_PAGE;
    else
        op->answer =
            expects != NULL && strcmp(expects, "count") == 0 ? GI_NUMBER : GI_ONE;
    return 0;
}

/* Returns the operation that the table at i stands for: one of ours, known by identity in
 * the table rows or by its fields, else the caller's own, read into custom: then it
 * leaves a value on the stack that keeps its texts. NULL and the reason where it is none.
 */
const gi_operation *gi_operation_of(lua_State *L, int i, int rows_index,
                                    gi_operation *custom, gi_why *why)
{
    const gi_operation *op;
    size_t known;
    int keep;
    lua_pushvalue(L, i);
    lua_rawget(L, rows_index);
    known = (size_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (known > 0)
        return gi_operation_row(known - 1);
    lua_newtable(L);
    keep = lua_gettop(L);
    memset(custom, 0, sizeof(*custom));
    custom->name = get_string(L, i, keep, "name");
    custom->method = get_string(L, i, keep, "method");
    custom->path = get_string(L, i, keep, "path");
    custom->root = get_string(L, i, keep, "root");
    if (custom->name != NULL && custom->method != NULL && custom->path != NULL) {
        op = gi_operation_find(custom->name, custom->root,
                               gi_operation_arguments(custom->path), why);
        if (op != NULL && strcmp(op->path, custom->path) == 0 &&
            strcmp(op->method, custom->method) == 0)
            return op;
    }
    return get_custom(L, i, keep, custom, why) == 0 ? custom : NULL;
}
