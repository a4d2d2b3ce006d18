/* model.c - what decode.c and encode.c share: property names by number, the actual type
 * of an object, and explanations that start with a path. */
#include "gi.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define X(id, text) text,
const char *const gi_words[GI_WORD_COUNT] = {GI_WORDS(X)};
#undef X

/* Property names differ in length and in their last letters more than in their first. */
static unsigned hash_name(const char *s, size_t len)
{
    unsigned h = (unsigned)len * 0x9e3779b1u;
    h ^= (unsigned char)s[0] * 0x85ebca6bu;
    h ^= (unsigned char)s[len / 2] * 0xc2b2ae35u;
    h ^= (unsigned char)s[len - 1] * 0x27d4eb2fu;
    return (h ^ h >> 15) % GI_NAME_SLOTS;
}

/* memcmp for names, whose length is most often between 8 and 32. */
static int same_bytes(const char *a, const char *b, size_t len)
{
    uint64_t x, y;
    size_t i;
    if (len < 8)
        return memcmp(a, b, len) == 0;
    for (i = 0; i + 8 < len; i += 8) {
        memcpy(&x, a + i, 8);
        memcpy(&y, b + i, 8);
        if (x != y)
            return 0;
    }
    memcpy(&x, a + len - 8, 8);
    memcpy(&y, b + len - 8, 8);
    return x == y;
}

/* Returns the number of a property name, from 1, or 0 when no type has such a property.
 */
int gi_name_find(const gi_codec *c, const char *s, size_t len)
{
    unsigned i;
    if (len == 0)
        return 0;
    for (i = hash_name(s, len); c->slot[i] != 0; i = (i + 1) % GI_NAME_SLOTS)
        if (c->name_len[c->slot[i]] == len && same_bytes(c->name[c->slot[i]], s, len))
            return c->slot[i];
    return 0;
}

static unsigned hash_address(const char *s)
{
    uintptr_t a = (uintptr_t)s;
    return (unsigned)(a >> 3 ^ a >> 13) % GI_NAME_SLOTS;
}

/* Remembers where the Lua state keeps the string that a name is. It must stay alive. */
void gi_name_anchored(gi_codec *c, int number, const char *s)
{
    unsigned i = hash_address(s);
    while (c->anchored[i] != NULL)
        i = (i + 1) % GI_NAME_SLOTS;
    c->anchored[i] = s;
    c->anchored_name[i] = (uint8_t)number;
}

/* Like gi_name_find, for a string of the Lua state: short ones are kept once, so that
 * most names are known by their address. */
int gi_name_of(const gi_codec *c, const char *s, size_t len)
{
    unsigned i;
    for (i = hash_address(s); c->anchored[i] != NULL; i = (i + 1) % GI_NAME_SLOTS)
        if (c->anchored[i] == s)
            return c->anchored_name[i];
    return gi_name_find(c, s, len);
}

/* Returns the property of that name, or NULL. */
const gi_prop *gi_prop_find(const gi_codec *c, int type, const char *s, size_t len)
{
    int at = c->at[type][gi_name_find(c, s, len)];
    return at > 0 ? c->prop[type][at - 1] : NULL;
}

/* Returns the number of a name, which is new or not; 0 when there are too many. */
static int add_name(gi_codec *c, const char *name)
{
    size_t len = strlen(name);
    int n = gi_name_find(c, name, len);
    unsigned i;
    if (n != 0)
        return n;
    if (c->nnames == GI_MAX_NAMES || len > UINT8_MAX)
        return 0;
    n = ++c->nnames;
    c->name[n] = name;
    c->name_len[n] = (uint8_t)len;
    for (i = hash_name(name, len); c->slot[i] != 0; i = (i + 1) % GI_NAME_SLOTS)
        continue;
    c->slot[i] = (uint8_t)n;
    return n;
}

static int add_props(gi_codec *c, int type, int from)
{
    size_t i;
    int n;
    if (gi_types[from].base != GI_T_NONE && add_props(c, type, gi_types[from].base) != 0)
        return -1;
    for (i = 0; i < gi_own_props[from].n; i++) {
        const gi_prop *p = &gi_own_props[from].rows[i];
        if (c->count[type] == GI_MAX_PROPS || (n = add_name(c, p->name)) == 0)
            return -1;
        c->prop_name[type][c->count[type]] = (uint8_t)n;
        c->prop[type][c->count[type]++] = p;
        c->at[type][n] = c->count[type];
    }
    return 0;
}

/* Finds the properties that are a second spelling of another one. */
static void add_spellings(gi_codec *c, int type)
{
    int i, k;
    for (i = 0; i < c->count[type]; i++)
        for (k = 0; k < c->count[type]; k++) {
            const char *a = c->prop[type][i]->name, *b = c->prop[type][k]->name;
            if (i != k && strlen(a) == strlen(b) && gi_same_word(a, b, strlen(a)))
                c->other[type][i] = (uint8_t)(k + 1);
        }
}

/* Fills a zeroed codec from the schema. Returns 0, or -1 when gi.h's limits are too low
 * for it. */
int gi_codec_init(gi_codec *c)
{
    static const char *const annotations[] = {
        /* so frequent that they are names, too */
        "@odata.context", "@odata.count", "@odata.etag", "@odata.id", "@odata.nextLink",
    };
    size_t i;
    int type;
    if (add_name(c, GI_TYPE_MEMBER) != GI_TYPE_NAME)
        return -1;
    for (i = 0; i < GI_COUNT(annotations); i++)
        if (add_name(c, annotations[i]) == 0)
            return -1;
    for (type = 1; type < GI_TYPE_COUNT; type++) {
        if (add_props(c, type, type) != 0)
            return -1;
        add_spellings(c, type);
    }
    return 0;
}

static const char *local_name(int type)
{
    return strrchr(gi_types[type].name, '.') + 1;
}

/* Returns the type of an object in a slot of a declared type, given its @odata.type: that
 * type where it derives from the declared one, where nothing was declared, or where it is
 * the same type in the other namespace (reference 1.4). Else the declared one (3.2). */
int gi_actual_type(int declared, const char *text, size_t len)
{
    const gi_type *d = &gi_types[declared];
    size_t hash = len > 0 && text[0] == '#';
    int type;
    if (len - hash == d->len && memcmp(text + hash, d->name, d->len) == 0)
        return declared;
    type = gi_type_find(text, len);
    if (type >= GI_T_INVITE_PARAMETERS) /* names of ours, which no wire has */
        type = GI_T_NONE;
    if (type == GI_T_NONE || declared == GI_T_NONE || gi_type_derives(type, declared))
        return type == GI_T_NONE ? declared : type;
    return strcmp(local_name(type), local_name(declared)) == 0 ? type : declared;
}

/* Reads a type's name as callers write it; "Collection(T)" is a page or an array of T.
 * Returns a gi_type_id, or -1. */
int gi_type_parse(const char *name, size_t len, int *page)
{
    static const char collection[] = "Collection(";
    size_t n = sizeof(collection) - 1;
    int type;
    *page = len > n && memcmp(name, collection, n) == 0 && name[len - 1] == ')';
    if (*page) {
        name += n;
        len -= n + 1;
    }
    type = gi_type_find(name, len);
    return type == GI_T_NONE ? -1 : type;
}

/* Explains a fault. Returns -1, as its caller will. */
int gi_why_set(gi_why *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(w->text, sizeof(w->text), format, args);
    va_end(args);
    w->path = 0;
    return -1;
}

/* Puts a part of a path in front of the explanation. Where there is no room, what the
 * path had so far becomes "...": the outermost parts and the reason stay. */
static int prefix(gi_why *w, const char *part, size_t len)
{
    const char *joint = w->path == 0 ? ": " : w->text[0] == '[' ? "" : ".";
    size_t reason = strlen(w->text + w->path);
    char *text = w->text;
    if (len + strlen(joint) + w->path + reason >= GI_WHY) {
        if (reason > GI_WHY - 6) {
            reason = GI_WHY - 6;
            text[w->path + reason] = '\0';
        }
        memmove(text + 5, text + w->path, reason + 1);
        memcpy(text, "...: ", 5);
        w->path = 5;
        joint = "";
        if (len + w->path + reason >= GI_WHY)
            return -1;
    }
    memmove(text + len + strlen(joint), text, w->path + reason + 1);
    memcpy(text, part, len);
    memcpy(text + len, joint, strlen(joint));
    w->path += len + strlen(joint);
    return -1;
}

/* Names the member the fault is in. Returns -1. */
int gi_why_member(gi_why *w, const char *name, size_t len)
{
    char text[GI_EXCERPT];
    gi_excerpt(text, name, len);
    return prefix(w, text, strlen(text));
}

/* Names the element the fault is in, counted from 1. Returns -1. */
int gi_why_index(gi_why *w, size_t index)
{
    char text[32];
    snprintf(text, sizeof(text), "[%lu]", (unsigned long)index);
    return prefix(w, text, strlen(text));
}

/* Explains that a value is not of a property's type; shown is what it is instead. */
int gi_why_type(gi_why *w, const gi_prop *p, int element, const char *shown)
{
    static const char *const wanted[] = {
        [GI_ANY] = "a JSON value",  [GI_STRING] = "a String",
        [GI_BOOLEAN] = "a Boolean", [GI_INT32] = "an Int32",
        [GI_INT64] = "an Int64",    [GI_DATETIME] = "a DateTimeOffset",
        [GI_ENUM] = "a String",     [GI_OBJECT] = "an object",
        [GI_ITEM] = "an object",
    };
    int collection = (p->flags & GI_COLLECTION) && !element;
    return gi_why_set(w, "not %s%s%s", collection ? "a collection" : wanted[p->kind],
                      p->flags & GI_SECRET ? "" : ": ",
                      p->flags & GI_SECRET ? "" : shown);
}
