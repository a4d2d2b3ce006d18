/* fuzz_judge.h - an opinion on JSON that owes nothing to csrc/. */
#ifndef FUZZ_JUDGE_H
#define FUZZ_JUDGE_H

#include <stddef.h>

typedef enum judge_kind {
    JUDGE_NULL,
    JUDGE_BOOLEAN,
    JUDGE_NUMBER,
    JUDGE_STRING,
    JUDGE_ARRAY,
    JUDGE_OBJECT
} judge_kind;

typedef struct judge_text {
    char *p;
    size_t len;
} judge_text;

/* A value. A number is sign, digits without zeros around them, and the power of ten of
 * the last digit. */
typedef struct judge_value {
    judge_kind kind;
    int negative;    /* a number, or the boolean false */
    judge_text text; /* a string's bytes, a number's digits */
    long exponent;
    judge_text name;           /* of a member */
    struct judge_value *child; /* the first element or member */
    struct judge_value *next;  /* the next one of the same array or object */
} judge_value;

/* Reads a text whose values lie at most so deep. Returns NULL when it is not JSON. */
judge_value *judge_read(const char *text, size_t len, int depth);
void judge_free(judge_value *v);

/* Tells whether two texts mean the same: members in any order, the last of a name counts,
 * numbers by their digits. Where the reader knew types (typed), zero has no sign, an
 * empty page is an object or an array, and the second text may have a number for a string
 * of digits, or the other way round, and an array of one for a lone object. */
int judge_same(const judge_value *a, const judge_value *b, int typed);

/* Tells whether there is a member of that name anywhere. */
int judge_has(const judge_value *v, const char *name);

/* Tells whether the bytes are UTF-8. */
int judge_utf8(const char *text, size_t len);

#endif
