/* options.c - the codec's options from a Lua table. */
#include "gi.h"
#include <string.h>

/* Reads one choice from the options at i. Returns its place in choices, from 1; 0 where
 * it is not set; -1 and the reason where it is none of them. */
static int choice(lua_State *L, int i, const char *name, const char *const choices[2],
                  gi_why *why)
{
    const char *s;
    int k = 0;
    lua_pushstring(L, name);
    lua_rawget(L, i);
    if (!lua_isnil(L, -1)) {
        s = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
        k = strcmp(s, choices[0]) == 0 ? 1 : strcmp(s, choices[1]) == 0 ? 2 : -1;
    }
    lua_pop(L, 1);
    return k >= 0
               ? k
               : gi_why_set(why, "%s: is \"%s\" or \"%s\"", name, choices[0], choices[1]);
}

/* Reads the codec's options from the table at i; 0 is no table. Returns 0, or -1 and the
 * reason. */
int gi_options_read(lua_State *L, int i, gi_options *o, gi_why *why)
{
    static const char *const unknown[] = {"keep", "refuse"};
    static const char *const int64[] = {"number", "string"};
    static const char *const status[] = {"given", "schema"};
    int u = 0, n = 0, s = 0;
    if (i != 0) {
        u = choice(L, i, "unknown", unknown, why);
        n = u < 0 ? -1 : choice(L, i, "int64", int64, why);
        s = n < 0 ? -1 : choice(L, i, "status", status, why);
    }
    memset(o, 0, sizeof(*o));
    o->unknown = u; /* GI_UNKNOWN_BY_TYPE, _KEEP, _REFUSE */
    o->int64_string = n == 2;
    o->status_schema = s == 2;
    return s < 0 ? -1 : 0;
}
