/* sys.c - module graphinvite.sys: time, the process, its terminal and signals, and
 * private files, from the C library alone. */
#include "sys.h"
#include <errno.h>
#include <time.h>
#include <unistd.h>

/* sys.sleep(seconds). Signals do not shorten it. */
static int Lgi_sleep(lua_State *L)
{
    double seconds = luaL_checknumber(L, 1);
    struct timespec until;
    luaL_argcheck(L, seconds >= 0, 1, "must be a number of seconds, 0 or more");
    if (seconds > GI_LONGEST)
        seconds = GI_LONGEST;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)seconds;
    until.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
    return 0;
}

/* sys.wall() -> seconds since 1970, with a fraction */
static int Lgi_wall(lua_State *L)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec / 1e9);
    return 1;
}

/* sys.pid() -> number of this process */
static int Lgi_pid(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)getpid());
    return 1;
}

static const luaL_Reg functions[] = {
    {"sleep", Lgi_sleep},
    {"wall", Lgi_wall},
    {"pid", Lgi_pid},
    {"write_private", Lgi_write_private},
    {"draft", Lgi_draft},
    {"mode", Lgi_mode},
    {"lock", Lgi_lock},
    {"signals", Lgi_signals},
    {"terminal", Lgi_terminal},
    {"read_secret", Lgi_read_secret},
    {NULL, NULL},
};

GI_EXPORT int luaopen_graphinvite_sys(lua_State *L)
{
    gi_files_register(L);
    gi_signals_register(L);
    lua_createtable(L, 0, (int)GI_COUNT(functions) - 1);
    gi_setfuncs(L, functions, 0);
    return 1;
}
