/* signals.c - signals that only leave a note, for a Lua loop that looks for it. */
#define _GNU_SOURCE
#include "sys.h"
#include <poll.h>
#include <signal.h>
#include <string.h>

#define SIGNALS "graphinvite.signals"

static const struct {
    const char *name;
    int number;
} known[] = {{"HUP", SIGHUP}, {"INT", SIGINT}, {"TERM", SIGTERM}};

#define KNOWN "HUP, INT, TERM"
#define COUNT GI_COUNT(known)

typedef struct signals {
    int open;
    int held[COUNT];
    struct sigaction before[COUNT]; /* of those that are held */
} signals;

/* Handlers belong to the process, and so does what they leave: one object at a time. */
static volatile sig_atomic_t caught[COUNT];
static int in_use;

static void on_signal(int number)
{
    size_t i;
    for (i = 0; i < COUNT; i++)
        if (known[i].number == number)
            caught[i] = 1;
}

/* Marks in held what the list at index 1 names. */
static void read_names(lua_State *L, int *held)
{
    size_t count, n, i;
    luaL_checktype(L, 1, LUA_TTABLE);
    count = gi_rawlen(L, 1);
    luaL_argcheck(L, count > 0, 1, "must name a signal: " KNOWN);
    for (n = 1; n <= count; n++) {
        const char *name = "?";
        lua_rawgeti(L, 1, (int)n);
        if (lua_type(L, -1) == LUA_TSTRING)
            name = lua_tostring(L, -1);
        for (i = 0; i < COUNT && strcmp(known[i].name, name) != 0; i++)
            continue;
        if (i == COUNT)
            luaL_error(L, "unknown signal: %s (known are " KNOWN ")", name);
        held[i] = 1;
        lua_pop(L, 1);
    }
}

/* Puts a handler of ours in place. A signal that the process was started to ignore, as by
 * nohup, stays ignored. */
static void hold(int number, struct sigaction *before)
{
    struct sigaction ours;
    memset(&ours, 0, sizeof(ours)); /* no SA_RESTART: whoever waits shall look */
    ours.sa_handler = on_signal;
    sigemptyset(&ours.sa_mask);
    if (sigaction(number, NULL, before) == 0 && before->sa_handler != SIG_IGN)
        sigaction(number, &ours, NULL);
}

/* sys.signals{ "INT", ... } -> signals
 * From now on these signals are only noted. Raises while others are open. */
int Lgi_signals(lua_State *L)
{
    int held[COUNT] = {0};
    signals *s;
    size_t i;
    read_names(L, held);
    s = lua_newuserdata(L, sizeof(*s));
    memset(s, 0, sizeof(*s));
    gi_setmetatable(L, SIGNALS);
    if (in_use)
        return luaL_error(L, "signals are open already: close those first");
    in_use = s->open = 1;
    memcpy(s->held, held, sizeof(held));
    for (i = 0; i < COUNT; i++) {
        caught[i] = 0;
        if (held[i])
            hold(known[i].number, &s->before[i]);
    }
    return 1;
}

static const char *look(void)
{
    size_t i;
    for (i = 0; i < COUNT; i++)
        if (caught[i]) {
            caught[i] = 0;
            return known[i].name;
        }
    return NULL;
}

/* Waits for a signal, any one, which may have come since the last look. */
static const char *await(double seconds)
{
    struct timespec limit;
    sigset_t all, before;
    const char *name;
    if (seconds > GI_LONGEST)
        seconds = GI_LONGEST;
    limit.tv_sec = (time_t)seconds;
    limit.tv_nsec = (long)((seconds - (double)limit.tv_sec) * 1e9);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before); /* none comes between the look and the wait */
    if ((name = look()) == NULL)
        ppoll(NULL, 0, &limit, &before);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return name != NULL ? name : look();
}

/* signals:caught(seconds|nil) -> "INT" | "TERM" | "HUP" | nil
 * Gives each signal that came once. Waits for one so many seconds, none at all without
 * them; a signal that is not held ends the wait too. */
static int Lgi_signals_caught(lua_State *L)
{
    const signals *s = luaL_checkudata(L, 1, SIGNALS);
    double seconds = luaL_optnumber(L, 2, 0);
    luaL_argcheck(L, seconds >= 0, 2, "must be a number of seconds, 0 or more");
    luaL_argcheck(L, s->open, 1, "these signals are closed");
    lua_pushstring(L, seconds > 0 ? await(seconds) : look());
    return 1;
}

/* signals:close(). Also __gc and __close, so it must be harmless the second time. What
 * was there before is there again. */
static int Lgi_signals_close(lua_State *L)
{
    signals *s = luaL_checkudata(L, 1, SIGNALS);
    size_t i;
    for (i = 0; s->open && i < COUNT; i++)
        if (s->held[i])
            sigaction(known[i].number, &s->before[i], NULL);
    if (s->open)
        in_use = 0;
    s->open = 0;
    return 0;
}

void gi_signals_register(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"__gc", Lgi_signals_close},
        {"__close", Lgi_signals_close},
        {"close", Lgi_signals_close},
        {"caught", Lgi_signals_caught},
        {NULL, NULL},
    };
    gi_class(L, SIGNALS, methods);
}
