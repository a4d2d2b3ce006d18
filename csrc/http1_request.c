/* http1_request.c - the bytes of a request record in HTTP/1.1. */
#include "gi.h"
#include <string.h>

typedef struct url {
    const char *host; /* with its port, where that is not the scheme's */
    const char *port; /* the scheme's, where the URL has none: else NULL */
    const char *path; /* from the slash or the question mark on */
    size_t host_len, path_len;
} url;

enum { METHOD = 2, URL, HEADERS, BODY }; /* stack indices */

static int put(gi_buf *b, const char *s, size_t len, gi_why *why)
{
    return gi_buf_add(b, s, len) == 0 ? 0 : gi_why_set(why, "out of memory");
}

static int puts_text(gi_buf *b, const char *s, gi_why *why)
{
    return put(b, s, strlen(s), why);
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

static int put_host(gi_buf *b, const url *u, int with_port, gi_why *why)
{
    if (put(b, u->host, u->host_len, why) != 0)
        return -1;
    if (!with_port || u->port == NULL)
        return 0;
    return put(b, ":", 1, why) != 0 ? -1 : puts_text(b, u->port, why);
}

/* The request line and Host. A tunnel is asked for by host and port. */
static int put_first(gi_buf *b, const char *method, size_t len, const url *u, gi_why *why)
{
    int connect = len == 7 && memcmp(method, "CONNECT", 7) == 0;
    if (put(b, method, len, why) != 0 || put(b, " ", 1, why) != 0)
        return -1;
    if (connect) {
        if (put_host(b, u, 1, why) != 0)
            return -1;
    } else if ((u->path_len == 0 || u->path[0] != '/') && put(b, "/", 1, why) != 0) {
        return -1;
    } else if (put(b, u->path, u->path_len, why) != 0) {
        return -1;
    }
    if (puts_text(b, " HTTP/1.1\r\nHost: ", why) != 0 ||
        put_host(b, u, connect, why) != 0)
        return -1;
    return puts_text(b, "\r\n", why);
}

/* Adds the header whose name and value are on the top. */
static int put_header(lua_State *L, gi_buf *b, gi_why *why)
{
    const char *name, *value;
    size_t name_len, len;
    char *p;
    if (lua_type(L, -2) != LUA_TSTRING)
        return gi_why_set(why, "the name of a header is not a string");
    name = lua_tolstring(L, -2, &name_len);
    if (!gi_is_token(name, name_len))
        return gi_why_set(why, "the name of a header is empty or has a character that is "
                               "not allowed there (letters, digits and - are)");
    if (lua_type(L, -1) != LUA_TSTRING)
        return gi_why_set(why, "header %.100s: not a string", name);
    value = lua_tolstring(L, -1, &len);
    if (!gi_is_field(value, len))
        return gi_why_set(why,
                          "header %.100s: its value has a control character (CR, LF, NUL "
                          "or another), which would end the line",
                          name);
    if (gi_is_framing(name, name_len))
        return gi_why_set(why, "header %.100s: it is set by the transport, leave it out",
                          name);
    if (gi_buf_reserve(b, name_len + len + 4) != 0)
        return gi_why_set(why, "out of memory");
    p = b->p + b->len;
    memcpy(p, name, name_len);
    p += name_len;
    *p++ = ':';
    *p++ = ' ';
    memcpy(p, value, len);
    p += len;
    *p++ = '\r';
    *p++ = '\n';
    b->len = (size_t)(p - b->p);
    return 0;
}

/* Adds the headers in the table, if there is one. Nothing here can unpack an answer, so
 * that it must not be packed unless the caller wants it so. */
static int put_headers(lua_State *L, gi_buf *b, gi_why *why)
{
    static const char encoding[] = "Accept-Encoding";
    const char *name;
    size_t len;
    int packed = 0;
    if (!lua_isnil(L, HEADERS) && !lua_istable(L, HEADERS))
        return gi_why_set(why, "the request's headers are not a table");
    lua_pushnil(L);
    while (lua_istable(L, HEADERS) && lua_next(L, HEADERS)) {
        if (put_header(L, b, why) != 0)
            return -1;
        name = lua_tolstring(L, -2, &len);
        packed |= len == sizeof(encoding) - 1 && gi_same_word(name, encoding, len);
        lua_pop(L, 1);
    }
    return packed ? 0 : puts_text(b, "Accept-Encoding: identity\r\n", why);
}

/* The end of the head, and the body. A POST, PUT or PATCH has a length even where it has
 * no body. */
static int put_body(lua_State *L, gi_buf *b, const char *method, gi_why *why)
{
    size_t len = 0;
    const char *body = NULL;
    char digits[GI_NUMBER_TEXT];
    if (lua_type(L, BODY) == LUA_TSTRING)
        body = lua_tolstring(L, BODY, &len);
    else if (!lua_isnil(L, BODY))
        return gi_why_set(why, "the request's body is not a string");
    if (body == NULL && strcmp(method, "POST") != 0 && strcmp(method, "PUT") != 0 &&
        strcmp(method, "PATCH") != 0)
        return puts_text(b, "\r\n", why);
    if (puts_text(b, "Content-Length: ", why) != 0 ||
        put(b, digits, gi_format_int64(digits, (int64_t)len), why) != 0 ||
        puts_text(b, "\r\n\r\n", why) != 0)
        return -1;
    return body != NULL ? put(b, body, len, why) : 0;
}

static int put_request(lua_State *L, gi_buf *b, gi_why *why)
{
    size_t len, url_len;
    const char *method = NULL, *text = NULL;
    url u;
    if (lua_type(L, METHOD) == LUA_TSTRING)
        method = lua_tolstring(L, METHOD, &len);
    if (method == NULL || !gi_is_token(method, len))
        return gi_why_set(why, "the request's method is not a word such as GET or POST");
    if (lua_type(L, URL) == LUA_TSTRING)
        text = lua_tolstring(L, URL, &url_len);
    if (text == NULL)
        return gi_why_set(why, "the request has no URL");
    if (read_url(&u, text, url_len, why) != 0 ||
        put_first(b, method, len, &u, why) != 0 || put_headers(L, b, why) != 0)
        return -1;
    return put_body(L, b, method, why);
}

/* core.http1_request(request) -> bytes | nil, why */
int Lgi_http1_request(lua_State *L)
{
    static const uint8_t words[] = {GI_W_METHOD, GI_W_URL, GI_W_HEADERS, GI_W_BODY};
    gi_codec *c = lua_touserdata(L, lua_upvalueindex(1));
    gi_buf *b;
    gi_why why;
    size_t i;
    int rc;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    for (i = 0; i < GI_COUNT(words); i++) {
        gi_word(L, c, lua_upvalueindex(2), words[i]);
        lua_rawget(L, 1);
    }
    why.path = 0;
    b = gi_borrow(L, &c->buf);
    rc = put_request(L, b, &why);
    if (rc == 0)
        lua_pushlstring(L, b->p, b->len);
    gi_release(b);
    return rc == 0 ? 1 : gi_fail(L, why.text);
}
