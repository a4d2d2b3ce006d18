/* http1_parser.c - the reader of http1.c for Lua: a parser takes one answer after the
 * other. */
#include "gi.h"
#include <string.h>

#define PARSER "graphinvite.http1_parser"

typedef struct parser {
    gi_http1 http1;
    int ended; /* the answer was handed out, or is none */
    int busy;  /* Lua is given what it holds, and a finalizer may run */
} parser;

static parser *check_parser(lua_State *L)
{
    parser *p = luaL_checkudata(L, 1, PARSER);
    if (p->busy)
        luaL_error(L, "the parser is in use, or what it was in use for was broken off");
    return p;
}

/* A parser that waits for more. */
static parser *check_answer(lua_State *L)
{
    parser *p = check_parser(L);
    if (p->ended)
        luaL_error(L, "the answer has ended: reset the parser for another one");
    return p;
}

/* Reads a limit in bytes from index i. */
static size_t check_limit(lua_State *L, int i)
{
    lua_Number n = luaL_checknumber(L, i);
    luaL_argcheck(L, n >= 0, i, "must be a number of bytes");
    return n < (lua_Number)(SIZE_MAX / 64) ? (size_t)n : SIZE_MAX / 64;
}

/* Sets the option whose name and value are on the top. */
static void set_option(lua_State *L, parser *p)
{
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
    int at = lua_gettop(L);
    if (strcmp(name, "method") == 0) {
        size_t len;
        const char *method = luaL_checklstring(L, at, &len);
        gi_http1_begin(&p->http1, method, len);
    } else if (strcmp(name, "max_body") == 0) {
        p->http1.max_body = check_limit(L, at);
    } else if (strcmp(name, "max_head") == 0) {
        p->http1.max_head = check_limit(L, at);
    } else {
        luaL_error(L, "http1_parser has the options method, max_body and max_head");
    }
}

/* core.http1_parser({ method =, max_body =, max_head = }|nil) -> parser */
int Lgi_http1_parser(lua_State *L)
{
    parser *p;
    lua_settop(L, 1);
    if (!lua_isnil(L, 1))
        luaL_checktype(L, 1, LUA_TTABLE);
    p = lua_newuserdata(L, sizeof(*p));
    memset(p, 0, sizeof(*p));
    gi_setmetatable(L, PARSER);
    p->http1.max_head = GI_HTTP1_HEAD;
    p->http1.max_body = GI_HTTP1_BODY;
    gi_http1_begin(&p->http1, "", 0);
    if (!lua_isnil(L, 1)) {
        lua_pushnil(L);
        while (lua_next(L, 1) != 0) {
            set_option(L, p);
            lua_pop(L, 1);
        }
    }
    return 1;
}

/* parser:reset(method, max_body|nil): ready for the answer to another request */
static int Lgi_http1_reset(lua_State *L)
{
    parser *p = check_parser(L);
    size_t len;
    const char *method = luaL_optlstring(L, 2, "", &len);
    if (!lua_isnoneornil(L, 3))
        p->http1.max_body = check_limit(L, 3);
    gi_http1_begin(&p->http1, method, len);
    p->ended = 0;
    return 0;
}

static int push_outcome(lua_State *L, parser *p, int outcome)
{
    gi_http1 *h = &p->http1;
    lua_settop(L, 3); /* the bytes fed last may have the body */
    if (outcome == GI_HTTP1_MORE)
        return 0;
    p->ended = 1;
    if (outcome == GI_HTTP1_FAILED) {
        gi_release(&h->head);
        gi_release(&h->body);
        lua_pushnil(L);
        lua_pushstring(L, h->why);
        lua_pushstring(L, h->reason);
        return 3;
    }
    p->busy = 1;
    gi_response_push(L, 3, h->status, &h->head, h->text, h->text_len);
    lua_pushboolean(L, h->keep);
    p->busy = 0;
    gi_release(&h->head);
    gi_release(&h->body);
    return 2;
}

/* parser:feed(bytes, spare|nil) -> nothing: more has to come
 *                               -> response, whether the connection can be kept
 *                               -> nil, what is wrong with the answer, reason
 * spare is a response record that nobody reads any more; it may be filled and given. */
static int Lgi_http1_feed(lua_State *L)
{
    parser *p = check_answer(L);
    size_t len;
    const char *bytes = luaL_checklstring(L, 2, &len);
    return push_outcome(L, p, gi_http1_feed(&p->http1, bytes, len));
}

/* parser:finish() -> response, false | nil, what is wrong, reason: the connection has
 * ended */
static int Lgi_http1_finish(lua_State *L)
{
    parser *p = check_answer(L);
    lua_settop(L, 1);
    return push_outcome(L, p, gi_http1_end(&p->http1));
}

static int Lgi_http1_gc(lua_State *L)
{
    parser *p = lua_touserdata(L, 1);
    gi_buf_free(&p->http1.head);
    gi_buf_free(&p->http1.body);
    return 0;
}

void gi_http1_register(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"reset", Lgi_http1_reset},   {"feed", Lgi_http1_feed},
        {"finish", Lgi_http1_finish}, {"record", Lgi_record},
        {"__gc", Lgi_http1_gc},       {NULL, NULL}};
    gi_class(L, PARSER, methods);
}
