/* files.c - private files and locks between processes. */
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
#define IRREGULAR "is no regular file: give another path"
#define SUFFIX ".XXXXXX"    /* what mkostemp replaces */
#define LOOK_FIRST 1000000L /* nanoseconds between two looks at a lock; they double */
#define LOOK_LAST 32000000L /* up to this */

typedef struct lock {
    int fd; /* -1: not held */
} lock;

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

/* Writes a new file under the name that mkostemp makes of temporary, and renames it.
 * Returns 0, or -1 with errno set and no new file left. */
static int replace(const char *path, char *temporary, const char *bytes, size_t len)
{
    int fd = mkostemp(temporary, O_CLOEXEC), error;
    if (fd < 0)
        return -1;
    error = fchmod(fd, S_IRUSR | S_IWUSR) != 0 || write_all(fd, bytes, len) != 0 ||
                    fsync(fd) != 0
                ? errno
                : 0;
    if (close(fd) != 0 && error == 0)
        error = errno;
    if (error == 0 && rename(temporary, path) != 0)
        error = errno;
    if (error != 0)
        unlink(temporary);
    errno = error;
    return error == 0 ? 0 : -1;
}

/* sys.write_private(path, bytes) -> true | nil, why
 * Makes the file, or replaces it as a whole; only its owner may read it. */
int Lgi_write_private(lua_State *L)
{
    const char *path = check_path(L, 1), *bytes;
    size_t len, n = strlen(path);
    struct stat there;
    char *temporary;
    bytes = luaL_checklstring(L, 2, &len);
    temporary = lua_newuserdata(L, n + sizeof(SUFFIX));
    memcpy(temporary, path, n);
    memcpy(temporary + n, SUFFIX, sizeof(SUFFIX));
    if (lstat(path, &there) == 0 && !S_ISREG(there.st_mode))
        return fail(L, path, S_ISLNK(there.st_mode) ? reason(ELOOP) : IRREGULAR);
    if (replace(path, temporary, bytes, len) != 0)
        return fail(L, path, reason(errno));
    sync_directory(temporary);
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
    static const luaL_Reg methods[] = {{"__gc", Lgi_lock_release},
                                       {"__close", Lgi_lock_release},
                                       {"release", Lgi_lock_release},
                                       {NULL, NULL}};
    gi_class(L, LOCK, methods);
}
