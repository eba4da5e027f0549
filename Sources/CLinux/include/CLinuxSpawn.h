/// Programs run for somebody: fork(2) and execve(2), as another user and in another network where that is asked for.
/// Every function returns a negative errno on failure and leaves `errno` out of it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "CLinuxProcess.h"

struct looptop_program {
    const char *path;              // absolute
    char *const *arguments;        // the first is the name; ends with NULL
    char *const *environment;      // all of it; ends with NULL. NULL itself: ours
    int changes_user;              // the next four count
    uint32_t user, group;
    const uint32_t *groups;        // supplementary, `group` among them
    size_t group_count;
    int network;                   // an open file of `/proc/<pid>/ns/net` to enter, or -1
    int keeps_errors;              // its standard error is ours, and not part of `output`
    int socket;                    // above 2: its standard input and output, and it gets TERM when our thread ends; 0: none
};

/// What a child did last before it failed.
enum looptop_spawn_step {
    LOOPTOP_SPAWN_PREPARE = 1,
    LOOPTOP_SPAWN_NETWORK = 2,
    LOOPTOP_SPAWN_USER = 3,
    LOOPTOP_SPAWN_EXECUTE = 4,
};

struct looptop_spawn_failure {
    int32_t step;   // looptop_spawn_step
    int32_t error;  // errno
};

/// A child that nobody waited for yet: until `looptop_reap` says 1, its pid is no one else's.
struct looptop_child {
    int pid;
    int pidfd;
    int output;  // reads what it writes to its standard output (without a socket) and, unless it keeps them, errors; non-blocking
    int report;  // reads one `looptop_spawn_failure`, or ends without a byte when the program began; non-blocking
};

/// Starts a program in a session of its own, in `/`, with an empty signal mask and default handlers, umask 022, at most 1,024
/// open files (soft), standard input from /dev/null, and no other descriptor. Returns 0 once the child is there.
int looptop_spawn(const struct looptop_program *program, struct looptop_child *child);

/// How it ended: 1 and `kind` and `value`; 0 while it lives.
int looptop_reap(const struct looptop_child *child, enum looptop_exit_kind *kind, int *value);

/// Signals the session's first process group by the child's pidfd (Linux 6.9), before that the child alone; also when the
/// child itself has ended and is not reaped.
int looptop_signal_child(const struct looptop_child *child, int number);
