/* outgoing.c - request record -> options of a transfer's easy handle. */
#include "transfer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EXTRA_LINES 5 /* the most that link_lines() adds */
#define WINDOW 65535  /* bytes that HTTP/2 lets go before the server asks for more */
#define MAX_UNEXPECTED 65536 /* bytes; libcurl asks for 100 Continue from 1 MiB on */

static int malformed(gi_fault *f, const char *what)
{
    gi_fault_set(f, "malformed", "%s", what);
    return -1;
}

/* Leaves the first k lines of the transfer's last request. */
static void keep_lines(gi_transfer *t, size_t k)
{
    if (k < t->nlines) {
        t->out.len = t->lines[k].at;
        t->nlines = k;
        t->linked = 0;
    }
}

/* Adds "name: value", ended by NUL. Returns 0, or -1 when memory is out. */
static int add_line(gi_transfer *t, const char *name, size_t name_len, const char *value,
                    size_t value_len)
{
    int empty = strspn(value, " \t") == value_len; /* libcurl writes those as "name;" */
    gi_line *line;
    char *p;
    if (t->nlines == t->max_lines) {
        size_t max = t->max_lines > 0 ? 2 * t->max_lines : 8;
        gi_line *lines = realloc(t->lines, max * sizeof(*lines));
        if (lines == NULL)
            return -1;
        t->lines = lines;
        t->max_lines = max;
    }
    if (gi_buf_reserve(&t->out, name_len + value_len + 3) != 0)
        return -1;
    t->linked = 0;
    line = &t->lines[t->nlines++];
    line->at = t->out.len;
    line->name_len = name_len;
    line->value_len = empty ? SIZE_MAX : value_len;
    p = t->out.p + t->out.len;
    memcpy(p, name, name_len);
    p += name_len;
    *p++ = empty ? ';' : ':';
    if (!empty) {
        *p++ = ' ';
        memcpy(p, value, value_len);
        p += value_len;
    }
    *p++ = '\0';
    t->out.len = (size_t)(p - t->out.p);
    return 0;
}

/* Has line k of the last request say this, where it has the same name and length: most
 * requests differ from the one before only in their id. Returns 0 where it cannot, and
 * where the value has to be looked at closely first. */
static int reuse_line(gi_transfer *t, size_t k, const char *name, size_t name_len,
                      const char *value, size_t value_len)
{
    const gi_line *line = &t->lines[k];
    char *p;
    if (k >= t->nlines || line->name_len != name_len || line->value_len != value_len)
        return 0;
    p = t->out.p + line->at;
    if (memcmp(p, name, name_len) != 0)
        return 0;
    p += name_len + 2;
    if (memcmp(p, value, value_len) == 0)
        return 1;
    if (gi_has_below(value, value_len, '!')) /* blanks are for add_line */
        return 0;
    memcpy(p, value, value_len);
    return 1;
}

/* Checks the header name and value on the top of the stack, and makes them line k. */
static int put_header(lua_State *L, gi_transfer *t, size_t k, gi_fault *f)
{
    /* libcurl frames the message; a second opinion would desynchronise the connection */
    static const struct {
        const char *name;
        size_t len;
    } reserved[] = {
        {"Content-Length", 14}, {"Transfer-Encoding", 17}, {"Expect", 6}, {"Upgrade", 7}};
    const char *name, *value = NULL;
    size_t name_len, value_len = 0, i;
    if (lua_type(L, -2) != LUA_TSTRING)
        return malformed(f, "the name of a header is not a string");
    name = lua_tolstring(L, -2, &name_len);
    if (lua_type(L, -1) == LUA_TSTRING)
        value = lua_tolstring(L, -1, &value_len);
    if (value != NULL && reuse_line(t, k, name, name_len, value, value_len))
        return 0;
    keep_lines(t, k);
    if (!gi_is_token(name, name_len))
        return malformed(f,
                         "the name of a header is empty or has a character that is not "
                         "allowed there (letters, digits and - are)");
    if (value == NULL) {
        gi_fault_set(f, "malformed", "header %.100s: not a string", name);
        return -1;
    }
    if (!gi_is_field(value, value_len)) {
        gi_fault_set(f, "malformed",
                     "header %.100s: its value has a control character (CR, LF, NUL or "
                     "another), which would end the line",
                     name);
        return -1;
    }
    for (i = 0; i < GI_COUNT(reserved); i++)
        if (name_len == reserved[i].len && strcasecmp(name, reserved[i].name) == 0) {
            gi_fault_set(f, "malformed",
                         "header %s: it is made from the body, leave it out",
                         reserved[i].name);
            return -1;
        }
    return add_line(t, name, name_len, value, value_len) == 0 ? 0 : gi_fault_no_memory(f);
}

static int has_line(const gi_transfer *t, const char *name, size_t len)
{
    size_t i;
    for (i = 0; i < t->nlines; i++)
        if (t->lines[i].name_len == len &&
            strncasecmp(t->out.p + t->lines[i].at, name, len) == 0)
            return 1;
    return 0;
}

/* The header that libcurl would make anew for each call to say what it can unpack. */
static char *accept_encoding(void)
{
    static char line[64];
    if (line[0] == '\0') {
        int has = curl_version_info(CURLVERSION_NOW)->features;
        snprintf(line, sizeof(line), "Accept-Encoding: %s%s%s",
                 has & CURL_VERSION_LIBZ ? "deflate, gzip" : "identity",
                 has & CURL_VERSION_BROTLI ? ", br" : "",
                 has & CURL_VERSION_ZSTD ? ", zstd" : "");
    }
    return line;
}

/* Makes libcurl's list of the lines, and of those that keep it from adding headers of its
 * own. The nodes are an array and their texts lie in out, so that a call allocates
 * nothing here. Returns 0, or -1 when memory is out. */
static int link_lines(gi_transfer *t, int sends_body)
{
    static char accept[] = "Accept:", expect[] = "Expect:", type[] = "Content-Type:",
                proxy[] = "Proxy-Connection:";
    int large = t->post.len > MAX_UNEXPECTED, linked = 1 + sends_body + 2 * large;
    size_t i, n = t->nlines;
    if (t->linked == linked)
        return 0;
    if (n + EXTRA_LINES > t->max_nodes) {
        struct curl_slist *nodes = realloc(t->nodes, (n + EXTRA_LINES) * sizeof(*nodes));
        if (nodes == NULL)
            return -1;
        t->nodes = nodes;
        t->max_nodes = n + EXTRA_LINES;
    }
    for (i = 0; i < n; i++)
        t->nodes[i].data = t->out.p + t->lines[i].at;
    if (!has_line(t, accept, sizeof(accept) - 2))
        t->nodes[n++].data = accept;
    if (sends_body && !has_line(t, type, sizeof(type) - 2))
        t->nodes[n++].data = type;
    if (!has_line(t, "Accept-Encoding", 15))
        t->nodes[n++].data = accept_encoding();
    if (large)
        t->nodes[n++].data = expect;
    if (t->route == GI_PROXIED)
        t->nodes[n++].data = proxy;
    for (i = 0; i < n; i++)
        t->nodes[i].next = i + 1 < n ? &t->nodes[i + 1] : NULL;
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->nodes);
    t->linked = linked;
    return 0;
}

/* Sets the version of HTTP. A body should have left before the answer comes: what an
 * HTTP/2 server answers earlier, libcurl 7.88 may throw away, or wait for in a busy loop
 * (cf_h2_recv in its http2.c). HTTP/1.1 needs no leave to send more. */
static CURLcode set_version(gi_transfer *t)
{
    int large = t->post.len > WINDOW;
    long version = t->http1 || large ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_NONE;
    if (version == t->version)
        return CURLE_OK;
    t->version = version;
    return curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, version);
}

/* Sets method and body. A POST, PUT or PATCH has a length even where it has no body. */
static CURLcode set_method(gi_transfer *t, const char *method, int sends_body)
{
    CURL *e = t->easy;
    CURLcode rc;
    const char *custom = method;
    if (sends_body) {
        const char *body = t->post.p;
        curl_off_t len = (curl_off_t)(t->post.len);
        if ((rc = curl_easy_setopt(e, CURLOPT_POST, 1L)) != CURLE_OK ||
            (rc = curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, len)) != CURLE_OK ||
            (rc = curl_easy_setopt(e, CURLOPT_POSTFIELDS, body)) != CURLE_OK)
            return rc;
        if (strcmp(method, "POST") == 0)
            custom = NULL;
    } else if (strcmp(method, "HEAD") == 0) {
        if ((rc = curl_easy_setopt(e, CURLOPT_NOBODY, 1L)) != CURLE_OK)
            return rc;
        custom = NULL;
    } else {
        if ((rc = curl_easy_setopt(e, CURLOPT_HTTPGET, 1L)) != CURLE_OK)
            return rc;
        if (strcmp(method, "GET") == 0)
            custom = NULL;
    }
    return curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, custom);
}

/* Makes the URL the first text in out, and libcurl's. One that libcurl cannot take apart
 * is given whole, so that the transfer says what is wrong with it. */
static CURLcode set_url(gi_transfer *t, const char *url, size_t len)
{
    const unsigned flags = CURLU_PATH_AS_IS | CURLU_DISALLOW_USER;
    if (t->url_len == len && memcmp(t->out.p, url, len) == 0)
        return CURLE_OK;
    t->out.len = t->nlines = t->url_len = 0;
    t->linked = 0;
    if (gi_buf_add(&t->out, url, len + 1) != 0)
        return CURLE_OUT_OF_MEMORY;
    /* to wait for another call's connection pays where it may carry both; else libcurl
     * would let it go on past the time limit */
    curl_easy_setopt(t->easy, CURLOPT_PIPEWAIT,
                     strncasecmp(url, "https", 5) == 0 ? 1L : 0L);
    if (curl_url_set(t->url, CURLUPART_URL, t->out.p, flags) != CURLUE_OK) {
        CURLcode rc = curl_easy_setopt(t->easy, CURLOPT_CURLU, NULL);
        return rc == CURLE_OK ? curl_easy_setopt(t->easy, CURLOPT_URL, t->out.p) : rc;
    }
    t->url_len = len;
    return curl_easy_setopt(t->easy, CURLOPT_CURLU, t->url);
}

/* Makes the headers in the table at index headers (or nil) the lines of the request. */
static int put_headers(lua_State *L, gi_transfer *t, int headers, gi_fault *f)
{
    size_t n = 0;
    if (!lua_isnil(L, headers) && !lua_istable(L, headers))
        return malformed(f, "the request's headers are not a table");
    lua_pushnil(L);
    while (lua_istable(L, headers) && lua_next(L, headers)) {
        if (put_header(L, t, n++, f) != 0) {
            lua_pop(L, 2);
            return -1;
        }
        lua_pop(L, 1);
    }
    keep_lines(t, n);
    return 0;
}

static int check_url(const char *url, size_t len, gi_fault *f)
{
    if (url == NULL ||
        (strncasecmp(url, "http://", 7) && strncasecmp(url, "https://", 8)))
        return malformed(f, "the request's URL does not begin with http:// or https://");
    if (gi_has_below(url, len, '!'))
        return malformed(f,
                         "the request's URL has a blank or a control character (CR, LF, "
                         "NUL or another): percent-encode it");
    return 0;
}

/* The string at index i, or NULL when it is something else. */
static const char *text_at(lua_State *L, int i, size_t *len)
{
    *len = 0;
    return lua_type(L, i) == LUA_TSTRING ? lua_tolstring(L, i, len) : NULL;
}

/* Gives back what a large request took. */
void gi_transfer_forget(gi_transfer *t)
{
    gi_release(&t->post);
    if (gi_release(&t->out)) {
        t->nlines = t->url_len = 0;
        t->linked = 0;
    }
}

/* Makes t ready to send the request whose url, method, headers and body lie on the stack
 * from index record on. Allocates nothing in Lua, so it cannot raise. Returns 0, or -1
 * and the fault. */
int gi_transfer_prepare(lua_State *L, gi_transfer *t, int record, gi_fault *f)
{
    size_t url_len, method_len, body_len;
    const char *url = text_at(L, record, &url_len);
    const char *method = text_at(L, record + 1, &method_len);
    const char *body = text_at(L, record + 3, &body_len);
    int sends_body;
    CURLcode rc;
    t->post.len = t->head.len = t->body.len = 0;
    t->sendings = t->head_done = t->too_large = 0;
    t->error[0] = '\0';
    if (check_url(url, url_len, f) != 0)
        return -1;
    if (method == NULL || !gi_is_token(method, method_len))
        return malformed(f, "the request's method is not a word such as GET or POST");
    if (body == NULL && !lua_isnil(L, record + 3))
        return malformed(f, "the request's body is not a string");
    sends_body = body != NULL || strcmp(method, "POST") == 0 ||
                 strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
    if ((rc = set_url(t, url, url_len)) == CURLE_OK) {
        if (put_headers(L, t, record + 2, f) != 0)
            return -1;
        if (gi_buf_add(&t->post, body, body_len) != 0 || link_lines(t, sends_body) != 0)
            return gi_fault_no_memory(f);
        rc = set_method(t, method, sends_body);
    }
    if (rc == CURLE_OK)
        rc = set_version(t);
    if (rc == CURLE_OUT_OF_MEMORY)
        return gi_fault_no_memory(f);
    return rc == CURLE_OK ? 0 : malformed(f, "the request's URL or method is too long");
}
