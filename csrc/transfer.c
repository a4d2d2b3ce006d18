/* transfer.c - one exchange over libcurl: what comes in, and the response record made of
 * it. libcurl's callbacks are here; none of them calls Lua. */
#include "transfer.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RESPONSE "graphinvite.response"

/* A line of a head, or of the trailer. Only the headers of the final answer are kept:
 * each status line starts anew, and after the blank line of the last one they are
 * complete. */
static size_t on_head(char *p, size_t size, size_t n, void *ud)
{
    gi_transfer *t = ud;
    size_t len = size * n;
    if (t->head_done)
        return len;
    if (len >= 5 && memcmp(p, "HTTP/", 5) == 0) {
        t->head.len = 0;
        return len;
    }
    if (t->head.len + len > GI_MAX_HEAD) {
        t->too_large = GI_LARGE_HEAD;
        return 0;
    }
    if (len > 0 && (p[0] == '\r' || p[0] == '\n')) {
        long status = 0;
        curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
        t->head_done = status >= 200;
        return len;
    }
    return gi_buf_add(&t->head, p, len) == 0 ? len : 0;
}

static size_t on_body(char *p, size_t size, size_t n, void *ud)
{
    gi_transfer *t = ud;
    size_t len = size * n;
    if (len > t->max_body - t->body.len) {
        t->too_large = GI_LARGE_BODY;
        return 0;
    }
    return gi_buf_add(&t->body, p, len) == 0 ? len : 0;
}

/* Has all of the answer come in? One whose end only the connection's end could tell never
 * has, as far as this knows. */
int gi_transfer_whole(const gi_transfer *t)
{
    long status = 0;
    const char *method = NULL;
    curl_off_t announced = -1, received = 0;
    if (!t->head_done)
        return 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_METHOD, &method);
    if (status == 204 || status == 304 || (method && strcmp(method, "HEAD") == 0))
        return 1;
    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    curl_easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &received); /* still packed */
    return announced == received;
}

/* libcurl calls this before each sending. It would repeat a request whose connection dies
 * before the first byte of an answer; what is not safe to repeat stops here instead. */
static int on_sending(void *ud, char *peer, char *local, int peer_port, int local_port)
{
    gi_transfer *t = ud;
    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    return t->sendings++ > 0 && !t->safe ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* A transfer with the options of model. Returns NULL when memory is out. */
gi_transfer *gi_transfer_new(CURL *model, int route, int http1)
{
    gi_transfer *t = calloc(1, sizeof(*t));
    CURL *e;
    if (t == NULL)
        return NULL;
    t->route = route;
    t->http1 = http1;
    if ((e = t->easy = curl_easy_duphandle(model)) == NULL ||
        (t->url = curl_url()) == NULL ||
        curl_easy_setopt(e, CURLOPT_PRIVATE, t) != CURLE_OK ||
        curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error) != CURLE_OK ||
        curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_head) != CURLE_OK ||
        curl_easy_setopt(e, CURLOPT_HEADERDATA, t) != CURLE_OK ||
        curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body) != CURLE_OK ||
        curl_easy_setopt(e, CURLOPT_WRITEDATA, t) != CURLE_OK ||
        curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_sending) != CURLE_OK ||
        curl_easy_setopt(e, CURLOPT_PREREQDATA, t) != CURLE_OK) {
        gi_transfer_free(t);
        return NULL;
    }
    return t;
}

/* The easy handle must not be part of a multi handle any more. */
void gi_transfer_free(gi_transfer *t)
{
    curl_easy_cleanup(t->easy);
    curl_url_cleanup(t->url);
    free(t->lines);
    free(t->nodes);
    gi_buf_free(&t->out);
    gi_buf_free(&t->post);
    gi_buf_free(&t->head);
    gi_buf_free(&t->body);
    free(t);
}

typedef struct field {
    char *name, *value;
    size_t name_len, value_len;
} field;

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Takes the next header, continuation lines made one with it. Returns 0 at the end. */
static int next_field(char **at, char *end, field *f)
{
    char *p = *at, *stop, *c;
    while (p < end) {
        stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop != NULL ? stop + 1 : end;
        while (stop < end && (*stop == ' ' || *stop == '\t')) { /* the line goes on */
            for (c = stop; c > p && is_blank(c[-1]); c--)
                c[-1] = ' ';
            stop = memchr(stop, '\n', (size_t)(end - stop));
            stop = stop != NULL ? stop + 1 : end;
        }
        *at = stop;
        if ((c = memchr(p, ':', (size_t)(stop - p))) != NULL && c > p) {
            for (f->value = c + 1; f->value < stop && is_blank(*f->value); f->value++)
                continue;
            while (stop > f->value && is_blank(stop[-1]))
                stop--;
            f->value_len = (size_t)(stop - f->value);
            while (c > p && is_blank(c[-1]))
                c--;
            while (p < c && is_blank(*p))
                p++;
            f->name = p;
            f->name_len = (size_t)(c - p);
            return 1;
        }
        p = *at;
    }
    return 0;
}

/* Pushes the name in lower case. Returns a bit of its own for a frequent name, else 0.
 * Lua 5.3 and 5.4 find a constant C string again by its address, without hashing it. */
static uint32_t push_name(lua_State *L, field *f)
{
    static const struct {
        size_t len;
        const char *name;
    } frequent[] = {
        {4, "date"},
        {4, "vary"},
        {6, "server"},
        {8, "location"},
        {10, "connection"},
        {10, "request-id"},
        {11, "retry-after"},
        {12, "content-type"},
        {13, "cache-control"},
        {13, "odata-version"},
        {14, "content-length"},
        {16, "content-encoding"},
        {17, "client-request-id"},
        {17, "transfer-encoding"},
        {19, "x-ms-ags-diagnostic"},
        {25, "strict-transport-security"},
    };
    size_t i;
    for (i = 0; i < GI_COUNT(frequent); i++)
        if (frequent[i].len == f->name_len &&
            strncasecmp(frequent[i].name, f->name, f->name_len) == 0) {
            lua_pushstring(L, frequent[i].name);
            return (uint32_t)1 << i;
        }
    for (i = 0; i < f->name_len; i++)
        if (f->name[i] >= 'A' && f->name[i] <= 'Z')
            f->name[i] = (char)(f->name[i] | 32);
    lua_pushlstring(L, f->name, f->name_len);
    return 0;
}

/* Pushes the table of headers: lower-case names, repeated ones joined with ", ". */
static void push_headers(lua_State *L, gi_buf *head)
{
    char *p = head->p, *end = p + head->len, *c;
    uint32_t seen = 0;
    int lines = 0;
    field f;
    for (c = p; c < end && (c = memchr(c, '\n', (size_t)(end - c))) != NULL; c++)
        lines++;
    lua_createtable(L, 0, lines);
    while (next_field(&p, end, &f)) {
        uint32_t bit = push_name(L, &f);
        int first = bit != 0 && (seen & bit) == 0;
        seen |= bit;
        if (!first) {
            lua_pushvalue(L, -1);
            lua_rawget(L, -3);
            if ((first = lua_isnil(L, -1)) != 0)
                lua_pop(L, 1);
            else
                lua_pushliteral(L, ", ");
        }
        lua_pushlstring(L, f.value, f.value_len);
        if (!first)
            lua_concat(L, 3);
        lua_rawset(L, -3);
    }
}

/* response.headers, asked for the first time: most programs never do. The raw lines lie
 * at index 1 of the record until then. */
static int Lgi_response_index(lua_State *L)
{
    gi_buf *copy;
    const char *raw;
    size_t len;
    lua_settop(L, 2);
    if (lua_type(L, 2) != LUA_TSTRING || strcmp(lua_tostring(L, 2), "headers") != 0)
        return 0;
    lua_rawgeti(L, 1, 1);
    if ((raw = lua_tolstring(L, 3, &len)) == NULL)
        return 0;
    copy = gi_buf_new(L);
    if (gi_buf_add(copy, raw, len) != 0)
        return luaL_error(L, "out of memory");
    push_headers(L, copy);
    gi_buf_free(copy);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
    lua_pushnil(L);
    lua_rawseti(L, 1, 1);
    return 1;
}

/* Makes the metatable of response records. */
void gi_transfer_register(lua_State *L)
{
    static const luaL_Reg methods[] = {{"__index", Lgi_response_index}, {NULL, NULL}};
    gi_buf_register(L);
    gi_class(L, RESPONSE, methods);
}

/* Pushes the table that the pool's methods have as an upvalue. */
void gi_transfer_words(lua_State *L)
{
    static const char *const words[] = {
        [GI_URL] = "url",      [GI_METHOD] = "method", [GI_HEADERS] = "headers",
        [GI_BODY] = "body",    [GI_OP] = "op",         [GI_IS_SAFE] = "safe",
        [GI_STATUS] = "status"};
    int i;
    lua_createtable(L, GI_STATUS, 0);
    for (i = GI_URL; i <= GI_STATUS; i++) {
        lua_pushstring(L, words[i]);
        lua_rawseti(L, -2, i);
    }
}

/* Pushes the response record of a transfer that gi_fault_of finds no fault in. Its URL is
 * the request's, since no redirect is followed: the string at index url, if not 0. */
int gi_transfer_response(lua_State *L, gi_transfer *t, int url)
{
    long status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    lua_createtable(L, 1, 4);
    lua_rawgeti(L, GI_WORDS_AT, GI_STATUS);
    lua_pushinteger(L, (lua_Integer)status);
    lua_rawset(L, -3);
    lua_pushlstring(L, t->head.p != NULL ? t->head.p : "", t->head.len);
    lua_rawseti(L, -2, 1);
    lua_rawgeti(L, GI_WORDS_AT, GI_BODY);
    lua_pushlstring(L, t->body.p != NULL ? t->body.p : "", t->body.len);
    lua_rawset(L, -3);
    lua_rawgeti(L, GI_WORDS_AT, GI_URL);
    if (url != 0)
        lua_pushvalue(L, url);
    else
        lua_pushstring(L, t->out.p);
    lua_rawset(L, -3);
    gi_setmetatable(L, RESPONSE);
    return 1;
}
