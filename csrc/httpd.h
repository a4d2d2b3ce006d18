/* httpd.h - what the files of graphinvite.httpd share. */
#ifndef GI_HTTPD_H
#define GI_HTTPD_H

#include "gi.h"
#include <microhttpd.h>

/* A node of a ring; the list itself is a node too. */
typedef struct gi_link {
    struct gi_link *prev, *next;
} gi_link;

/* A connection that has to do something in time. */
typedef struct gi_peer {
    gi_link link; /* in gi_httpd.reading or .idle, or alone */
    uint64_t due; /* then it is cut off */
    int fd;
    int kept;   /* it has had an answer */
    int unseen; /* nobody has looked whether it has ended since its last answer */
} gi_peer;

typedef struct gi_header {
    const char *name, *value; /* live in libmicrohttpd's memory until the answer is out */
    size_t name_len, value_len;
} gi_header;

typedef struct gi_request {
    gi_link link; /* in gi_httpd.queue or .taken, or alone */
    struct gi_httpd *server;
    struct MHD_Connection *connection;
    gi_peer *peer;
    const char *method;
    int64_t id;
    int state;      /* see intake.c */
    int refused;    /* status it will be answered with instead of reaching Lua, or 0 */
    gi_buf headers; /* of gi_header */
    gi_buf body;
    size_t url_len;
    char url[];
} gi_request;

/* What a server is started with. The texts are the caller's; cert and key are PEM. */
typedef struct gi_settings {
    const char *address, *cert, *key;
    double port, max_body, watch, connections, timeout;
} gi_settings;

typedef struct gi_httpd {
    struct MHD_Daemon *daemon; /* NULL once closed */
    gi_link queue;             /* requests that are complete */
    gi_link taken;             /* requests that Lua has, latest first */
    gi_link reading, idle;     /* peers, the next one due first */
    uint64_t now;              /* milliseconds, read once a turn */
    uint64_t read_ms;          /* a request must be complete so soon */
    size_t max_body;
    uint64_t held; /* bytes of all bodies in C */
    int64_t last_id;
    int answered; /* so many runs of libmicrohttpd until the last answer leaves */
    int room;    /* a connection was closed: one that waits to be accepted may be there */
    int busy;    /* a request is being turned into Lua values */
    int poll_fd; /* libmicrohttpd's epoll */
    int watch;   /* a file that is watched for its end, or -1 */
    uint64_t watched;
    int port;
    int tls;
} gi_httpd;

#define GI_IDLE_MS 30000          /* a kept connection may be silent so long */
#define GI_CONNECTION_BYTES 32768 /* libmicrohttpd's memory for a connection */
#define GI_ANSWER_RUNS 2          /* one resumes a connection, one sends */
#define GI_ANSWER_HEAD 4096       /* most bytes of an answer's headers */
#define GI_HELD_BODIES 8 /* bodies of the largest size that may be held at once */

#pragma GCC visibility push(hidden)

/* httphead.c */
int gi_token(const char *s, size_t len);
int gi_head_judge(gi_request *r, const char *url, const char *version);

/* peer.c */
void gi_link_init(gi_link *l);
void gi_link_remove(gi_link *l);
void gi_link_put_after(gi_link *place, gi_link *l);
uint64_t gi_peer_clock(void);
void gi_peer_await(gi_httpd *s, gi_peer *p, gi_link *list);
void gi_peer_cut_late(gi_httpd *s);
int gi_peer_end(const gi_peer *p, const char *bytes, size_t len);
int64_t gi_peer_wait(gi_httpd *s);
void gi_peer_notify(void *cls, struct MHD_Connection *c, void **context,
                    enum MHD_ConnectionNotificationCode code);

/* intake.c */
const char *gi_intake_start(gi_httpd *s, const gi_settings *o);
void gi_intake_run(gi_httpd *s);
void gi_intake_taken(gi_request *r);
int gi_intake_answer(gi_request *r, unsigned status, struct MHD_Response *response);
int gi_intake_cut(gi_request *r, const char *bytes, size_t len);
void gi_intake_stop(gi_httpd *s);

#pragma GCC visibility pop

#endif
