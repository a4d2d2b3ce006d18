/* http1.c - HTTP/1.1 answers, taken apart as they come in. What two readers could take
 * for two different answers is refused, so that nobody can slip in one of his own. Never
 * calls Lua. */
#include "gi.h"
#include <string.h>

enum { /* state */
       STATUS_LINE,
       HEADER,
       SIZED,     /* a body of left bytes */
       UNTIL_END, /* a body that ends with the connection */
       CHUNK_SIZE,
       CHUNK,
       CHUNK_END, /* the line end behind a chunk, of which left bytes are missing */
       TRAILER,
       DONE,
       FAILED
};

enum {          /* flags: what the head has said */
       OLD = 1, /* HTTP/1.0 */
       CLOSE = 2,
       KEEP_ALIVE = 4,
       HAS_LENGTH = 8,
       CHUNKED = 16
};

#define PREFIX "HTTP/1."
#define USUAL 16 /* bytes of a chunk's size line that max_head does not pay for */

static int fail(gi_http1 *h, const char *reason, const char *why)
{
    h->state = FAILED;
    h->reason = reason;
    h->why = why;
    return -1;
}

static int malformed(gi_http1 *h, const char *why)
{
    return fail(h, "malformed", why);
}

static int body_too_large(gi_http1 *h)
{
    return fail(h, "too_large", "it is larger than max_body allows");
}

static int keep_body(gi_http1 *h, const char *p, size_t len)
{
    return gi_buf_add(&h->body, p, len) == 0 ? 0 : fail(h, "memory", "out of memory");
}

/* Ends the answer with the body that was kept. */
static int done(gi_http1 *h)
{
    h->state = DONE;
    h->text = h->body.p != NULL ? h->body.p : "";
    h->text_len = h->body.len;
    h->keep = !(h->flags & CLOSE) && (!(h->flags & OLD) || (h->flags & KEEP_ALIVE) != 0);
    return 0;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_digit(char c)
{
    char lower = (char)(c | 0x20);
    if (is_digit(c))
        return c - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static inline int is_word(const char *s, size_t len, const char *word)
{
    return strlen(word) == len && gi_same_word(s, word, len);
}

static const char *pass_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p;
}

/* Forgets what the head has said so far: an interim answer, or nothing. */
static void begin_head(gi_http1 *h)
{
    h->state = STATUS_LINE;
    h->head.len = h->line = 0;
    h->flags = 0;
    h->left = 0;
}

static int on_status_line(gi_http1 *h, const char *s, size_t len)
{
    static const size_t prefix = sizeof(PREFIX) - 1;
    if (len < prefix + 5 || memcmp(s, PREFIX, prefix) != 0 || !is_digit(s[prefix]) ||
        s[prefix + 1] != ' ')
        return malformed(h, "its first line is not a status line of HTTP/1.1");
    h->flags = s[prefix] == '0' ? OLD : 0;
    s += prefix + 2;
    len -= prefix + 2;
    if (s[0] < '1' || s[0] > '5' || !is_digit(s[1]) || !is_digit(s[2]) ||
        (len > 3 && s[3] != ' ') || !gi_is_field(s + 3, len - 3))
        return malformed(h, "its status is not a number from 100 to 599");
    h->status = (s[0] - '0') * 100 + (s[1] - '0') * 10 + s[2] - '0';
    h->state = HEADER;
    return 0;
}

static int wrong_length(gi_http1 *h)
{
    return malformed(h, "its Content-Length is not a number of bytes");
}

/* Content-Length: one number, or several that are the same (RFC 9110, 8.6). */
static int on_length(gi_http1 *h, const char *p, const char *end)
{
    for (;;) {
        uint64_t n = 0;
        p = pass_blanks(p, end);
        if (p == end || !is_digit(*p))
            return wrong_length(h);
        for (; p < end && is_digit(*p); p++) {
            if (n > (UINT64_MAX - 9) / 10)
                return wrong_length(h);
            n = n * 10 + (uint64_t)(*p - '0');
        }
        if ((h->flags & HAS_LENGTH) && n != h->left)
            return malformed(h, "it has two different Content-Lengths");
        h->flags |= HAS_LENGTH;
        h->left = n;
        p = pass_blanks(p, end);
        if (p == end)
            return 0;
        if (*p++ != ',')
            return wrong_length(h);
    }
}

static void on_connection(gi_http1 *h, const char *p, const char *end)
{
    while (p < end) {
        const char *stop = memchr(p, ',', (size_t)(end - p)), *last;
        if (stop == NULL)
            stop = end;
        p = pass_blanks(p, stop);
        for (last = stop; last > p && (last[-1] == ' ' || last[-1] == '\t'); last--)
            continue;
        if (is_word(p, (size_t)(last - p), "close"))
            h->flags |= CLOSE;
        else if (is_word(p, (size_t)(last - p), "keep-alive"))
            h->flags |= KEEP_ALIVE;
        p = stop < end ? stop + 1 : end;
    }
}

/* Notes what a header says about where the answer ends. */
static int on_field(gi_http1 *h, const char *name, size_t len, const char *value,
                    const char *end)
{
    if (is_word(name, len, "Content-Length"))
        return on_length(h, value, end);
    if (is_word(name, len, "Connection"))
        on_connection(h, value, end);
    if (!is_word(name, len, "Transfer-Encoding"))
        return 0;
    if ((h->flags & CHUNKED) || !is_word(value, (size_t)(end - value), "chunked"))
        return malformed(h, "its Transfer-Encoding is not just chunked");
    h->flags |= CHUNKED;
    return 0;
}

/* A header; in a trailer it is only looked at. */
static int on_line(gi_http1 *h, const char *s, size_t len)
{
    const char *colon = memchr(s, ':', len), *end = s + len, *value;
    if (len > 0 && (*s == ' ' || *s == '\t'))
        return malformed(h, "one of its headers goes on in a second line");
    if (colon == NULL || !gi_is_token(s, (size_t)(colon - s)))
        return malformed(h, "one of its headers has no proper name");
    value = pass_blanks(colon + 1, end);
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    if (!gi_is_field(value, (size_t)(end - value)))
        return malformed(h, "one of its headers has a control character");
    if (h->state == TRAILER)
        return 0;
    return on_field(h, s, (size_t)(colon - s), value, end);
}

/* Finds out what comes after the head. */
static int on_head(gi_http1 *h)
{
    int chunked = h->flags & CHUNKED, sized = h->flags & HAS_LENGTH;
    int sends = chunked || (sized && h->left > 0);
    if (chunked && (sized || h->flags & OLD))
        return malformed(h, "it says in two ways where it ends");
    if (h->status < 200) {
        if (h->status == 101)
            return malformed(h, "it changes to another protocol");
        if (sends)
            return malformed(h, "an interim answer says that it has a body");
        begin_head(h);
        return 0;
    }
    if (h->method == GI_METHOD_HEAD || h->status == 304)
        return done(h);
    if (h->method == GI_METHOD_CONNECT) { /* a refusal's body is not waited for */
        h->flags |= h->status >= 300 ? CLOSE : 0;
        return done(h);
    }
    if (h->status == 204) {
        h->flags |= sends ? CLOSE : 0; /* who knows what it sends all the same */
        return done(h);
    }
    if (sized && h->left > h->max_body)
        return body_too_large(h);
    if (sized && h->left == 0)
        return done(h);
    h->state = chunked ? CHUNK_SIZE : sized ? SIZED : UNTIL_END;
    h->flags |= h->state == UNTIL_END ? CLOSE : 0;
    return 0;
}

/* The line before a chunk: its size, and extensions that mean nothing here. */
static int on_chunk_size(gi_http1 *h, const char *s, size_t len)
{
    const char *p = s, *end = s + len;
    uint64_t n = 0;
    int digit;
    for (; p < end && (digit = hex_digit(*p)) >= 0; p++) {
        n = n * 16 + (uint64_t)digit;
        if (n > h->max_body - h->body.len)
            return body_too_large(h);
    }
    if (p == s)
        return malformed(h, "the size of a chunk is not a number");
    p = pass_blanks(p, end);
    if ((p < end && *p != ';') || !gi_is_field(p, (size_t)(end - p)))
        return malformed(h, "the size of a chunk is not a number");
    h->left = n;
    h->state = n > 0 ? CHUNK : TRAILER;
    return 0;
}

/* Judges the line that has come in, which has no more its end; keeps it where it is a
 * header. */
static int judge_line(gi_http1 *h, size_t len)
{
    const char *s = h->head.p + h->line;
    size_t whole = h->head.len;
    int state = h->state, rc;
    h->head.len = h->line;
    if (state == CHUNK_SIZE) {
        h->spent += len > USUAL ? len - USUAL : 0;
        return on_chunk_size(h, s, len);
    }
    h->spent += whole - h->line;
    if (state == STATUS_LINE)
        return on_status_line(h, s, len);
    if (len == 0)
        return state == TRAILER ? done(h) : on_head(h);
    if ((rc = on_line(h, s, len)) == 0 && state == HEADER)
        h->line = h->head.len = whole;
    return rc;
}

/* What does not begin like an answer need not go on. */
static int is_answer(const gi_http1 *h)
{
    size_t len = h->head.len - h->line, prefix = sizeof(PREFIX) - 1;
    return h->state != STATUS_LINE ||
           memcmp(h->head.p + h->line, PREFIX, len < prefix ? len : prefix) == 0;
}

/* Takes bytes up to the end of a line, and judges that. Returns the bytes taken. */
static size_t take_line(gi_http1 *h, const char *p, size_t n)
{
    size_t room = h->max_head - h->spent - (h->head.len - h->line), len;
    const char *stop = memchr(p, '\n', n);
    if (stop != NULL)
        n = (size_t)(stop + 1 - p);
    if (gi_buf_add(&h->head, p, n < room ? n : room) != 0) {
        fail(h, "memory", "out of memory");
        return n;
    }
    len = h->head.len - h->line;
    if (!is_answer(h))
        malformed(h, "its first line is not a status line of HTTP/1.1");
    else if (n > room)
        fail(h, "too_large", "its head is larger than max_head allows");
    else if (stop != NULL && (len < 2 || h->head.p[h->head.len - 2] != '\r'))
        malformed(h, "one of its lines does not end in CR LF");
    else if (stop != NULL)
        judge_line(h, len - 2);
    return n;
}

/* Takes bytes of a body. Returns how many. */
static size_t take_body(gi_http1 *h, const char *p, size_t n)
{
    if (h->state == UNTIL_END) {
        if (n > h->max_body - h->body.len)
            body_too_large(h);
        else
            keep_body(h, p, n);
        return n;
    }
    if (n > h->left)
        n = (size_t)h->left;
    if (h->state == SIZED && n == h->left && h->body.len == 0) {
        done(h);
        h->text = p; /* it need not be copied */
        h->text_len = n;
        return n;
    }
    if (keep_body(h, p, n) != 0 || (h->left -= n) > 0)
        return n;
    if (h->state == SIZED) {
        done(h);
    } else {
        h->state = CHUNK_END;
        h->left = 2;
    }
    return n;
}

static size_t take_chunk_end(gi_http1 *h, const char *p)
{
    if (*p != (h->left == 2 ? '\r' : '\n'))
        malformed(h, "a chunk is longer than its size says");
    else if (--h->left == 0)
        h->state = CHUNK_SIZE;
    return 1;
}

/* Makes h ready for the answer to a request of that method. */
void gi_http1_begin(gi_http1 *h, const char *method, size_t len)
{
    begin_head(h);
    h->method = GI_METHOD_ANY;
    if (len == 4 && memcmp(method, "HEAD", len) == 0)
        h->method = GI_METHOD_HEAD;
    else if (len == 7 && memcmp(method, "CONNECT", len) == 0)
        h->method = GI_METHOD_CONNECT;
    h->body.len = h->spent = h->text_len = 0;
    h->text = h->why = h->reason = NULL;
    h->status = h->keep = 0;
}

static int outcome(const gi_http1 *h)
{
    if (h->state == FAILED)
        return GI_HTTP1_FAILED;
    return h->state == DONE ? GI_HTTP1_DONE : GI_HTTP1_MORE;
}

/* Takes what has been received. Returns a GI_HTTP1_...; what follows the answer makes the
 * connection useless. */
int gi_http1_feed(gi_http1 *h, const char *p, size_t len)
{
    const char *end = p + len;
    while (p < end && h->state < DONE) {
        size_t n = (size_t)(end - p);
        switch (h->state) {
        case SIZED:
        case UNTIL_END:
        case CHUNK:
            p += take_body(h, p, n);
            break;
        case CHUNK_END:
            p += take_chunk_end(h, p);
            break;
        default:
            p += take_line(h, p, n);
        }
    }
    if (p < end)
        h->keep = 0;
    return outcome(h);
}

/* Takes note that the connection has ended. Returns GI_HTTP1_DONE or GI_HTTP1_FAILED. */
int gi_http1_end(gi_http1 *h)
{
    if (h->state == UNTIL_END)
        done(h);
    else if (h->state == STATUS_LINE && h->spent == 0 && h->head.len == 0)
        fail(h, "closed", "it did not come");
    else if (h->state < DONE)
        fail(h, "closed", "it ended before it was complete");
    h->keep = 0;
    return outcome(h);
}
