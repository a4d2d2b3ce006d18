/* encode.c - Lua values to JSON text by type, in one pass. Table access is raw. Failures
 * return -1 and explain themselves; the text grows in a buffer that a userdata owns. */
#include "gi.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define EXACT 9007199254740992.0 /* 2^53: up to here a double holds every integer */

typedef struct writer {
    lua_State *L;
    gi_codec *c;
    const gi_options *o;
    gi_buf *b;
    gi_why *why;
    int keys;     /* stack index of the table of known names */
    gi_prop item; /* an element of the page that is written */
} writer;

static const gi_prop untyped = {"", GI_ANY, 0, 0};

static int put_value(writer *w, const gi_prop *p, int i, int depth, int element);

static int no_memory(writer *w)
{
    return gi_why_set(w->why, "out of memory");
}

static int put(writer *w, const char *text, size_t len)
{
    return gi_buf_add(w->b, text, len) == 0 ? 0 : no_memory(w);
}

static int wrong_type(writer *w, const gi_prop *p, int i, int element)
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

static int put_string(writer *w, const char *s, size_t len)
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

static int put_integer(writer *w, const gi_prop *p, int i)
{
    char text[GI_NUMBER_TEXT + 2];
    size_t len;
    int64_t v;
    int quoted = p->kind == GI_INT64 && w->o->int64_string;
    if (gi_to_int64(w->L, i, &v) != 0)
        return wrong_type(w, p, i, 1);
    if (p->kind == GI_INT32 && (v < INT32_MIN || v > INT32_MAX))
        return wrong_type(w, p, i, 1);
    text[0] = '"';
    len = gi_format_int64(text + quoted, v) + (size_t)quoted;
    text[len] = '"';
    return put(w, text, len + (size_t)quoted);
}

static int put_number(writer *w, int i)
{
    char text[GI_NUMBER_TEXT + 2];
    size_t len;
    double d;
    if (gi_isinteger(w->L, i))
        return put(w, text, gi_format_int64(text, (int64_t)lua_tointeger(w->L, i)));
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
    return put(w, text, len);
}

static int put_userdata(writer *w, const gi_prop *p, int i)
{
    const char *text = gi_testudata(w->L, i, GI_DIGITS);
    if (text == NULL || p->kind != GI_ANY)
        return wrong_type(w, p, i, 1);
    return put(w, text, gi_rawlen(w->L, i));
}

static int put_text(writer *w, const gi_prop *p, int i)
{
    size_t len;
    const char *s = lua_tolstring(w->L, i, &len), *spelling;
    if (p->kind == GI_ENUM && p->of == GI_E_OPERATION_STATUS && w->o->status_schema) {
        spelling = gi_enum_spelling(p->of, s, len);
        if (spelling != NULL)
            return put_string(w, spelling, strlen(spelling));
    }
    return put_string(w, s, len);
}

/* Counts the elements of the array at i. Returns -1 where it has other keys or a hole. */
static long count_elements(writer *w, int i)
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

static int put_array(writer *w, const gi_prop *p, int i, int depth)
{
    long n = count_elements(w, i), k;
    if (n < 0 || put(w, "[", 1) != 0)
        return -1;
    for (k = 1; k <= n; k++) {
        lua_rawgeti(w->L, i, (int)k);
        if (k > 1 && put(w, ",", 1) != 0)
            return -1;
        if (put_value(w, p, lua_gettop(w->L), depth - 1, 1) != 0)
            return gi_why_index(w->why, (size_t)k);
        lua_pop(w->L, 1);
    }
    return put(w, "]", 1);
}

static int put_name(writer *w, const char *name, size_t len, int *first)
{
    if (!*first && put(w, ",", 1) != 0)
        return -1;
    *first = 0;
    return put_string(w, name, len) == 0 ? put(w, ":", 1) : -1;
}

static int put_member(writer *w, const gi_prop *p, const char *name, size_t len, int i,
                      int depth, int *first)
{
    if (put_name(w, name, len, first) != 0 || put_value(w, p, i, depth - 1, 0) != 0)
        return gi_why_member(w->why, name, len);
    return 0;
}

/* Writes @odata.type first, as given or supplied, and lets it decide on the type. */
static int put_type(writer *w, int *type, int i, int supply, int *first)
{
    lua_State *L = w->L;
    const gi_type *t = &gi_types[*type];
    char text[128];
    size_t len;
    int rc = 0;
    lua_rawgeti(L, w->keys, GI_TYPE_NAME);
    lua_rawget(L, i);
    if (lua_type(L, -1) == LUA_TSTRING) {
        const char *given = lua_tolstring(L, -1, &len);
        *type = gi_actual_type(*type, given, len);
    }
    if (!lua_isnil(L, -1)) {
        rc = put_member(w, &untyped, GI_TYPE_MEMBER, sizeof(GI_TYPE_MEMBER) - 1,
                        lua_gettop(L), 2, first);
    } else if (supply) {
        len = (size_t)snprintf(text, sizeof(text), "#%s", t->name);
        if (put_name(w, GI_TYPE_MEMBER, sizeof(GI_TYPE_MEMBER) - 1, first) != 0)
            return -1;
        rc = put_string(w, text, len);
    }
    lua_pop(L, 1);
    return rc;
}

/* Explains that a type has no property of that name, and which it may be instead. */
static int unknown_name(writer *w, int type, const char *name, size_t len)
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
static int refused(const writer *w, int type, const char *name, size_t len)
{
    if (w->o->unknown == GI_UNKNOWN_KEEP || memchr(name, '@', len) != NULL)
        return 0;
    return type != GI_T_NONE &&
           (w->o->unknown == GI_UNKNOWN_REFUSE || !(gi_types[type].flags & GI_OPEN));
}

static int bad_key(writer *w)
{
    return gi_why_set(w->why, "an object whose keys are not all strings");
}

/* Puts the values of the type's properties on the stack and their places in slot. Returns
 * the number of other members, or -1. */
static int collect(writer *w, int type, int i, int *slot)
{
    lua_State *L = w->L;
    int others = 0;
    memset(slot, 0, w->c->count[type] * sizeof(*slot));
    lua_pushnil(L);
    while (lua_next(L, i) != 0) {
        const char *name;
        size_t len;
        int number, at;
        if (lua_type(L, -2) != LUA_TSTRING)
            return bad_key(w);
        name = lua_tolstring(L, -2, &len);
        number = gi_name_find(w->c, name, len);
        at = w->c->at[type][number];
        if (at > 0) {
            slot[at - 1] = lua_gettop(L) - 1;
            lua_insert(L, -2);
            continue;
        }
        lua_pop(L, 1);
        if (number == GI_TYPE_NAME)
            continue;
        if (refused(w, type, name, len))
            return unknown_name(w, type, name, len);
        others++;
    }
    return others;
}

/* Writes the properties found by collect, in schema order. */
static int put_props(writer *w, int type, const int *slot, int depth, int *first)
{
    int k;
    for (k = 0; k < w->c->count[type]; k++) {
        const gi_prop *p = w->c->prop[type][k];
        const char *name = p->name;
        int other = w->c->other[type][k];
        if (slot[k] == 0)
            continue;
        if (other > 0 && slot[other - 1] != 0) {
            gi_why_set(w->why, "given twice, also as %s",
                       w->c->prop[type][other - 1]->name);
            return gi_why_member(w->why, name, strlen(name));
        }
        if ((p->flags & GI_ALIAS) && w->o->first_names)
            name = w->c->prop[type][other - 1]->name;
        if (put_member(w, p, name, strlen(name), slot[k], depth, first) != 0)
            return -1;
    }
    return 0;
}

/* Writes the members that are no properties of the type. */
static int put_others(writer *w, int type, int i, int depth, int *first)
{
    lua_State *L = w->L;
    int top = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, i) != 0; lua_settop(L, top + 1)) {
        const char *name;
        size_t len;
        int number;
        if (lua_type(L, top + 1) != LUA_TSTRING)
            return bad_key(w);
        name = lua_tolstring(L, top + 1, &len);
        number = gi_name_find(w->c, name, len);
        if (w->c->at[type][number] > 0 || number == GI_TYPE_NAME)
            continue;
        if (put_member(w, &untyped, name, len, top + 2, depth, first) != 0)
            return -1;
    }
    return 0;
}

static int put_object(writer *w, int type, int i, int depth, int supply)
{
    int slot[GI_MAX_PROPS], first = 1, others = 1, top = lua_gettop(w->L);
    if (put(w, "{", 1) != 0 || put_type(w, &type, i, supply, &first) != 0)
        return -1;
    if (type != GI_T_NONE) {
        if ((others = collect(w, type, i, slot)) < 0)
            return -1;
        if (put_props(w, type, slot, depth, &first) != 0)
            return -1;
        lua_settop(w->L, top);
    }
    if (others > 0 && put_others(w, type, i, depth, &first) != 0)
        return -1;
    return put(w, "}", 1);
}

/* Tells whether a table in an untyped place is an array: it is marked, or has an index.
 */
static int is_array(writer *w, int i)
{
    lua_State *L = w->L;
    int yes = 0;
    if (lua_getmetatable(L, i)) {
        lua_rawgeti(L, w->keys, w->c->nnames + 1);
        yes = lua_rawequal(L, -1, -2);
        lua_pop(L, 2);
    }
    if (!yes) {
        lua_pushnil(L);
        if (lua_next(L, i) != 0) {
            yes = lua_type(L, -2) == LUA_TNUMBER;
            lua_pop(L, 2);
        }
    }
    return yes;
}

static int put_table(writer *w, const gi_prop *p, int i, int depth, int element)
{
    int collection = (p->flags & GI_COLLECTION) && !element;
    if (collection || (p->kind == GI_ANY && is_array(w, i)))
        return put_array(w, p, i, depth);
    if (p->kind != GI_OBJECT && p->kind != GI_ANY)
        return wrong_type(w, p, i, 1);
    if (p->kind == GI_OBJECT && is_array(w, i))
        return gi_why_type(w->why, p, 1, "an array");
    return put_object(w, p->of, i, depth, depth == GI_MAX_DEPTH && w->o->supply_type);
}

/* Writes the value at the absolute index i as p wants it. Where p is a collection,
 * element tells that its array has begun. */
static int put_value(writer *w, const gi_prop *p, int i, int depth, int element)
{
    lua_State *L = w->L;
    int kind, type = lua_type(L, i);
    if (p->kind == GI_ITEM)
        p = element ? &w->item : p;
    kind = p->kind;
    if (type == LUA_TLIGHTUSERDATA && lua_touserdata(L, i) == NULL)
        return put(w, "null", 4);
    if (type == LUA_TTABLE) {
        if (depth <= 0 || !lua_checkstack(L, GI_MAX_PROPS + 16))
            return gi_why_set(w->why, "nested deeper than %d levels", GI_MAX_DEPTH);
        return put_table(w, p, i, depth, element);
    }
    if ((p->flags & GI_COLLECTION) && !element)
        return wrong_type(w, p, i, element);
    if (kind == GI_INT32 || kind == GI_INT64)
        return put_integer(w, p, i);
    if (type == LUA_TSTRING && kind != GI_BOOLEAN && kind != GI_OBJECT)
        return put_text(w, p, i);
    if (type == LUA_TBOOLEAN && (kind == GI_BOOLEAN || kind == GI_ANY))
        return lua_toboolean(L, i) ? put(w, "true", 4) : put(w, "false", 5);
    if (type == LUA_TNUMBER && kind == GI_ANY)
        return put_number(w, i);
    return type == LUA_TUSERDATA ? put_userdata(w, p, i) : wrong_type(w, p, i, element);
}

/* Tells whether a page is given as an object that has the member "value". */
static int has_value(writer *w, int i)
{
    int yes;
    if (lua_type(w->L, i) != LUA_TTABLE)
        return 0;
    lua_rawgeti(w->L, w->keys, gi_name_find(w->c, "value", 5));
    lua_rawget(w->L, i);
    yes = !lua_isnil(w->L, -1);
    lua_pop(w->L, 1);
    return yes;
}

/* Appends the value at i to out, written as that type; GI_T_NONE for untyped JSON, page
 * for a collection of the type. keys is the stack index of the table of known names.
 * Returns 0, or -1 and the reason in why; the stack above may then hold anything. */
int gi_encode(lua_State *L, gi_codec *c, int keys, int type, int page, int value,
              const gi_options *o, gi_buf *out, gi_why *why)
{
    gi_prop root = {"", GI_ANY, 0, 0};
    writer w;
    if (!lua_checkstack(L, 16))
        return gi_why_set(why, "out of memory");
    w.L = L;
    w.c = c;
    w.o = o;
    w.b = out;
    w.why = why;
    w.keys = keys;
    w.item = root;
    w.item.kind = type == GI_T_NONE ? GI_ANY : GI_OBJECT;
    w.item.of = (uint8_t)type;
    root = w.item;
    if (page) {
        root.kind = has_value(&w, value) ? GI_OBJECT : GI_ITEM;
        root.flags = root.kind == GI_ITEM ? GI_COLLECTION : 0;
        root.of = GI_T_PAGE;
    }
    return put_value(&w, &root, value, GI_MAX_DEPTH, 0);
}

/* Reads one choice from the options at i. Returns its place in choices, from 1; 0 where
 * it is not set; -1 and the reason where it is none of them. */
static int choice(lua_State *L, int i, const char *name, const char *const choices[2],
                  gi_why *why)
{
    const char *s;
    int k = 0;
    lua_pushstring(L, name);
    lua_rawget(L, i);
    if (!lua_isnil(L, -1)) {
        s = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
        k = strcmp(s, choices[0]) == 0 ? 1 : strcmp(s, choices[1]) == 0 ? 2 : -1;
    }
    lua_pop(L, 1);
    return k >= 0
               ? k
               : gi_why_set(why, "%s: is \"%s\" or \"%s\"", name, choices[0], choices[1]);
}

/* Reads the codec's options from the table at i; 0 is no table. Returns 0, or -1 and the
 * reason. */
int gi_options_read(lua_State *L, int i, gi_options *o, gi_why *why)
{
    static const char *const unknown[] = {"keep", "refuse"};
    static const char *const int64[] = {"number", "string"};
    static const char *const status[] = {"given", "schema"};
    int u = 0, n = 0, s = 0;
    if (i != 0) {
        u = choice(L, i, "unknown", unknown, why);
        n = u < 0 ? -1 : choice(L, i, "int64", int64, why);
        s = n < 0 ? -1 : choice(L, i, "status", status, why);
    }
    memset(o, 0, sizeof(*o));
    o->unknown = u; /* GI_UNKNOWN_BY_TYPE, _KEEP, _REFUSE */
    o->int64_string = n == 2;
    o->status_schema = s == 2;
    return s < 0 ? -1 : 0;
}
