/* options.c - the codec's options from a Lua table. */
#include "gi.h"
#include <string.h>

/* Reads the codec's options from the table at i; 0 is no table. Returns 0, or -1 and the
 * reason. */
int gi_options_read(lua_State *L, const gi_codec *c, int keys, int i, gi_options *o,
                    gi_why *why)
{
    static const struct {
        int word;
        const char *choices[2];
    } rows[] = {
        {GI_W_UNKNOWN, {"keep", "refuse"}},
        {GI_W_INT64, {"number", "string"}},
        {GI_W_STATUS, {"given", "schema"}},
    };
    int chosen[GI_COUNT(rows)] = {0, 0, 0}; /* from 1; 0 is not set */
    size_t k;
    for (k = 0; i != 0 && k < GI_COUNT(rows); k++) {
        const char *const *choices = rows[k].choices, *s;
        gi_word(L, c, keys, rows[k].word);
        lua_rawget(L, i);
        if (!lua_isnil(L, -1)) {
            s = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
            chosen[k] = strcmp(s, choices[0]) == 0   ? 1
                        : strcmp(s, choices[1]) == 0 ? 2
                                                     : -1;
        }
        lua_pop(L, 1);
        if (chosen[k] < 0)
            return gi_why_set(why, "%s: is \"%s\" or \"%s\"", gi_words[rows[k].word],
                              choices[0], choices[1]);
    }
    memset(o, 0, sizeof(*o));
    o->unknown = chosen[0]; /* GI_UNKNOWN_BY_TYPE, _KEEP, _REFUSE */
    o->int64_string = chosen[1] == 2;
    o->status_schema = chosen[2] == 2;
    return 0;
}
