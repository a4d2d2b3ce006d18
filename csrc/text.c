/* text.c - what is asked of texts in several places. Never calls Lua. */
#include "gi.h"
#include <string.h>

/* Compares without regard to the case of ASCII letters, whatever the locale. */
int gi_same_word(const char *a, const char *b, size_t len)
{
    size_t i;
    for (i = 0; i < len; i++) {
        unsigned char x = (unsigned char)a[i], y = (unsigned char)b[i];
        if (x != y && ((x ^ y) != 0x20 || (unsigned char)((x | 0x20) - 'a') > 'z' - 'a'))
            return 0;
    }
    return 1;
}

/* Returns the length of the UTF-8 sequence at p, or 0 when it is not well formed. */
size_t gi_utf8_length(const char *p, const char *end)
{
    const unsigned char *s = (const unsigned char *)p;
    size_t left = (size_t)(end - p), n, i;
    unsigned low = 0x80, high = 0xbf;
    if (left == 0 || s[0] < 0xc2 || s[0] > 0xf4)
        return left > 0 && s[0] < 0x80;
    n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (s[0] == 0xe0)
        low = 0xa0;
    else if (s[0] == 0xed)
        high = 0x9f;
    else if (s[0] == 0xf0)
        low = 0x90;
    else if (s[0] == 0xf4)
        high = 0x8f;
    if (left < n || s[1] < low || s[1] > high)
        return 0;
    for (i = 2; i < n; i++)
        if (s[i] < 0x80 || s[i] > 0xbf)
            return 0;
    return n;
}

/* Tells whether a text is UTF-8. */
int gi_is_utf8(const char *s, size_t len)
{
    const char *end = s + len;
    size_t n;
    for (; s < end; s += n)
        if ((n = gi_utf8_length(s, end)) == 0)
            return 0;
    return 1;
}

/* Tells whether a text has control characters, which could end a header or a line. */
int gi_has_control(const char *s, size_t len)
{
    return gi_has_below(s, len, 0x20);
}

/* Is this a token of RFC 9110, such as a method or the name of a header? */
int gi_is_token(const char *s, size_t len)
{
    static const uint64_t allowed[] = {0x03ff6cfa00000000, 0x57ffffffc7fffffe};
    size_t i;
    for (i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i]; /* a bit for each */
        if (c >= 0x80 || !(allowed[c >> 6] >> (c & 63) & 1))
            return 0;
    }
    return len > 0;
}

/* Can this be the value of a header? It has no control characters but tabs. */
int gi_is_field(const char *s, size_t len)
{
    size_t i;
    if (!gi_has_below(s, len, ' '))
        return 1;
    for (i = 0; i < len; i++)
        if (((unsigned char)s[i] < ' ' && s[i] != '\t') || s[i] == 0x7f)
            return 0;
    return 1;
}

/* Tells whether a text has a byte below least (33 at the most), or a DEL. */
int gi_has_below(const char *s, size_t len, unsigned char least)
{
    const uint64_t ones = UINT64_MAX / 255, high = ones << 7;
    size_t i = 0;
    for (; len - i >= 8; i += 8) { /* eight at a time, as long as none can be one */
        uint64_t x, del;
        memcpy(&x, s + i, 8);
        del = x ^ ones * 0x7f;
        if ((((x - ones * least) & ~x) | ((del - ones) & ~del)) & high)
            break;
    }
    for (; i < len; i++)
        if ((unsigned char)s[i] < least || s[i] == 0x7f)
            return 1;
    return 0;
}

/* Writes what may be shown of a text: without control characters and cut to length. */
const char *gi_excerpt(char out[GI_EXCERPT], const char *s, size_t len)
{
    const char *end = s + len;
    size_t n = 0;
    while (s < end && n < GI_EXCERPT - 8) {
        size_t width = gi_utf8_length(s, end);
        if (width == 0 || (unsigned char)*s < 0x20 || *s == 0x7f) {
            out[n++] = '?';
            s++;
            continue;
        }
        memcpy(out + n, s, width);
        n += width;
        s += width;
    }
    memcpy(out + n, s < end ? "..." : "", s < end ? 4 : 1);
    return out;
}

/* Appends s percent-encoded; letters, digits and the bytes of keep stay. */
int gi_url_encode(gi_buf *b, const char *s, size_t len, const char *keep)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t i;
    if (len > SIZE_MAX / 8 || gi_buf_reserve(b, len * 3) != 0)
        return -1;
    for (i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        int plain = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (plain || (c >= '0' && c <= '9') || (c != '\0' && strchr(keep, c) != NULL)) {
            b->p[b->len++] = (char)c;
        } else {
            b->p[b->len++] = '%';
            b->p[b->len++] = hex[c >> 4];
            b->p[b->len++] = hex[c & 15];
        }
    }
    return 0;
}

/* Returns how far apart two words are: the edits that turn one into the other, case not
 * counting, where letters missing at the end cost only a quarter. Neither is over 63
 * bytes. */
static size_t distance_of(const char *a, size_t alen, const char *b, size_t blen)
{
    size_t row[64], i, k, diagonal, up, change;
    if (alen > 3 && alen < blen && gi_same_word(a, b, alen))
        return 1 + (blen - alen) / 4;
    for (k = 0; k <= blen; k++)
        row[k] = k;
    for (i = 1; i <= alen; i++) {
        diagonal = row[0];
        row[0] = i;
        for (k = 1; k <= blen; k++) {
            up = row[k];
            change = diagonal + !gi_same_word(a + i - 1, b + k - 1, 1);
            row[k] = (up < row[k - 1] ? up : row[k - 1]) + 1;
            if (change < row[k])
                row[k] = change;
            diagonal = up;
        }
    }
    return row[blen];
}

/* For a "did you mean": tells whether other is nearer to word than the best one so far
 * and near enough, and remembers how near in *best, which starts as 0. */
int gi_closer(const char *word, size_t len, const char *other, size_t other_len,
              size_t *best)
{
    size_t d;
    if (*best == 0)
        *best = len / 3 + 1;
    if (len > 63 || other_len > 63)
        return 0;
    d = distance_of(word, len, other, other_len) + 1;
    if (d > *best)
        return 0;
    *best = d > 1 ? d - 1 : 1;
    return 1;
}
