/* http1_request.c - the bytes of a request record in HTTP/1.1. */
#include "gi.h"
#include <stdio.h>
#include <string.h>

typedef struct url {
    const char *host; /* with its port, where that is not the scheme's */
    const char *port; /* the scheme's, where the URL has none: else NULL */
    const char *path; /* from the slash or the question mark on */
    size_t host_len, path_len;
} url;

#define OWN 24 /* bytes from which on a text may be a part of its own */

enum { PARTS = 2, METHOD, URL, HEADERS, BODY }; /* stack indices */

/* Where the bytes go: all into the buffer; or, where PARTS is a table, there in parts. */
typedef struct writer {
    lua_State *L;
    gi_buf *b; /* what is not in a part */
    int parts; /* how many there are; -1: all is to stay in the buffer */
    gi_why *why;
} writer;

static int put(writer *w, const char *s, size_t len)
{
    return gi_buf_add(w->b, s, len) == 0 ? 0 : gi_why_set(w->why, "out of memory");
}

static int put_text(writer *w, const char *s)
{
    return put(w, s, strlen(s));
}

/* Makes a part of what the buffer has. May raise. */
static void end_part(writer *w)
{
    if (w->parts < 0 || w->b->len == 0)
        return;
    lua_pushlstring(w->L, w->b->p, w->b->len);
    lua_rawseti(w->L, PARTS, ++w->parts);
    w->b->len = 0;
}

/* Puts what may be another text at each call: a part of its own where it is not short. It
 * is the string at index i, if that is not 0. May raise. */
static int put_value(writer *w, int i, const char *s, size_t len)
{
    if (w->parts < 0 || len < OWN)
        return put(w, s, len);
    end_part(w);
    if (i != 0)
        lua_pushvalue(w->L, i);
    else
        lua_pushlstring(w->L, s, len);
    lua_rawseti(w->L, PARTS, ++w->parts);
    return 0;
}

/* Passes the port behind a host. Returns 0, or -1 where it is none. */
static int read_port(url *u, size_t at, gi_why *why)
{
    const char *digits = u->host + at + 1;
    size_t n = u->host_len - at - 1, i;
    for (i = 0; i < n; i++)
        if (digits[i] < '0' || digits[i] > '9')
            return gi_why_set(why, "the request's URL has a port that is no number");
    if (n == 0 || (n == strlen(u->port) && memcmp(digits, u->port, n) == 0))
        u->host_len = at;
    else
        u->port = NULL;
    return 0;
}

/* Takes a URL apart. */
static int read_url(url *u, const char *s, size_t len, gi_why *why)
{
    const char *end = s + len, *p;
    size_t scheme = len >= 7 && gi_same_word(s, "http://", 7)    ? 7
                    : len >= 8 && gi_same_word(s, "https://", 8) ? 8
                                                                 : 0;
    if (scheme == 0)
        return gi_why_set(why,
                          "the request's URL does not begin with http:// or https://");
    if (gi_has_below(s, len, '!'))
        return gi_why_set(why,
                          "the request's URL has a blank or a control character (CR, "
                          "LF, NUL or another): percent-encode it");
    u->port = scheme == 7 ? "80" : "443";
    u->host = s + scheme;
    for (p = u->host; p < end && strchr("/?#", *p) == NULL; p++)
        if (*p == '@')
            return gi_why_set(why, "the request's URL carries a user name: take it out, "
                                   "and use the option auth or headers");
        else if (*p == '\\')
            return gi_why_set(why, "the request's URL has a backslash in its host");
    u->host_len = (size_t)(p - u->host);
    u->path = p;
    u->path_len = len - scheme - u->host_len;
    if ((p = memchr(u->path, '#', u->path_len)) != NULL)
        u->path_len = (size_t)(p - u->path);
    for (p = u->path; p > u->host && p[-1] != ':' && p[-1] != ']'; p--)
        continue;
    if (p > u->host && p[-1] == ':' && read_port(u, (size_t)(p - u->host) - 1, why) != 0)
        return -1;
    return u->host_len > 0 ? 0 : gi_why_set(why, "the request's URL has no host");
}

static int put_host(writer *w, const url *u, int with_port)
{
    if (put(w, u->host, u->host_len) != 0)
        return -1;
    if (!with_port || u->port == NULL)
        return 0;
    return put_text(w, ":") != 0 ? -1 : put_text(w, u->port);
}

/* The request line and Host. A tunnel is asked for by host and port. */
static int put_first(writer *w, const char *method, size_t len, const url *u)
{
    int connect = len == 7 && memcmp(method, "CONNECT", 7) == 0;
    if (put(w, method, len) != 0 || put_text(w, " ") != 0)
        return -1;
    if (connect) {
        if (put_host(w, u, 1) != 0)
            return -1;
    } else if ((u->path_len == 0 || u->path[0] != '/') && put_text(w, "/") != 0) {
        return -1;
    } else if (put_value(w, 0, u->path, u->path_len) != 0) {
        return -1;
    }
    if (put_text(w, " HTTP/1.1\r\nHost: ") != 0 || put_host(w, u, connect) != 0)
        return -1;
    return put_text(w, "\r\n");
}

/* Adds the header whose name and value are on the top. */
static int put_header(writer *w)
{
    lua_State *L = w->L;
    int top = lua_gettop(L);
    const char *name, *value;
    size_t name_len, len;
    if (lua_type(L, -2) != LUA_TSTRING)
        return gi_why_set(w->why, "the name of a header is not a string");
    name = lua_tolstring(L, -2, &name_len);
    if (!gi_is_token(name, name_len))
        return gi_why_set(w->why,
                          "the name of a header is empty or has a character that is "
                          "not allowed there (letters, digits and - are)");
    if (lua_type(L, -1) != LUA_TSTRING)
        return gi_why_set(w->why, "header %.100s: not a string", name);
    value = lua_tolstring(L, -1, &len);
    if (!gi_is_field(value, len))
        return gi_why_set(w->why,
                          "header %.100s: its value has a control character (CR, LF, NUL "
                          "or another), which would end the line",
                          name);
    if (gi_is_framing(name, name_len))
        return gi_why_set(
            w->why, "header %.100s: it is set by the transport, leave it out", name);
    if (put(w, name, name_len) != 0 || put(w, ": ", 2) != 0 ||
        put_value(w, top, value, len) != 0)
        return -1;
    return put(w, "\r\n", 2);
}

/* Adds the headers in the table, if there is one. Nothing here can unpack an answer, so
 * that it must not be packed unless the caller wants it so. */
static int put_headers(writer *w)
{
    static const char encoding[] = "Accept-Encoding";
    lua_State *L = w->L;
    const char *name;
    size_t len;
    int packed = 0;
    if (!lua_isnil(L, HEADERS) && !lua_istable(L, HEADERS))
        return gi_why_set(w->why, "the request's headers are not a table");
    lua_pushnil(L);
    while (lua_istable(L, HEADERS) && lua_next(L, HEADERS)) {
        if (put_header(w) != 0)
            return -1;
        name = lua_tolstring(L, -2, &len);
        packed |= len == sizeof(encoding) - 1 && gi_same_word(name, encoding, len);
        lua_pop(L, 1);
    }
    return packed ? 0 : put_text(w, "Accept-Encoding: identity\r\n");
}

/* The end of the head, and the body. A POST, PUT or PATCH has a length even where it has
 * no body. */
static int put_body(writer *w, const char *method)
{
    size_t len = 0;
    const char *body = NULL;
    char line[64];
    if (lua_type(w->L, BODY) == LUA_TSTRING)
        body = lua_tolstring(w->L, BODY, &len);
    else if (!lua_isnil(w->L, BODY))
        return gi_why_set(w->why, "the request's body is not a string");
    if (body == NULL && strcmp(method, "POST") != 0 && strcmp(method, "PUT") != 0 &&
        strcmp(method, "PATCH") != 0)
        return put_text(w, "\r\n");
    snprintf(line, sizeof(line), "Content-Length: %zu\r\n\r\n", len);
    if (put_text(w, line) != 0)
        return -1;
    return body != NULL ? put_value(w, BODY, body, len) : 0;
}

static int put_request(writer *w)
{
    lua_State *L = w->L;
    size_t len, url_len;
    const char *method = NULL, *text = NULL;
    url u;
    if (lua_type(L, METHOD) == LUA_TSTRING)
        method = lua_tolstring(L, METHOD, &len);
    if (method == NULL || !gi_is_token(method, len))
        return gi_why_set(w->why,
                          "the request's method is not a word such as GET or POST");
    if (lua_type(L, URL) == LUA_TSTRING)
        text = lua_tolstring(L, URL, &url_len);
    if (text == NULL)
        return gi_why_set(w->why, "the request has no URL");
    if (read_url(&u, text, url_len, w->why) != 0 || put_first(w, method, len, &u) != 0 ||
        put_headers(w) != 0)
        return -1;
    return put_body(w, method);
}

/* Takes what is left of a longer request from the parts. */
static void end_parts(writer *w)
{
    int i;
    end_part(w);
    for (i = w->parts + 1; lua_rawgeti(w->L, PARTS, i), !lua_isnil(w->L, -1); i++) {
        lua_pop(w->L, 1);
        lua_pushnil(w->L);
        lua_rawseti(w->L, PARTS, i);
    }
    lua_settop(w->L, PARTS);
}

/* core.http1_request(request, parts|nil) -> bytes, or the table parts with them | nil,
 * why A long string that is new at each call is dear in LuaJIT, which does not look at
 * all of it to find a place for it; a socket that takes parts needs none. */
int Lgi_http1_request(lua_State *L)
{
    static const uint8_t words[] = {GI_W_METHOD, GI_W_URL, GI_W_HEADERS, GI_W_BODY};
    gi_codec *c = lua_touserdata(L, lua_upvalueindex(1));
    gi_why why;
    writer w = {L, NULL, -1, &why};
    size_t i;
    int rc;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, PARTS);
    if (!lua_isnil(L, PARTS)) {
        luaL_checktype(L, PARTS, LUA_TTABLE);
        w.parts = 0;
    }
    for (i = 0; i < GI_COUNT(words); i++) {
        gi_word(L, c, lua_upvalueindex(2), words[i]);
        lua_rawget(L, 1);
    }
    why.path = 0;
    w.b = gi_borrow(L, &c->buf);
    rc = put_request(&w);
    if (rc == 0 && w.parts >= 0)
        end_parts(&w);
    else if (rc == 0)
        lua_pushlstring(L, w.b->p, w.b->len);
    gi_release(w.b);
    return rc == 0 ? 1 : gi_fail(L, why.text);
}
