/* httphead.c - judges the head of a request before its body is read. libmicrohttpd lets
 * much pass that can be read in two ways; here such a request is refused. Never calls
 * Lua. */
#include "httpd.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HOST = 1, EXPECT = 2, LENGTH = 4, CODING = 8, COOKIE = 16 };

typedef struct head {
    gi_request *request;
    const char *end; /* of what was read so far, or NULL when that is not known */
    unsigned seen;
    int status; /* what the request is refused with, or 0 */
    uint64_t length;
    size_t cookies;
} head;

/* Is this a token of RFC 9110? */
int gi_token(const char *s, size_t len)
{
    size_t i;
    for (i = 0; i < len; i++) {
        char c = s[i], lower = (char)(c | 32);
        if ((lower < 'a' || lower > 'z') && (c < '0' || c > '9') &&
            (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL))
            return 0;
    }
    return len > 0;
}

/* Are there only bytes that a URL may have, and those above ASCII? */
static int is_url(const char *s)
{
    const char *p = s;
    while ((unsigned char)*p > ' ' && *p != 0x7f)
        p++;
    return *p == '\0' && p > s;
}

static int is_value(const char *s)
{
    while ((unsigned char)*s >= ' ' || *s == '\t')
        if (*s++ == 0x7f)
            return 0;
    return *s == '\0';
}

/* Which of the headers that matter here this is; 0: none. */
static unsigned known(const gi_header *h)
{
    static const struct {
        const char *name;
        size_t len;
        unsigned bit;
    } rows[] = {
        {"Host", 4, HOST},
        {"Cookie", 6, COOKIE},
        {"Expect", 6, EXPECT},
        {"Content-Length", 14, LENGTH},
        {"Transfer-Encoding", 17, CODING},
    };
    size_t i;
    for (i = 0; i < GI_COUNT(rows); i++)
        if (rows[i].len == h->name_len && strcasecmp(rows[i].name, h->name) == 0)
            return rows[i].bit;
    return 0;
}

/* Do at least so many line ends, of one or two bytes each, separate the text from what
 * was read before? libmicrohttpd 0.9 cuts a text at a NUL and adds a folded line to the
 * name of its header; it leaves all lines where they were received, so the distance shows
 * both. */
static int follows(const head *h, const char *text, int line_ends)
{
    ptrdiff_t gap;
    if (h->end == NULL)
        return 1;
    gap = text - h->end;
    return gap >= line_ends && gap <= 2 * line_ends;
}

static int judge_header(head *h, gi_header *row)
{
    unsigned bit = known(row);
    if (!gi_token(row->name, row->name_len) || !is_value(row->value) ||
        !follows(h, row->name, 1))
        return 400;
    if (h->seen & bit & (HOST | LENGTH | CODING))
        return 400;
    h->seen |= bit;
    if ((h->seen & (LENGTH | CODING)) == (LENGTH | CODING))
        return 400;
    if (bit == CODING && strcasecmp(row->value, "chunked") != 0)
        return 501;
    if (bit == LENGTH)
        h->length = strtoull(row->value, NULL, 10); /* libmicrohttpd checks the digits */
    if (bit == COOKIE)
        h->cookies += row->value_len;
    if (h->end != NULL)
        h->end = row->value + row->value_len;
    while (row->value_len > 0 && strchr(" \t", row->value[row->value_len - 1]) != NULL)
        row->value_len--;
    return gi_buf_add(&h->request->headers, row, sizeof(*row)) == 0 ? 0 : 503;
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                 size_t name_len, const char *value, size_t value_len)
{
    head *h = cls;
    gi_header row = {name, value != NULL ? value : "", name_len, value_len};
    (void)kind;
    h->status = judge_header(h, &row);
    return h->status == 0 ? MHD_YES : MHD_NO;
}

/* Does the head leave libmicrohttpd the memory for the head of an answer? It keeps the
 * head as it came, a copy of the cookies, and a record for each header, cookie and query
 * option. */
static int fits(const head *h, size_t size)
{
    int kinds = MHD_HEADER_KIND | MHD_COOKIE_KIND | MHD_GET_ARGUMENT_KIND;
    int n = MHD_get_connection_values(h->request->connection, (enum MHD_ValueKind)kinds,
                                      NULL, NULL);
    size += h->cookies + (size_t)n * 64;
    return size <= GI_CONNECTION_BYTES - GI_ANSWER_HEAD - GI_ANSWER_HEAD / 2;
}

/* Collects the headers of a request whose head has come. Returns 0, or the status that it
 * is refused with at once; request->refused becomes the one it is refused with when it is
 * read, for an early close could take the answer along. */
int gi_head_judge(gi_request *r, const char *url, const char *version)
{
    head h = {r, NULL, 0, 0, 0, 0};
    const union MHD_ConnectionInfo *info;
    size_t method_len = strlen(r->method);
    if (MHD_VERSION < 0x01000000)
        h.end = version + strlen(version);
    if (!gi_token(r->method, method_len) || !is_url(r->url))
        return 400;
    if (h.end != NULL &&
        (url != r->method + method_len + 1 || version != url + r->url_len + 1))
        return 400;
    MHD_get_connection_values_n(r->connection, MHD_HEADER_KIND, on_header, &h);
    if (h.status != 0)
        return h.status;
    info =
        MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (info == NULL || !follows(&h, r->method + info->header_size, 2))
        return 400;
    if (!(h.seen & HOST) && strcmp(version, "HTTP/1.0") != 0)
        return 400;
    if (!fits(&h, info->header_size))
        return 431;
    if (h.length <= r->server->max_body)
        return 0;
    r->refused = 413;
    return h.seen & EXPECT ? 413 : 0;
}
