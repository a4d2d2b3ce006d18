/* terminal.c - the size of a terminal, and a secret that is typed at one. */
#define _GNU_SOURCE
#include "sys.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#define COLUMNS 80 /* where a terminal does not say */
#define ROWS 24

/* sys.terminal(fd) -> { columns, rows } | nil
 * nil where the descriptor is no terminal. */
int Lgi_terminal(lua_State *L)
{
    double fd = luaL_checknumber(L, 1);
    struct winsize size;
    memset(&size, 0, sizeof(size));
    luaL_argcheck(L, fd >= 0 && fd <= INT32_MAX && fd == (double)(int)fd, 1,
                  "must be a file descriptor");
    if (!isatty((int)fd)) {
        lua_pushnil(L);
        return 1;
    }
    if (ioctl((int)fd, TIOCGWINSZ, &size) != 0)
        size.ws_col = size.ws_row = 0;
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, size.ws_col > 0 ? size.ws_col : COLUMNS);
    lua_setfield(L, -2, "columns");
    lua_pushinteger(L, size.ws_row > 0 ? size.ws_row : ROWS);
    lua_setfield(L, -2, "rows");
    return 1;
}

static const char INTERRUPTED[] = "interrupted by a signal";

/* One reading. The signals that would end or stop the process wait while the terminal is
 * changed. */
typedef struct reading {
    int tty, signals;
    sigset_t mask;
    struct termios earlier;
    char line[4096]; /* a terminal gives no longer one */
    size_t len;
} reading;

/* A signal that is ignored is not to end the reading. */
static void choose_signals(sigset_t *mask)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
    struct sigaction now;
    size_t i;
    sigemptyset(mask);
    for (i = 0; i < GI_COUNT(ending); i++)
        if (sigaction(ending[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(mask, ending[i]);
}

/* Returns 0, or -1 with errno. Input that nobody has read is thrown away. */
static int set(int tty, const struct termios *settings)
{
    int rc;
    while ((rc = tcsetattr(tty, TCSAFLUSH, settings)) != 0 && errno == EINTR)
        continue;
    return rc;
}

static void say(int tty, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(tty, text, len);
        if (n < 0 && errno != EINTR)
            return;
        if (n > 0) {
            text += n;
            len -= (size_t)n;
        }
    }
}

/* Reads up to the end of the line, or until a signal waits. Returns NULL or why there is
 * no line. */
static const char *read_line(reading *r)
{
    struct pollfd fds[2] = {{r->tty, POLLIN, 0}, {r->signals, POLLIN, 0}};
    for (r->len = 0; r->len < sizeof(r->line);) {
        ssize_t n = poll(fds, 2, -1);
        if (n > 0 && fds[1].revents != 0)
            return INTERRUPTED;
        if (n > 0)
            n = read(r->tty, r->line + r->len, sizeof(r->line) - r->len);
        if (n == 0)
            return "the terminal is at its end";
        if (n < 0 && errno != EINTR)
            return strerror(errno);
        r->len += n > 0 ? (size_t)n : 0;
        if (n > 0 && r->line[r->len - 1] == '\n') {
            r->len--;
            return NULL;
        }
    }
    return "the line is too long";
}

/* Asks with the echo off. The terminal is as before when this returns, and only then the
 * signals that waited arrive. Sets *stopped when they have only stopped the process,
 * which goes on. */
static const char *ask(reading *r, const char *prompt, int *stopped)
{
    struct termios silent = r->earlier;
    sigset_t before, waiting;
    const char *why;
    silent.c_iflag |= ICRNL;
    silent.c_lflag |= ICANON | ISIG;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    sigprocmask(SIG_BLOCK, &r->mask, &before);
    if (set(r->tty, &silent) != 0) {
        why = strerror(errno);
    } else {
        say(r->tty, prompt, strlen(prompt));
        why = read_line(r);
        set(r->tty, &r->earlier);
        say(r->tty, "\n", 1);
    }
    sigpending(&waiting);
    *stopped = why == INTERRUPTED && !sigismember(&waiting, SIGINT) &&
               !sigismember(&waiting, SIGTERM) && !sigismember(&waiting, SIGHUP) &&
               !sigismember(&waiting, SIGQUIT);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return why;
}

/* Returns NULL with the line in r, or why there is none. */
static const char *read_secret(reading *r, const char *prompt)
{
    const char *why = NULL;
    int stopped;
    r->signals = -1;
    choose_signals(&r->mask);
    if ((r->tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0)
        return "there is no terminal to ask at";
    if (tcgetattr(r->tty, &r->earlier) != 0 ||
        (r->signals = signalfd(-1, &r->mask, SFD_CLOEXEC)) < 0)
        why = strerror(errno);
    else
        do
            why = ask(r, prompt, &stopped);
        while (stopped);
    if (r->signals >= 0)
        close(r->signals);
    close(r->tty);
    return why;
}

/* sys.read_secret(prompt) -> text | nil, why
 * Asks at the process's terminal, whatever the standard files are, and shows nothing of
 * what is typed. A signal acts as ever, once the terminal is as it was. */
int Lgi_read_secret(lua_State *L)
{
    reading r;
    const char *prompt = luaL_checkstring(L, 1), *why = read_secret(&r, prompt);
    if (why != NULL) {
        lua_pushnil(L);
        lua_pushstring(L, why);
        return 2;
    }
    lua_pushlstring(L, r.line, r.len);
    explicit_bzero(r.line, sizeof(r.line));
    return 1;
}
