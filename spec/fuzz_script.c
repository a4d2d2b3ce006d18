/* fuzz_script.c - libFuzzer on modules of ours. A script takes inputs apart and judges:
 * fuzz_call.lua for what the caller's values do in a request, and the service's bytes in
 * a value or a fault; fuzz_crypto.lua for keys and certificates. CMake defines SCRIPT,
 * and CRYPTO for the latter. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define COLLECT_EACH 64 /* inputs between two collections */

int luaopen_graphinvite_core(lua_State *L);
int luaopen_graphinvite_crypto(lua_State *L);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(lua_State *L)
{
    fprintf(stderr, "fuzz: %s\n", lua_tostring(L, -1));
    abort();
}

/* Returns a state with the function of the script on its stack. */
static lua_State *open_state(void)
{
    lua_State *L = luaL_newstate();
    if (L == NULL)
        abort();
    luaL_openlibs(L);
    luaL_requiref(L, "graphinvite.core", luaopen_graphinvite_core, 0);
#ifdef CRYPTO
    luaL_requiref(L, "graphinvite.crypto", luaopen_graphinvite_crypto, 0);
#endif
    lua_settop(L, 0);
    if (luaL_dofile(L, SCRIPT) != LUA_OK)
        fail(L);
    return L;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lua_State *L;
    static unsigned inputs;
    if (L == NULL)
        L = open_state();
    lua_pushvalue(L, 1);
    lua_pushlstring(L, (const char *)data, size);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK)
        fail(L);
    if (++inputs % COLLECT_EACH == 0)
        lua_gc(L, LUA_GCCOLLECT, 0);
    return 0;
}
