/* files.c - private files, whole or as they grow, and locks between processes. */
#define _GNU_SOURCE
#include "sys.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK "graphinvite.lock"
#define DRAFT "graphinvite.draft"
#define IRREGULAR "is no regular file: give another path"
#define SUFFIX ".XXXXXX"    /* what mkostemp replaces */
#define LOOK_FIRST 1000000L /* nanoseconds between two looks at a lock; they double */
#define LOOK_LAST 32000000L /* up to this */

typedef struct lock {
    int fd; /* -1: not held */
} lock;

/* A file that grows under a temporary name until it takes the place of another. */
typedef struct draft {
    int fd;      /* -1: it has taken it, or is thrown away */
    size_t len;  /* of the path */
    char name[]; /* the path; behind its NUL the temporary name */
} draft;

/* The path at index i. */
static const char *check_path(lua_State *L, int i)
{
    size_t len;
    const char *path = luaL_checklstring(L, i, &len);
    luaL_argcheck(L, len > 0 && strlen(path) == len, i, "must be a path without NUL");
    return path;
}

/* Returns nil and why the path could not be used. */
static int fail(lua_State *L, const char *path, const char *why)
{
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", path, why);
    return 2;
}

static const char *reason(int error)
{
    if (error == ELOOP)
        return "is a symbolic link: give the path of the file itself";
    if (error == ENOENT)
        return "no such file or directory: make it first";
    return strerror(error);
}

static int write_all(int fd, const char *p, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

/* Makes the entry of a new name in the directory of the path last. Where the file system
 * has no such thing the name lasts as it can. */
static void sync_directory(char *path)
{
    char *slash = strrchr(path, '/');
    int fd;
    if (slash != NULL)
        slash[slash == path] = '\0';
    fd = open(slash != NULL ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

/* Makes a new private file under the name that mkostemp makes of temporary. Returns its
 * descriptor, or -1 with errno set. */
static int begin(char *temporary)
{
    int fd = mkostemp(temporary, O_CLOEXEC), error;
    if (fd >= 0 && fchmod(fd, S_IRUSR | S_IWUSR) != 0) {
        error = errno;
        close(fd);
        unlink(temporary);
        errno = error;
        return -1;
    }
    return fd;
}

/* Closes a new file, for which failed is 0 or what went wrong, and renames it. Returns 0,
 * or -1 with errno set and no new file left. */
static int finish(int fd, const char *temporary, const char *path, int failed)
{
    if (failed == 0 && fsync(fd) != 0)
        failed = errno;
    if (close(fd) != 0 && failed == 0)
        failed = errno;
    if (failed == 0 && rename(temporary, path) != 0)
        failed = errno;
    if (failed != 0)
        unlink(temporary);
    errno = failed;
    return failed == 0 ? 0 : -1;
}

/* Says why a path cannot be replaced, or NULL. */
static const char *place_fault(const char *path)
{
    struct stat there;
    if (lstat(path, &there) != 0 || S_ISREG(there.st_mode))
        return NULL;
    return S_ISLNK(there.st_mode) ? reason(ELOOP) : IRREGULAR;
}

/* sys.write_private(path, bytes) -> true | nil, why
 * Makes the file, or replaces it as a whole; only its owner may read it. */
int Lgi_write_private(lua_State *L)
{
    const char *path = check_path(L, 1), *bytes, *why;
    size_t len, n = strlen(path);
    char *temporary;
    int fd;
    bytes = luaL_checklstring(L, 2, &len);
    temporary = lua_newuserdata(L, n + sizeof(SUFFIX));
    memcpy(temporary, path, n);
    memcpy(temporary + n, SUFFIX, sizeof(SUFFIX));
    if ((why = place_fault(path)) != NULL)
        return fail(L, path, why);
    fd = begin(temporary);
    if (fd < 0 ||
        finish(fd, temporary, path, write_all(fd, bytes, len) != 0 ? errno : 0) != 0)
        return fail(L, path, reason(errno));
    sync_directory(temporary);
    lua_pushboolean(L, 1);
    return 1;
}

static char *temporary_of(draft *d)
{
    return d->name + d->len + 1;
}

/* sys.draft(path) -> draft | nil, why
 * A private file that is written piece by piece, and replaces the one at the path only
 * when it is complete. */
int Lgi_draft(lua_State *L)
{
    const char *path = check_path(L, 1), *why = place_fault(path);
    size_t n = strlen(path);
    draft *d;
    if (why != NULL)
        return fail(L, path, why);
    d = lua_newuserdata(L, sizeof(*d) + 2 * n + 1 + sizeof(SUFFIX));
    d->fd = -1;
    d->len = n;
    memcpy(d->name, path, n + 1);
    memcpy(temporary_of(d), path, n);
    memcpy(temporary_of(d) + n, SUFFIX, sizeof(SUFFIX));
    gi_setmetatable(L, DRAFT);
    if ((d->fd = begin(temporary_of(d))) < 0)
        return fail(L, path, reason(errno));
    return 1;
}

static draft *check_draft(lua_State *L)
{
    draft *d = luaL_checkudata(L, 1, DRAFT);
    luaL_argcheck(L, d->fd >= 0, 1, "is written already, or thrown away");
    return d;
}

/* draft:discard() throws it away; the file at the path stays. Also __gc and __close, so
 * it must be harmless the second time. */
static int Lgi_draft_discard(lua_State *L)
{
    draft *d = luaL_checkudata(L, 1, DRAFT);
    if (d->fd >= 0) {
        close(d->fd);
        unlink(temporary_of(d));
    }
    d->fd = -1;
    return 0;
}

/* draft:write(bytes) -> true | nil, why. Where it fails the draft is thrown away. */
static int Lgi_draft_write(lua_State *L)
{
    draft *d = check_draft(L);
    size_t len;
    const char *bytes = luaL_checklstring(L, 2, &len);
    if (write_all(d->fd, bytes, len) != 0) {
        const char *why = reason(errno);
        Lgi_draft_discard(L);
        return fail(L, d->name, why);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* draft:commit() -> true | nil, why. Where it fails the file at the path stays. */
static int Lgi_draft_commit(lua_State *L)
{
    draft *d = check_draft(L);
    int fd = d->fd;
    d->fd = -1;
    if (finish(fd, temporary_of(d), d->name, 0) != 0)
        return fail(L, d->name, reason(errno));
    sync_directory(temporary_of(d));
    lua_pushboolean(L, 1);
    return 1;
}

/* sys.mode(path) -> permission bits | nil, why */
int Lgi_mode(lua_State *L)
{
    const char *path = check_path(L, 1);
    struct stat there;
    if (stat(path, &there) != 0)
        return fail(L, path, reason(errno));
    lua_pushinteger(L, (lua_Integer)(there.st_mode & 07777));
    return 1;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Waits for the lock; no longer than that where seconds is not negative. The kernel's own
 * wait has no end but by a signal, and those are not ours: so it looks again and again.
 * Returns 0, or -1 with errno set. */
static int await(int fd, double seconds)
{
    struct timespec pause = {0, LOOK_FIRST};
    double until = now() + seconds, left;
    for (;;) {
        if (flock(fd, seconds < 0 ? LOCK_EX : LOCK_EX | LOCK_NB) == 0)
            return 0;
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK || (left = until - now()) <= 0)
            return -1;
        if (left * 1e9 < (double)pause.tv_nsec)
            pause.tv_nsec = (long)(left * 1e9);
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < LOOK_LAST)
            pause.tv_nsec *= 2;
    }
}

/* Tells why the lock could not be had, or NULL. */
static const char *take(lock *l, const char *path, double seconds)
{
    struct stat there;
    l->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                 S_IRUSR | S_IWUSR);
    if (l->fd < 0 || fstat(l->fd, &there) != 0)
        return reason(errno);
    if (!S_ISREG(there.st_mode))
        return IRREGULAR;
    if (await(l->fd, seconds) == 0)
        return NULL;
    return errno == EWOULDBLOCK ? "is locked by another process: try again later"
                                : reason(errno);
}

static void release(lock *l)
{
    if (l->fd >= 0) {
        flock(l->fd, LOCK_UN);
        close(l->fd);
    }
    l->fd = -1;
}

/* sys.lock(path, seconds|nil) -> lock | nil, why
 * Waits until nobody else has a lock on the path, for ever without seconds. The file is
 * made where it is missing, and stays. The end of the process releases the lock. */
int Lgi_lock(lua_State *L)
{
    const char *path = check_path(L, 1), *why;
    double seconds = luaL_optnumber(L, 2, -1);
    lock *l;
    luaL_argcheck(L, lua_isnoneornil(L, 2) || seconds >= 0, 2,
                  "must be a number of seconds, 0 or more");
    l = lua_newuserdata(L, sizeof(*l));
    l->fd = -1;
    gi_setmetatable(L, LOCK);
    if ((why = take(l, path, seconds)) == NULL)
        return 1;
    release(l);
    return fail(L, path, why);
}

/* lock:release(). Also __gc and __close, so it must be harmless the second time. */
static int Lgi_lock_release(lua_State *L)
{
    release(luaL_checkudata(L, 1, LOCK));
    return 0;
}

void gi_files_register(lua_State *L)
{
    static const luaL_Reg locks[] = {{"__gc", Lgi_lock_release},
                                     {"__close", Lgi_lock_release},
                                     {"release", Lgi_lock_release},
                                     {NULL, NULL}};
    static const luaL_Reg drafts[] = {
        {"__gc", Lgi_draft_discard},    {"__close", Lgi_draft_discard},
        {"write", Lgi_draft_write},     {"commit", Lgi_draft_commit},
        {"discard", Lgi_draft_discard}, {NULL, NULL}};
    gi_class(L, LOCK, locks);
    gi_class(L, DRAFT, drafts);
}
