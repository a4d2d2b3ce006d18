/* response.c - status, headers and body of a response to a value or a fault. No I/O. */
#include "gi.h"
#include <stdio.h>
#include <string.h>

#define RESPONSE 2      /* stack index of the record */
#define KEPT_BODY 16384 /* bytes of an error's body that are kept */

typedef struct answer {
    lua_State *L;
    gi_codec *c;
    const gi_operation *op;
    gi_why why;
    const char *body;
    size_t len;
    int status, keys; /* keys is a stack index */
} answer;

/* Pushes a response header, or nil. Only few answers are asked for one, and a transport
 * may take its headers apart no sooner than they are asked for. */
static const char *header(answer *a, const char *name)
{
    lua_getfield(a->L, RESPONSE, "headers");
    if (!lua_istable(a->L, -1)) {
        lua_pop(a->L, 1);
        lua_pushnil(a->L);
        return NULL;
    }
    lua_pushstring(a->L, name);
    lua_rawget(a->L, -2);
    lua_remove(a->L, -2);
    return lua_type(a->L, -1) == LUA_TSTRING ? lua_tostring(a->L, -1) : NULL;
}

static void set(lua_State *L, const char *name, const char *value)
{
    lua_pushstring(L, value);
    lua_setfield(L, -2, name);
}

/* Moves field "from" of the table at i, where it is a text and not empty, to field "to"
 * of the table on the top. */
static void copy_string(lua_State *L, int i, const char *from, const char *to)
{
    if (lua_type(L, i) != LUA_TTABLE)
        return;
    lua_pushstring(L, from);
    lua_rawget(L, i);
    if (lua_type(L, -1) == LUA_TSTRING && gi_rawlen(L, -1) > 0)
        lua_setfield(L, -2, to);
    else
        lua_pop(L, 1);
}

/* Pushes member "name" of the table at i, or nil. */
static int member(lua_State *L, int i, const char *name)
{
    if (lua_type(L, i) != LUA_TTABLE) {
        lua_pushnil(L);
        return 0;
    }
    lua_pushstring(L, name);
    lua_rawget(L, i);
    return lua_type(L, -1) == LUA_TTABLE;
}

/* Decodes the body. Returns 0 with the value on the top; -1, the stack as before and the
 * reason in why. */
static int decode(answer *a, int type, int page)
{
    int top = lua_gettop(a->L);
    if (gi_decode(a->L, a->c, a->keys, type, page, a->body, a->len, &a->why) == 0) {
        lua_replace(a->L, top + 1);
        lua_settop(a->L, top + 1);
        return 0;
    }
    lua_settop(a->L, top);
    return -1;
}

/* Sets what every fault tells on the table on the top. */
static void set_common(answer *a, const char *kind)
{
    lua_State *L = a->L;
    set(L, "kind", kind);
    lua_pushinteger(L, a->status);
    lua_setfield(L, -2, "status");
    if (header(a, "request-id") != NULL)
        lua_setfield(L, -2, "request_id");
    else
        lua_pop(L, 1);
    if (header(a, "client-request-id") != NULL)
        lua_setfield(L, -2, "client_request_id");
    else
        lua_pop(L, 1);
    lua_pushlstring(L, a->body, a->len < KEPT_BODY ? a->len : KEPT_BODY);
    lua_setfield(L, -2, "body");
}

/* The service's answer is not what the operation promises: nil, fault. */
static int broken(answer *a, const char *text)
{
    lua_State *L = a->L;
    char message[GI_WHY + 128];
    snprintf(message, sizeof(message), "the answer with status %d cannot be read: %s",
             a->status, text);
    lua_pushnil(L);
    lua_createtable(L, 0, 8);
    set(L, "message", message);
    set_common(a, "model");
    return 2;
}

/* Says what a status without a Graph error means for the caller. */
static const char *plain_message(int status)
{
    if (status >= 300 && status < 400)
        return "the service redirects this call; a redirect is not followed here";
    if (status == 502 || status == 503 || status == 504)
        return "a gateway in front of the service answered; the service itself was not "
               "reached "
               "or did not answer in time";
    return "the service refused the call without a Graph error";
}

/* The service refused: nil, fault. Reference 4.1. */
static int refused(answer *a)
{
    lua_State *L = a->L;
    int top, error, inner;
    char message[256];
    lua_pushnil(L);
    lua_createtable(L, 0, 12);
    top = lua_gettop(L);
    if (decode(a, GI_T_ERROR_RESPONSE, 0) != 0 && decode(a, GI_T_NONE, 0) != 0)
        lua_pushnil(L);
    member(L, top + 1, "error");
    error = lua_gettop(L);
    if (!member(L, error, "innerError")) {
        lua_pop(L, 1);
        member(L, error, "innererror");
    }
    inner = lua_gettop(L);
    lua_pushvalue(L, top);
    set_common(a, "graph");
    copy_string(L, inner, "requestId", "request_id");
    copy_string(L, inner, "request-id", "request_id");
    copy_string(L, inner, "client-request-id", "client_request_id");
    snprintf(message, sizeof(message), "status %d: %s", a->status,
             plain_message(a->status));
    set(L, "message", message);
    copy_string(L, error, "message", "message");
    copy_string(L, error, "code", "code");
    copy_string(L, error, "target", "target");
    if (member(L, error, "details"))
        lua_setfield(L, top, "details");
    lua_pushvalue(L, inner);
    lua_setfield(L, top, "inner_error");
    lua_settop(L, top);
    return 2;
}

/* Tells whether the object on the top is only a wrapper: its member "value" and
 * annotations are all it has (reference 10, rows 4 and 15). */
static int is_wrapper(answer *a, int type)
{
    lua_State *L = a->L;
    int t = lua_gettop(L), wraps = 0;
    if (lua_type(L, t) != LUA_TTABLE || gi_prop_find(a->c, type, "value", 5) != NULL)
        return 0;
    lua_pushnil(L);
    while (lua_next(L, t) != 0) {
        size_t len;
        const char *name = lua_tolstring(L, -2, &len);
        int is_value = len == 5 && memcmp(name, "value", 5) == 0;
        if (is_value && lua_type(L, -1) == LUA_TTABLE)
            wraps = 1;
        else if (memchr(name, '@', len) == NULL) {
            lua_settop(L, t);
            return 0;
        }
        lua_pop(L, 1);
    }
    return wraps;
}

/* Leaves the only element of the page on the top. */
static int single(answer *a)
{
    lua_State *L = a->L;
    size_t n;
    member(L, lua_gettop(L), "value");
    n = lua_type(L, -1) == LUA_TTABLE ? gi_rawlen(L, -1) : 0;
    if (n != 1) {
        gi_why_set(&a->why,
                   "one object was expected, the answer has %lu; list them instead",
                   (unsigned long)n);
        return -1;
    }
    lua_rawgeti(L, -1, 1);
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Appends a segment of a URL, percent-decoded. Returns -1 where that gives a control
 * character, -2 when memory is out. */
static int put_decoded(gi_buf *b, const char *s, size_t len)
{
    size_t i;
    for (i = 0; i < len; i++) {
        int high = s[i] == '%' && len - i > 2 ? hex_digit(s[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(s[i + 2]) : -1;
        char c = s[i];
        if (low >= 0) {
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (gi_has_control(&c, 1))
            return -1;
        if (gi_buf_add(b, &c, 1) != 0)
            return -2;
    }
    return 0;
}

/* Pushes { id = last segment of the Location header }: a 202 names the operation it began
 * only there. Returns -1 where there is none, -2 when memory is out. */
static int push_located(answer *a)
{
    const char *location = header(a, "location"), *slash;
    size_t len;
    gi_buf *id;
    int rc;
    if (location == NULL)
        return -1;
    len = strcspn(location, "?#");
    while (len > 0 && location[len - 1] == '/')
        len--;
    for (slash = location + len; slash > location && slash[-1] != '/'; slash--)
        continue;
    if (slash == location + len)
        return -1;
    id = gi_borrow(a->L, &a->c->buf);
    rc = put_decoded(id, slash, (size_t)(location + len - slash));
    if (rc == 0) {
        lua_createtable(a->L, 0, 1);
        lua_pushlstring(a->L, id->p, id->len);
        lua_setfield(a->L, -2, "id");
    }
    gi_release(id);
    return rc;
}

static int one(answer *a)
{
    int type = a->op->expects;
    if (a->len == 0) {
        int rc = a->status == 202 ? push_located(a) : -1;
        if (rc != -1)
            return rc == 0 ? 1 : broken(a, "out of memory");
        if ((a->status == 200 || a->status == 201 || strcmp(a->op->method, "GET") == 0) &&
            type != GI_T_NONE)
            return broken(a, "its body is empty");
        lua_pushboolean(a->L, 1);
        return 1;
    }
    if (decode(a, type, 0) != 0)
        return broken(a, a->why.text);
    if (type == GI_T_NONE)
        return 1;
    if (lua_type(a->L, -1) != LUA_TTABLE)
        return broken(a, "its body is null");
    if (is_wrapper(a, type) && (decode(a, type, 1) != 0 || single(a) != 0))
        return broken(a, a->why.text);
    return 1;
}

/* Tells whether the object on the top has a member that is no annotation. */
static int has_data(lua_State *L)
{
    int t = lua_gettop(L), found = 0;
    for (lua_pushnil(L); !found && lua_next(L, t) != 0; lua_pop(L, 1)) {
        size_t len;
        const char *name = lua_tolstring(L, -2, &len);
        found = memchr(name, '@', len) == NULL;
    }
    lua_settop(L, t);
    return found;
}

/* Makes what is on the top the member "value" of a new table. */
static int wrap(lua_State *L)
{
    lua_createtable(L, 0, 1);
    lua_insert(L, -2);
    lua_setfield(L, -2, "value");
    return 1;
}

/* A page is { value = {...}, annotations }. An array counts as one, a lone object as a
 * page of one, null as empty (reference 3.3 and 10, row 14). */
static int page(answer *a)
{
    lua_State *L = a->L;
    int top, type;
    if (decode(a, a->op->expects, 1) != 0)
        return broken(a, a->len == 0 ? "its body is empty" : a->why.text);
    if (lua_type(L, -1) != LUA_TTABLE)
        return broken(a, "its body is null");
    if (a->body[strspn(a->body, " \t\r\n")] == '[')
        return wrap(L);
    top = lua_gettop(L);
    member(L, top, "value");
    type = lua_type(L, -1);
    lua_settop(L, top);
    if (type == LUA_TTABLE)
        return 1;
    if (type != LUA_TNIL || !has_data(L)) {
        lua_newtable(L);
        lua_setfield(L, top, "value");
        return 1;
    }
    if (decode(a, a->op->expects, 0) != 0)
        return broken(a, a->why.text);
    lua_newtable(L);
    lua_insert(L, -2);
    lua_rawseti(L, -2, 1);
    return wrap(L);
}

/* A count comes as text/plain, at times behind a byte order mark. */
static int number(answer *a)
{
    const char *s = a->body, *end = s + a->len;
    gi_number n;
    int64_t v;
    if (a->len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
        s += 3;
    while (s < end && strchr(" \t\r\n", *s) != NULL)
        s++;
    while (s < end && strchr(" \t\r\n", end[-1]) != NULL)
        end--;
    if (!gi_number_parse(&n, s, (size_t)(end - s)) || gi_number_int64(&n, &v) != 0)
        return broken(a, "a count was expected");
    gi_push_int64(a->L, v);
    return 1;
}

/* core.response(operation, response) -> value | nil, fault */
int Lgi_response(lua_State *L)
{
    gi_operation custom;
    answer a;
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    lua_pushvalue(L, lua_upvalueindex(2));
    a.L = L;
    a.c = lua_touserdata(L, lua_upvalueindex(1));
    a.keys = 3;
    if ((a.op = gi_operation_of(L, 1, lua_upvalueindex(3), &custom, &a.why)) == NULL)
        return luaL_argerror(L, 1, a.why.text);
    gi_word(L, a.c, a.keys, GI_W_STATUS);
    lua_gettable(L, RESPONSE);
    a.status = (int)lua_tointeger(L, -1);
    if ((a.body = gi_response_body(L, RESPONSE, &a.len)) ==
        NULL) { /* the stack keeps it */
        a.body = "";
        a.len = 0;
    }
    if (a.status < 200 || a.status > 299)
        return refused(&a);
    switch (a.op->answer) {
    case GI_PAGE:
        return page(&a);
    case GI_NUMBER:
        return number(&a);
    case GI_ONE:
        return one(&a);
    default:
        lua_pushboolean(L, 1);
        return 1;
    }
}
