/* peer.c - the connections of a server: who is too slow, and who has gone. Never calls
 * Lua. */
#include "httpd.h"
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

void gi_link_init(gi_link *l)
{
    l->prev = l->next = l;
}

/* Takes a node out of its ring; harmless when it is alone. */
void gi_link_remove(gi_link *l)
{
    l->prev->next = l->next;
    l->next->prev = l->prev;
    gi_link_init(l);
}

void gi_link_put_after(gi_link *place, gi_link *l)
{
    l->prev = place;
    l->next = place->next;
    place->next->prev = l;
    place->next = l;
}

/* Milliseconds of a clock that is never set back. */
uint64_t gi_peer_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Gives a peer time: for its request when list is s->reading, for anything else when it
 * is s->idle. All of a list get the same time, so each list is sorted. */
void gi_peer_await(gi_httpd *s, gi_peer *p, gi_link *list)
{
    if (p == NULL)
        return;
    gi_link_remove(&p->link);
    p->due = s->now + (list == &s->reading ? s->read_ms : GI_IDLE_MS);
    gi_link_put_after(list->prev, &p->link);
}

/* Writes bytes as far as that goes without waiting; without bytes it resets the
 * connection, which on Linux is what it means to connect it to nobody. The socket stays
 * libmicrohttpd's, who closes it. Returns 0, or -1 when not all bytes left. */
int gi_peer_end(const gi_peer *p, const char *bytes, size_t len)
{
    const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    ssize_t n = 1;
    if (len == 0)
        return connect(p->fd, &nobody, sizeof(nobody));
    while (len > 0 && n > 0) {
        n = send(p->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    return len == 0 ? 0 : -1;
}

static void cut_late(gi_link *list, uint64_t now)
{
    while (list->next != list && ((gi_peer *)list->next)->due <= now) {
        gi_peer *p = (gi_peer *)list->next;
        gi_link_remove(&p->link);
        shutdown(p->fd, SHUT_RDWR);
    }
}

/* Ends the connections whose time is over: libmicrohttpd sees that in its next run. */
void gi_peer_cut_late(gi_httpd *s)
{
    cut_late(&s->reading, s->now);
    cut_late(&s->idle, s->now);
}

/* Ends the connections whose client has said that it sends no more. libmicrohttpd misses
 * that when it comes together with the last request. To be called when nothing is left to
 * do. */
static void cut_ended(gi_httpd *s)
{
    gi_link *l;
    char byte;
    for (l = s->idle.next; l != &s->idle; l = l->next) {
        gi_peer *p = (gi_peer *)l;
        if (p->unseen && recv(p->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
            shutdown(p->fd, SHUT_RDWR);
        p->unseen = 0;
    }
}

static int64_t shorter(int64_t wait, const gi_link *list, uint64_t now)
{
    uint64_t due = ((const gi_peer *)list->next)->due;
    int64_t left = due > now ? (int64_t)(due - now) : 0;
    if (list->next == list)
        return wait;
    return wait < 0 || left < wait ? left : wait;
}

/* Milliseconds until libmicrohttpd or a peer has to be looked at; -1: none has. */
int64_t gi_peer_wait(gi_httpd *s)
{
    MHD_UNSIGNED_LONG_LONG pending;
    if (s->room || s->answered > 0)
        return 0;
    if (MHD_get_timeout(s->daemon, &pending) == MHD_YES)
        return pending > INT32_MAX ? INT32_MAX : (int64_t)pending;
    cut_ended(s);
    return shorter(shorter(-1, &s->reading, s->now), &s->idle, s->now);
}

/* libmicrohttpd's notice that a connection was made, or is about to be closed. */
void gi_peer_notify(void *cls, struct MHD_Connection *c, void **context,
                    enum MHD_ConnectionNotificationCode code)
{
    gi_httpd *s = cls;
    gi_peer *p = *context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        if ((p = calloc(1, sizeof(*p))) == NULL)
            return; /* its first request will be refused */
        gi_link_init(&p->link);
        p->fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        gi_peer_await(s, p, &s->reading);
        *context = p;
        return;
    }
    s->room = 1;
    if (p != NULL) {
        gi_link_remove(&p->link);
        free(p);
        *context = NULL;
    }
}
