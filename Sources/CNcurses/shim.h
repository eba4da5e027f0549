// What Swift cannot reach in curses.h (macros, mutable globals), the locale, and the rescue of the terminal when the
// process dies. Only Sources/Console/CursesTerminal.swift imports this, so the static state below exists once.
#ifndef LOOPTOP_CNCURSES_SHIM_H
#define LOOPTOP_CNCURSES_SHIM_H

#define NCURSES_WIDECHAR 1  // cchar_t and the *_wch calls
#define NCURSES_NOMACROS 1  // move, getch ... as functions
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

// term.h spells terminfo names as macros over `cur_term`; some are ordinary words.
#undef columns
#undef lines
#undef tab
#undef bell

static const attr_t CN_BOLD = A_BOLD;
static const attr_t CN_DIM = A_DIM;
static const attr_t CN_REVERSE = A_REVERSE;
static const attr_t CN_UNDERLINE = A_UNDERLINE;

static inline WINDOW *cn_stdscr(void) { return stdscr; }
static inline int cn_colors(void) { return COLORS; }
static inline int cn_color_pairs(void) { return COLOR_PAIRS; }
static inline attr_t cn_pair_attribute(int pair) { return (attr_t)COLOR_PAIR(pair); }

// newterm returns NULL where initscr would print and exit.
static inline SCREEN *cn_open_screen(void) { return newterm(NULL, stdout, stdin); }

// A terminfo string, or NULL when the terminal lacks it.
static inline const char *cn_capability(const char *name) {
    char *value = tigetstr((char *)name);
    return value == (char *)-1 ? NULL : value;
}

// A terminfo number; negative when the terminal lacks it.
static inline int cn_number(const char *name) { return tigetnum((char *)name); }

static inline bool cn_set_ctype(const char *locale) { return setlocale(LC_CTYPE, locale) != NULL; }
static inline const char *cn_codeset(void) { return nl_langinfo(CODESET); }
extern int wcwidth(wchar_t);  // wchar.h declares it for _XOPEN_SOURCE only
static inline int cn_width(unsigned int scalar) { return wcwidth((wchar_t)scalar); }

// The window's size in cells; false when the terminal does not know.
static inline bool cn_window_size(int *rows, int *columns) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return false;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return true;
}

// Writes all of it; false when the terminal is gone. Async-signal-safe.
static inline bool cn_write(int descriptor, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}

// --- Standard error, kept off the screen -------------------------------------------------------------------------
// While the screen is ours, descriptor 2 is a memory file if it was a terminal: a library's warning would tear the
// picture, and a crash message would vanish with the alternate screen. It is shown when the screen is given back.

static int cn_error_file = -1;
static int cn_error_terminal = -1;

static inline void cn_capture_errors(void) {
    if (cn_error_file >= 0 || !isatty(STDERR_FILENO)) return;
    int file = (int)syscall(SYS_memfd_create, "looptop-stderr", 1U /* MFD_CLOEXEC */);
    if (file < 0) return;
    int terminal = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (terminal < 0 || fcntl(file, F_SETFL, O_APPEND) != 0 || dup2(file, STDERR_FILENO) < 0) {
        if (terminal >= 0) close(terminal);
        close(file);
        return;
    }
    cn_error_file = file;
    cn_error_terminal = terminal;
}

// Keeps a chatty library from filling memory; the newest text is what a crash needs.
static inline void cn_trim_errors(void) {
    struct stat status;
    if (cn_error_file >= 0 && fstat(cn_error_file, &status) == 0 && status.st_size > 1 << 20) {
        if (ftruncate(cn_error_file, 0) != 0) return;
    }
}

// Gives descriptor 2 back and prints the end of what was caught. Async-signal-safe.
static inline void cn_release_errors(void) {
    if (cn_error_file < 0) return;
    int file = cn_error_file;
    cn_error_file = -1;
    dup2(cn_error_terminal, STDERR_FILENO);
    struct stat status;
    off_t offset = 0;
    if (fstat(file, &status) == 0 && status.st_size > 16384) offset = status.st_size - 16384;
    char buffer[1024];
    ssize_t count;
    unsigned char previous = 0;
    while ((count = pread(file, buffer, sizeof buffer, offset)) > 0) {
        for (ssize_t i = 0; i < count; i++) {
            unsigned char byte = (unsigned char)buffer[i];
            // Log lines may quote peers: no control character reaches the terminal, C1 in UTF-8 neither.
            bool control = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F;
            if (control || (previous == 0xC2 && byte >= 0x80 && byte < 0xA0)) buffer[i] = '?';
            previous = byte;
        }
        if (!cn_write(STDERR_FILENO, buffer, (size_t)count)) break;
        offset += count;
    }
    close(file);
    close(cn_error_terminal);
    cn_error_terminal = -1;
}

// --- Rescue ------------------------------------------------------------------------------------------------------
// A Swift trap runs no `defer`. The bytes that leave the alternate screen are computed beforehand, since terminfo
// may not be called from a signal handler.

enum { CN_SIGNALS = 6 };
static const int cn_signals[CN_SIGNALS] = {SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE};
static struct sigaction cn_previous[CN_SIGNALS] = {{{0}}};  // Swift emits only statics with a value
static char cn_farewell[512] = {0};
static size_t cn_farewell_count = 0;
static struct termios cn_cooked = {0};
static bool cn_cooked_known = false;
static volatile sig_atomic_t cn_screen_is_ours = 0;
static bool cn_handlers_installed = false;

// Async-signal-safe; also runs at exit(), for whoever calls that without restore().
static inline void cn_rescue(void) {
    if (!cn_screen_is_ours) return;
    cn_screen_is_ours = 0;
    cn_write(STDOUT_FILENO, cn_farewell, cn_farewell_count);
    if (cn_cooked_known) tcsetattr(STDIN_FILENO, TCSANOW, &cn_cooked);
    cn_release_errors();
}

static inline void cn_crashed(int number) {
    int error = errno;
    cn_rescue();
    // Whoever handled the signal before (a backtracer) or the default action gets it as soon as we return.
    for (int i = 0; i < CN_SIGNALS; i++) {
        if (cn_signals[i] == number) sigaction(number, &cn_previous[i], NULL);
    }
    raise(number);
    errno = error;
}

// Must run before curses changes the terminal's modes.
static inline void cn_remember_modes(void) { cn_cooked_known = tcgetattr(STDIN_FILENO, &cn_cooked) == 0; }

// From here on the screen is cleaned up when the process crashes or exits.
static inline void cn_arm_rescue(const char *farewell, size_t count) {
    cn_farewell_count = count < sizeof cn_farewell ? count : sizeof cn_farewell;
    memcpy(cn_farewell, farewell, cn_farewell_count);
    cn_screen_is_ours = 1;
    if (cn_handlers_installed) return;
    cn_handlers_installed = true;
    atexit(cn_rescue);
    // A stack overflow leaves no stack for a handler; this one serves the thread that draws.
    static char stack[65536];
    stack_t current;
    if (sigaltstack(NULL, &current) == 0 && (current.ss_flags & SS_DISABLE)) {
        stack_t alternate;
        memset(&alternate, 0, sizeof alternate);
        alternate.ss_sp = stack;
        alternate.ss_size = sizeof stack;
        sigaltstack(&alternate, NULL);
    }
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = cn_crashed;
    action.sa_flags = SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < CN_SIGNALS; i++) sigaction(cn_signals[i], &action, &cn_previous[i]);
}

// The screen was given back in an orderly way.
static inline void cn_disarm_rescue(void) { cn_screen_is_ours = 0; }

#endif
