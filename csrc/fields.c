/* fields.c - response records: they hold what was received as it came, and take it apart
 * when a field is first asked for. Most programs want but the value that core.response
 * makes of it; and LuaJIT would compare each head, were it a string, with all the others
 * that differ in no more than a date or an id. */
#include "gi.h"
#include <string.h>
#include <strings.h>

#define RESPONSE "graphinvite.response"
#define RECEIVED "graphinvite.received"
#define REFILLED 16384 /* bytes that came in up to which a record is filled again */

typedef struct field {
    char *name, *value;
    size_t name_len, value_len;
} field;

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Takes the next header, continuation lines made one with it. Returns 0 at the end. */
static int next_field(char **at, char *end, field *f)
{
    char *p = *at, *stop, *c;
    while (p < end) {
        stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop != NULL ? stop + 1 : end;
        while (stop < end && (*stop == ' ' || *stop == '\t')) { /* the line goes on */
            for (c = stop; c > p && is_blank(c[-1]); c--)
                c[-1] = ' ';
            stop = memchr(stop, '\n', (size_t)(end - stop));
            stop = stop != NULL ? stop + 1 : end;
        }
        *at = stop;
        if ((c = memchr(p, ':', (size_t)(stop - p))) != NULL && c > p) {
            for (f->value = c + 1; f->value < stop && is_blank(*f->value); f->value++)
                continue;
            while (stop > f->value && is_blank(stop[-1]))
                stop--;
            f->value_len = (size_t)(stop - f->value);
            while (c > p && is_blank(c[-1]))
                c--;
            while (p < c && is_blank(*p))
                p++;
            f->name = p;
            f->name_len = (size_t)(c - p);
            return 1;
        }
        p = *at;
    }
    return 0;
}

/* Pushes the name in lower case. Returns a bit of its own for a frequent name, else 0.
 * Lua 5.3 and 5.4 find a constant C string again by its address, without hashing it. */
static uint32_t push_name(lua_State *L, field *f)
{
    static const struct {
        size_t len;
        const char *name;
    } frequent[] = {
        {4, "date"},
        {4, "vary"},
        {6, "server"},
        {8, "location"},
        {10, "connection"},
        {10, "request-id"},
        {11, "retry-after"},
        {12, "content-type"},
        {13, "cache-control"},
        {13, "odata-version"},
        {14, "content-length"},
        {16, "content-encoding"},
        {17, "client-request-id"},
        {17, "transfer-encoding"},
        {19, "x-ms-ags-diagnostic"},
        {25, "strict-transport-security"},
    };
    size_t i;
    for (i = 0; i < GI_COUNT(frequent); i++)
        if (frequent[i].len == f->name_len &&
            strncasecmp(frequent[i].name, f->name, f->name_len) == 0) {
            lua_pushstring(L, frequent[i].name);
            return (uint32_t)1 << i;
        }
    for (i = 0; i < f->name_len; i++)
        if (f->name[i] >= 'A' && f->name[i] <= 'Z')
            f->name[i] = (char)(f->name[i] | 32);
    lua_pushlstring(L, f->name, f->name_len);
    return 0;
}

/* Pushes the table of headers: lower-case names, repeated ones joined with ", ". */
static void push_headers(lua_State *L, char *p, size_t len)
{
    char *end = p + len, *c;
    uint32_t seen = 0;
    int lines = 0;
    field f;
    for (c = p; c < end && (c = memchr(c, '\n', (size_t)(end - c))) != NULL; c++)
        lines++;
    lua_createtable(L, 0, lines);
    while (next_field(&p, end, &f)) {
        uint32_t bit = push_name(L, &f);
        int first = bit != 0 && (seen & bit) == 0;
        seen |= bit;
        if (!first) {
            lua_pushvalue(L, -1);
            lua_rawget(L, -3);
            if ((first = lua_isnil(L, -1)) != 0)
                lua_pop(L, 1);
            else
                lua_pushliteral(L, ", ");
        }
        lua_pushlstring(L, f.value, f.value_len);
        if (!first)
            lua_concat(L, 3);
        lua_rawset(L, -3);
    }
}

/* Gives what the userdata at index i holds, or NULL: a script may have put anything
 * there. */
static gi_received *received_at(lua_State *L, int i)
{
    int same;
    if (lua_type(L, i) != LUA_TUSERDATA || !lua_getmetatable(L, i))
        return NULL;
    luaL_getmetatable(L, RECEIVED);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same ? lua_touserdata(L, i) : NULL;
}

/* Finds the body of the record at index i, and leaves on the stack what holds it: a
 * string, or what a transport in C has received. Returns NULL where there is none. */
const char *gi_response_body(lua_State *L, int i, size_t *len)
{
    const gi_received *r;
    lua_pushliteral(L, "body");
    lua_rawget(L, i);
    if (lua_isstring(L, -1))
        return lua_tolstring(L, -1, len);
    lua_rawgeti(L, i, 1);
    if ((r = received_at(L, lua_gettop(L))) == NULL)
        return NULL;
    *len = r->body_len;
    return r->bytes + r->head_len;
}

/* response.headers and response.body, asked for the first time. */
static int Lgi_response_index(lua_State *L)
{
    const char *name;
    gi_received *r;
    gi_buf *copy;
    lua_settop(L, 2);
    lua_rawgeti(L, 1, 1);
    if (lua_type(L, 2) != LUA_TSTRING || (r = received_at(L, 3)) == NULL)
        return 0;
    name = lua_tostring(L, 2);
    if (strcmp(name, "body") == 0) {
        lua_pushlstring(L, r->bytes + r->head_len, r->body_len);
    } else if (strcmp(name, "headers") == 0) {
        copy = gi_buf_new(L);
        if (gi_buf_add(copy, r->bytes, r->head_len) != 0)
            return luaL_error(L, "out of memory");
        push_headers(L, copy->p, copy->len);
        gi_buf_free(copy);
    } else {
        return 0;
    }
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
    return 1;
}

/* Makes the metatables of response records. */
void gi_response_register(lua_State *L)
{
    static const luaL_Reg methods[] = {{"__index", Lgi_response_index}, {NULL, NULL}};
    static const luaL_Reg none[] = {{NULL, NULL}};
    gi_buf_register(L);
    gi_class(L, RESPONSE, methods);
    gi_class(L, RECEIVED, none);
}

/* record() -> a response record that has none yet, to be filled */
int Lgi_record(lua_State *L)
{
    lua_createtable(L, 1, 4);
    gi_setmetatable(L, RESPONSE);
    return 1;
}

/* Takes a field that the last response has left out of the record on the top. */
static void clear(lua_State *L, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, -2);
    if (!lua_isnil(L, -1)) {
        lua_pushstring(L, name);
        lua_pushnil(L);
        lua_rawset(L, -4);
    }
    lua_pop(L, 1);
}

/* Pushes the userdata that takes what came in: that of the record below it where it is
 * large enough. */
static gi_received *place(lua_State *L, size_t len)
{
    size_t size = len < REFILLED ? (len / 1024 + 1) * 1024 : len + 1;
    gi_received *r;
    lua_rawgeti(L, -1, 1);
    if ((r = received_at(L, lua_gettop(L))) != NULL && r->size > len)
        return r;
    lua_pop(L, 1);
    r = lua_newuserdata(L, sizeof(*r) + size);
    r->size = size;
    gi_setmetatable(L, RECEIVED);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, 1);
    return r;
}

/* Pushes the record of a response that has come in: its header lines, without the status
 * line and the blank one, and its body. It is the record at index spare, filled anew,
 * where that is a table and the response not large. */
void gi_response_push(lua_State *L, int spare, int status, const gi_buf *head,
                      const char *body, size_t body_len)
{
    size_t len = head->len + body_len;
    gi_received *r;
    if (spare != 0 && lua_istable(L, spare) && len < REFILLED) {
        lua_pushvalue(L, spare);
        clear(L, "body");
        clear(L, "headers");
    } else {
        Lgi_record(L);
    }
    r = place(L, len);
    r->head_len = head->len;
    r->body_len = body_len;
    if (head->len > 0)
        memcpy(r->bytes, head->p, head->len);
    if (body_len > 0)
        memcpy(r->bytes + head->len, body, body_len);
    r->bytes[len] = '\0';
    lua_pop(L, 1);
    lua_pushliteral(L, "status");
    lua_pushinteger(L, (lua_Integer)status);
    lua_rawset(L, -3);
}
