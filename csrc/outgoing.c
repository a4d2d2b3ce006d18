/* outgoing.c - request record -> options of a transfer's easy handle. */
#include "transfer.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EXTRA_LINES 4 /* the most that suppress() adds */
#define WINDOW 65535  /* bytes that HTTP/2 lets go before the server asks for more */
#define MAX_UNEXPECTED 65536 /* bytes; libcurl asks for 100 Continue from 1 MiB on */

static int is_token(const char *s, size_t len)
{
    size_t i;
    for (i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        int letter = (c | 32) >= 'a' && (c | 32) <= 'z';
        if (!letter && (c < '0' || c > '9') && (c == 0 || !strchr("!#$%&'*+-.^_`|~", c)))
            return 0;
    }
    return len > 0;
}

/* Has it a byte below least (33 at the most) that is not a tab, or a DEL? */
static int has_control(const char *s, size_t len, unsigned char least)
{
    const uint64_t ones = UINT64_MAX / 255, high = ones << 7;
    size_t i = 0;
    for (; len - i >= 8; i += 8) { /* eight at a time, as long as none can be one */
        uint64_t x, del;
        memcpy(&x, s + i, 8);
        del = x ^ ones * 127;
        if ((((x - ones * least) & ~x) | ((del - ones) & ~del)) & high)
            break;
    }
    for (; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if ((c < least && c != '\t') || c == 127)
            return 1;
    }
    return 0;
}

/* Adds "name: value", ended by NUL. Returns 0, or -1 when memory is out. */
static int put_line(gi_buf *b, const char *name, size_t name_len, const char *value,
                    size_t value_len)
{
    int empty = strspn(value, " \t") == value_len; /* libcurl writes those as "name;" */
    char *p;
    if (gi_buf_reserve(b, name_len + value_len + 3) != 0)
        return -1;
    p = b->p + b->len;
    memcpy(p, name, name_len);
    p += name_len;
    *p++ = empty ? ';' : ':';
    if (!empty) {
        *p++ = ' ';
        memcpy(p, value, value_len);
        p += value_len;
    }
    *p++ = '\0';
    b->len = (size_t)(p - b->p);
    return 0;
}

static int malformed(gi_fault *f, const char *what)
{
    gi_fault_set(f, "malformed", "%s", what);
    return -1;
}

/* Checks the header name and value on the top of the stack and adds its line. */
static int put_header(lua_State *L, gi_transfer *t, gi_fault *f)
{
    /* libcurl frames the message; a second opinion would desynchronise the connection */
    static const struct {
        const char *name;
        size_t len;
    } reserved[] = {
        {"Content-Length", 14}, {"Transfer-Encoding", 17}, {"Expect", 6}, {"Upgrade", 7}};
    const char *name, *value;
    size_t name_len, value_len, i;
    if (lua_type(L, -2) != LUA_TSTRING)
        return malformed(f, "the name of a header is not a string");
    name = lua_tolstring(L, -2, &name_len);
    if (!is_token(name, name_len))
        return malformed(f,
                         "the name of a header is empty or has a character that is not "
                         "allowed there (letters, digits and - are)");
    if (lua_type(L, -1) != LUA_TSTRING) {
        gi_fault_set(f, "malformed", "header %.100s: not a string", name);
        return -1;
    }
    value = lua_tolstring(L, -1, &value_len);
    if (has_control(value, value_len, 32)) {
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
    return put_line(&t->out, name, name_len, value, value_len) == 0
               ? 0
               : gi_fault_no_memory(f);
}

static int is_header(const char *line, const char *name, size_t len)
{
    return strncasecmp(line, name, len) == 0 && (line[len] == ':' || line[len] == ';');
}

/* Adds the lines that keep libcurl from adding headers of its own; n is the number of
 * lines so far. Returns their new number: few, since libcurl often looks through all of
 * them. */
static size_t suppress(gi_transfer *t, size_t n, int sends_body)
{
    static char accept[] = "Accept:", expect[] = "Expect:", type[] = "Content-Type:",
                proxy[] = "Proxy-Connection:";
    int accept_given = 0, type_given = 0;
    size_t i;
    for (i = 0; i < n; i++) {
        accept_given |= is_header(t->lines[i].data, accept, sizeof(accept) - 2);
        type_given |= is_header(t->lines[i].data, type, sizeof(type) - 2);
    }
    if (!accept_given)
        t->lines[n++].data = accept;
    if (sends_body && !type_given)
        t->lines[n++].data = type;
    if (t->out.len - t->body_at > MAX_UNEXPECTED)
        t->lines[n++].data = expect;
    if (t->route == GI_PROXIED)
        t->lines[n++].data = proxy;
    return n;
}

/* Makes libcurl's list of the n lines that begin at offset at of t->out. Its nodes are an
 * array and its texts lie in out, so a call allocates nothing here. */
static int link_lines(gi_transfer *t, size_t at, size_t n, int sends_body)
{
    char *p = t->out.p + at;
    size_t i;
    if (n + EXTRA_LINES > t->max_lines) {
        struct curl_slist *lines = realloc(t->lines, (n + EXTRA_LINES) * sizeof(*lines));
        if (lines == NULL)
            return -1;
        t->lines = lines;
        t->max_lines = n + EXTRA_LINES;
    }
    for (i = 0; i < n; i++) {
        t->lines[i].data = p;
        p += strlen(p) + 1;
    }
    n = suppress(t, n, sends_body);
    for (i = 0; i < n; i++)
        t->lines[i].next = i + 1 < n ? &t->lines[i + 1] : NULL;
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, n > 0 ? t->lines : NULL);
    return 0;
}

/* Sets the version of HTTP. A body should have left before the answer comes: what an
 * HTTP/2 server answers earlier, libcurl 7.88 may throw away, or wait for in a busy loop
 * (cf_h2_recv in its http2.c). HTTP/1.1 needs no leave to send more. */
static CURLcode set_version(gi_transfer *t)
{
    int large = t->out.len - t->body_at > WINDOW;
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
        const char *body = t->out.p + t->body_at;
        curl_off_t len = (curl_off_t)(t->out.len - t->body_at);
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

/* Sets the URL, the first text in out. One that libcurl cannot take apart is given whole,
 * so that the transfer says what is wrong with it. */
static CURLcode set_url(gi_transfer *t, size_t len)
{
    const unsigned flags = CURLU_PATH_AS_IS | CURLU_DISALLOW_USER;
    gi_buf *last = &t->last_url;
    if (last->len == len && memcmp(last->p, t->out.p, len) == 0)
        return CURLE_OK;
    last->len = 0;
    /* to wait for another call's connection pays where it may carry both; else libcurl
     * would let it go on past the time limit */
    curl_easy_setopt(t->easy, CURLOPT_PIPEWAIT,
                     strncasecmp(t->out.p, "https", 5) == 0 ? 1L : 0L);
    if (curl_url_set(t->url, CURLUPART_URL, t->out.p, flags) != CURLUE_OK) {
        CURLcode rc = curl_easy_setopt(t->easy, CURLOPT_CURLU, NULL);
        return rc == CURLE_OK ? curl_easy_setopt(t->easy, CURLOPT_URL, t->out.p) : rc;
    }
    if (gi_buf_add(last, t->out.p, len) != 0)
        return CURLE_OUT_OF_MEMORY;
    return curl_easy_setopt(t->easy, CURLOPT_CURLU, t->url);
}

/* Puts the headers in the table at index headers (or nil) into out. Sets their number. */
static int put_headers(lua_State *L, gi_transfer *t, int headers, size_t *n, gi_fault *f)
{
    *n = 0;
    if (lua_isnil(L, headers))
        return 0;
    if (!lua_istable(L, headers))
        return malformed(f, "the request's headers are not a table");
    lua_pushnil(L);
    while (lua_next(L, headers)) {
        if (put_header(L, t, f) != 0) {
            lua_pop(L, 2);
            return -1;
        }
        lua_pop(L, 1);
        ++*n;
    }
    return 0;
}

static int check_url(const char *url, size_t len, gi_fault *f)
{
    if (url == NULL ||
        (strncasecmp(url, "http://", 7) && strncasecmp(url, "https://", 8)))
        return malformed(f, "the request's URL does not begin with http:// or https://");
    if (has_control(url, len, 33) || memchr(url, '\t', len) != NULL)
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

/* Makes t ready to send the request whose url, method, headers and body lie on the stack
 * from index record on. Allocates nothing in Lua, so it cannot raise. Returns 0, or -1
 * and the fault. */
int gi_transfer_prepare(lua_State *L, gi_transfer *t, int record, gi_fault *f)
{
    size_t url_len, method_len, body_len, lines, lines_at;
    const char *url = text_at(L, record, &url_len);
    const char *method = text_at(L, record + 1, &method_len);
    const char *body = text_at(L, record + 3, &body_len);
    int sends_body;
    CURLcode rc;
    t->out.len = t->head.len = t->body.len = 0;
    t->sendings = t->head_done = t->too_large = 0;
    t->error[0] = '\0';
    if (check_url(url, url_len, f) != 0)
        return -1;
    if (method == NULL || !is_token(method, method_len))
        return malformed(f, "the request's method is not a word such as GET or POST");
    if (body == NULL && !lua_isnil(L, record + 3))
        return malformed(f, "the request's body is not a string");
    sends_body = body != NULL || strcmp(method, "POST") == 0 ||
                 strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
    if (gi_buf_add(&t->out, url, url_len + 1) != 0)
        return gi_fault_no_memory(f);
    lines_at = t->out.len;
    if (put_headers(L, t, record + 2, &lines, f) != 0)
        return -1;
    t->body_at = t->out.len;
    if (gi_buf_add(&t->out, body, body_len) != 0 ||
        link_lines(t, lines_at, lines, sends_body) != 0)
        return gi_fault_no_memory(f);
    if ((rc = set_url(t, url_len + 1)) == CURLE_OK)
        rc = set_method(t, method, sends_body);
    if (rc == CURLE_OK)
        rc = set_version(t);
    if (rc == CURLE_OUT_OF_MEMORY)
        return gi_fault_no_memory(f);
    return rc == CURLE_OK ? 0 : malformed(f, "the request's URL or method is too long");
}
