/* fuzz_judge.c - an opinion on JSON that owes nothing to csrc/: a recursive reader that
 * makes a tree, and what it means that two trees are the same. Slow and plain. */
#include "fuzz_judge.h"
#include <stdlib.h>
#include <string.h>

typedef struct judge {
    const unsigned char *p, *end;
} judge;

static int read_value(judge *j, judge_value *v, int depth);

static judge_value *new_value(void)
{
    judge_value *v = calloc(1, sizeof(*v));
    if (v == NULL)
        abort();
    return v;
}

/* Frees v and what comes after it. */
void judge_free(judge_value *v)
{
    while (v != NULL) {
        judge_value *next = v->next;
        judge_free(v->child);
        free(v->text.p);
        free(v->name.p);
        free(v);
        v = next;
    }
}

/* Takes one character in UTF-8. Returns its number, or -1. */
static long read_character(judge *j)
{
    static const long least[] = {0, 0, 0x80, 0x800, 0x10000};
    int n, i;
    long c;
    if (j->p == j->end)
        return -1;
    c = *j->p++;
    if (c < 0x80)
        return c;
    if (c < 0xc0 || c >= 0xf8)
        return -1;
    n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    c &= 0x7f >> n;
    for (i = 1; i < n; i++) {
        if (j->p == j->end || (*j->p & 0xc0) != 0x80)
            return -1;
        c = c * 64 + (*j->p++ & 0x3f);
    }
    return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? -1 : c;
}

static void write_character(judge_text *t, long c)
{
    int n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, i;
    for (i = n - 1; i > 0; i--, c /= 64)
        t->p[t->len + (size_t)i] = (char)(0x80 + c % 64);
    t->p[t->len] = (char)(n == 1 ? c : (0xf00 >> n & 0xff) + c);
    t->len += (size_t)n;
}

static int digit_of(int c, int base)
{
    int d = c >= '0' && c <= '9'   ? c - '0'
            : c >= 'a' && c <= 'f' ? c - 'a' + 10
            : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                   : 99;
    return d < base ? d : -1;
}

/* Takes \uXXXX. Returns the 16 bits, or -1. */
static long read_unit(judge *j)
{
    long unit = 0;
    int i;
    if (j->end - j->p < 6 || j->p[0] != '\\' || j->p[1] != 'u')
        return -1;
    for (i = 2; i < 6; i++) {
        int d = digit_of(j->p[i], 16);
        if (d < 0)
            return -1;
        unit = unit * 16 + d;
    }
    j->p += 6;
    return unit;
}

/* Takes an escape. Returns the character it stands for, or -1. */
static long read_escape(judge *j)
{
    long high, low;
    if (j->end - j->p < 2)
        return -1;
    if (j->p[1] != 'u') {
        int c = j->p[1];
        j->p += 2;
        switch (c) {
        case 'b':
            return 8;
        case 't':
            return 9;
        case 'n':
            return 10;
        case 'f':
            return 12;
        case 'r':
            return 13;
        default:
            return c == '"' || c == '\\' || c == '/' ? c : -1;
        }
    }
    high = read_unit(j);
    if (high < 0xd800 || high > 0xdfff)
        return high;
    low = high < 0xdc00 ? read_unit(j) : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return -1;
    return 0x10000 + (high - 0xd800) * 0x400 + (low - 0xdc00);
}

static int read_string(judge *j, judge_text *t)
{
    if (j->p == j->end || *j->p != '"')
        return -1;
    j->p++;
    t->p = malloc((size_t)(j->end - j->p) + 1);
    if (t->p == NULL)
        abort();
    while (j->p < j->end && *j->p != '"') {
        long c = *j->p == '\\' ? read_escape(j) : *j->p < 0x20 ? -1 : read_character(j);
        if (c < 0)
            return -1;
        write_character(t, c);
    }
    return j->p++ < j->end ? 0 : -1;
}

/* Takes digits. Those that count go into v; scale is what each does to the exponent.
 * Returns how many there were. */
static int read_digits(judge *j, judge_value *v, long scale)
{
    const unsigned char *from = j->p;
    for (; j->p < j->end && digit_of(*j->p, 10) >= 0; j->p++) {
        v->exponent += scale;
        if (v->text.len > 0 || *j->p != '0')
            v->text.p[v->text.len++] = (char)*j->p;
    }
    return (int)(j->p - from);
}

static int read_exponent(judge *j, judge_value *v)
{
    long e = 0, sign = 1, n;
    j->p++;
    if (j->p < j->end && (*j->p == '+' || *j->p == '-'))
        sign = *j->p++ == '-' ? -1 : 1;
    for (n = 0; j->p < j->end && digit_of(*j->p, 10) >= 0; j->p++, n++)
        e = e < 1000000000 ? e * 10 + digit_of(*j->p, 10) : e;
    v->exponent += sign * e;
    return n > 0 ? 0 : -1;
}

static int read_number(judge *j, judge_value *v)
{
    const unsigned char *first;
    int n;
    v->kind = JUDGE_NUMBER;
    if ((v->text.p = malloc((size_t)(j->end - j->p) + 1)) == NULL)
        abort();
    v->negative = *j->p == '-';
    first = j->p += v->negative;
    n = read_digits(j, v, 0);
    if (n == 0 || (n > 1 && *first == '0'))
        return -1;
    if (j->p < j->end && *j->p == '.') {
        j->p++;
        if (read_digits(j, v, -1) == 0)
            return -1;
    }
    if (j->p < j->end && (*j->p == 'e' || *j->p == 'E') && read_exponent(j, v) != 0)
        return -1;
    for (; v->text.len > 0 && v->text.p[v->text.len - 1] == '0'; v->text.len--)
        v->exponent++;
    if (v->text.len == 0)
        v->exponent = 0;
    return 0;
}

static void skip_space(judge *j)
{
    while (j->p < j->end && memchr(" \t\r\n", *j->p, 4) != NULL)
        j->p++;
}

/* Takes a byte, and the white space around it. */
static int read_mark(judge *j, char mark)
{
    skip_space(j);
    if (j->p == j->end || *j->p != mark)
        return -1;
    j->p++;
    skip_space(j);
    return 0;
}

static int read_children(judge *j, judge_value *v, char close, int depth)
{
    judge_value **at = &v->child;
    j->p++;
    v->kind = close == '}' ? JUDGE_OBJECT : JUDGE_ARRAY;
    if (read_mark(j, close) == 0)
        return 0;
    do {
        *at = new_value();
        skip_space(j);
        if (close == '}' && (read_string(j, &(*at)->name) != 0 || read_mark(j, ':') != 0))
            return -1;
        if (read_value(j, *at, depth - 1) != 0)
            return -1;
        at = &(*at)->next;
    } while (read_mark(j, ',') == 0);
    return read_mark(j, close);
}

static int read_word(judge *j, judge_value *v, const char *word, judge_kind kind)
{
    size_t len = strlen(word);
    if ((size_t)(j->end - j->p) < len || memcmp(j->p, word, len) != 0)
        return -1;
    j->p += len;
    v->kind = kind;
    v->negative = word[0] == 'f';
    return 0;
}

static int read_value(judge *j, judge_value *v, int depth)
{
    if (j->p == j->end)
        return -1;
    switch (*j->p) {
    case '{':
        return depth > 0 ? read_children(j, v, '}', depth) : -1;
    case '[':
        return depth > 0 ? read_children(j, v, ']', depth) : -1;
    case '"':
        v->kind = JUDGE_STRING;
        return read_string(j, &v->text);
    case 'n':
        return read_word(j, v, "null", JUDGE_NULL);
    case 't':
        return read_word(j, v, "true", JUDGE_BOOLEAN);
    case 'f':
        return read_word(j, v, "false", JUDGE_BOOLEAN);
    default:
        return read_number(j, v);
    }
}

judge_value *judge_read(const char *text, size_t len, int depth)
{
    judge j;
    judge_value *v = new_value();
    int rc;
    j.p = (const unsigned char *)text;
    j.end = j.p + len;
    skip_space(&j);
    rc = read_value(&j, v, depth);
    skip_space(&j);
    if (rc == 0 && j.p == j.end)
        return v;
    judge_free(v);
    return NULL;
}

int judge_utf8(const char *text, size_t len)
{
    judge j;
    j.p = (const unsigned char *)text;
    j.end = j.p + len;
    while (j.p < j.end)
        if (read_character(&j) < 0)
            return 0;
    return 1;
}

static int same_text(const judge_text *a, const judge_text *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->p, b->p, a->len) == 0);
}

/* The last member of that name from v on. */
static const judge_value *last(const judge_value *v, const judge_text *name)
{
    const judge_value *found = NULL;
    for (; v != NULL; v = v->next)
        if (same_text(&v->name, name))
            found = v;
    return found;
}

static size_t count(const judge_value *v)
{
    size_t n = 0;
    for (v = v->child; v != NULL; v = v->next)
        n += v->name.p == NULL || last(v, &v->name) == v;
    return n;
}

static int same_children(const judge_value *a, const judge_value *b, int typed)
{
    const judge_value *v, *other, *w = b->child;
    if (count(a) != count(b))
        return 0;
    for (v = a->child; v != NULL; v = v->next) {
        if (a->kind == JUDGE_OBJECT) {
            if (last(v, &v->name) != v)
                continue;
            other = last(b->child, &v->name);
        } else {
            other = w;
            w = w->next;
        }
        if (other == NULL || !judge_same(v, other, typed))
            return 0;
    }
    return 1;
}

/* Compares a string of digits with a number. */
static int same_digits(const judge_value *string, const judge_value *number)
{
    judge_value *v = judge_read(string->text.p, string->text.len, 1);
    int same = v != NULL && v->kind == JUDGE_NUMBER && judge_same(v, number, 1);
    judge_free(v);
    return same;
}

static int is_one(const judge_value *array, const judge_value *object)
{
    return array->kind == JUDGE_ARRAY && object->kind == JUDGE_OBJECT &&
           array->child != NULL && array->child->next == NULL;
}

int judge_same(const judge_value *a, const judge_value *b, int typed)
{
    if (typed && a->kind == JUDGE_STRING && b->kind == JUDGE_NUMBER)
        return same_digits(a, b);
    if (typed && a->kind == JUDGE_NUMBER && b->kind == JUDGE_STRING)
        return same_digits(b, a);
    if (typed && is_one(b, a))
        return judge_same(a, b->child, typed);
    if (typed && a->kind + b->kind == JUDGE_ARRAY + JUDGE_OBJECT)
        return a->child == NULL && b->child == NULL;
    if (a->kind != b->kind)
        return 0;
    switch (a->kind) {
    case JUDGE_BOOLEAN:
        return a->negative == b->negative;
    case JUDGE_NUMBER:
        return same_text(&a->text, &b->text) && a->exponent == b->exponent &&
               (a->negative == b->negative || (typed && a->text.len == 0));
    case JUDGE_STRING:
        return same_text(&a->text, &b->text);
    case JUDGE_ARRAY:
    case JUDGE_OBJECT:
        return same_children(a, b, typed);
    default:
        return 1;
    }
}

int judge_has(const judge_value *v, const char *name)
{
    for (v = v->child; v != NULL; v = v->next)
        if ((v->name.len == strlen(name) && memcmp(v->name.p, name, v->name.len) == 0) ||
            judge_has(v, name))
            return 1;
    return 0;
}
