/* decode.c - JSON text to Lua values by type, in one pass. Failures return -1 and explain
 * themselves; only Lua's own allocations raise, and nothing is owned then. */
#include "gi.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct reader {
    lua_State *L;
    gi_codec *c;
    gi_json j;
    gi_why *why;
    int keys;       /* stack index of the table of known names */
    gi_prop item;   /* an element of the page that is read */
    size_t rereads; /* bytes that may be read again, because a type came late */
} reader;

static const gi_prop untyped = {"", GI_ANY, 0, 0};

static int get_value(reader *r, const gi_prop *p, int depth, int element);

static int not_json(reader *r)
{
    return gi_why_set(r->why, "not JSON at byte %lu: %s",
                      (unsigned long)(r->j.p - r->j.start) + 1, r->j.why);
}

void gi_push_int64(lua_State *L, int64_t v)
{
#if GI_HAS_INTEGER
    lua_pushinteger(L, (lua_Integer)v);
#else
    char text[GI_NUMBER_TEXT];
    if (v >= -9007199254740992 && v <= 9007199254740992)
        lua_pushnumber(L, (lua_Number)v);
    else
        lua_pushlstring(L, text, gi_format_int64(text, v));
#endif
}

/* Pushes a number that has no type: a Lua number where that has the same digits, else a
 * value that keeps the text. */
void gi_push_number(lua_State *L, const gi_number *n)
{
    double d;
    char *text;
    int64_t v;
    int whole = gi_number_int64(n, &v) == 0 && !(n->negative && v == 0);
#if GI_HAS_INTEGER
    if (whole) {
        lua_pushinteger(L, (lua_Integer)v);
        return;
    }
#else
    whole = whole && v >= -9007199254740992 && v <= 9007199254740992;
#endif
    if ((whole || !n->integer || n->digits == 0) && gi_number_double(n, &d) == 0) {
        lua_pushnumber(L, d);
        return;
    }
    text = lua_newuserdata(L, n->len);
    memcpy(text, n->p, n->len);
    gi_setmetatable(L, GI_DIGITS);
}

/* Pushes the integer a typed place wants. Returns -1 when n is none. */
static int push_integer(reader *r, const gi_number *n, int kind)
{
    int64_t v;
    if (gi_number_int64(n, &v) != 0)
        return -1;
    if (kind == GI_INT32 && (v < INT32_MIN || v > INT32_MAX))
        return -1;
    gi_push_int64(r->L, v);
    return 0;
}

static int wrong_type(reader *r, const gi_prop *p, const char *from)
{
    char shown[GI_EXCERPT];
    gi_excerpt(shown, from, (size_t)(r->j.p - from));
    return gi_why_type(r->why, p, 1, shown);
}

static int get_string(reader *r, const gi_prop *p)
{
    const char *from = r->j.p, *s;
    gi_number n;
    size_t len;
    if (gi_json_string(&r->j, &s, &len) != 0)
        return not_json(r);
    switch (p->kind) {
    case GI_ANY:
    case GI_STRING:
    case GI_DATETIME:
    case GI_ENUM:
        lua_pushlstring(r->L, s, len);
        return 0;
    case GI_INT32:
    case GI_INT64:
        if (gi_number_parse(&n, s, len) && push_integer(r, &n, p->kind) == 0)
            return 0;
        /* fall through */
    default:
        return wrong_type(r, p, from);
    }
}

static int get_number(reader *r, const gi_prop *p)
{
    const char *from = r->j.p;
    gi_number n;
    if (gi_json_number(&r->j, &n) != 0)
        return not_json(r);
    if (p->kind == GI_ANY)
        gi_push_number(r->L, &n);
    else if ((p->kind != GI_INT32 && p->kind != GI_INT64) ||
             push_integer(r, &n, p->kind) != 0)
        return wrong_type(r, p, from);
    return 0;
}

static int get_boolean(reader *r, const gi_prop *p, int value)
{
    const char *from = r->j.p;
    if (gi_json_literal(&r->j, value ? "true" : "false") != 0)
        return not_json(r);
    if (p->kind != GI_BOOLEAN && p->kind != GI_ANY)
        return wrong_type(r, p, from);
    lua_pushboolean(r->L, value);
    return 0;
}

/* How large a table is made at first: as the last one of its kind, but not so large that
 * a short text could ask for much memory. */
static int hint(const gi_codec *c, int type, uint8_t last)
{
    int most = type == GI_T_NONE ? 16 : c->count[type] + 8;
    return last < most ? last : most;
}

/* Begins an array or object. Returns the byte that is next, or -1 and the reason. */
static int enter(reader *r, int depth)
{
    int c;
    if (depth == 0 || !lua_checkstack(r->L, 8))
        return gi_why_set(r->why, "nested deeper than %d levels", GI_MAX_DEPTH);
    c = gi_json_peek(&r->j);
    return c >= 0 ? c : not_json(r);
}

static int get_array(reader *r, const gi_prop *p, int depth)
{
    lua_State *L = r->L;
    uint8_t *last = &r->c->elements[p->kind == GI_OBJECT ? p->of : GI_T_NONE];
    const int most = p->kind == GI_OBJECT ? 100 : 16; /* a usual page; see hint */
    int c, more, t, n = 0;
    r->j.p++;
    if ((c = enter(r, depth)) < 0)
        return -1;
    lua_createtable(L, c == ']' ? 0 : *last < most ? *last : most, 0);
    t = lua_gettop(L);
    if (p->kind == GI_ANY) {
        lua_rawgeti(L, r->keys, r->c->nnames + 1);
        lua_setmetatable(L, t);
    }
    if (c == ']') {
        r->j.p++;
        return 0;
    }
    do {
        if (get_value(r, p, depth - 1, 1) != 0)
            return gi_why_index(r->why, (size_t)n + 1);
        lua_rawseti(L, t, ++n);
    } while ((more = gi_json_more(&r->j, ']')) > 0);
    *last = n > UINT8_MAX ? UINT8_MAX : (uint8_t)n;
    return more == 0 ? 0 : not_json(r);
}

/* Reads a lone object where a page has its elements: generated pages print both forms
 * (reference 10, row 14). */
static int get_lone_item(reader *r, const gi_prop *p, int depth)
{
    lua_createtable(r->L, 1, 0);
    if (get_value(r, p, depth, 1) != 0)
        return -1;
    lua_rawseti(r->L, -2, 1);
    return 0;
}

/* Reads the value of @odata.type and lets it decide on the type of its object. */
static int get_type(reader *r, int depth, int *type)
{
    const char *text;
    size_t len;
    if (get_value(r, &untyped, depth - 1, 1) != 0)
        return -1;
    if (lua_type(r->L, -1) == LUA_TSTRING) {
        text = lua_tolstring(r->L, -1, &len);
        *type = gi_actual_type(*type, text, len);
    }
    return 0;
}

/* Takes a member's name and the colon behind it if they are these very bytes. */
static inline int key_is(gi_json *j, const char *name, size_t len)
{
    const char *p = j->p;
    if ((size_t)(j->end - p) < len + 3 || p[0] != '"' || p[len + 1] != '"' ||
        p[len + 2] != ':' || memcmp(p + 1, name, len) != 0)
        return 0;
    j->p += len + 3;
    return 1;
}

/* Takes a member's name, which is pushed, and gives its number. Services write the
 * members of a type in the same order each time, so it is first compared with the name
 * that came behind the one before in the last object: that saves looking it up. */
static int get_name(reader *r, int type, int before, int *name)
{
    gi_codec *c = r->c;
    uint8_t *after = &c->after[type][before];
    const char *key;
    size_t len;
    if (gi_json_peek(&r->j) == '"' && *after != 0 &&
        key_is(&r->j, c->name[*after], c->name_len[*after])) {
        *name = *after;
    } else {
        if (gi_json_key(&r->j, &key, &len) != 0)
            return not_json(r);
        if ((*name = gi_name_find(c, key, len)) == 0) {
            lua_pushlstring(r->L, key, len);
            return 0;
        }
        *after = (uint8_t)*name;
    }
    lua_rawgeti(r->L, r->keys, *name);
    return 0;
}

/* Reads the members of an object into the table at t, from its first name on. Returns 0,
 * or -1; or 1 when a late @odata.type wants what was read before it to be read again. */
static int get_members(reader *r, int *type, int t, int depth)
{
    lua_State *L = r->L;
    const int declared = *type;
    int more, name = 0, n = 0;
    do {
        int at, rc;
        if (get_name(r, *type, name, &name) != 0)
            return -1;
        at = r->c->at[*type][name];
        if (name == GI_TYPE_NAME)
            rc = get_type(r, depth, type);
        else
            rc =
                get_value(r, at > 0 ? r->c->prop[*type][at - 1] : &untyped, depth - 1, 0);
        if (rc != 0) {
            size_t len;
            const char *key = lua_tolstring(L, t + 1, &len);
            return gi_why_member(r->why, key, len);
        }
        if (*type != declared && name == GI_TYPE_NAME && n > 0)
            return 1;
        lua_rawset(L, t);
        n++;
    } while ((more = gi_json_more(&r->j, '}')) > 0);
    r->c->members[*type] = n > UINT8_MAX ? UINT8_MAX : (uint8_t)n;
    return more == 0 ? 0 : not_json(r);
}

static int get_object(reader *r, int type, int depth)
{
    lua_State *L = r->L;
    const char *first;
    int c, rc, t;
    r->j.p++;
    if ((c = enter(r, depth)) < 0)
        return -1;
    lua_createtable(L, 0, c == '}' ? 0 : hint(r->c, type, r->c->members[type]));
    if (c == '}') {
        r->j.p++;
        return 0;
    }
    t = lua_gettop(L);
    first = r->j.p;
    while ((rc = get_members(r, &type, t, depth)) > 0) {
        size_t again = (size_t)(r->j.p - first);
        if (again > r->rereads)
            return gi_why_set(r->why,
                              GI_TYPE_MEMBER ": comes too late in too many objects");
        r->rereads -= again;
        r->j.p = first;
        lua_settop(L, t - 1);
        lua_createtable(L, 0, hint(r->c, type, r->c->members[type]));
    }
    return rc;
}

/* Pushes the next value. Where p is a collection, element tells that its array has begun.
 */
static int get_value(reader *r, const gi_prop *p, int depth, int element)
{
    int c = gi_json_peek(&r->j);
    if (p->kind == GI_ITEM)
        p = element ? &r->item : p;
    if (c < 0)
        return not_json(r);
    if (c == 'n') {
        if (gi_json_literal(&r->j, "null") != 0)
            return not_json(r);
        lua_pushlightuserdata(r->L, NULL);
        return 0;
    }
    if ((p->flags & GI_COLLECTION) && !element) {
        if (c == '[')
            return get_array(r, p, depth);
        if (c == '{' && p->kind == GI_ITEM)
            return get_lone_item(r, p, depth);
        return gi_why_type(r->why, p, element, c == '{' ? "an object" : "a single value");
    }
    switch (c) {
    case '"':
        return get_string(r, p);
    case '{':
        if (p->kind == GI_OBJECT || p->kind == GI_ANY)
            return get_object(r, p->of, depth);
        return gi_why_type(r->why, p, 1, "an object");
    case '[':
        if (p->kind == GI_ANY)
            return get_array(r, p, depth);
        return gi_why_type(r->why, p, 1, "an array");
    case 't':
    case 'f':
        return get_boolean(r, p, c == 't');
    default:
        return get_number(r, p);
    }
}

/* Pushes what the text says, read as that type; GI_T_NONE for untyped JSON, page for a
 * collection of the type. keys is the stack index of the table of known names. Returns 0,
 * or -1 and the reason in why; the stack above may then hold anything. */
int gi_decode(lua_State *L, gi_codec *c, int keys, int type, int page, const char *s,
              size_t len, gi_why *why)
{
    gi_buf *scratch = gi_borrow(L, &c->buf);
    gi_prop root = {"", GI_ANY, 0, 0};
    reader r;
    int rc;
    r.L = L;
    r.c = c;
    r.why = why;
    r.keys = keys;
    r.rereads = len < SIZE_MAX / 32 ? len * 32 : SIZE_MAX;
    r.item = root;
    r.item.kind = type == GI_T_NONE || type == GI_T_PAGE ? GI_ANY : GI_OBJECT;
    r.item.of = (uint8_t)(r.item.kind == GI_ANY ? GI_T_NONE : type);
    root.kind = type == GI_T_NONE ? GI_ANY : GI_OBJECT;
    root.of = (uint8_t)type;
    gi_json_begin(&r.j, s, len, scratch);
    if (page) {
        root.kind = gi_json_peek(&r.j) == '[' ? GI_ITEM : GI_OBJECT;
        root.flags = root.kind == GI_ITEM ? GI_COLLECTION : 0;
        root.of = GI_T_PAGE;
    }
    rc = get_value(&r, &root, GI_MAX_DEPTH, 0);
    if (rc == 0 && (gi_json_peek(&r.j), r.j.p != r.j.end)) {
        r.j.why = "something follows the value";
        rc = not_json(&r);
    }
    gi_release(scratch);
    return rc;
}
