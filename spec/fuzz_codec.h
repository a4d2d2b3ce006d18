/* fuzz_codec.h - what the fuzzers of the codec share. */
#ifndef FUZZ_CODEC_H
#define FUZZ_CODEC_H

#include <stddef.h>
#include <stdint.h>

enum { FUZZ_INT64_STRING = 1, FUZZ_STATUS_SCHEMA = 2 };

/* The number of types, and the name of one of them, from 0. */
size_t fuzz_types(void);
const char *fuzz_type(size_t i);

/* Decodes the text as that type (NULL: none), encodes what came out, and so once more.
 * Stops the program when something is taken or refused that should not be, or when a text
 * does not mean the same as the one it came from. */
void fuzz_round(const char *type, const char *text, size_t len, int options);

#endif
