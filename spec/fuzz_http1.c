/* fuzz_http1.c - libFuzzer on the reader of HTTP/1.1 answers. The first byte of an input
 * chooses method, limits and how the rest is cut. However it is cut, the same comes of
 * it; and an answer that is taken says in one way where it ends. */
#include "gi.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const methods[] = {"GET", "HEAD", "CONNECT", "POST"};

static void fail(const char *what)
{
    fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

static void begin(gi_http1 *h, unsigned choice)
{
    const char *method = methods[choice & 3];
    h->max_head = choice & 4 ? 200 : GI_HTTP1_HEAD;
    h->max_body = choice & 8 ? 10 : GI_HTTP1_BODY;
    gi_http1_begin(h, method, strlen(method));
}

/* Feeds pieces of so many bytes, each a copy of its own whose end the sanitizer watches.
 * The bytes of the last one are in *piece. */
static int feed(gi_http1 *h, const uint8_t *p, size_t size, size_t step, char **piece)
{
    int rc = GI_HTTP1_MORE;
    *piece = NULL;
    while (size > 0 && rc == GI_HTTP1_MORE) {
        size_t n = size < step ? size : step;
        free(*piece);
        if ((*piece = malloc(n)) == NULL)
            abort();
        memcpy(*piece, p, n);
        rc = gi_http1_feed(h, *piece, n);
        p += n;
        size -= n;
    }
    if (size > 0)
        h->keep = 0; /* what follows the answer was not fed */
    return rc == GI_HTTP1_MORE ? gi_http1_end(h) : rc;
}

/* Finds a header by its name. Returns its value, or NULL; *count is how often it comes.
 */
static const char *find(const gi_http1 *h, const char *name, int *count)
{
    size_t len = strlen(name), at = 0;
    const char *value = NULL;
    *count = 0;
    while (at < h->head.len) {
        const char *line = h->head.p + at, *end = memchr(line, '\n', h->head.len - at);
        if (end == NULL || end == line || end[-1] != '\r')
            fail("a header does not end in CR LF");
        if (memchr(line, '\0', (size_t)(end - line)) != NULL ||
            memchr(line, '\r', (size_t)(end - 1 - line)) != NULL)
            fail("a header has a control character");
        if ((size_t)(end - line) > len && line[len] == ':' &&
            gi_same_word(line, name, len)) {
            value = line + len + 1;
            ++*count;
        }
        at += (size_t)(end + 1 - line);
    }
    return value;
}

static void judge(const gi_http1 *h)
{
    int lengths, codings;
    const char *length = find(h, "Content-Length", &lengths);
    int bodiless = h->method != GI_METHOD_ANY || h->status == 204 || h->status == 304;
    find(h, "Transfer-Encoding", &codings);
    if (h->status < 200 || h->status > 599)
        fail("an answer without a final status was taken");
    if (h->text_len > h->max_body || h->head.len > h->max_head)
        fail("an answer above the limits was taken");
    if (bodiless && h->text_len > 0)
        fail("an answer has a body that can have none");
    if (lengths > 0 && codings > 0 && !bodiless)
        fail("an answer that says in two ways where it ends was taken");
    if (lengths > 0 && !bodiless && strtoull(length, NULL, 10) != h->text_len)
        fail("a body is not as long as was announced");
    if (lengths == 0 && codings == 0 && !bodiless && h->keep)
        fail("a connection is kept whose end is that of the answer");
}

static void compare(const gi_http1 *a, const gi_http1 *b)
{
    if (strcmp(a->why != NULL ? a->why : "", b->why != NULL ? b->why : "") != 0)
        fail("another reason came of pieces");
    if (a->why != NULL)
        return;
    if (a->status != b->status || a->keep != b->keep || a->text_len != b->text_len ||
        a->head.len != b->head.len ||
        (a->head.len > 0 && memcmp(a->head.p, b->head.p, a->head.len) != 0) ||
        (a->text_len > 0 && memcmp(a->text, b->text, a->text_len) != 0))
        fail("another answer came of pieces");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static gi_http1 whole, pieces; /* used again and again, as a driver does */
    char *all, *last;
    int rc;
    if (size == 0)
        return 0;
    begin(&whole, data[0]);
    begin(&pieces, data[0]);
    rc = feed(&whole, data + 1, size - 1, size, &all);
    if (feed(&pieces, data + 1, size - 1, 1u + (data[0] >> 4), &last) != rc)
        fail("another outcome came of pieces");
    if (rc == GI_HTTP1_DONE)
        judge(&whole);
    compare(&whole, &pieces);
    free(all);
    free(last);
    return 0;
}
