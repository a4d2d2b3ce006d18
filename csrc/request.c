/* request.c - operation, arguments, body and options to a request record. No I/O. */
#include "request.h"
#include <string.h>

#define DEFAULT_BASE "https://graph.microsoft.com/v1.0"
#define MAX_URL 16384
#define PATH_KEEP "-._~"              /* reference 3.8: all else in a key is encoded */
#define QUERY_KEEP "-._~$,()=':@/*!;" /* the syntax of OData's options stays readable */

/* Sets a field of the table at t to the value on the top, which is popped. */
void gi_request_set(gi_builder *u, int t, int word)
{
    gi_word(u->L, u->c, u->keys, word);
    lua_insert(u->L, -2);
    lua_rawset(u->L, t);
}

static int no_memory(gi_builder *u)
{
    return gi_why_set(u->why, "out of memory");
}

/* Leaves an option on the stack. Returns its text, or NULL when it is not set; then,
 * where it is neither a string nor a number, the reason is in why. */
const char *gi_request_option(gi_builder *u, int word, size_t *len)
{
    lua_State *L = u->L;
    u->why->text[0] = '\0';
    if (u->options == 0) {
        lua_pushnil(L);
        return NULL;
    }
    gi_word(L, u->c, u->keys, word);
    lua_rawget(L, u->options);
    if (lua_type(L, -1) == LUA_TSTRING || lua_type(L, -1) == LUA_TNUMBER)
        return lua_tolstring(L, -1, len);
    if (!lua_isnil(L, -1))
        gi_why_set(u->why, "%s: a %s, but a string is wanted", gi_words[word],
                   luaL_typename(L, -1));
    return NULL;
}

/* Gives the text of the string, number or boolean on the top, which a number becomes in
 * place without ".0"; NULL for other types. */
static const char *to_text(lua_State *L, size_t *len)
{
    char text[GI_NUMBER_TEXT];
    int64_t v;
    if (lua_type(L, -1) == LUA_TBOOLEAN) {
        lua_pushstring(L, lua_toboolean(L, -1) ? "true" : "false");
        lua_replace(L, -2);
    } else if (lua_type(L, -1) == LUA_TNUMBER && gi_to_int64(L, -1, &v) == 0) {
        lua_pushlstring(L, text, gi_format_int64(text, v));
        lua_replace(L, -2);
    }
    return lua_tolstring(L, -1, len);
}

/* Says what keeps a text out of a URL, or NULL. */
static const char *text_fault(const char *s, size_t len)
{
    if (gi_has_control(s, len))
        return "has a control character";
    return gi_is_utf8(s, len) ? NULL : "is not UTF-8";
}

/* Appends one argument of the path. */
static int put_argument(gi_builder *u, int n, const char *name, size_t name_len)
{
    lua_State *L = u->L;
    const char *s, *wrong;
    size_t len;
    int rc;
    lua_rawgeti(L, u->arguments, n);
    s = lua_type(L, -1) == LUA_TBOOLEAN ? NULL : to_text(L, &len);
    if (s == NULL || len == 0)
        gi_why_set(u->why, "an id is needed, this is %s",
                   s != NULL ? "empty" : luaL_typename(L, -1));
    else if ((wrong = text_fault(s, len)) != NULL)
        gi_why_set(u->why, "%s", wrong);
    else if (strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
        gi_why_set(u->why, "cannot be %s, which would name another resource", s);
    else {
        rc = gi_url_encode(u->b, s, len, PATH_KEEP);
        lua_pop(L, 1);
        return rc == 0 ? 0 : no_memory(u);
    }
    return gi_why_member(u->why, name, name_len);
}

static int put_path(gi_builder *u, const char *path)
{
    int n = 0;
    while (*path != '\0') {
        size_t plain = strcspn(path, "{");
        const char *close;
        if (gi_buf_add(u->b, path, plain) != 0)
            return no_memory(u);
        path += plain;
        if (*path == '\0')
            break;
        if ((close = strchr(path, '}')) == NULL)
            return gi_why_set(u->why, "path: a { has no }");
        if (put_argument(u, ++n, path + 1, (size_t)(close - path) - 1) != 0)
            return -1;
        path = close + 1;
    }
    return 0;
}

/* Appends a query option's value: text, number, boolean, or an array of texts. */
static int put_query_value(gi_builder *u, const char *name)
{
    lua_State *L = u->L;
    const char *s, *wrong;
    size_t len;
    int i, n = 1, value = lua_gettop(L), list = lua_istable(L, value);
    if (list)
        n = (int)gi_rawlen(L, value);
    for (i = 1; i <= n; i++) {
        if (list)
            lua_rawgeti(L, value, i);
        if ((s = to_text(L, &len)) == NULL)
            return gi_why_set(u->why, "%s: cannot be a %s", name, luaL_typename(L, -1));
        if ((wrong = text_fault(s, len)) != NULL)
            return gi_why_set(u->why, "%s: %s", name, wrong);
        if ((i > 1 && gi_buf_add(u->b, ",", 1) != 0) ||
            gi_url_encode(u->b, s, len, QUERY_KEEP) != 0)
            return no_memory(u);
        lua_settop(L, value);
    }
    return 0;
}

static int put_query(gi_builder *u)
{
    static const uint8_t words[] = {GI_W_TOP,     GI_W_SKIP,   GI_W_FILTER, GI_W_SELECT,
                                    GI_W_ORDERBY, GI_W_EXPAND, GI_W_SEARCH, GI_W_COUNT};
    lua_State *L = u->L;
    const char *separator = "?$";
    size_t i;
    for (i = 0; !u->bare && i < GI_COUNT(words); i++) {
        const char *name = gi_words[words[i]];
        int empty;
        gi_word(L, u->c, u->keys, words[i]);
        lua_rawget(L, u->options);
        empty = lua_isnil(L, -1) || (lua_istable(L, -1) && gi_rawlen(L, -1) == 0);
        if (!empty) {
            if (gi_buf_puts(u->b, separator) != 0 || gi_buf_puts(u->b, name) != 0 ||
                gi_buf_add(u->b, "=", 1) != 0)
                return no_memory(u);
            if (put_query_value(u, name) != 0)
                return -1;
            separator = "&$";
        }
        lua_pop(L, 1);
    }
    return 0;
}

/* Pushes the URL: the option link as it is, or base, path and query. */
static int push_url(gi_builder *u, const gi_operation *op)
{
    const char *s;
    size_t len = 0;
    u->b->len = 0;
    if (!u->bare && (s = gi_request_option(u, GI_W_LINK, &len)) != NULL) {
        if (gi_has_control(s, len) || memchr(s, ' ', len) != NULL)
            return gi_why_set(u->why, "link: not a URL");
        return 0;
    }
    if (!u->bare && u->why->text[0] != '\0')
        return -1;
    s = gi_request_option(u, GI_W_BASE_URL, &len);
    if (s == NULL && u->why->text[0] != '\0')
        return -1;
    if (s == NULL) {
        s = DEFAULT_BASE;
        len = sizeof(DEFAULT_BASE) - 1;
    }
    if (gi_has_control(s, len) || strpbrk(s, " ?#") != NULL)
        return gi_why_set(u->why, "base_url: not a URL");
    while (len > 0 && s[len - 1] == '/')
        len--;
    if (gi_buf_add(u->b, s, len) != 0)
        return no_memory(u);
    lua_pop(u->L, 1);
    if (put_path(u, op->path) != 0 || put_query(u) != 0)
        return -1;
    if (u->b->len > MAX_URL)
        return gi_why_set(u->why, "the URL would have %lu bytes, at most %d are sent",
                          (unsigned long)u->b->len, MAX_URL);
    lua_pushlstring(u->L, u->b->p, u->b->len);
    return 0;
}

/* Pushes the body's text; nil where the operation has none. */
static int push_body(gi_builder *u, const gi_operation *op)
{
    lua_State *L = u->L;
    gi_options o;
    size_t len;
    int sends = op->sends, top = lua_gettop(L), rc = 0;
    const char *flavour;
    if (lua_isnoneornil(L, u->body)) {
        lua_pushnil(L);
        return op->sends == GI_T_NONE
                   ? 0
                   : gi_why_set(u->why, "a body is needed: %s", gi_types[op->sends].name);
    }
    if (op->id != NULL && op->sends == GI_T_NONE)
        return gi_why_set(u->why, "%s sends no body", op->name);
    if (lua_type(L, u->body) != LUA_TTABLE)
        return gi_why_set(u->why, "the body is a %s, but a table is wanted",
                          luaL_typename(L, u->body));
    if (op->flags & GI_INVITES)
        rc = gi_rules_invitation(L, u->c, u->keys, u->body, u->why);
    else if (op->flags & GI_RINGS)
        rc = gi_rules_invite(L, u->c, u->keys, u->body, u->why);
    if (rc != 0 || gi_options_read(L, u->c, u->keys, u->options, &o, u->why) != 0)
        return -1;
    flavour = gi_request_option(u, GI_W_FLAVOUR, &len);
    o.supply_type = op->flags & GI_TYPED;
    if (flavour != NULL && strcmp(flavour, "aadinvitemgr") == 0 &&
        sends == GI_T_INVITATION) {
        sends = GI_T_AAD_INVITATION;
        o.supply_type = o.first_names = 1;
    }
    u->b->len = 0;
    if (gi_encode(L, u->c, u->keys, sends, 0, u->body, &o, u->b, u->why) != 0)
        return -1;
    lua_settop(L, top);
    lua_pushlstring(L, u->b->p, u->b->len);
    return 0;
}

/* Fills a record that was made of the same row and options: only what the arguments and
 * the body say can differ. */
static int refill(gi_builder *u, const gi_operation *op, int record)
{
    if (strchr(op->path, '{') != NULL) {
        if (push_url(u, op) != 0)
            return -1;
        gi_request_set(u, record, GI_W_URL);
    }
    if (push_body(u, op) != 0)
        return -1;
    gi_request_set(u, record, GI_W_BODY);
    lua_settop(u->L, record);
    return 0;
}

/* Builds the record. Returns 0 with the table on the top, or -1 and the reason. */
static int build(gi_builder *u, const gi_operation *op, int row)
{
    lua_State *L = u->L;
    int record, has_body;
    lua_createtable(L, 0, 6);
    record = lua_gettop(L);
    if (push_url(u, op) != 0)
        return -1;
    gi_request_set(u, record, GI_W_URL);
    if (push_body(u, op) != 0)
        return -1;
    has_body = !lua_isnil(L, -1);
    gi_request_set(u, record, GI_W_BODY);
    if (gi_request_headers(u, op, has_body) != 0)
        return -1;
    gi_request_set(u, record, GI_W_HEADERS);
    lua_pushstring(L, op->method);
    gi_request_set(u, record, GI_W_METHOD);
    lua_pushvalue(L, row);
    gi_request_set(u, record, GI_W_OP);
    lua_settop(L, record);
    return 0;
}

/* Finds the row that the first argument names or is, and pushes its table. */
static const gi_operation *resolve(gi_builder *u, gi_operation *custom)
{
    lua_State *L = u->L;
    int arguments = u->arguments != 0 ? (int)gi_rawlen(L, u->arguments) : 0;
    const gi_operation *op;
    const char *root, *name;
    size_t len;
    if (lua_type(L, 1) != LUA_TSTRING) {
        luaL_checktype(L, 1, LUA_TTABLE);
        lua_pushvalue(L, 1);
        op = gi_operation_of(L, 1, lua_upvalueindex(3), custom, u->why);
        if (op != NULL && gi_operation_arguments(op->path) != arguments) {
            gi_why_set(u->why, "%d arguments given, %.200s takes %d", arguments, op->path,
                       gi_operation_arguments(op->path));
            return NULL;
        }
        return op;
    }
    root = gi_request_option(u, GI_W_ROOT, &len);
    if (root == NULL && u->why->text[0] != '\0')
        return NULL;
    name = lua_tolstring(L, 1, &len);
    if (strlen(name) != len)
        name = ""; /* no row has a NUL in its name */
    op = gi_operation_find(name, root, arguments, u->why);
    lua_pop(L, 1);
    if (op != NULL)
        lua_rawgeti(L, lua_upvalueindex(3), (int)gi_operation_index(op));
    return op;
}

/* core.request(operation, arguments|nil, body|nil, options|nil, spare|nil)
 *   -> request | nil, why
 * spare is a record that was made with the same operation and options, for a call that is
 * over: it is filled anew. */
int Lgi_request(lua_State *L)
{
    gi_codec *c = lua_touserdata(L, lua_upvalueindex(1));
    gi_operation custom;
    const gi_operation *op;
    gi_why why;
    gi_builder u;
    int rc;
    lua_settop(L, 5);
    if (!lua_isnil(L, 2))
        luaL_checktype(L, 2, LUA_TTABLE);
    if (!lua_isnil(L, 4))
        luaL_checktype(L, 4, LUA_TTABLE);
    if (!lua_isnil(L, 5))
        luaL_checktype(L, 5, LUA_TTABLE);
    lua_pushvalue(L, lua_upvalueindex(2));
    u.L = L;
    u.c = c;
    u.why = &why;
    u.arguments = lua_isnil(L, 2) ? 0 : 2;
    u.body = 3;
    u.options = lua_isnil(L, 4) ? 0 : 4;
    u.keys = 6;
    u.bare = u.options == 0;
    if (!u.bare) {
        gi_word(L, c, u.keys, GI_W_BARE);
        lua_rawget(L, 4);
        u.bare = lua_toboolean(L, -1);
        lua_pop(L, 1);
    }
    if ((op = resolve(&u, &custom)) == NULL)
        return gi_fail(L, why.text);
    u.b = gi_borrow(L, &c->buf);
    if (lua_isnil(L, 5)) {
        rc = build(&u, op, 7);
    } else {
        lua_pushvalue(L, 5);
        rc = refill(&u, op, lua_gettop(L));
    }
    gi_release(u.b);
    return rc == 0 ? 1 : gi_fail(L, why.text);
}
