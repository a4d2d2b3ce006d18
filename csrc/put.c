/* put.c - single Lua values to JSON text. Functions return 0, or -1 and the reason. */
#include "gi.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define EXACT 9007199254740992.0 /* 2^53: up to here a double holds every integer */

static int no_memory(gi_writer *w)
{
    return gi_why_set(w->why, "out of memory");
}

int gi_put(gi_writer *w, const char *text, size_t len)
{
    if (gi_buf_room(w->b, len) != 0)
        return no_memory(w);
    memcpy(w->b->p + w->b->len, text, len);
    w->b->len += len;
    return 0;
}

int gi_put_wrong(gi_writer *w, const gi_prop *p, int i, int element)
{
    char shown[GI_EXCERPT + 2];
    const char *s;
    size_t len;
    switch (lua_type(w->L, i)) {
    case LUA_TSTRING:
        s = lua_tolstring(w->L, i, &len);
        shown[0] = '"';
        gi_excerpt(shown + 1, s, len);
        strcat(shown, "\"");
        break;
    case LUA_TNUMBER:
        snprintf(shown, sizeof(shown), "%.14g", lua_tonumber(w->L, i));
        break;
    case LUA_TBOOLEAN:
        strcpy(shown, lua_toboolean(w->L, i) ? "true" : "false");
        break;
    default:
        snprintf(shown, sizeof(shown), "a %s", luaL_typename(w->L, i));
    }
    return gi_why_type(w->why, p, element, shown);
}

int gi_put_string(gi_writer *w, const char *s, size_t len)
{
    int rc = gi_json_put_string(w->b, s, len);
    if (rc == -2)
        return gi_why_set(w->why, "a String that is not UTF-8");
    return rc == 0 ? 0 : no_memory(w);
}

/* Gives the integer that the value at i stands for in a typed place. Returns 0 or -1. */
int gi_to_int64(lua_State *L, int i, int64_t *out)
{
    gi_number n;
    const char *text = NULL;
    size_t len;
    double d;
    if (gi_isinteger(L, i)) {
        *out = (int64_t)lua_tointeger(L, i);
        return 0;
    }
    switch (lua_type(L, i)) {
    case LUA_TNUMBER:
        d = lua_tonumber(L, i);
        if (!(d >= -EXACT && d <= EXACT) || d != floor(d))
            return -1;
        *out = (int64_t)d;
        return 0;
    case LUA_TSTRING:
        text = lua_tolstring(L, i, &len);
        break;
    case LUA_TUSERDATA:
        text = gi_testudata(L, i, GI_DIGITS);
        len = gi_rawlen(L, i);
    }
    return text != NULL && gi_number_parse(&n, text, len) ? gi_number_int64(&n, out) : -1;
}

static int put_integer(gi_writer *w, const gi_prop *p, int i)
{
    char text[GI_NUMBER_TEXT + 2];
    size_t len;
    int64_t v;
    int quoted = p->kind == GI_INT64 && w->o->int64_string;
    if (gi_to_int64(w->L, i, &v) != 0)
        return gi_put_wrong(w, p, i, 1);
    if (p->kind == GI_INT32 && (v < INT32_MIN || v > INT32_MAX))
        return gi_put_wrong(w, p, i, 1);
    text[0] = '"';
    len = gi_format_int64(text + quoted, v) + (size_t)quoted;
    text[len] = '"';
    return gi_put(w, text, len + (size_t)quoted);
}

static int put_number(gi_writer *w, int i)
{
    char text[GI_NUMBER_TEXT + 2];
    size_t len;
    double d;
    if (gi_isinteger(w->L, i))
        return gi_put(w, text, gi_format_int64(text, (int64_t)lua_tointeger(w->L, i)));
    d = lua_tonumber(w->L, i);
    if (!isfinite(d))
        return gi_why_set(w->why, "not a finite number");
    len = gi_format_double(text, d);
    text[len] = '\0';
    if (GI_HAS_INTEGER && strpbrk(text, ".e") == NULL) {
        memcpy(text + len, ".0", 2); /* else it would come back as an integer */
        len += 2;
    } else if (!GI_HAS_INTEGER && d == floor(d) && fabs(d) <= EXACT && d != 0) {
        len = gi_format_int64(text, (int64_t)d);
    }
    return gi_put(w, text, len);
}

static int put_userdata(gi_writer *w, const gi_prop *p, int i)
{
    const char *text = gi_testudata(w->L, i, GI_DIGITS);
    if (text == NULL || p->kind != GI_ANY)
        return gi_put_wrong(w, p, i, 1);
    return gi_put(w, text, gi_rawlen(w->L, i));
}

static int put_text(gi_writer *w, const gi_prop *p, int i)
{
    size_t len;
    const char *s = lua_tolstring(w->L, i, &len), *spelling;
    if (p->kind == GI_ENUM && p->of == GI_E_OPERATION_STATUS && w->o->status_schema) {
        spelling = gi_enum_spelling(p->of, s, len);
        if (spelling != NULL)
            return gi_put_string(w, spelling, strlen(spelling));
    }
    return gi_put_string(w, s, len);
}

/* Writes the value at i of a Lua type that is not a table. Where p is a collection,
 * element tells that its array has begun. */
int gi_put_scalar(gi_writer *w, const gi_prop *p, int i, int type, int element)
{
    int kind = p->kind;
    if (type == LUA_TLIGHTUSERDATA && lua_touserdata(w->L, i) == NULL)
        return gi_put(w, "null", 4);
    if ((p->flags & GI_COLLECTION) && !element)
        return gi_put_wrong(w, p, i, element);
    if (kind == GI_INT32 || kind == GI_INT64)
        return put_integer(w, p, i);
    if (type == LUA_TSTRING && kind != GI_BOOLEAN && kind != GI_OBJECT)
        return put_text(w, p, i);
    if (type == LUA_TBOOLEAN && (kind == GI_BOOLEAN || kind == GI_ANY))
        return lua_toboolean(w->L, i) ? gi_put(w, "true", 4) : gi_put(w, "false", 5);
    if (type == LUA_TNUMBER && kind == GI_ANY)
        return put_number(w, i);
    return type == LUA_TUSERDATA ? put_userdata(w, p, i) : gi_put_wrong(w, p, i, element);
}
