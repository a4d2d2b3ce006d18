/* compat.h - the few Lua API names that differ between 5.1 and 5.4, under our own names.
 */
#ifndef GI_COMPAT_H
#define GI_COMPAT_H

#include <lauxlib.h>
#include <lua.h>

#if LUA_VERSION_NUM >= 503
#define GI_HAS_INTEGER 1
#define gi_isinteger(L, i) lua_isinteger(L, i)
#else
#define GI_HAS_INTEGER 0
#define gi_isinteger(L, i) ((void)(L), (void)(i), 0)
#endif

#if LUA_VERSION_NUM >= 502
#define gi_rawlen(L, i) lua_rawlen(L, i)
#define gi_setfuncs(L, l, n) luaL_setfuncs(L, l, n)
#define gi_setmetatable(L, name) luaL_setmetatable(L, name)
#define gi_testudata(L, i, name) luaL_testudata(L, i, name)
#define gi_setuservalue(L, i) lua_setuservalue(L, i)
#define gi_getuservalue(L, i) lua_getuservalue(L, i)
#else
#define gi_rawlen(L, i) lua_objlen(L, i)
#define gi_setuservalue(L, i) lua_setfenv(L, i)
#define gi_getuservalue(L, i) lua_getfenv(L, i)

/* Like 5.2's luaL_setfuncs: each function gets the n values on the top as upvalues. */
static inline void gi_setfuncs(lua_State *L, const luaL_Reg *l, int n)
{
    int i;
    for (; l->name != NULL; l++) {
        for (i = 0; i < n; i++)
            lua_pushvalue(L, -n);
        lua_pushcclosure(L, l->func, n);
        lua_setfield(L, -(n + 2), l->name);
    }
    lua_pop(L, n);
}

static inline void gi_setmetatable(lua_State *L, const char *name)
{
    luaL_getmetatable(L, name);
    lua_setmetatable(L, -2);
}

static inline void *gi_testudata(lua_State *L, int i, const char *name)
{
    void *p = lua_touserdata(L, i);
    int same;
    if (p == NULL || !lua_getmetatable(L, i))
        return NULL;
    luaL_getmetatable(L, name);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same ? p : NULL;
}
#endif

#endif
