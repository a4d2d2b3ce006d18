/* encode.c - Lua values to JSON text by type, in one pass. Table access is raw. Failures
 * return -1 and explain themselves; the text grows in a buffer that a userdata owns. */
#include "gi.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const gi_prop untyped = {"", GI_ANY, 0, 0};

static int put_value(gi_writer *w, const gi_prop *p, int i, int depth, int element);

/* Counts the elements of the array at i. Returns -1 where it has other keys or a hole. */
static long count_elements(gi_writer *w, int i)
{
    lua_State *L = w->L;
    long n = 0, k;
    double highest = 0;
    for (lua_pushnil(L); lua_next(L, i) != 0; lua_pop(L, 1)) {
        double key = lua_type(L, -2) == LUA_TNUMBER ? lua_tonumber(L, -2) : 0;
        if (key < 1 || key != floor(key))
            return gi_why_set(w->why,
                              "not an array: it has keys other than 1, 2, 3, ...");
        highest = key > highest ? key : highest;
        n++;
    }
    if (highest == (double)n && n < INT32_MAX)
        return n;
    for (k = 1; k <= n; k++) {
        lua_rawgeti(L, i, (int)k);
        if (lua_isnil(L, -1))
            break;
        lua_pop(L, 1);
    }
    gi_why_set(w->why, "missing: an array cannot have holes");
    return gi_why_index(w->why, (size_t)k);
}

static int put_array(gi_writer *w, const gi_prop *p, int i, int depth)
{
    long n = count_elements(w, i), k;
    if (n < 0 || gi_put(w, "[", 1) != 0)
        return -1;
    for (k = 1; k <= n; k++) {
        lua_rawgeti(w->L, i, (int)k);
        if (k > 1 && gi_put(w, ",", 1) != 0)
            return -1;
        if (put_value(w, p, lua_gettop(w->L), depth - 1, 1) != 0)
            return gi_why_index(w->why, (size_t)k);
        lua_pop(w->L, 1);
    }
    return gi_put(w, "]", 1);
}

/* Writes a member's name, with a comma in front where it is not the first. Names of the
 * schema need no escapes. */
static int put_name(gi_writer *w, const char *name, size_t len, int known, int *first)
{
    char *out;
    if (gi_buf_room(w->b, len + 4) != 0)
        return gi_why_set(w->why, "out of memory");
    if (!*first)
        w->b->p[w->b->len++] = ',';
    *first = 0;
    if (!known)
        return gi_put_string(w, name, len) == 0 ? gi_put(w, ":", 1) : -1;
    out = w->b->p + w->b->len;
    out[0] = '"';
    memcpy(out + 1, name, len);
    memcpy(out + 1 + len, "\":", 2);
    w->b->len += len + 3;
    return 0;
}

static int put_member(gi_writer *w, const gi_prop *p, const char *name, size_t len, int i,
                      int depth, int *first)
{
    int known = p != &untyped;
    if (put_name(w, name, len, known, first) != 0 ||
        put_value(w, p, i, depth - 1, 0) != 0)
        return gi_why_member(w->why, name, len);
    return 0;
}

/* Writes @odata.type first: the one on the top of the stack, or where that is nil and
 * supply is set, our own. Returns the object's type, or -1. */
static int put_type(gi_writer *w, int declared, int supply, int depth, int *first)
{
    lua_State *L = w->L;
    const size_t name_len = sizeof(GI_TYPE_MEMBER) - 1;
    char text[128];
    const char *given;
    size_t len;
    if (lua_isnil(L, -1)) {
        if (!supply)
            return declared;
        len = (size_t)snprintf(text, sizeof(text), "#%s", gi_types[declared].name);
        if (put_name(w, GI_TYPE_MEMBER, name_len, 1, first) != 0)
            return -1;
        return gi_put_string(w, text, len) == 0 ? declared : -1;
    }
    if (put_member(w, &untyped, GI_TYPE_MEMBER, name_len, lua_gettop(L), depth, first) !=
        0)
        return -1;
    if (lua_type(L, -1) != LUA_TSTRING)
        return declared;
    given = lua_tolstring(L, -1, &len);
    return gi_actual_type(declared, given, len);
}

/* Explains that a type has no property of that name, and which it may be instead. */
static int unknown_name(gi_writer *w, int type, const char *name, size_t len)
{
    const char *best = NULL;
    size_t distance = 0;
    int k;
    for (k = 0; k < w->c->count[type]; k++) {
        const char *other = w->c->prop[type][k]->name;
        if (gi_closer(name, len, other, strlen(other), &distance))
            best = other;
    }
    gi_why_set(w->why,
               best != NULL ? "no such property of %s (did you mean %s?)"
                            : "no such property of %s",
               gi_types[type].name, best);
    return gi_why_member(w->why, name, len);
}

/* Tells whether a name that the type does not have is refused. An annotation never is. */
static int refused(const gi_writer *w, int type, const char *name, size_t len)
{
    if (w->o->unknown == GI_UNKNOWN_KEEP || memchr(name, '@', len) != NULL)
        return 0;
    return type != GI_T_NONE &&
           (w->o->unknown == GI_UNKNOWN_REFUSE || !(gi_types[type].flags & GI_OPEN));
}

static int bad_key(gi_writer *w)
{
    return gi_why_set(w->why, "an object whose keys are not all strings");
}

/* The members of an object that are kept on the stack, each name below its value. */
typedef struct held {
    int top;                          /* of the stack before them */
    int n;                            /* how many are kept */
    int total;                        /* how many the object has */
    uint8_t number[GI_MAX_PROPS + 1]; /* their name numbers */
    uint8_t place[GI_MAX_NAMES + 1];  /* 1 + which of them has a name number */
} held;

static int value_of(const held *h, int k)
{
    return h->top + 2 * k + 2;
}

/* Keeps the name and the value that are on the top. */
static void keep(held *h, int number)
{
    h->number[h->n++] = (uint8_t)number;
    h->place[number] = (uint8_t)h->n;
}

/* Where there are too many members for the stack: puts only the properties there that the
 * object's actual type has, found one by one. */
static void hold_props(gi_writer *w, int type, int i, held *h)
{
    lua_State *L = w->L;
    const char *text;
    size_t len;
    int k;
    lua_settop(L, h->top);
    lua_rawgeti(L, w->keys, GI_TYPE_NAME);
    lua_pushvalue(L, -1);
    lua_rawget(L, i);
    if (lua_type(L, -1) == LUA_TSTRING) {
        text = lua_tolstring(L, -1, &len);
        type = gi_actual_type(type, text, len);
    }
    h->n = 0;
    memset(h->place, 0, sizeof(h->place));
    if (lua_isnil(L, -1))
        lua_settop(L, h->top);
    else
        keep(h, GI_TYPE_NAME);
    for (k = 0; k < w->c->count[type]; k++) {
        lua_rawgeti(L, w->keys, w->c->prop_name[type][k]);
        lua_pushvalue(L, -1);
        lua_rawget(L, i);
        if (lua_isnil(L, -1))
            lua_pop(L, 2);
        else
            keep(h, w->c->prop_name[type][k]);
    }
}

/* Puts the members of the table at i on the stack: all, or where there are many, those
 * that the type has. Returns 0, or -1 and the reason. */
static int hold(gi_writer *w, int type, int i, held *h)
{
    lua_State *L = w->L;
    h->n = h->total = 0;
    memset(h->place, 0, sizeof(h->place));
    lua_pushnil(L);
    while (lua_next(L, i) != 0) {
        const char *name;
        size_t len;
        if (lua_type(L, -2) != LUA_TSTRING)
            return bad_key(w);
        if (h->total++ >= GI_MAX_HELD) {
            lua_pop(L, 1);
            continue;
        }
        name = lua_tolstring(L, -2, &len);
        keep(h, gi_name_of(w->c, name, len));
        lua_pushvalue(L, -2);
    }
    if (h->total > h->n)
        hold_props(w, type, i, h);
    h->place[0] = 0;
    return 0;
}

/* Writes the held properties of the type in schema order. Returns how many, or -1. */
static int put_props(gi_writer *w, int type, const held *h, int depth, int *first)
{
    const gi_codec *c = w->c;
    int k, n = 0;
    for (k = 0; k < c->count[type]; k++) {
        const gi_prop *p = c->prop[type][k];
        int number = c->prop_name[type][k], other = c->other[type][k];
        int place = h->place[number];
        if (place == 0)
            continue;
        if (other > 0 && h->place[c->prop_name[type][other - 1]] > 0) {
            gi_why_set(w->why, "given twice, also as %s", c->prop[type][other - 1]->name);
            return gi_why_member(w->why, p->name, c->name_len[number]);
        }
        if ((p->flags & GI_ALIAS) && w->o->first_names)
            number = c->prop_name[type][other - 1];
        if (put_member(w, p, c->name[number], c->name_len[number], value_of(h, place - 1),
                       depth, first) != 0)
            return -1;
        n++;
    }
    return n;
}

/* Writes a member where it is no property of the type. Its name and value are at the
 * stack indices i and i + 1. */
static int put_other(gi_writer *w, int type, int i, int depth, int *first)
{
    size_t len;
    const char *name = lua_tolstring(w->L, i, &len);
    int number = gi_name_of(w->c, name, len);
    if (number == GI_TYPE_NAME || w->c->at[type][number] > 0)
        return 0;
    if (refused(w, type, name, len))
        return unknown_name(w, type, name, len);
    return put_member(w, &untyped, name, len, i + 1, depth, first);
}

/* Writes the members of the table at i that are no properties of the type. */
static int put_rest(gi_writer *w, int type, int i, int depth, int *first)
{
    lua_State *L = w->L;
    int top = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, i) != 0; lua_settop(L, top + 1)) {
        if (lua_type(L, top + 1) != LUA_TSTRING)
            return bad_key(w);
        if (put_other(w, type, top + 1, depth, first) != 0)
            return -1;
    }
    return 0;
}

/* Writes the members of an object without a type, a value in @odata.type that names none
 * included. */
static int put_untyped(gi_writer *w, int i, int depth)
{
    int first = 1, rc;
    lua_rawgeti(w->L, w->keys, GI_TYPE_NAME);
    lua_rawget(w->L, i);
    rc = put_type(w, GI_T_NONE, 0, depth, &first);
    lua_pop(w->L, 1);
    return rc < 0 ? -1 : put_rest(w, GI_T_NONE, i, depth, &first);
}

/* Returns the type that the table at i names for itself, or GI_T_NONE. */
static int named_type(gi_writer *w, int i)
{
    const char *text;
    size_t len;
    int type = GI_T_NONE;
    lua_rawgeti(w->L, w->keys, GI_TYPE_NAME);
    lua_rawget(w->L, i);
    if (lua_type(w->L, -1) == LUA_TSTRING) {
        text = lua_tolstring(w->L, -1, &len);
        type = gi_actual_type(GI_T_NONE, text, len);
    }
    lua_pop(w->L, 1);
    return type;
}

static int put_typed(gi_writer *w, int type, int i, int depth, int supply)
{
    lua_State *L = w->L;
    held h;
    int first = 1, n, named, k;
    h.top = lua_gettop(L);
    if (hold(w, type, i, &h) != 0)
        return -1;
    named = h.place[GI_TYPE_NAME] > 0;
    if (named)
        lua_pushvalue(L, value_of(&h, h.place[GI_TYPE_NAME] - 1));
    else
        lua_pushnil(L);
    if ((type = put_type(w, type, supply, depth, &first)) < 0 ||
        (n = put_props(w, type, &h, depth, &first)) < 0)
        return -1;
    if (h.total == h.n)
        for (k = 0; k < h.n && h.n > n + named; k++)
            if (w->c->at[type][h.number[k]] == 0 &&
                put_other(w, type, value_of(&h, k) - 1, depth, &first) != 0)
                return -1;
    lua_settop(L, h.top);
    return h.total > h.n ? put_rest(w, type, i, depth, &first) : 0;
}

static int put_object(gi_writer *w, int type, int i, int depth, int supply)
{
    int rc;
    if (gi_put(w, "{", 1) != 0)
        return -1;
    if (type == GI_T_NONE)
        type = named_type(w, i);
    rc = type == GI_T_NONE ? put_untyped(w, i, depth)
                           : put_typed(w, type, i, depth, supply);
    return rc == 0 ? gi_put(w, "}", 1) : -1;
}

/* Tells whether a table carries the mark of an array. */
static int is_marked(gi_writer *w, int i)
{
    lua_State *L = w->L;
    int yes;
    if (!lua_getmetatable(L, i))
        return 0;
    lua_rawgeti(L, w->keys, w->c->nnames + 1);
    yes = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return yes;
}

/* Tells whether a table in an untyped place is an array: it is marked, or has an index.
 */
static int is_array(gi_writer *w, int i)
{
    int yes;
    if (is_marked(w, i))
        return 1;
    lua_pushnil(w->L);
    if (lua_next(w->L, i) == 0)
        return 0;
    yes = lua_type(w->L, -2) == LUA_TNUMBER;
    lua_pop(w->L, 2);
    return yes;
}

static int put_table(gi_writer *w, const gi_prop *p, int i, int depth, int element)
{
    int collection = (p->flags & GI_COLLECTION) && !element;
    if (collection || (p->kind == GI_ANY && is_array(w, i)))
        return put_array(w, p, i, depth);
    if (p->kind != GI_OBJECT && p->kind != GI_ANY)
        return gi_put_wrong(w, p, i, 1);
    if (p->kind == GI_OBJECT && (is_marked(w, i) || gi_rawlen(w->L, i) > 0))
        return gi_why_type(w->why, p, 1, "an array");
    return put_object(w, p->of, i, depth, depth == GI_MAX_DEPTH && w->o->supply_type);
}

/* Writes the value at the absolute index i as p wants it. Where p is a collection,
 * element tells that its array has begun. */
static int put_value(gi_writer *w, const gi_prop *p, int i, int depth, int element)
{
    int type;
    if (p->kind == GI_ITEM)
        p = element ? &w->item : p;
    if ((type = lua_type(w->L, i)) != LUA_TTABLE)
        return gi_put_scalar(w, p, i, type, element);
    if (depth <= 0 || !lua_checkstack(w->L, 2 * GI_MAX_PROPS + 18))
        return gi_why_set(w->why, "nested deeper than %d levels", GI_MAX_DEPTH);
    return put_table(w, p, i, depth, element);
}

/* Tells whether a page is given as an object with members, not as the array of its items.
 */
static int is_envelope(gi_writer *w, int i)
{
    int yes;
    if (lua_type(w->L, i) != LUA_TTABLE)
        return 0;
    lua_pushnil(w->L);
    if (lua_next(w->L, i) == 0)
        return 0;
    yes = lua_type(w->L, -2) == LUA_TSTRING;
    lua_pop(w->L, 2);
    return yes;
}

/* Appends the value at i to out, written as that type; GI_T_NONE for untyped JSON, page
 * for a collection of the type. keys is the stack index of the table of known names.
 * Returns 0, or -1 and the reason in why; the stack above may then hold anything. */
int gi_encode(lua_State *L, gi_codec *c, int keys, int type, int page, int value,
              const gi_options *o, gi_buf *out, gi_why *why)
{
    gi_prop root = {"", GI_ANY, 0, 0};
    gi_writer w;
    if (!lua_checkstack(L, 16))
        return gi_why_set(why, "out of memory");
    w.L = L;
    w.c = c;
    w.o = o;
    w.b = out;
    w.why = why;
    w.keys = keys;
    w.item = root;
    w.item.kind = type == GI_T_NONE || type == GI_T_PAGE ? GI_ANY : GI_OBJECT;
    w.item.of = (uint8_t)(w.item.kind == GI_ANY ? GI_T_NONE : type);
    root.kind = type == GI_T_NONE ? GI_ANY : GI_OBJECT;
    root.of = (uint8_t)type;
    if (page) {
        root.kind = is_envelope(&w, value) ? GI_OBJECT : GI_ITEM;
        root.flags = root.kind == GI_ITEM ? GI_COLLECTION : 0;
        root.of = GI_T_PAGE;
    }
    return put_value(&w, &root, value, GI_MAX_DEPTH, 0);
}
