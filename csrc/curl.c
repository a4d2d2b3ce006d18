/* curl.c - module graphinvite.curl: a pool of libcurl transfers that share connections.
 * curl_options.c, outgoing.c, transfer.c, loop.c and fault.c are the rest of it. */
#define _GNU_SOURCE /* dladdr */
#include "transfer.h"
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#define POOL "graphinvite.pool"
#define MAX_BODY 16777216.0
#define SPARE 5           /* stack index of a response record that may be filled */
#define RECORD 6          /* stack index of url; method, headers and body follow */
#define LONGEST 2147483.0 /* seconds; libcurl counts milliseconds in an int */

enum { IDLE, RUNNING, DONE, ANSWERING }; /* gi_transfer.state */

typedef struct gi_pool {
    gi_loop loop;
    CURL *model;                /* has the options that every transfer shares */
    gi_transfer *all;           /* linked by sibling */
    gi_transfer *idle;          /* linked by next, the last used first */
    gi_transfer *done, *newest; /* ended and not yet fetched, linked by next */
    int count, running, route, http1;
} gi_pool;

/* curl.pool(options) -> pool | nil, message */
static int Lgi_pool(lua_State *L)
{
    gi_curl_options o;
    gi_fault f;
    gi_pool *p;
    lua_settop(L, 1);
    gi_curl_options_read(L, &o);
    if (gi_curl_options_check(&o, &f) != 0)
        return gi_fail(L, f.text);
    p = lua_newuserdata(L, sizeof(*p));
    memset(p, 0, sizeof(*p));
    p->route = gi_curl_options_route(&o);
    p->http1 = o.http1;
    gi_setmetatable(L, POOL); /* from here on __gc owns whatever p holds */
    if (gi_loop_open(&p->loop) != 0 || (p->model = curl_easy_init()) == NULL)
        return gi_fail(L, "out of memory");
    if (gi_curl_options_set(&o, p->model, &f) != 0)
        return gi_fail(L, f.text);
    return 1;
}

/* Takes t out of the multi handle; its code says how it went. */
static void end(gi_pool *p, gi_transfer *t, CURLcode code)
{
    curl_multi_remove_handle(p->loop.multi, t->easy);
    t->code = code;
    t->state = DONE;
    t->next = NULL;
    p->running--;
    if (t->awaited)
        return;
    if (p->done == NULL)
        p->done = t;
    else
        p->newest->next = t;
    p->newest = t;
}

/* Lets transfers go on; waits for at most so many seconds until one can. */
static void drive(gi_pool *p, double seconds)
{
    CURLMcode rc = gi_loop_step(&p->loop, seconds);
    gi_transfer *t;
    CURLMsg *m;
    int n;
    while ((m = curl_multi_info_read(p->loop.multi, &n)) != NULL) {
        char *private = NULL;
        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &private);
        end(p, (gi_transfer *)(void *)private, m->data.result);
    }
    for (t = p->all; rc != CURLM_OK && t != NULL; t = t->sibling)
        if (t->state == RUNNING)
            end(p, t,
                rc == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_FAILED_INIT);
}

static gi_transfer *take(gi_pool *p)
{
    gi_transfer *t = p->idle;
    if (t != NULL) {
        p->idle = t->next;
        return t;
    }
    if ((t = gi_transfer_new(p->model, p->route, p->http1)) != NULL) {
        t->id = ++p->count;
        t->sibling = p->all;
        p->all = t;
    }
    return t;
}

/* Ends the use of t. A finalizer may have closed the pool while Lua took the answer: then
 * t stays with it until the pool goes. */
static void give_back(gi_pool *p, gi_transfer *t)
{
    gi_transfer_forget(t);
    gi_release(&t->head);
    gi_release(&t->body);
    t->state = IDLE;
    t->next = p->idle;
    p->idle = t;
}

/* Sets t going with the request on the stack. Does not raise. Returns 0, or -1 and the
 * fault. */
static int launch(lua_State *L, gi_pool *p, gi_transfer *t, double seconds, gi_fault *f)
{
    long ms = (long)((seconds < LONGEST ? seconds : LONGEST) * 1000);
    if (gi_transfer_prepare(L, t, RECORD, f) != 0)
        return -1;
    curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, ms > 0 ? ms : 1);
    curl_easy_setopt(t->easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->max_body);
    if (curl_multi_add_handle(p->loop.multi, t->easy) != CURLM_OK)
        return gi_fault_no_memory(f);
    t->state = RUNNING;
    p->running++;
    return 0;
}

/* Arguments: pool, request, seconds, max_body, spare. Starts a transfer; or returns NULL
 * and the fault. What can raise comes first. */
static gi_transfer *begin(lua_State *L, gi_pool *p, gi_fault *f)
{
    double seconds, max_body;
    gi_transfer *t;
    int word, safe = 0;
    luaL_checktype(L, 2, LUA_TTABLE);
    seconds = luaL_checknumber(L, 3);
    max_body = luaL_optnumber(L, 4, MAX_BODY);
    luaL_argcheck(L, seconds == seconds, 3, "must be a number of seconds");
    luaL_argcheck(L, max_body >= 0, 4, "must be a number of bytes");
    lua_settop(L, RECORD - 1);
    for (word = GI_URL; word <= GI_OP; word++) {
        lua_rawgeti(L, GI_WORDS_AT, word);
        lua_rawget(L, 2);
    }
    if (lua_istable(L, -1)) {
        lua_rawgeti(L, GI_WORDS_AT, GI_IS_SAFE);
        lua_rawget(L, -2);
        safe = lua_isboolean(L, -1) && lua_toboolean(L, -1);
    }
    if (p->loop.multi == NULL)
        gi_fault_set(f, "aborted", "the transport is closed");
    else if (seconds <= 0)
        gi_fault_set(f, "timeout", "no time was left to send the request");
    else if ((t = take(p)) == NULL)
        gi_fault_no_memory(f);
    else {
        t->safe = safe;
        t->max_body = max_body < (double)(SIZE_MAX / 4) ? (size_t)max_body : SIZE_MAX / 4;
        if (launch(L, p, t, seconds, f) == 0)
            return t;
        give_back(p, t);
    }
    return NULL;
}

/* Pushes the response to the request whose URL is at index url (0: nowhere), or nil,
 * message, reason, sent; see gi_transfer_response. When that raises, t stays with the
 * pool until the pool goes. */
static int answer(lua_State *L, gi_pool *p, gi_transfer *t, int spare, int url)
{
    gi_fault f;
    int n;
    t->state = ANSWERING;
    n = gi_fault_of(t, &f) == 0 ? gi_transfer_response(L, t, spare, url)
                                : gi_fault_push(L, &f);
    give_back(p, t);
    return n;
}

/* pool:send(request, seconds, max_body|nil, spare|nil)
 *   -> response | nil, message, reason, sent
 * spare is a response record that nobody reads any more; it may be filled and given. */
static int Lgi_pool_send(lua_State *L)
{
    gi_pool *p = luaL_checkudata(L, 1, POOL);
    gi_fault f;
    gi_transfer *t = begin(L, p, &f);
    if (t == NULL)
        return gi_fault_push(L, &f);
    t->awaited = 1;
    while (t->state == RUNNING)
        drive(p, LONGEST);
    return answer(L, p, t, SPARE, RECORD);
}

/* pool:start(request, seconds, max_body) -> handle | nil, message, reason, sent */
static int Lgi_pool_start(lua_State *L)
{
    gi_pool *p = luaL_checkudata(L, 1, POOL);
    gi_fault f;
    gi_transfer *t = begin(L, p, &f);
    if (t == NULL)
        return gi_fault_push(L, &f);
    t->awaited = 0;
    lua_pushinteger(L, t->id);
    return 1;
}

/* pool:next(seconds|nil, spares|nil)
 *   -> handle, response | handle, nil, message, reason, sent | nil
 * A single nil: nothing has ended in time, or nothing is under way. spares has by handle
 * what send takes as spare. */
static int Lgi_pool_next(lua_State *L)
{
    gi_pool *p = luaL_checkudata(L, 1, POOL);
    double seconds = luaL_optnumber(L, 2, LONGEST), until = gi_now() + seconds;
    gi_transfer *t;
    luaL_argcheck(L, seconds == seconds, 2, "must be a number of seconds");
    lua_settop(L, 3);
    while (p->done == NULL && p->running > 0) {
        drive(p, seconds);
        if (p->done != NULL || seconds <= 0)
            break;
        seconds = until - gi_now();
    }
    if ((t = p->done) == NULL)
        return 0;
    p->done = t->next;
    if (lua_istable(L, 3))
        lua_rawgeti(L, 3, (int)t->id);
    else
        lua_pushnil(L);
    lua_pushinteger(L, t->id);
    return 1 + answer(L, p, t, 4, 0);
}

/* pool:fds() -> { { fd =, events = "r" } }, seconds
 * next(0) is due when the descriptor is readable, or after so many seconds (nil: only
 * then). It stays the same until the pool is closed; then there is none. */
static int Lgi_pool_fds(lua_State *L)
{
    gi_pool *p = luaL_checkudata(L, 1, POOL);
    double due = p->done != NULL ? 0 : gi_loop_due(&p->loop);
    int fd;
    lua_createtable(L, 1, 0);
    if (p->loop.multi == NULL)
        return 1;
    lua_createtable(L, 0, 2);
    lua_pushliteral(L, "r");
    lua_setfield(L, -2, "events");
    if ((fd = gi_loop_watch(&p->loop)) < 0)
        return luaL_error(L, "nothing to watch can be had: %s", strerror(errno));
    lua_pushinteger(L, fd);
    lua_setfield(L, -2, "fd");
    lua_rawseti(L, -2, 1);
    if (due < 0)
        return 1;
    lua_pushnumber(L, (lua_Number)due);
    return 2;
}

/* Frees everything but the transfers whose answer is just being given to Lua. */
static void shut(gi_pool *p, int all)
{
    gi_transfer **at = &p->all, *t;
    while ((t = *at) != NULL) {
        if (t->state == RUNNING)
            curl_multi_remove_handle(p->loop.multi, t->easy);
        if (t->state == ANSWERING && !all) {
            at = &t->sibling;
            continue;
        }
        *at = t->sibling;
        gi_transfer_free(t);
    }
    p->idle = p->done = p->newest = NULL;
    p->running = 0;
    gi_loop_close(&p->loop);
    curl_easy_cleanup(p->model);
    p->model = NULL;
}

/* pool:close(). Also __close; harmless the second time. */
static int Lgi_pool_close(lua_State *L)
{
    shut(luaL_checkudata(L, 1, POOL), 0);
    return 0;
}

/* Nobody has the pool any more: what is still answering was left there by a raise. */
static int Lgi_pool_gc(lua_State *L)
{
    shut(luaL_checkudata(L, 1, POOL), 1);
    return 0;
}

static const luaL_Reg methods[] = {
    {"send", Lgi_pool_send},
    {"start", Lgi_pool_start},
    {"next", Lgi_pool_next},
    {"fds", Lgi_pool_fds},
    {"close", Lgi_pool_close},
    {"record", Lgi_record},
    {NULL, NULL},
};

static const luaL_Reg meta[] = {
    {"__gc", Lgi_pool_gc},
    {"__close", Lgi_pool_close},
    {NULL, NULL},
};

/* Keeps this code, and libcurl with it, in memory for as long as the process lives: one
 * of libcurl's resolver threads may outlast the Lua state, and curl_global_cleanup is not
 * ours to call where a host program uses libcurl too. */
static void stay_loaded(void)
{
    Dl_info info;
    if (dladdr((void *)methods, &info) != 0)
        dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

GI_EXPORT int luaopen_graphinvite_curl(lua_State *L)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return luaL_error(L, "libcurl cannot be initialised");
    stay_loaded();
    gi_response_register(L);
    luaL_getmetatable(L, POOL);
    if (lua_isnil(L, -1)) { /* known only once it is complete, as in gi_class */
        lua_newtable(L);
        gi_setfuncs(L, meta, 0);
        lua_newtable(L);
        gi_transfer_words(L);
        gi_setfuncs(L, methods, 1);
        lua_setfield(L, -2, "__index");
        lua_pushboolean(L, 0); /* a script cannot reach __gc */
        lua_setfield(L, -2, "__metatable");
        lua_setfield(L, LUA_REGISTRYINDEX, POOL);
    }
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, Lgi_pool);
    lua_setfield(L, -2, "pool");
    return 1;
}
