/* transfer.h - what the files of graphinvite.curl share. */
#ifndef GI_TRANSFER_H
#define GI_TRANSFER_H

#include "gi.h"
#include <curl/curl.h>
#include <poll.h>

typedef struct gi_curl_options {
    const char *ca, *cert, *key, *proxy, *unix_socket; /* NULL: not given */
    int verify, http1;
} gi_curl_options;

#define GI_MAX_HEAD 131072 /* bytes of a response's header lines */

/* Names of the records' fields, which the pool's methods find in their upvalue. */
#define GI_WORDS_AT lua_upvalueindex(1)
enum { GI_URL = 1, GI_METHOD, GI_HEADERS, GI_BODY, GI_OP, GI_IS_SAFE, GI_STATUS };

enum { GI_DIRECT, GI_PROXIED, GI_LOCAL };  /* gi_transfer.route; local: a Unix socket */
enum { GI_LARGE_HEAD = 1, GI_LARGE_BODY }; /* gi_transfer.too_large */

typedef struct gi_fault {
    const char *reason; /* "resolve", "connect", "tls", "timeout", ... */
    int sent;           /* 0 only when no byte of the request can have left */
    char text[GI_WHY];  /* one sentence with a hint; no secret can be in it */
} gi_fault;

typedef struct gi_line {
    size_t at, name_len, value_len; /* at in out; value_len SIZE_MAX: has no value */
} gi_line;

typedef struct gi_transfer {
    struct gi_transfer *next, *sibling; /* lists of the pool, as are the next three */
    lua_Integer id;
    int state, awaited;
    CURL *easy;
    CURLcode code; /* once it has ended */
    /* The last request, which most often serves for the next one too: */
    gi_buf out;               /* its URL and header lines, each ended by NUL */
    CURLU *url;               /* the URL taken apart */
    size_t url_len;           /* 0: it could not be */
    gi_line *lines;           /* its header lines */
    struct curl_slist *nodes; /* the same for libcurl */
    size_t nlines, max_lines, max_nodes;
    int linked;        /* what the nodes were made for; 0: not for these lines */
    gi_buf post;       /* the body; libcurl reads it in place, as it does out */
    gi_buf head, body; /* what has been received */
    size_t max_body;
    int route, http1, safe, sendings, head_done, too_large;
    long version;                /* of HTTP: what libcurl was told last */
    char error[CURL_ERROR_SIZE]; /* libcurl's own words: searched, never shown */
} gi_transfer;

typedef struct gi_loop {
    CURLM *multi;       /* NULL: closed */
    struct pollfd *fds; /* what libcurl waits for */
    nfds_t nfds, max_fds;
    int epoll;  /* watches the same sockets for a program's own loop; -1: nobody has asked
                 */
    double due; /* when its timer runs out, by gi_now() */
} gi_loop;

#pragma GCC visibility push(hidden)

/* curl_options.c */
void gi_curl_options_read(lua_State *L, gi_curl_options *o);
int gi_curl_options_route(const gi_curl_options *o);
int gi_curl_options_check(const gi_curl_options *o, gi_fault *f);
int gi_curl_options_set(const gi_curl_options *o, CURL *easy, gi_fault *f);

/* transfer.c */
gi_transfer *gi_transfer_new(CURL *model, int route, int http1);
void gi_transfer_free(gi_transfer *t);
int gi_transfer_whole(const gi_transfer *t);
int gi_transfer_response(lua_State *L, gi_transfer *t, int spare, int url);
void gi_transfer_words(lua_State *L);

/* outgoing.c */
int gi_transfer_prepare(lua_State *L, gi_transfer *t, int record, gi_fault *f);
void gi_transfer_forget(gi_transfer *t);

/* loop.c */
double gi_now(void);
int gi_loop_open(gi_loop *l);
void gi_loop_close(gi_loop *l);
double gi_loop_due(const gi_loop *l);
int gi_loop_watch(gi_loop *l);
CURLMcode gi_loop_step(gi_loop *l, double seconds);

/* fault.c */
void gi_fault_set(gi_fault *f, const char *reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int gi_fault_no_memory(gi_fault *f);
int gi_fault_of(const gi_transfer *t, gi_fault *f);
int gi_fault_push(lua_State *L, const gi_fault *f);

#pragma GCC visibility pop

#endif
