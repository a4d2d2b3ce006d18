/* rules.c - what the documentation asks of a body on two rows, checked before it is sent:
 * reference 2.1 A1 with 5.2 and 5.5, and 2.2 B1. Access to tables is raw. Every function
 * returns 0, or -1 and the reason. */
#include "gi.h"
#include <string.h>

#define MAX_CONTEXT 256
#define MAX_PARTICIPANTS 5
#define MAX_CC 1

/* Pushes a member of the table at i; nil where i is no table. Null counts as nil. */
static int push_member(lua_State *L, int i, const char *name)
{
    if (lua_type(L, i) != LUA_TTABLE) {
        lua_pushnil(L);
        return LUA_TNIL;
    }
    lua_pushstring(L, name);
    lua_rawget(L, i < 0 ? i - 1 : i);
    if (lua_type(L, -1) == LUA_TLIGHTUSERDATA && lua_touserdata(L, -1) == NULL) {
        lua_pop(L, 1);
        lua_pushnil(L);
    }
    return lua_type(L, -1);
}

static int fault(gi_why *why, const char *name, const char *text)
{
    gi_why_set(why, "%s", text);
    return gi_why_member(why, name, strlen(name));
}

/* Leaves the required string on the stack. */
static int require_string(lua_State *L, int body, const char *name, gi_why *why)
{
    int type = push_member(L, body, name);
    if (type == LUA_TNIL)
        return fault(why, name, "required");
    if (type != LUA_TSTRING)
        return fault(why, name, "not a String");
    return 0;
}

/* Reference 5.2: which addresses can be invited. */
static const char *address_fault(const char *s, size_t len)
{
    static const char forbidden[] = "~!#$%^&*()+=[]{}\\/|;:\"<>?, ";
    const char *at = memchr(s, '@', len);
    size_t i, user, domain;
    if (gi_has_control(s, len))
        return "has a control character";
    if (at == NULL)
        return "not an e-mail address: it has no @";
    user = (size_t)(at - s);
    domain = len - user - 1;
    if (memchr(at + 1, '@', domain) != NULL)
        return "not an e-mail address: it has more than one @";
    if (user == 0 || domain == 0 || memchr(at + 1, ' ', domain) != NULL)
        return "not an e-mail address: a name, @ and a domain are needed";
    for (i = 0; i < user; i++)
        if (strchr(forbidden, s[i]) != NULL)
            return "cannot be invited: ~ ! # $ % ^ & * ( ) + = [ ] { } \\ / | ; : \" < > "
                   "? , and "
                   "space are not allowed before the @";
    if (s[0] == '.' || s[0] == '-' || s[user - 1] == '.' || s[user - 1] == '-')
        return "cannot be invited: the name before the @ begins or ends with . or -";
    return NULL;
}

static const char *redirect_fault(const char *s, size_t len)
{
    size_t scheme = 0, i;
    if (len > 8 && gi_same_word(s, "https://", 8))
        scheme = 8;
    else if (len > 7 && gi_same_word(s, "http://", 7))
        scheme = 7;
    if (gi_has_control(s, len))
        return "has a control character";
    if (scheme == 0 || strchr("/?#", s[scheme]) != NULL)
        return "not an absolute http or https URL";
    for (i = scheme; i < len; i++)
        if (s[i] == ' ' || s[i] == '<' || s[i] == '>' || s[i] == '"')
            return "not a URL: it has a character that must be percent-encoded";
    return NULL;
}

/* At most one cc recipient is supported (reference 1.5). */
static int check_cc(lua_State *L, int body, const char *name, gi_why *why)
{
    push_member(L, body, name);
    if (push_member(L, -1, "ccRecipients") == LUA_TTABLE && gi_rawlen(L, -1) > MAX_CC) {
        gi_why_set(why, "%d given, Microsoft Graph supports one", (int)gi_rawlen(L, -1));
        gi_why_member(why, "ccRecipients", 12);
        return gi_why_member(why, name, strlen(name));
    }
    lua_pop(L, 2);
    return 0;
}

static int check_reset(lua_State *L, int body, gi_why *why)
{
    int missing;
    push_member(L, body, "resetRedemption");
    push_member(L, body, "invitedUser");
    missing = lua_toboolean(L, -2) && push_member(L, -1, "id") == LUA_TNIL;
    if (missing)
        return fault(why, "invitedUser.id", "required when resetRedemption is true");
    return 0;
}

/* The body of A1, at the absolute index body. The caller restores the stack. */
int gi_rules_invitation(lua_State *L, int body, gi_why *why)
{
    const char *s, *wrong;
    size_t len;
    if (require_string(L, body, "invitedUserEmailAddress", why) != 0)
        return -1;
    s = lua_tolstring(L, -1, &len);
    if ((wrong = address_fault(s, len)) != NULL)
        return fault(why, "invitedUserEmailAddress", wrong);
    if (require_string(L, body, "inviteRedirectUrl", why) != 0)
        return -1;
    s = lua_tolstring(L, -1, &len);
    if ((wrong = redirect_fault(s, len)) != NULL)
        return fault(why, "inviteRedirectUrl", wrong);
    if (check_cc(L, body, "invitedUserMessageInfo", why) != 0 ||
        check_cc(L, body, "InvitedUserMessageInfo", why) != 0)
        return -1;
    return check_reset(L, body, why);
}

/* Counts the characters of a UTF-8 text. */
static size_t characters(const char *s, size_t len)
{
    size_t i, n = 0;
    for (i = 0; i < len; i++)
        n += ((unsigned char)s[i] & 0xc0) != 0x80;
    return n;
}

static int check_participant(lua_State *L, int list, int i, gi_why *why)
{
    int type;
    lua_rawgeti(L, list, i);
    type = lua_type(L, -1);
    if (type == LUA_TTABLE && push_member(L, -1, "identity") == LUA_TNIL) {
        fault(why, "identity", "required");
        gi_why_index(why, (size_t)i);
        return gi_why_member(why, "participants", 12);
    }
    lua_settop(L, list);
    return 0;
}

/* The body of B1, at the absolute index body. The caller restores the stack. */
int gi_rules_invite(lua_State *L, int body, gi_why *why)
{
    const char *s;
    size_t len, n;
    int i;
    if (push_member(L, body, "clientContext") == LUA_TSTRING) {
        s = lua_tolstring(L, -1, &len);
        if ((n = characters(s, len)) > MAX_CONTEXT) {
            gi_why_set(why, "%lu characters, at most %d are allowed", (unsigned long)n,
                       MAX_CONTEXT);
            return gi_why_member(why, "clientContext", 13);
        }
    }
    if (push_member(L, body, "participants") == LUA_TNIL)
        return fault(why, "participants", "required");
    if (lua_type(L, -1) != LUA_TTABLE)
        return 0; /* the codec says what is wrong with it */
    n = gi_rawlen(L, -1);
    if (n > MAX_PARTICIPANTS) {
        gi_why_set(why, "%lu given, at most %d can be invited in one request",
                   (unsigned long)n, MAX_PARTICIPANTS);
        return gi_why_member(why, "participants", 12);
    }
    for (i = 1; i <= (int)n; i++)
        if (check_participant(L, lua_gettop(L), i, why) != 0)
            return -1;
    return 0;
}
