/* fields.c - the headers of a response record, made of the lines that were received when
 * they are first asked for. */
#include "gi.h"
#include <string.h>
#include <strings.h>

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
static void push_headers(lua_State *L, gi_buf *head)
{
    char *p = head->p, *end = p + head->len, *c;
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

/* response.headers, asked for the first time: most programs never do. The raw lines lie
 * at index 1 of the record until then. */
static int Lgi_response_index(lua_State *L)
{
    gi_buf *copy;
    const char *raw;
    size_t len;
    lua_settop(L, 2);
    if (lua_type(L, 2) != LUA_TSTRING || strcmp(lua_tostring(L, 2), "headers") != 0)
        return 0;
    lua_rawgeti(L, 1, 1);
    if ((raw = lua_tolstring(L, 3, &len)) == NULL)
        return 0;
    copy = gi_buf_new(L);
    if (gi_buf_add(copy, raw, len) != 0)
        return luaL_error(L, "out of memory");
    push_headers(L, copy);
    gi_buf_free(copy);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
    lua_pushnil(L);
    lua_rawseti(L, 1, 1);
    return 1;
}

/* Makes the metatable of response records. */
void gi_response_register(lua_State *L)
{
    static const luaL_Reg methods[] = {{"__index", Lgi_response_index}, {NULL, NULL}};
    gi_buf_register(L);
    gi_class(L, GI_RESPONSE, methods);
}
