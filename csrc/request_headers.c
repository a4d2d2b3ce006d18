/* request_headers.c - the headers of a request record: ours and the caller's. */
#include "request.h"
#include <stdio.h>
#include <string.h>

/* Sets a field of the table at t to a word. */
static void set_words(gi_builder *u, int t, int word, int value)
{
    gi_word(u->L, u->c, u->keys, word);
    gi_word(u->L, u->c, u->keys, value);
    lua_rawset(u->L, t);
}

/* Checks the header value on the top. given is how the caller knows it. */
static int check_header(gi_builder *u, const char *given)
{
    size_t len;
    const char *s = lua_tolstring(u->L, -1, &len);
    if (s == NULL || gi_has_control(s, len))
        return gi_why_set(u->why, "%.80s: %s", given,
                          s == NULL ? "not a string" : "has a control character");
    return 0;
}

/* Tells whether a header is the transport's, because it says where the message ends or
 * how the connection goes on. */
int gi_is_framing(const char *name, size_t len)
{
    static const struct {
        size_t len;
        const char *name;
    } rows[] = {
        {2, "TE"},
        {4, "Host"},
        {6, "Expect"},
        {7, "Trailer"},
        {7, "Upgrade"},
        {10, "Connection"},
        {10, "Keep-Alive"},
        {14, "Content-Length"},
        {17, "Transfer-Encoding"},
    };
    size_t i;
    for (i = 0; i < GI_COUNT(rows); i++)
        if (rows[i].len == len && gi_same_word(rows[i].name, name, len))
            return 1;
    return 0;
}

/* Copies the caller's headers onto the table on the top. A name that we set too, in any
 * case, replaces ours. */
static int add_headers(gi_builder *u)
{
    static const char *const ours[] = {"Accept",     "Content-Type",  "client-request-id",
                                       "User-Agent", "Authorization", "ConsistencyLevel"};
    lua_State *L = u->L;
    int given;
    if (u->options == 0)
        return 0;
    gi_word(L, u->c, u->keys, GI_W_HEADERS);
    lua_rawget(L, u->options);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        return 0;
    }
    if (!lua_istable(L, -1))
        return gi_why_set(u->why, "headers: not a table");
    given = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, given) != 0) {
        const char *name, *key;
        char shown[80];
        size_t len, i;
        if (lua_type(L, -2) != LUA_TSTRING)
            return gi_why_set(u->why, "headers: a name is a %s", luaL_typename(L, -2));
        name = key = lua_tolstring(L, -2, &len);
        if (!gi_is_token(name, len))
            return gi_why_set(u->why,
                              "headers: a name has a character that is not allowed");
        if (gi_is_framing(name, len))
            return gi_why_set(u->why, "headers: %s is set by the transport", name);
        for (i = 0; i < GI_COUNT(ours); i++)
            if (strlen(ours[i]) == len && gi_same_word(ours[i], name, len))
                key = ours[i];
        snprintf(shown, sizeof(shown), "headers.%.60s", key);
        if (check_header(u, shown) != 0)
            return -1;
        lua_setfield(L, given - 1, key);
    }
    lua_pop(L, 1);
    return 0;
}

/* Tells whether the call is one of reference 3.8's advanced directory queries. */
static int is_advanced(gi_builder *u, const gi_operation *op)
{
    size_t len;
    int yes = op->answer == GI_NUMBER;
    if (u->bare)
        return yes;
    gi_request_option(u, GI_W_SEARCH, &len);
    gi_request_option(u, GI_W_COUNT, &len);
    yes = yes || (u->options != 0 && (!lua_isnil(u->L, -1) || !lua_isnil(u->L, -2)));
    lua_pop(u->L, 2);
    return yes;
}

/* Pushes the table of headers. Returns 0, or -1 and the reason. */
int gi_request_headers(gi_builder *u, const gi_operation *op, int has_body)
{
    lua_State *L = u->L;
    int headers;
    size_t len;
    lua_createtable(L, 0, 5);
    headers = lua_gettop(L);
    set_words(u, headers, GI_W_ACCEPT, op->answer == GI_NUMBER ? GI_W_PLAIN : GI_W_JSON);
    if (has_body)
        set_words(u, headers, GI_W_CONTENT_TYPE, GI_W_JSON);
    if ((op->flags & GI_DIRECTORY) && is_advanced(u, op))
        set_words(u, headers, GI_W_CONSISTENCY, GI_W_EVENTUAL);
    if (gi_request_option(u, GI_W_USER_AGENT_OPTION, &len) == NULL) {
        if (u->why->text[0] != '\0')
            return -1;
        lua_pop(L, 1);
    } else if (check_header(u, "user_agent") != 0) {
        return -1;
    } else {
        gi_request_set(u, headers, GI_W_USER_AGENT);
    }
    return add_headers(u);
}
