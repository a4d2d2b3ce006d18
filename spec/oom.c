/* oom.c - memory that ends for good. Runs each case of a script (oom.lua) in fresh Lua
 * states whose memory ends after 0, 1, 2 ... allocations, until the case has enough: the
 * memory of Lua, that of the C code (our modules, libmicrohttpd), and both.
 * Every run must end with the right result or with an error that says what it lacked,
 * leave a state in which the case works once there is memory again, and free all that it
 * took.
 *   oom SCRIPT [CASE]     prints one "ok" or "not ok" line per case; a CASE that is named
 *                         is run at each of its points, however many */
#include <curl/curl.h>
#include <lauxlib.h>
#include <limits.h>
#include <lualib.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Linked with -Wl,--wrap: "real" is the C library's, "wrap" is what the rest calls. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
void __real_free(void *p);

enum { LUA = 1, C = 2 };

#define MOST_STEPS 100 /* OpenSSL takes thousands of allocations to read a key */

static struct {
    int scarce;  /* whose memory ends: LUA, C or both; 0 while there is enough */
    long left;   /* allocations that are still granted */
    long denied; /* allocations that were not */
    long blocks; /* in use */
} memory;

static int granted(int who)
{
    if (!(memory.scarce & who))
        return 1;
    if (memory.left == 0) {
        memory.denied++;
        return 0;
    }
    memory.left--;
    return 1;
}

static void *counted(void *p)
{
    memory.blocks += p != NULL;
    return p;
}

void *__wrap_malloc(size_t size)
{
    return granted(C) ? counted(__real_malloc(size)) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
    return granted(C) ? counted(__real_calloc(n, size)) : NULL;
}

void *__wrap_realloc(void *p, size_t size)
{
    if (!granted(C))
        return NULL;
    return p == NULL ? counted(__real_malloc(size)) : __real_realloc(p, size);
}

char *__wrap_strdup(const char *s)
{
    return granted(C) ? counted(__real_strdup(s)) : NULL;
}

void __wrap_free(void *p)
{
    memory.blocks -= p != NULL;
    __real_free(p);
}

static void *openssl_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return __wrap_malloc(size);
}

static void *openssl_realloc(void *p, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return __wrap_realloc(p, size);
}

static void openssl_free(void *p, const char *file, int line)
{
    (void)file, (void)line;
    __wrap_free(p);
}

/* Lua's allocator. Shrinking never fails: Lua counts on that. */
static void *allocate(void *ud, void *p, size_t old, size_t size)
{
    (void)ud;
    if (size == 0) {
        memory.blocks -= p != NULL;
        __real_free(p);
        return NULL;
    }
    if ((p == NULL || size > old) && !granted(LUA))
        return NULL;
    return p == NULL ? counted(__real_malloc(size)) : __real_realloc(p, size);
}

typedef struct task {
    const char *script; /* its path */
    const char *name;   /* of the case */
    int scarce;
    long n;        /* allocations that are granted */
    long taken;    /* how many of them were used */
    long denied;   /* how many were not */
    char why[512]; /* what went wrong */
} task;

static int wrong(task *t, const char *what, const char *detail)
{
    snprintf(t->why, sizeof(t->why), "%s%s%s", what, detail != NULL ? ": " : "",
             detail != NULL ? detail : "");
    return -1;
}

int luaopen_graphinvite_core(lua_State *L);
int luaopen_graphinvite_curl(lua_State *L);
int luaopen_graphinvite_sys(lua_State *L);
int luaopen_graphinvite_crypto(lua_State *L);
int luaopen_graphinvite_httpd(lua_State *L);

static int open_libraries(lua_State *L)
{
    static const luaL_Reg modules[] = {
        {"graphinvite.core", luaopen_graphinvite_core},
        {"graphinvite.curl", luaopen_graphinvite_curl},
        {"graphinvite.sys", luaopen_graphinvite_sys},
        {"graphinvite.crypto", luaopen_graphinvite_crypto},
        {"graphinvite.httpd", luaopen_graphinvite_httpd},
    };
    size_t i;
    luaL_openlibs(L);
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
        lua_pushcfunction(L, modules[i].func);
        lua_setfield(L, -2, modules[i].name);
    }
    return 0;
}

/* A state with the script loaded, its argument (the case, or NULL) given and its results
 * on the stack. Returns NULL when the script is wrong. */
static lua_State *prepare(task *t)
{
    lua_State *L = lua_newstate(allocate, NULL);
    lua_pushcfunction(L, open_libraries);
    if (lua_pcall(L, 0, 0, 0) == 0 && luaL_loadfile(L, t->script) == 0) {
        lua_pushstring(L, t->name);
        if (lua_pcall(L, 1, 2, 0) == 0)
            return L;
    }
    wrong(t, "the script", lua_tostring(L, -1));
    lua_close(L);
    return NULL;
}

/* Calls the work at index 1 and, with its results, the check at index 2. Returns 0 when
 * the result is right, 1 when an error says that memory was out, -1 for all else. */
static int attempt(lua_State *L, task *t, int scarce)
{
    const char *message;
    int rc, top;
    lua_pushvalue(L, 1);
    memory.scarce = scarce;
    memory.left = t->n;
    memory.denied = 0;
    rc = lua_pcall(L, 0, LUA_MULTRET, 0);
    memory.scarce = 0;
    t->taken = t->n - memory.left;
    t->denied = memory.denied;
    if (rc == 0) {
        lua_pushvalue(L, 2);
        lua_insert(L, 3);
        top = lua_gettop(L);
        rc = lua_pcall(L, top - 3, 0, 0);
    }
    message = rc != 0 ? lua_tostring(L, -1) : NULL;
    if (rc != 0)
        rc = message != NULL && strstr(message, "memory") != NULL ? 1 : -1;
    if (rc < 0 || (rc > 0 && t->denied == 0))
        rc = wrong(t, scarce ? "with memory scarce" : "with memory again", message);
    lua_settop(L, 2);
    return rc;
}

/* One run in a state of its own. Returns 0, or -1 and why. */
static int run(task *t)
{
    long before = memory.blocks, taken, denied;
    lua_State *L = prepare(t);
    int rc;
    char left[64];
    if (L == NULL)
        return -1;
    rc = attempt(L, t, t->scarce);
    taken = t->taken;
    denied = t->denied;
    if (rc >= 0)
        rc = attempt(L, t, 0);
    lua_close(L);
    OPENSSL_thread_stop(); /* its errors and random numbers */
    t->taken = taken;
    t->denied = denied;
    if (rc == 0 && memory.blocks != before) {
        snprintf(left, sizeof(left), "%ld blocks", memory.blocks - before);
        rc = wrong(t, "memory was not freed", left);
    }
    return rc;
}

/* Runs a case with more and more memory of that kind, by so many allocations each time.
 * Returns the number after which it has enough, or -1. */
static long run_scarce(task *t, int scarce, long step)
{
    t->scarce = scarce;
    t->n = -step;
    do {
        t->n += step;
        if (run(t) != 0)
            return -1;
    } while (t->denied > 0);
    return t->n;
}

/* How many allocations of C a case takes. What OpenSSL looks up in its first run it keeps
 * for good, and that may look like a leak here. */
static long count(task *t)
{
    t->scarce = C;
    t->n = LONG_MAX;
    run(t);
    return t->taken;
}

/* Runs a case in all ways, at MOST_STEPS of its points or at each. Returns how many that
 * are, or -1. */
static long run_case(task *t, int each)
{
    static const char *const names[] = {"", "Lua's", "C's", "all"};
    long taken = count(t), step = each ? 1 : 1 + taken / MOST_STEPS, c, all = -1;
    /* without an allocation of C, Lua's memory alone is all memory */
    if ((c = run_scarce(t, C, step)) == 0 || (c > 0 && run_scarce(t, LUA, 1) >= 0))
        all = run_scarce(t, LUA | C, step);
    if (all >= 0)
        printf("ok - %s: %ld allocation points, %ld of C, %ld apart\n", t->name, all, c,
               step);
    else
        printf("not ok - %s, %s memory out after %ld allocations: %s\n", t->name,
               names[t->scarce], t->n, t->why);
    fflush(stdout);
    return all >= 0 ? all / step : -1;
}

int main(int argc, char **argv)
{
    task t;
    lua_State *L;
    int i, failed = 0;
    long points = 0, n;
    memset(&t, 0, sizeof(t));
    setenv("no_proxy", "*", 1);
    /* libcurl keeps its memory: 7.88 divides by zero where its own runs out */
    if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1)
        return 2;
    if (argc < 2 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return 2;
    t.script = argv[1];
    if ((L = prepare(&t)) == NULL) {
        fprintf(stderr, "oom: %s\n", t.why);
        return 2;
    }
    for (i = 1; lua_rawgeti(L, 1, i), lua_isstring(L, -1); i++) {
        t.name = lua_tostring(L, -1); /* the table keeps it */
        lua_pop(L, 1);
        if (argc > 2 && strcmp(argv[2], t.name) != 0)
            continue;
        n = run_case(&t, argc > 2);
        failed |= n < 0;
        points += n > 0 ? n : 0;
    }
    lua_close(L);
    curl_global_cleanup();
    printf("%s: %ld allocation points\n", LUA_VERSION, points);
    return failed;
}
