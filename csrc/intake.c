/* intake.c - requests out of libmicrohttpd into a queue, and their answers back.
 * libmicrohttpd calls into this file, so nothing here calls Lua. */
#include "httpd.h"
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NEW, READING, COMPLETE, SUSPENDED, ANSWERED }; /* gi_request.state */

/* Queues a Graph error after which the connection closes. Returns MHD_NO when memory is
 * out. */
static enum MHD_Result refuse(struct MHD_Connection *c, int status)
{
#define BODY(code, message)                                                              \
    "{\"error\":{\"code\":\"" code "\",\"message\":\"" message "\",\"innerError\":{}}}"
    static const struct {
        int status;
        const char *body;
    } rows[] = {
        {400, BODY("BadRequest", "The request is not well-formed HTTP.")},
        {413, BODY("RequestEntityTooLarge", "The request body is too large.")},
        {431, BODY("RequestHeaderFieldsTooLarge", "The request head is too large.")},
        {500, BODY("InternalServerError", "The answer could not be sent.")},
        {501, BODY("NotImplemented", "The only transfer coding is chunked.")},
        {503, BODY("ServiceUnavailable", "Too many request bodies are on their way.")},
    };
#undef BODY
    struct MHD_Response *response;
    enum MHD_Result ok;
    size_t i = 0;
    while (i < GI_COUNT(rows) - 1 && rows[i].status != status)
        i++;
    response = MHD_create_response_from_buffer(
        strlen(rows[i].body), (void *)(uintptr_t)rows[i].body, MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        return MHD_NO;
    ok = MHD_add_response_header(response, "Content-Type", "application/json");
    if (ok == MHD_YES)
        ok = MHD_add_response_header(response, "Connection", "close");
    if (ok == MHD_YES)
        ok = MHD_queue_response(c, (unsigned)rows[i].status, response);
    MHD_destroy_response(response);
    return ok;
}

/* The request line was read; what it returns is the request's context from here on. */
static void *on_line(void *cls, const char *url, struct MHD_Connection *c)
{
    gi_httpd *s = cls;
    size_t len = url != NULL ? strlen(url) : 0;
    gi_request *r = calloc(1, sizeof(*r) + len + 1);
    if (r == NULL)
        return NULL;
    gi_link_init(&r->link);
    r->server = s;
    r->connection = c;
    r->peer =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    r->url_len = len;
    if (len > 0)
        memcpy(r->url, url, len);
    /* a first request has its time from when the connection was made */
    if (r->peer != NULL && r->peer->kept)
        gi_peer_await(s, r->peer, &s->reading);
    return r;
}

/* Keeps the arguments of the URL as they came. */
static size_t on_unescape(void *cls, struct MHD_Connection *c, char *s)
{
    (void)cls;
    (void)c;
    return strlen(s);
}

static void drop_body(gi_request *r)
{
    r->server->held -= r->body.len;
    gi_buf_free(&r->body);
}

static void add_body(gi_request *r, const char *data, size_t size)
{
    gi_httpd *s = r->server;
    if (r->refused == 0) {
        if (size > s->max_body - r->body.len)
            r->refused = 413;
        else if (size > s->max_body * GI_HELD_BODIES - s->held ||
                 gi_buf_add(&r->body, data, size) != 0)
            r->refused = 503;
        else
            s->held += size;
    }
    if (r->refused != 0)
        drop_body(r);
}

/* The request is there: it waits for Lua, and nobody is late. */
static void enqueue(gi_request *r)
{
    gi_httpd *s = r->server;
    r->state = COMPLETE;
    r->id = ++s->last_id;
    r->peer->unseen = 0;
    gi_link_remove(&r->peer->link);
    gi_link_put_after(s->queue.prev, &r->link);
}

/* libmicrohttpd calls this for the head, for each piece of the body, for the end, and
 * then in each run until an answer is queued. Most are answered before the next run, so
 * only then is the connection suspended: that costs system calls. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version,
                                  const char *data, size_t *size, void **context)
{
    gi_request *r = *context;
    int status;
    (void)cls;
    if (r == NULL || r->peer == NULL)
        return MHD_NO; /* memory was out */
    switch (r->state) {
    case NEW:
        r->state = READING;
        r->method = method;
        status = gi_head_judge(r, url, version);
        return status == 0 ? MHD_YES : refuse(c, status);
    case READING:
        if (*size == 0 && r->refused != 0)
            return refuse(c, r->refused);
        if (*size == 0)
            enqueue(r);
        else
            add_body(r, data, *size);
        *size = 0;
        return MHD_YES;
    case COMPLETE:
        r->state = SUSPENDED;
        MHD_suspend_connection(c);
        return MHD_YES;
    default:
        return MHD_NO; /* there was no memory for an answer */
    }
}

static void on_completed(void *cls, struct MHD_Connection *c, void **context,
                         enum MHD_RequestTerminationCode code)
{
    gi_request *r = *context;
    (void)cls;
    (void)c;
    (void)code;
    if (r == NULL)
        return;
    if (r->peer != NULL) {
        r->peer->kept = r->peer->unseen = 1;
        gi_peer_await(r->server, r->peer, &r->server->idle);
    }
    gi_link_remove(&r->link);
    drop_body(r);
    gi_buf_free(&r->headers);
    free(r);
    *context = NULL;
}

/* Lua has it all now. */
void gi_intake_taken(gi_request *r)
{
    gi_link_remove(&r->link);
    gi_link_put_after(&r->server->taken, &r->link);
    drop_body(r);
    gi_buf_free(&r->headers);
}

static void let_go(gi_request *r)
{
    struct MHD_Connection *c = r->connection;
    int suspended = r->state == SUSPENDED;
    gi_link_remove(&r->link);
    r->state = ANSWERED;
    if (suspended)
        MHD_resume_connection(c);
}

/* Queues the answer of a request that Lua has, and status 500 where that cannot be done
 * or there is none. The request may be gone afterwards. Returns 0, or -1. */
int gi_intake_answer(gi_request *r, unsigned status, struct MHD_Response *response)
{
    struct MHD_Connection *c = r->connection;
    enum MHD_Result ok = MHD_NO;
    gi_peer_await(r->server, r->peer, &r->server->idle);
    r->server->answered = GI_ANSWER_RUNS;
    let_go(r);
    if (response != NULL) {
        ok = MHD_queue_response(c, status, response);
        MHD_destroy_response(response);
    }
    if (ok != MHD_YES)
        refuse(c, 500);
    return ok == MHD_YES ? 0 : -1;
}

/* Ends the connection of a request that Lua has, after these bytes; by a reset where
 * there are none. What TLS encrypts cannot be written beside it, so there bytes are left
 * out. Who has no answer queued is closed in the next run. Returns 0, or -1 when not all
 * bytes left. */
int gi_intake_cut(gi_request *r, const char *bytes, size_t len)
{
    int rc = r->server->tls && len > 0 ? -1 : gi_peer_end(r->peer, bytes, len);
    r->server->answered = GI_ANSWER_RUNS;
    let_go(r);
    return rc;
}

/* Returns a socket that listens, or -1 with the reason in why. */
static int open_socket(const gi_settings *o, const char **why)
{
    struct addrinfo hints = {0}, *list, *a;
    char port[8];
    int fd = -1, on = 1, rc;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    snprintf(port, sizeof(port), "%d", (int)o->port);
    if ((rc = getaddrinfo(o->address, port, &hints, &list)) != 0) {
        *why = gai_strerror(rc);
        return -1;
    }
    for (a = list; a != NULL && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* inherited */
        if (bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0) {
            *why = strerror(errno);
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(list);
    return fd;
}

static int port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } a;
    socklen_t len = sizeof(a);
    memset(&a, 0, sizeof(a));
    if (getsockname(fd, &a.any, &len) != 0)
        return 0;
    return ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
}

/* Fills a zeroed server and starts it. Returns NULL or the reason why that failed. */
const char *gi_intake_start(gi_httpd *s, const gi_settings *o)
{
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)o->cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)o->key},
        {MHD_OPTION_END, 0, NULL},
    };
    const char *why = "out of sockets";
    int fd = open_socket(o, &why);
    if (fd < 0)
        return why;
    if (o->cert != NULL)
        flags |= MHD_USE_TLS;
    else
        tls[0].option = MHD_OPTION_END;
    gi_link_init(&s->queue);
    gi_link_init(&s->taken);
    gi_link_init(&s->reading);
    gi_link_init(&s->idle);
    s->port = port_of(fd);
    s->tls = o->cert != NULL;
    s->max_body = (size_t)o->max_body;
    s->read_ms = (uint64_t)(o->timeout * 1000) + 1;
    s->watch = (int)o->watch;
    s->now = gi_peer_clock();
    s->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)o->connections,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)GI_CONNECTION_BYTES,
        MHD_OPTION_NOTIFY_CONNECTION, gi_peer_notify, s, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, s, MHD_OPTION_URI_LOG_CALLBACK, on_line, s,
        MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, s, MHD_OPTION_ARRAY, tls,
        MHD_OPTION_END);
    if (s->daemon == NULL) {
        if (fcntl(fd, F_GETFD) != -1) /* most failures close it, not all */
            close(fd);
        return o->cert != NULL ? "the certificate or its key is no good, or memory is out"
                               : "out of memory or of files";
    }
    s->poll_fd = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    return NULL;
}

/* Does what can be done without waiting. Who is late is cut off only then: what has come
 * is taken, however long we were away. */
void gi_intake_run(gi_httpd *s)
{
    s->room = 0;
    if (s->answered > 0)
        s->answered--;
    MHD_run(s->daemon);
    gi_peer_cut_late(s);
}

/* Sends what was answered as far as that goes without waiting, and closes all
 * connections. libmicrohttpd must not be stopped while one of them is suspended. */
void gi_intake_stop(gi_httpd *s)
{
    struct MHD_Daemon *daemon = s->daemon;
    if (daemon == NULL)
        return;
    while (s->answered > 0)
        gi_intake_run(s);
    while (s->queue.next != &s->queue)
        let_go((gi_request *)s->queue.next);
    while (s->taken.next != &s->taken)
        let_go((gi_request *)s->taken.next);
    s->daemon = NULL;
    MHD_stop_daemon(daemon);
}
