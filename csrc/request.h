/* request.h - what the files that build a request record share. */
#ifndef GI_REQUEST_H
#define GI_REQUEST_H

#include "gi.h"

typedef struct gi_builder {
    lua_State *L;
    gi_codec *c;
    gi_buf *b;
    gi_why *why;
    int arguments, body, options, keys; /* stack indices */
    int bare;                           /* the options have neither link nor query */
} gi_builder;

#pragma GCC visibility push(hidden)

/* request.c */
void gi_request_set(gi_builder *u, int t, int word);
const char *gi_request_option(gi_builder *u, int word, size_t *len);

/* request_headers.c */
int gi_request_headers(gi_builder *u, const gi_operation *op, int has_body);

#pragma GCC visibility pop

#endif
