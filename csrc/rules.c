/* rules.c - what the documentation asks of a body on two rows, checked before it is sent:
 * reference 2.1 A1 with 5.2 and 5.5, and 2.2 B1. Access to tables is raw. Every function
 * returns 0, or -1 and the reason. */
#include "gi.h"
#include <string.h>

#define MAX_CONTEXT 256
#define MAX_PARTICIPANTS 5
#define MAX_CC 1

typedef struct rules {
    lua_State *L;
    const gi_codec *c;
    gi_why *why;
    int keys, body; /* stack indices */
} rules;

/* Pushes a member of the table at i, an absolute index; nil where i is no table. Null
 * counts as nil. */
static int push_member(const rules *r, int i, int word)
{
    lua_State *L = r->L;
    if (lua_type(L, i) != LUA_TTABLE) {
        lua_pushnil(L);
        return LUA_TNIL;
    }
    gi_word(L, r->c, r->keys, word);
    lua_rawget(L, i);
    if (lua_type(L, -1) == LUA_TLIGHTUSERDATA && lua_touserdata(L, -1) == NULL) {
        lua_pop(L, 1);
        lua_pushnil(L);
    }
    return lua_type(L, -1);
}

/* Names the member that an explanation is about. */
static int in_member(const rules *r, int word)
{
    return gi_why_member(r->why, gi_words[word], strlen(gi_words[word]));
}

static int fault(const rules *r, int word, const char *text)
{
    gi_why_set(r->why, "%s", text);
    return in_member(r, word);
}

/* Checks a required string. */
static int check_string(const rules *r, int word,
                        const char *(*find_fault)(const char *, size_t))
{
    int type = push_member(r, r->body, word);
    const char *s, *wrong;
    size_t len;
    if (type == LUA_TNIL)
        return fault(r, word, "required");
    if (type != LUA_TSTRING)
        return fault(r, word, "not a String");
    s = lua_tolstring(r->L, -1, &len);
    wrong = find_fault(s, len);
    return wrong == NULL ? 0 : fault(r, word, wrong);
}

/* Letters and digits stand for themselves everywhere: most characters are these. */
static int is_plain(char c)
{
    char letter = (char)(c | 0x20);
    return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9');
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
        if (!is_plain(s[i]) && strchr(forbidden, s[i]) != NULL)
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
        if (!is_plain(s[i]) && strchr(" <>\"", s[i]) != NULL)
            return "not a URL: it has a character that must be percent-encoded";
    return NULL;
}

/* At most one cc recipient is supported (reference 1.5). */
static int check_cc(const rules *r, int word)
{
    lua_State *L = r->L;
    if (push_member(r, r->body, word) != LUA_TTABLE ||
        push_member(r, lua_gettop(L), GI_W_CC_RECIPIENTS) != LUA_TTABLE ||
        gi_rawlen(L, -1) <= MAX_CC)
        return 0;
    gi_why_set(r->why, "%d given, Microsoft Graph supports one", (int)gi_rawlen(L, -1));
    in_member(r, GI_W_CC_RECIPIENTS);
    return in_member(r, word);
}

static int check_reset(const rules *r)
{
    push_member(r, r->body, GI_W_RESET_REDEMPTION);
    if (!lua_toboolean(r->L, -1))
        return 0;
    push_member(r, r->body, GI_W_INVITED_USER);
    if (push_member(r, lua_gettop(r->L), GI_W_ID) != LUA_TNIL)
        return 0;
    fault(r, GI_W_ID, "required when resetRedemption is true");
    return in_member(r, GI_W_INVITED_USER);
}

/* The body of A1, at the absolute index body. The caller restores the stack. */
int gi_rules_invitation(lua_State *L, const gi_codec *c, int keys, int body, gi_why *why)
{
    const rules r = {L, c, why, keys, body};
    if (check_string(&r, GI_W_INVITED_USER_EMAIL_ADDRESS, address_fault) != 0 ||
        check_string(&r, GI_W_INVITE_REDIRECT_URL, redirect_fault) != 0 ||
        check_cc(&r, GI_W_INVITED_USER_MESSAGE_INFO) != 0 ||
        check_cc(&r, GI_W_SEED_MESSAGE_INFO) != 0)
        return -1;
    return check_reset(&r);
}

/* Counts the characters of a UTF-8 text. */
static size_t characters(const char *s, size_t len)
{
    size_t i, n = 0;
    for (i = 0; i < len; i++)
        n += ((unsigned char)s[i] & 0xc0) != 0x80;
    return n;
}

static int check_participant(const rules *r, int list, int i)
{
    lua_rawgeti(r->L, list, i);
    if (lua_type(r->L, -1) == LUA_TTABLE &&
        push_member(r, list + 1, GI_W_IDENTITY) == LUA_TNIL) {
        fault(r, GI_W_IDENTITY, "required");
        gi_why_index(r->why, (size_t)i);
        return in_member(r, GI_W_PARTICIPANTS);
    }
    lua_settop(r->L, list);
    return 0;
}

/* The body of B1, at the absolute index body. The caller restores the stack. */
int gi_rules_invite(lua_State *L, const gi_codec *c, int keys, int body, gi_why *why)
{
    const rules r = {L, c, why, keys, body};
    const char *s;
    size_t len, n;
    int i;
    if (push_member(&r, body, GI_W_CLIENT_CONTEXT) == LUA_TSTRING) {
        s = lua_tolstring(L, -1, &len);
        if ((n = characters(s, len)) > MAX_CONTEXT) {
            gi_why_set(why, "%lu characters, at most %d are allowed", (unsigned long)n,
                       MAX_CONTEXT);
            return in_member(&r, GI_W_CLIENT_CONTEXT);
        }
    }
    if (push_member(&r, body, GI_W_PARTICIPANTS) == LUA_TNIL)
        return fault(&r, GI_W_PARTICIPANTS, "required");
    if (lua_type(L, -1) != LUA_TTABLE)
        return 0; /* the codec says what is wrong with it */
    n = gi_rawlen(L, -1);
    if (n > MAX_PARTICIPANTS) {
        gi_why_set(why, "%lu given, at most %d can be invited in one request",
                   (unsigned long)n, MAX_PARTICIPANTS);
        return in_member(&r, GI_W_PARTICIPANTS);
    }
    for (i = 1; i <= (int)n; i++)
        if (check_participant(&r, lua_gettop(L), i) != 0)
            return -1;
    return 0;
}
