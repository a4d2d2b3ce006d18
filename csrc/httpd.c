/* httpd.c - module graphinvite.httpd: an HTTP server that a Lua loop steps through. */
#include "httpd.h"
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SERVER "graphinvite.server"
#define GONE "no such request waits for an answer: its client may be gone"
#define WATCH_MS 50 /* under load the watched file is looked at so often */

static const struct number {
    const char *name;
    size_t offset;
    double min, max;
} numbers[] = {
    {"port", offsetof(gi_settings, port), 0, 65535},
    {"max_body", offsetof(gi_settings, max_body), 0, 1 << 30},
    {"watch", offsetof(gi_settings, watch), 0, 1 << 20},
    {"connections", offsetof(gi_settings, connections), 1, 1 << 16},
    {"timeout", offsetof(gi_settings, timeout), 0.001, 3600},
};

/* Raises unless the value on the top is a string without NUL. */
static const char *need_text(lua_State *L, const char *name)
{
    size_t len;
    const char *s = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &len) : NULL;
    if (s == NULL || strlen(s) != len)
        luaL_error(L, "%s: must be a text", name);
    return s;
}

static void read_tls(lua_State *L, gi_settings *o)
{
    if (!lua_istable(L, -1))
        luaL_error(L, "tls: must be a table of cert and key");
    lua_pushliteral(L, "cert");
    lua_rawget(L, -2);
    o->cert = need_text(L, "tls.cert");
    lua_pop(L, 1);
    lua_pushliteral(L, "key");
    lua_rawget(L, -2);
    o->key = need_text(L, "tls.key");
    lua_pop(L, 1);
}

/* Stores the option whose name is at -2 and whose value is at -1. */
static void read_option(lua_State *L, gi_settings *o)
{
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
    size_t i;
    if (strcmp(name, "address") == 0) {
        o->address = need_text(L, name);
        return;
    }
    if (strcmp(name, "tls") == 0) {
        read_tls(L, o);
        return;
    }
    for (i = 0; i < GI_COUNT(numbers); i++)
        if (strcmp(name, numbers[i].name) == 0) {
            double v = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : NAN;
            int whole = numbers[i].offset != offsetof(gi_settings, timeout);
            if (!(v >= numbers[i].min && v <= numbers[i].max) ||
                (whole && v != (double)(int64_t)v))
                luaL_error(L, "%s: out of range", name);
            memcpy((char *)o + numbers[i].offset, &v, sizeof(v));
            return;
        }
    luaL_error(L, "unknown option: %s", name);
}

/* httpd.listen{ address, port, tls, max_body, watch, connections, timeout }
 *   -> server | nil, message
 * address: default 127.0.0.1; port: 0, the default, picks one; tls: { cert, key }, PEM
 * texts; max_body: bytes of a request's body, default 16 MiB; watch: a file descriptor,
 * see step; connections: how many at once, default 900, more wait; timeout: seconds that
 * a client has for sending a request, default 5. */
static int Lgi_listen(lua_State *L)
{
    gi_settings o = {"127.0.0.1", NULL, NULL, 0, 16777216, -1, 900, 5};
    const char *why;
    gi_httpd *s;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1))
        read_option(L, &o);
    s = lua_newuserdata(L, sizeof(*s));
    memset(s, 0, sizeof(*s));
    gi_setmetatable(L, SERVER); /* from here on __gc owns whatever s holds */
    if ((why = gi_intake_start(s, &o)) == NULL)
        return 1;
    lua_pushnil(L);
    lua_pushfstring(L, "cannot listen on %s, port %d: %s", o.address, (int)o.port, why);
    return 2;
}

static gi_httpd *check_server(lua_State *L)
{
    gi_httpd *s = luaL_checkudata(L, 1, SERVER);
    if (s->daemon == NULL)
        luaL_error(L, "the server is closed");
    return s;
}

/* Pushes a header's name in lower case. */
static void push_name(lua_State *L, const gi_header *h)
{
    luaL_Buffer b;
    size_t i;
    luaL_buffinit(L, &b);
    for (i = 0; i < h->name_len; i++) {
        char c = h->name[i];
        luaL_addchar(&b, (char)(c >= 'A' && c <= 'Z' ? c + 32 : c));
    }
    luaL_pushresult(&b);
}

/* Adds a header to the table on the top; behind what it has under the same name. */
static void put_header(lua_State *L, const gi_header *h)
{
    push_name(L, h);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushlstring(L, h->value, h->value_len);
    } else {
        lua_pushliteral(L, ", ");
        lua_pushlstring(L, h->value, h->value_len);
        lua_concat(L, 3);
    }
    lua_rawset(L, -3);
}

/* server -> the request at the head of its queue, which stays there. May raise. */
static int push_request(lua_State *L)
{
    const gi_httpd *s = lua_touserdata(L, 1);
    const gi_request *r = (const gi_request *)s->queue.next;
    const gi_header *h = (const gi_header *)(const void *)r->headers.p;
    size_t i, n = r->headers.len / sizeof(*h);
    lua_createtable(L, 0, 5);
    lua_pushinteger(L, (lua_Integer)r->id);
    lua_setfield(L, -2, "id");
    lua_pushstring(L, r->method);
    lua_setfield(L, -2, "method");
    lua_pushlstring(L, r->url, r->url_len);
    lua_setfield(L, -2, "url");
    lua_createtable(L, 0, (int)n);
    for (i = 0; i < n; i++)
        put_header(L, &h[i]);
    lua_setfield(L, -2, "headers");
    if (r->body.len > 0) {
        lua_pushlstring(L, r->body.p, r->body.len);
        lua_setfield(L, -2, "body");
    }
    return 1;
}

/* Hands out the first request. A finalizer may run meanwhile and must not close the
 * server; a raise leaves the request in the queue. */
static int take(lua_State *L, gi_httpd *s)
{
    int rc;
    lua_pushvalue(L, lua_upvalueindex(1)); /* push_request */
    lua_pushvalue(L, 1);
    s->busy = 1;
    rc = lua_pcall(L, 1, 1, 0);
    s->busy = 0;
    if (rc != 0)
        return lua_error(L);
    gi_intake_taken((gi_request *)s->queue.next);
    return 1;
}

/* Is the watched file at its end? What can be read from it is thrown away. */
static int at_end(gi_httpd *s)
{
    char bytes[4096];
    ssize_t n = read(s->watch, bytes, sizeof(bytes));
    s->watched = s->now;
    return n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
}

/* Waits at most so many milliseconds (-1: for ever) for something to do. Returns 0, 1
 * when the watched file is at its end, -1 with errno. */
static int wait_for(gi_httpd *s, int64_t ms)
{
    struct pollfd fds[2] = {{s->poll_fd, POLLIN, 0}, {s->watch, POLLIN, 0}};
    int n = poll(fds, s->watch < 0 ? 1 : 2, ms > INT32_MAX ? INT32_MAX : (int)ms);
    s->now = gi_peer_clock();
    if (n < 0)
        return -1;
    return fds[1].revents != 0 && at_end(s);
}

/* server:step(seconds) -> request | nil | nil, "watch" | nil, message
 * Returns nil alone when the time is over, and earlier when a signal came. Without
 * seconds it waits for ever. A request must be answered, or its client waits for ever
 * too. */
static int Lgi_step(lua_State *L)
{
    gi_httpd *s = check_server(L);
    double seconds = luaL_optnumber(L, 2, HUGE_VAL);
    uint64_t until = UINT64_MAX, left;
    int64_t wait;
    int rc;
    if (s->busy)
        return luaL_error(L, "the server is busy");
    if (seconds < 1e9)
        until = gi_peer_clock() + (seconds > 0 ? (uint64_t)(seconds * 1000) + 1 : 0);
    while (s->queue.next == &s->queue) {
        s->now = gi_peer_clock();
        left = until > s->now ? until - s->now : 0;
        wait = gi_peer_wait(s);
        if (wait < 0 || left < (uint64_t)wait)
            wait = left > INT32_MAX ? -1 : (int64_t)left;
        if (wait != 0 || (s->watch >= 0 && s->now - s->watched >= WATCH_MS)) {
            if ((rc = wait_for(s, wait)) > 0)
                return gi_fail(L, "watch");
            if (rc < 0 && errno != EINTR)
                return gi_fail(L, strerror(errno));
            if (rc < 0)
                until = s->now; /* Lua's own handler of the signal shall run */
        }
        gi_intake_run(s);
        if (s->queue.next == &s->queue && s->answered == 0 && s->now >= until) {
            lua_pushnil(L);
            return 1;
        }
    }
    return take(L, s);
}

/* --- answer
 * ----------------------------------------------------------------------------- */

/* Is this one of the headers that libmicrohttpd writes itself? */
static int is_framing(const char *name)
{
    return strcasecmp(name, "Content-Length") == 0 ||
           strcasecmp(name, "Transfer-Encoding") == 0;
}

/* Adds the header whose name is at -2 and whose value is at -1. Returns NULL or what is
 * wrong. Neither raises nor allocates in Lua. */
static const char *add_header(lua_State *L, struct MHD_Response *response, size_t *room)
{
    const char *name, *value;
    size_t name_len, len;
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
        return "headers: a name or a value is not a string";
    name = lua_tolstring(L, -2, &name_len);
    value = lua_tolstring(L, -1, &len);
    if (!gi_token(name, name_len))
        return "headers: a name has a character that no header name may have";
    if (memchr(value, '\0', len) != NULL || strpbrk(value, "\r\n") != NULL)
        return "headers: a value has CR, LF or NUL in it";
    if (len == 0)
        return "headers: a value is empty";
    if (name_len > *room || len + 4 > *room - name_len)
        return "headers: too many bytes";
    *room -= name_len + len + 4;
    if (!is_framing(name) && MHD_add_response_header(response, name, value) != MHD_YES)
        return "headers: one is refused by libmicrohttpd, or memory is out";
    return NULL;
}

/* Makes the response of the status, the headers (or nil) and the body (or nil) at 4 to 6.
 * Returns NULL with the reason in why. Neither raises nor allocates in Lua. */
static struct MHD_Response *make_response(lua_State *L, const char **why)
{
    lua_Number status = lua_type(L, 4) == LUA_TNUMBER ? lua_tonumber(L, 4) : 0;
    struct MHD_Response *response;
    const char *body = "";
    size_t len = 0, room = GI_ANSWER_HEAD;
    *why = NULL;
    if (!(status >= 200 && status <= 599 && status == (lua_Number)(int)status))
        *why = "status: must be an integer from 200 to 599";
    else if (!lua_isnil(L, 5) && !lua_istable(L, 5))
        *why = "headers: must be a table";
    else if (!lua_isnil(L, 6) && lua_type(L, 6) != LUA_TSTRING)
        *why = "body: must be a string";
    if (*why != NULL)
        return NULL;
    if (!lua_isnil(L, 6))
        body = lua_tolstring(L, 6, &len);
    response = MHD_create_response_from_buffer(len, (void *)(uintptr_t)body,
                                               MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        *why = "out of memory";
    else if (!lua_isnil(L, 5))
        for (lua_pushnil(L); *why == NULL && lua_next(L, 5) != 0; lua_pop(L, 1))
            *why = add_header(L, response, &room);
    if (*why != NULL && response != NULL) {
        MHD_destroy_response(response);
        response = NULL;
    }
    return response;
}

static gi_request *find_taken(gi_httpd *s, lua_Number id)
{
    gi_link *l;
    for (l = s->taken.next; l != &s->taken; l = l->next)
        if ((lua_Number)((gi_request *)l)->id == id)
            return (gi_request *)l;
    return NULL;
}

/* server:answer(id, { status, headers, body }) -> true | nil, message
 * The answer leaves in the next step. The client of one that cannot be sent gets status
 * 500. Content-Length and Transfer-Encoding are written by libmicrohttpd, whatever is
 * given. */
static int Lgi_answer(lua_State *L)
{
    lua_Number id = luaL_checknumber(L, 2);
    struct MHD_Response *response;
    const char *why;
    gi_request *r;
    luaL_checktype(L, 3, LUA_TTABLE);
    lua_settop(L, 3);
    lua_getfield(L, 3, "status");
    lua_getfield(L, 3, "headers");
    lua_getfield(L, 3, "body");
    if ((r = find_taken(check_server(L), id)) == NULL)
        return gi_fail(L, GONE);
    response = make_response(L, &why);
    if (gi_intake_answer(r, response != NULL ? (unsigned)lua_tointeger(L, 4) : 500,
                         response) != 0)
        return gi_fail(L, why != NULL ? why : "the answer is refused by libmicrohttpd");
    lua_pushboolean(L, 1);
    return 1;
}

/* server:cut(id, bytes) -> true | nil, message
 * Instead of an answer: writes the bytes to the connection as they are and closes it.
 * Without bytes the connection is reset. What the client does not take at once, and
 * everything over TLS, is left out; the connection ends all the same. */
static int Lgi_cut(lua_State *L)
{
    lua_Number id = luaL_checknumber(L, 2);
    size_t len;
    const char *bytes = luaL_optlstring(L, 3, "", &len);
    gi_request *r = find_taken(check_server(L), id);
    if (r == NULL)
        return gi_fail(L, GONE);
    if (gi_intake_cut(r, bytes, len) != 0)
        return gi_fail(L, "not all bytes could be written: the client does not read, is "
                          "gone, or speaks TLS");
    lua_pushboolean(L, 1);
    return 1;
}

/* --- the class and the module
 * ------------------------------------------------------------ */

/* server:port() -> the port it listens on */
static int Lgi_port(lua_State *L)
{
    const gi_httpd *s = luaL_checkudata(L, 1, SERVER);
    lua_pushinteger(L, s->port);
    return 1;
}

/* server:close(). Also __gc and __close, so it must be harmless the second time. Who
 * waits for an answer is cut off. */
static int Lgi_close(lua_State *L)
{
    gi_httpd *s = luaL_checkudata(L, 1, SERVER);
    if (s->busy)
        return luaL_error(L, "the server is busy");
    gi_intake_stop(s);
    return 0;
}

static const luaL_Reg methods[] = {
    {"port", Lgi_port},  {"answer", Lgi_answer}, {"cut", Lgi_cut}, {"close", Lgi_close},
    {"__gc", Lgi_close}, {"__close", Lgi_close}, {NULL, NULL},
};

static const luaL_Reg step_method[] = {{"step", Lgi_step}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"listen", Lgi_listen}, {NULL, NULL}};

GI_EXPORT int luaopen_graphinvite_httpd(lua_State *L)
{
    luaL_getmetatable(L, SERVER);
    if (lua_isnil(L, -1)) { /* known only once it is complete, as in gi_class */
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setfield(L, -2, "__index");
        gi_setfuncs(L, methods, 0);
        lua_pushcfunction(L, push_request);
        gi_setfuncs(L, step_method, 1);
        lua_setfield(L, LUA_REGISTRYINDEX, SERVER);
    }
    lua_newtable(L);
    gi_setfuncs(L, functions, 0);
    return 1;
}
