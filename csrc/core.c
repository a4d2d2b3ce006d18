/* core.c - module graphinvite.core: the codec, the operations and the call for Lua. Needs
 * libc only. Every function has the upvalues codec, keys, rows:
 *   keys  [name number] = property name; [names + 1] = metatable that marks arrays; then
 * words rows  [row number] = the row as a table, [table] = row number */
#define _DEFAULT_SOURCE
#include "gi.h"
#include <string.h>
#include <time.h>

static gi_codec *codec(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

/* Reads an optional type argument. Returns a gi_type_id; raises where there is no such.
 */
static int check_type(lua_State *L, int i, int *page)
{
    const char *name, *best = NULL;
    size_t len, distance = 0;
    int type;
    *page = 0;
    if (lua_isnoneornil(L, i))
        return GI_T_NONE;
    name = luaL_checklstring(L, i, &len);
    if ((type = gi_type_parse(name, len, page)) >= 0)
        return type;
    for (type = 1; type < GI_TYPE_COUNT; type++)
        if (gi_closer(name, len, gi_types[type].name, gi_types[type].len, &distance))
            best = gi_types[type].name;
    if (best != NULL)
        lua_pushfstring(L, "no such type: %s (did you mean %s?)", name, best);
    else
        lua_pushfstring(L, "no such type: %s", name);
    return luaL_argerror(L, i, lua_tostring(L, -1));
}

/* core.encode(type|nil, value, options|nil) -> json | nil, why */
static int Lgi_encode(lua_State *L)
{
    gi_codec *c = codec(L);
    gi_options o;
    gi_buf *out;
    gi_why why;
    int page, rc, type = check_type(L, 1, &page);
    luaL_checkany(L, 2);
    lua_settop(L, 3);
    if (!lua_isnil(L, 3))
        luaL_checktype(L, 3, LUA_TTABLE);
    lua_pushvalue(L, lua_upvalueindex(2));
    if (gi_options_read(L, c, 4, lua_isnil(L, 3) ? 0 : 3, &o, &why) != 0)
        return luaL_argerror(L, 3, why.text);
    out = gi_borrow(L, &c->buf);
    rc = gi_encode(L, c, 4, type, page, 2, &o, out, &why);
    if (rc == 0)
        lua_pushlstring(L, out->p, out->len);
    gi_release(out);
    return rc == 0 ? 1 : gi_fail(L, why.text);
}

/* core.decode(type|nil, json) -> value | nil, why */
static int Lgi_decode(lua_State *L)
{
    gi_why why;
    size_t len;
    int page, type = check_type(L, 1, &page);
    const char *s = luaL_checklstring(L, 2, &len);
    lua_settop(L, 2);
    lua_pushvalue(L, lua_upvalueindex(2));
    if (gi_decode(L, codec(L), 3, type, page, s, len, &why) != 0)
        return gi_fail(L, why.text);
    return 1;
}

/* core.types() -> array of type names */
static int Lgi_types(lua_State *L)
{
    int i;
    lua_createtable(L, GI_TYPE_COUNT, 0);
    for (i = 1; i < GI_TYPE_COUNT; i++) {
        lua_pushstring(L, gi_types[i].name);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

static void set_flag(lua_State *L, const char *name, int value)
{
    lua_pushboolean(L, value != 0);
    lua_setfield(L, -2, name);
}

static void push_values(lua_State *L, int id)
{
    const char *const *v = gi_enum_values(id);
    int i;
    lua_newtable(L);
    for (i = 0; v[i] != NULL; i++) {
        lua_pushstring(L, v[i]);
        lua_rawseti(L, -2, i + 1);
    }
}

static void push_prop(lua_State *L, const gi_prop *p)
{
    static const char *const edm[] = {
        [GI_ANY] = "Edm.Untyped",     [GI_STRING] = "Edm.String",
        [GI_BOOLEAN] = "Edm.Boolean", [GI_INT32] = "Edm.Int32",
        [GI_INT64] = "Edm.Int64",     [GI_DATETIME] = "Edm.DateTimeOffset",
        [GI_ITEM] = "Edm.Untyped",
    };
    const char *type = p->kind == GI_OBJECT ? gi_types[p->of].name
                       : p->kind == GI_ENUM ? gi_enum_names[p->of]
                                            : edm[p->kind];
    lua_createtable(L, 0, 8);
    lua_pushstring(L, p->name);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, type);
    lua_setfield(L, -2, "type");
    set_flag(L, "collection", p->flags & GI_COLLECTION);
    set_flag(L, "nullable", !(p->flags & GI_NOTNULL));
    set_flag(L, "read_only", p->flags & GI_READONLY);
    set_flag(L, "navigation", p->flags & GI_NAVIGATION);
    set_flag(L, "secret", p->flags & GI_SECRET);
    if (p->kind == GI_ENUM) {
        push_values(L, p->of);
        lua_setfield(L, -2, "values");
    }
}

static int describe_enum(lua_State *L, const char *name, size_t len)
{
    int i;
    for (i = 0; i < GI_ENUM_COUNT; i++)
        if (strlen(gi_enum_names[i]) == len &&
            gi_same_word(gi_enum_names[i], name, len)) {
            lua_createtable(L, 0, 2);
            lua_pushstring(L, gi_enum_names[i]);
            lua_setfield(L, -2, "name");
            push_values(L, i);
            lua_setfield(L, -2, "values");
            return 1;
        }
    return 0;
}

/* core.describe(name) -> { name, base, open, properties } or { name, values } | nil, why
 */
static int Lgi_describe(lua_State *L)
{
    gi_codec *c = codec(L);
    size_t len;
    const char *name = luaL_checklstring(L, 1, &len);
    int type = gi_type_find(name, len), i;
    if (type == GI_T_NONE) {
        if (describe_enum(L, name, len))
            return 1;
        lua_pushnil(L);
        lua_pushfstring(L, "no such type: %s", name);
        return 2;
    }
    lua_createtable(L, 0, 4);
    lua_pushstring(L, gi_types[type].name);
    lua_setfield(L, -2, "name");
    if (gi_types[type].base != GI_T_NONE) {
        lua_pushstring(L, gi_types[gi_types[type].base].name);
        lua_setfield(L, -2, "base");
    }
    set_flag(L, "open", gi_types[type].flags & GI_OPEN);
    lua_createtable(L, c->count[type], 0);
    for (i = 0; i < c->count[type]; i++) {
        push_prop(L, c->prop[type][i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "properties");
    return 1;
}

/* core.array(table|nil) -> the table, marked so that it is written as [] when empty */
static int Lgi_array(lua_State *L)
{
    if (lua_isnoneornil(L, 1)) {
        lua_settop(L, 0);
        lua_newtable(L);
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_rawgeti(L, lua_upvalueindex(2), codec(L)->nnames + 1);
    lua_setmetatable(L, 1);
    return 1;
}

/* core.array_metatable(table|nil) -> the metatable that marks arrays; sets it where given
 */
static int Lgi_array_metatable(lua_State *L)
{
    int at = codec(L)->nnames + 1;
    if (!lua_isnoneornil(L, 1)) {
        luaL_checktype(L, 1, LUA_TTABLE);
        lua_settop(L, 1);
        lua_rawseti(L, lua_upvalueindex(2), at);
    }
    lua_rawgeti(L, lua_upvalueindex(2), at);
    return 1;
}

/* core.int64(text|number) -> integer, or a string of digits | nil, why */
static int Lgi_int64(lua_State *L)
{
    int64_t v;
    luaL_checkany(L, 1);
    if (gi_to_int64(L, 1, &v) != 0)
        return gi_fail(L, "not an Int64");
    gi_push_int64(L, v);
    return 1;
}

/* core.number(text) -> a value that is written with these digits | nil, why */
static int Lgi_number(lua_State *L)
{
    gi_number n;
    size_t len;
    const char *s = luaL_checklstring(L, 1, &len);
    char *text;
    if (!gi_number_parse(&n, s, len))
        return gi_fail(L, "not a JSON number");
    text = lua_newuserdata(L, len);
    memcpy(text, s, len);
    gi_setmetatable(L, GI_DIGITS);
    return 1;
}

static int Lgi_digits_tostring(lua_State *L)
{
    const char *text = luaL_checkudata(L, 1, GI_DIGITS);
    lua_pushlstring(L, text, gi_rawlen(L, 1));
    return 1;
}

static int Lgi_digits_eq(lua_State *L)
{
    const char *a = gi_testudata(L, 1, GI_DIGITS), *b = gi_testudata(L, 2, GI_DIGITS);
    size_t len = gi_rawlen(L, 1);
    lua_pushboolean(L, a != NULL && b != NULL && len == gi_rawlen(L, 2) &&
                           memcmp(a, b, len) == 0);
    return 1;
}

/* core.operations() -> array of rows */
static int Lgi_operations(lua_State *L)
{
    size_t i;
    lua_newtable(L);
    for (i = 0; gi_operation_row(i) != NULL; i++) {
        gi_operation_push(L, gi_operation_row(i));
        lua_rawseti(L, -2, (int)i + 1);
    }
    return 1;
}

/* core.suggest(word, list) -> the nearest string of the list | nil */
static int Lgi_suggest(lua_State *L)
{
    size_t len, other_len, distance = 0, i;
    const char *word = luaL_checklstring(L, 1, &len), *other;
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    lua_pushnil(L);
    for (i = 1; i <= gi_rawlen(L, 2); i++) {
        lua_rawgeti(L, 2, (int)i);
        other = lua_tolstring(L, -1, &other_len);
        if (other != NULL && gi_closer(word, len, other, other_len, &distance))
            lua_replace(L, 3);
        lua_settop(L, 3);
    }
    return 1;
}

/* core.url_encode(text) -> the text for a segment of a path or a value in a query */
static int Lgi_url_encode(lua_State *L)
{
    size_t len;
    const char *s = luaL_checklstring(L, 1, &len);
    gi_buf *b = gi_borrow(L, &codec(L)->buf);
    int rc = gi_url_encode(b, s, len, "-._~");
    if (rc == 0)
        lua_pushlstring(L, b->p != NULL ? b->p : "", b->len);
    gi_release(b);
    return rc == 0 ? 1 : luaL_error(L, "out of memory");
}

/* core.clock() -> seconds of a clock that only goes forward */
static int Lgi_clock(lua_State *L)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    lua_pushnumber(L, (lua_Number)t.tv_sec + (lua_Number)t.tv_nsec / 1e9);
    return 1;
}

static void random_bytes(lua_State *L, void *out, size_t n)
{
    if (gi_entropy_take(codec(L)->entropy, out, n) != 0)
        luaL_error(L, "the system has no random bytes");
}

/* core.random() -> number in [0, 1) */
static int Lgi_random(lua_State *L)
{
    uint64_t r;
    random_bytes(L, &r, sizeof(r));
    lua_pushnumber(L, (lua_Number)(r >> 11) / 9007199254740992.0);
    return 1;
}

/* core.uuid() -> random GUID text */
static int Lgi_uuid(lua_State *L)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char r[16];
    char text[36];
    int i, at = 0;
    random_bytes(L, r, sizeof(r));
    r[6] = (unsigned char)((r[6] & 0x0f) | 0x40);
    r[8] = (unsigned char)((r[8] & 0x3f) | 0x80);
    for (i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text[at++] = '-';
        text[at++] = hex[r[i] >> 4];
        text[at++] = hex[r[i] & 15];
    }
    lua_pushlstring(L, text, sizeof(text));
    return 1;
}

static int Lgi_codec_gc(lua_State *L)
{
    gi_codec *c = lua_touserdata(L, 1);
    gi_buf_free(&c->buf);
    gi_entropy_free(c->entropy);
    c->entropy = NULL;
    return 0;
}

static void register_classes(lua_State *L)
{
    static const luaL_Reg digits[] = {
        {"__tostring", Lgi_digits_tostring}, {"__eq", Lgi_digits_eq}, {NULL, NULL}};
    static const luaL_Reg owner[] = {{"__gc", Lgi_codec_gc}, {NULL, NULL}};
    gi_buf_register(L);
    gi_response_register(L);
    gi_http1_register(L);
    gi_class(L, GI_CODEC, owner);
    gi_class(L, GI_DIGITS, digits);
}

/* Pushes codec, keys and rows. */
static void push_upvalues(lua_State *L)
{
    gi_codec *c = lua_newuserdata(L, sizeof(*c));
    int i;
    memset(c, 0, sizeof(*c));
    gi_setmetatable(L, GI_CODEC);
    if (gi_codec_init(c) != 0)
        luaL_error(L, "graphinvite.core: the schema is larger than the limits in gi.h");
    c->entropy = gi_entropy_new();
    lua_createtable(L, c->nnames + 1 + GI_WORD_COUNT, 0);
    for (i = 1; i <= c->nnames; i++) {
        lua_pushlstring(L, c->name[i], c->name_len[i]);
        gi_name_anchored(c, i, lua_tostring(L, -1));
        lua_rawseti(L, -2, i);
    }
    luaL_newmetatable(L, GI_ARRAY);
    lua_pushliteral(L, GI_ARRAY);
    lua_setfield(L, -2, "__name");
    lua_rawseti(L, -2, i);
    for (i = 0; i < GI_WORD_COUNT; i++) {
        lua_pushstring(L, gi_words[i]);
        lua_rawseti(L, -2, c->nnames + 2 + i);
    }
    lua_newtable(L);
    for (i = 0; gi_operation_row((size_t)i) != NULL; i++) {
        gi_operation_push(L, gi_operation_row((size_t)i));
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, i + 1);
        lua_pushinteger(L, i + 1);
        lua_rawset(L, -3);
    }
}

GI_EXPORT int luaopen_graphinvite_core(lua_State *L);

GI_EXPORT int luaopen_graphinvite_core(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"encode", Lgi_encode},
        {"decode", Lgi_decode},
        {"types", Lgi_types},
        {"describe", Lgi_describe},
        {"array", Lgi_array},
        {"array_metatable", Lgi_array_metatable},
        {"int64", Lgi_int64},
        {"number", Lgi_number},
        {"operations", Lgi_operations},
        {"request", Lgi_request},
        {"response", Lgi_response},
        {"http1_request", Lgi_http1_request},
        {"http1_parser", Lgi_http1_parser},
        {"suggest", Lgi_suggest},
        {"url_encode", Lgi_url_encode},
        {"base64_encode", Lgi_base64_encode},
        {"base64_decode", Lgi_base64_decode},
        {"clock", Lgi_clock},
        {"random", Lgi_random},
        {"uuid", Lgi_uuid},
        {NULL, NULL},
    };
    register_classes(L);
    lua_newtable(L);
    push_upvalues(L);
    gi_setfuncs(L, functions, 3);
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
    return 1;
}
