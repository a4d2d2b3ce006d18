/* fuzz_codec.c - one text through the codec, there and back twice, each time compared
 * with what fuzz_judge.c thinks of it. */
#include "fuzz_codec.h"
#include "fuzz_judge.h"
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 100       /* the codec's limit */
#define COLLECT_EACH 64 /* texts between two collections */

int luaopen_graphinvite_core(lua_State *L);

static lua_State *state;
static size_t ntypes;

enum { DECODE = 1, ENCODE, TYPES }; /* places on the stack */

static void fail(const char *what, const char *detail, const char *text, size_t len)
{
    fprintf(stderr, "fuzz: %s: %s\n%.*s\n", what, detail, (int)len, text);
    abort();
}

static int open_core(lua_State *L)
{
    luaL_openlibs(L);
    lua_pushcfunction(L, luaopen_graphinvite_core);
    lua_call(L, 0, 1);
    lua_getfield(L, -1, "decode");
    lua_getfield(L, -2, "encode");
    lua_getfield(L, -3, "types");
    lua_call(L, 0, 1);
    return 3;
}

/* Returns the state, with decode, encode and the names of all types on its stack. */
static lua_State *open_state(void)
{
    if (state != NULL)
        return state;
    if ((state = luaL_newstate()) == NULL)
        abort();
    lua_pushcfunction(state, open_core);
    if (lua_pcall(state, 0, 3, 0) != 0)
        fail("core does not open", lua_tostring(state, -1), "", 0);
    while (lua_rawgeti(state, TYPES, (lua_Integer)ntypes + 1) == LUA_TSTRING) {
        ntypes++;
        lua_pop(state, 1);
    }
    lua_pop(state, 1);
    return state;
}

size_t fuzz_types(void)
{
    open_state();
    return ntypes;
}

const char *fuzz_type(size_t i)
{
    lua_State *L = open_state();
    const char *name;
    lua_rawgeti(L, TYPES, (lua_Integer)i + 1);
    name = lua_tostring(L, -1);
    lua_pop(L, 1);
    return name;
}

/* Calls the function at index f with a type and what lies on the top, and options where
 * there are any (-1: none). Leaves the result and the reason on the stack. Tells whether
 * there is a result. */
static int call(lua_State *L, int f, const char *type, int options, const char *text,
                size_t len)
{
    lua_pushvalue(L, f);
    lua_insert(L, -2);
    lua_pushstring(L, type);
    lua_insert(L, -2);
    if (options >= 0) {
        lua_newtable(L);
        lua_pushliteral(L, "keep");
        lua_setfield(L, -2, "unknown");
        lua_pushstring(L, options & FUZZ_INT64_STRING ? "string" : "number");
        lua_setfield(L, -2, "int64");
        lua_pushstring(L, options & FUZZ_STATUS_SCHEMA ? "schema" : "given");
        lua_setfield(L, -2, "status");
    }
    if (lua_pcall(L, options >= 0 ? 3 : 2, 2, 0) != 0)
        fail("the codec raised", lua_tostring(L, -1), text, len);
    if (!lua_isnil(L, -2))
        return 1;
    if (lua_tostring(L, -1) == NULL || lua_tostring(L, -1)[0] == '\0')
        fail("no reason was given", f == DECODE ? "decode" : "encode", text, len);
    if (!judge_utf8(lua_tostring(L, -1), strlen(lua_tostring(L, -1))))
        fail("the reason is not UTF-8", lua_tostring(L, -1), text, len);
    return 0;
}

/* Is the text of a kind that a reader who knows types may refuse? */
static int may_refuse(const char *type, const judge_value *value)
{
    return type != NULL || judge_has(value, "@odata.type");
}

/* Decodes the text and encodes the value. Leaves the new text on the stack and returns
 * what it means; NULL when the text was refused, as it should be or may be. */
static judge_value *there_and_back(lua_State *L, const char *type, const char *text,
                                   size_t len, int options, int first)
{
    judge_value *given = judge_read(text, len, DEPTH), *got;
    int typed = given != NULL && may_refuse(type, given);
    size_t got_len;
    const char *got_text;
    lua_pushlstring(L, text, len);
    if (!call(L, DECODE, type, -1, text, len)) {
        if (given != NULL && (!typed || !first))
            fail("decode refuses JSON", lua_tostring(L, -1), text, len);
        judge_free(given);
        return NULL;
    }
    if (given == NULL)
        fail("decode takes what is not JSON", type != NULL ? type : "", text, len);
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    call(L, ENCODE, type, -1, text, len); /* it may refuse: some names are unknown */
    lua_pop(L, 2);
    if (!call(L, ENCODE, type, options, text, len)) {
        if (!typed || strstr(lua_tostring(L, -1), "given twice") == NULL)
            fail("encode refuses what was decoded", lua_tostring(L, -1), text, len);
        judge_free(given);
        return NULL;
    }
    lua_pop(L, 1);
    got_text = lua_tolstring(L, -1, &got_len);
    if ((got = judge_read(got_text, got_len, DEPTH)) == NULL)
        fail("what was encoded is not JSON", got_text, text, len);
    if (!(options & FUZZ_STATUS_SCHEMA && first) && !judge_same(given, got, typed))
        fail("another text came back", got_text, text, len);
    judge_free(given);
    return got;
}

void fuzz_round(const char *type, const char *text, size_t len, int options)
{
    static unsigned texts;
    lua_State *L = open_state();
    judge_value *value = there_and_back(L, type, text, len, options, 1);
    if (value != NULL) {
        text = lua_tolstring(L, -1, &len);
        judge_free(value);
        value = there_and_back(L, type, text, len, options, 0);
        judge_free(value);
    }
    lua_settop(L, TYPES);
    if (++texts % COLLECT_EACH == 0)
        lua_gc(L, LUA_GCCOLLECT, 0);
}
