/* json.c - JSON text: a pull reader and the writing of strings. Never calls Lua.
 * Functions that can fail return -1 and set j->why. */
#include "gi.h"
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

void gi_json_begin(gi_json *j, const char *text, size_t len, gi_buf *scratch)
{
    j->start = j->p = text;
    j->end = text + len;
    j->scratch = scratch;
    j->why = NULL;
}

static int fail(gi_json *j, const char *why)
{
    if (j->why == NULL)
        j->why = why;
    return -1;
}

/* What gi_json_peek does when white space or the end is next. */
int gi_json_peek_slowly(gi_json *j)
{
    const char *p = j->p;
    while (p < j->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    j->p = p;
    return p < j->end ? (unsigned char)*p : fail(j, "the text ends too early");
}

/* A bit for each of the bytes at p that does not stand for itself in a JSON string:
 * control characters, quote, backslash and all but ASCII. */
#ifdef __SSE2__
#define WORD 16
typedef unsigned marks;

static inline marks special_bytes(const char *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i low =
        _mm_cmplt_epi8(v, _mm_set1_epi8(0x20)); /* signed: takes 0x80 to 0xff too */
    __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
    return (marks)_mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(quote, slash)));
}

static inline size_t first_marked(marks m)
{
    return (size_t)__builtin_ctz(m);
}
#else
#define WORD 8
typedef uint64_t marks;

/* No sum carries into the next byte, because the top bits are masked off first. */
static inline marks special_bytes(const char *p)
{
    const uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
    uint64_t w, low, plain;
    memcpy(&w, p, 8);
    low = w & ~tops;
    plain = (low + ones * (0x80 - 0x20)) & ((low ^ (ones * '"')) + ones * 0x7f) &
            ((low ^ (ones * '\\')) + ones * 0x7f);
    return (~plain | w) & tops;
}

static inline size_t first_marked(marks m)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (size_t)__builtin_ctzll(m) / 8;
#else
    return (size_t)__builtin_clzll(m) / 8;
#endif
}
#endif

/* Returns how many bytes from p on stand for themselves in a JSON string. */
static inline size_t plain_run(const char *p, const char *end)
{
    const char *start = p;
    char tail[WORD];
    marks m;
    for (; end - p >= WORD; p += WORD)
        if ((m = special_bytes(p)) != 0)
            return (size_t)(p - start) + first_marked(m);
    memset(tail, 'a', WORD);
    memcpy(tail, p, (size_t)(end - p));
    if ((m = special_bytes(tail)) != 0)
        return (size_t)(p - start) + first_marked(m);
    return (size_t)(end - start);
}

static int hex4(gi_json *j, unsigned *out)
{
    int i;
    *out = 0;
    if (j->end - j->p < 4)
        return fail(j, "the text ends inside an escape");
    for (i = 0; i < 4; i++) {
        char c = *j->p++;
        unsigned d;
        if (c >= '0' && c <= '9')
            d = (unsigned)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            d = (unsigned)((c | 0x20) - 'a' + 10);
        else
            return fail(j, "\\u needs four hexadecimal digits");
        *out = *out << 4 | d;
    }
    return 0;
}

/* Takes the digits after \u, of both halves of a surrogate pair. */
static int unicode_escape(gi_json *j)
{
    unsigned u, v;
    char utf8[4];
    size_t n;
    if (hex4(j, &u) != 0)
        return -1;
    if (u >= 0xd800 && u <= 0xdfff) {
        if (u > 0xdbff || j->end - j->p < 2 || j->p[0] != '\\' || j->p[1] != 'u')
            return fail(j, "a lone surrogate");
        j->p += 2;
        if (hex4(j, &v) != 0)
            return -1;
        if (v < 0xdc00 || v > 0xdfff)
            return fail(j, "a lone surrogate");
        u = 0x10000 + ((u - 0xd800) << 10) + (v - 0xdc00);
    }
    if (u < 0x80) {
        utf8[0] = (char)u;
        n = 1;
    } else if (u < 0x800) {
        utf8[0] = (char)(0xc0 | u >> 6);
        n = 2;
    } else if (u < 0x10000) {
        utf8[0] = (char)(0xe0 | u >> 12);
        n = 3;
    } else {
        utf8[0] = (char)(0xf0 | u >> 18);
        n = 4;
    }
    if (n > 1)
        utf8[n - 1] = (char)(0x80 | (u & 0x3f));
    if (n > 2)
        utf8[n - 2] = (char)(0x80 | (u >> 6 & 0x3f));
    if (n > 3)
        utf8[1] = (char)(0x80 | (u >> 12 & 0x3f));
    return gi_buf_add(j->scratch, utf8, n) == 0 ? 0 : fail(j, "out of memory");
}

static int escape(gi_json *j)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *at;
    char c;
    if (j->p == j->end)
        return fail(j, "the text ends inside an escape");
    c = *j->p++;
    if (c == 'u')
        return unicode_escape(j);
    if (c == '\0' || (at = strchr(from, c)) == NULL)
        return fail(j, "an unknown escape");
    return gi_buf_add(j->scratch, &to[at - from], 1) == 0 ? 0 : fail(j, "out of memory");
}

/* Takes a string, whose opening quote is next. Gives its bytes: those of the text itself
 * where it has no escapes, else those of j->scratch, good until the next string. */
int gi_json_string(gi_json *j, const char **s, size_t *len)
{
    const char *run = ++j->p;
    int copied = 0;
    for (;;) {
        size_t n;
        j->p += plain_run(j->p, j->end);
        if (j->p == j->end)
            return fail(j, "the text ends inside a string");
        if ((unsigned char)*j->p >= 0x80) {
            if ((n = gi_utf8_length(j->p, j->end)) == 0)
                return fail(j, "bad UTF-8");
            j->p += n;
            continue;
        }
        if (*j->p != '"' && *j->p != '\\')
            return fail(j, "a control character in a string");
        if (*j->p == '"' && !copied)
            break;
        if (!copied)
            j->scratch->len = 0;
        copied = 1;
        if (gi_buf_add(j->scratch, run, (size_t)(j->p - run)) != 0)
            return fail(j, "out of memory");
        if (*j->p++ == '"') {
            *s = j->scratch->p;
            *len = j->scratch->len;
            return 0;
        }
        if (escape(j) != 0)
            return -1;
        run = j->p;
    }
    *s = run;
    *len = (size_t)(j->p++ - run);
    return 0;
}

/* Takes a number. */
int gi_json_number(gi_json *j, gi_number *n)
{
    if (!gi_number_scan(n, j->p, (size_t)(j->end - j->p)))
        return fail(j, "not a JSON value");
    j->p += n->len;
    return 0;
}

/* Takes one of the words true, false and null. */
int gi_json_literal(gi_json *j, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(j->end - j->p) < n || memcmp(j->p, word, n) != 0)
        return fail(j, "not a JSON value");
    j->p += n;
    return 0;
}

/* After an element: takes a comma and returns 1, or the closing bracket and returns 0. */
int gi_json_more(gi_json *j, char close)
{
    int c = gi_json_peek(j);
    if (c < 0)
        return -1;
    if (c != ',' && c != close)
        return fail(j, close == '}' ? "expected , or }" : "expected , or ]");
    j->p++;
    return c == ',';
}

/* Takes a member's name and the colon behind it. */
int gi_json_key(gi_json *j, const char **s, size_t *len)
{
    int c = gi_json_peek(j);
    if (c < 0)
        return -1;
    if (c != '"')
        return fail(j, "expected the name of a member in quotes");
    if (gi_json_string(j, s, len) != 0 || (c = gi_json_peek(j)) < 0)
        return -1;
    if (c != ':')
        return fail(j, "expected : after the name of a member");
    j->p++;
    return 0;
}

/* Writes what stands for the character at s in a string. Returns its length in the
 * source; 0 when it is not UTF-8. out has room for 6 bytes. */
static size_t escape_one(gi_buf *b, const char *s, const char *end)
{
    static const char hex[] = "0123456789abcdef";
    static const char short_form[] = "btn\0fr"; /* of the bytes 8 to 13 */
    unsigned char c = (unsigned char)*s;
    char *out = b->p + b->len;
    size_t n;
    if (c >= 0x80) {
        n = gi_utf8_length(s, end);
        memcpy(out, s, n);
        b->len += n;
        return n;
    }
    out[0] = '\\';
    if (c == '"' || c == '\\' || (c >= 8 && c <= 13 && c != 11)) {
        out[1] = c < 14 ? short_form[c - 8] : (char)c;
        b->len += 2;
        return 1;
    }
    memcpy(out + 1, "u00", 3);
    out[4] = hex[c >> 4];
    out[5] = hex[c & 15];
    b->len += 6;
    return 1;
}

/* Appends a quoted string. Returns 0, -1 when memory is out, -2 when s is not UTF-8. */
int gi_json_put_string(gi_buf *b, const char *s, size_t len)
{
    const char *end = s + len;
    size_t n, width;
    if (len > SIZE_MAX / 8 || gi_buf_room(b, len + 2) != 0)
        return -1;
    b->p[b->len++] = '"';
    while ((n = plain_run(s, end)) < (size_t)(end - s)) {
        if (gi_buf_room(b, (size_t)(end - s) + 8) != 0)
            return -1;
        memcpy(b->p + b->len, s, n);
        b->len += n;
        s += n;
        if ((width = escape_one(b, s, end)) == 0)
            return -2;
        s += width;
        if (gi_buf_room(b, (size_t)(end - s) + 1) != 0)
            return -1;
    }
    memcpy(b->p + b->len, s, n);
    b->len += n;
    b->p[b->len++] = '"';
    return 0;
}
