/* number.c - decimal texts to and from C numbers, exactly and in every locale. */
#include "gi.h"
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The widest text that may still be a double's shortest form, and then some. */
#define DOUBLE_TEXT 64

static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes a run of digits into n. Returns where it ends. */
static const char *take_digits(gi_number *n, const char *p, const char *end)
{
    for (; p < end && is_digit(*p); p++) {
        unsigned d = (unsigned)(*p - '0');
        if (n->digits > (UINT64_MAX - d) / 10)
            n->overflow = 1;
        else if (!n->overflow)
            n->digits = n->digits * 10 + d;
    }
    return p;
}

/* Reads a number by JSON's grammar from the first bytes of p. Returns how many bytes it
 * has, or 0 when there is none. */
int gi_number_scan(gi_number *n, const char *p, size_t len)
{
    const char *start = p, *end = p + len, *q;
    n->p = p;
    n->digits = 0;
    n->integer = 1;
    n->overflow = 0;
    n->negative = p < end && *p == '-';
    n->exponent = 0;
    p += n->negative;
    q = take_digits(n, p, end);
    if (q == p || (q - p > 1 && *p == '0'))
        return 0;
    p = q;
    if (p < end && *p == '.') {
        q = take_digits(n, p + 1, end);
        if (q == p + 1)
            return 0;
        n->integer = 0;
        n->exponent = -(q - p - 1);
        p = q;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        long e = 0;
        int minus;
        q = p + 1;
        minus = q < end && *q == '-';
        q += q < end && (*q == '-' || *q == '+');
        p = q;
        for (; q < end && is_digit(*q); q++)
            if (e < 100000)
                e = e * 10 + (*q - '0');
        if (q == p)
            return 0;
        n->integer = 0;
        n->exponent += minus ? -e : e;
        p = q;
    }
    n->len = (size_t)(p - start);
    return 1;
}

/* Like gi_number_scan, but the number must be the whole text. */
int gi_number_parse(gi_number *n, const char *p, size_t len)
{
    return gi_number_scan(n, p, len) && n->len == len;
}

/* Gives the 64-bit integer that n is. Returns 0, or -1 when it is none. */
int gi_number_int64(const gi_number *n, int64_t *out)
{
    uint64_t limit = (uint64_t)INT64_MAX + (n->negative ? 1 : 0);
    if (!n->integer || n->overflow || n->digits > limit)
        return -1;
    *out = n->negative ? (int64_t)(0 - n->digits) : (int64_t)n->digits;
    return 0;
}

/* strtod wants the locale's decimal point. Returns 0, or -1 when the text is too long. */
static int parse_double(const char *p, size_t len, double *out)
{
    char text[DOUBLE_TEXT + 1], *point;
    if (len > DOUBLE_TEXT)
        return -1;
    memcpy(text, p, len);
    text[len] = '\0';
    point = strchr(text, '.');
    if (point != NULL)
        *point = localeconv()->decimal_point[0];
    *out = strtod(text, NULL);
    return 0;
}

/* Reduces a number to its significant digits, without leading or trailing zeros, and the
 * power of ten of the last one. Returns the count of digits. */
static size_t significant(const gi_number *n, char *digits, long *exponent)
{
    size_t len = 0, i;
    *exponent = n->exponent;
    for (i = 0; i < n->len && n->p[i] != 'e' && n->p[i] != 'E'; i++)
        if (is_digit(n->p[i]) && (len > 0 || n->p[i] != '0'))
            digits[len++] = n->p[i];
    while (len > 0 && digits[len - 1] == '0') {
        len--;
        ++*exponent;
    }
    if (len == 0)
        *exponent = 0;
    return len;
}

/* Gives the double whose shortest text has the same digits as n. Returns 0, or -1 when no
 * double reproduces n. */
int gi_number_double(const gi_number *n, double *out)
{
    char text[GI_NUMBER_TEXT], given[DOUBLE_TEXT + 1], made[GI_NUMBER_TEXT];
    gi_number back;
    size_t len;
    long e, made_e;
    if (!n->overflow && n->digits < 1000000000000000 && n->exponent >= -22 &&
        n->exponent <= 22) {
        double d = (double)n->digits;
        d = n->exponent < 0 ? d / powers[-n->exponent] : d * powers[n->exponent];
        *out = n->negative ? -d : d;
        return 0;
    }
    if (parse_double(n->p, n->len, out) != 0 || !isfinite(*out))
        return -1;
    gi_number_scan(&back, text, gi_format_double(text, *out));
    len = significant(n, given, &e);
    if (len != significant(&back, made, &made_e) || e != made_e)
        return -1;
    return memcmp(given, made, len) == 0 ? 0 : -1;
}

/* Writes v in decimal. Returns the length; out has room for GI_NUMBER_TEXT bytes. */
size_t gi_format_int64(char *out, int64_t v)
{
    char reversed[24];
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    size_t n = 0, len = 0;
    do {
        reversed[n++] = (char)('0' + u % 10);
        u /= 10;
    } while (u > 0);
    if (v < 0)
        out[len++] = '-';
    while (n > 0)
        out[len++] = reversed[--n];
    return len;
}

/* Writes the shortest of "%.15g", "%.16g", "%.17g" that reads back as v, with a point in
 * every locale. v is finite. Returns the length. */
size_t gi_format_double(char *out, double v)
{
    int precision, len = 0;
    char point = localeconv()->decimal_point[0];
    char *p;
    for (precision = 15; precision <= 17; precision++) {
        len = snprintf(out, GI_NUMBER_TEXT, "%.*g", precision, v);
        if (strtod(out, NULL) == v)
            break;
    }
    if (point != '.' && (p = strchr(out, point)) != NULL)
        *p = '.';
    return (size_t)len;
}
