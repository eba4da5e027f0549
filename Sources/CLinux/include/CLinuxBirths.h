/// Births and deaths of processes as the kernel tells them: process events of the connector, linux/cn_proc.h, netlink(7).
/// Only in the first network and pid namespace; before Linux 6.6 it needs CAP_NET_ADMIN.
/// Every function returns a negative errno on failure and leaves `errno` out of it; none blocks.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// More parents than a filter takes.
enum { LOOPTOP_MOST_PARENTS = 512 };

enum looptop_process_what {
    LOOPTOP_PROCESS_OTHER = 0,  // nothing that is wanted
    LOOPTOP_PROCESS_FORKED = 1,
    LOOPTOP_PROCESS_RAN = 2,  // execve(2)
    LOOPTOP_PROCESS_ENDED = 3,
};

struct looptop_process_news {
    uint32_t what;
    int32_t pid;
    int32_t parent;   // of a fork and an end; 0 of others
    uint32_t status;  // of an end, as wait(2) has it
    uint64_t time;    // CLOCK_MONOTONIC, ns
};

/// Listens from now on. In the kernel already a filter takes out all but forks and ends of the parents' children (processes,
/// not threads; the first `LOOPTOP_MOST_PARENTS` parents count) and every execve. Returns the descriptor; -EPERM where the
/// kernel tells this process nothing.
int looptop_births_open(const int32_t *parents, size_t count);

/// Other parents from now on.
int looptop_births_follow(int fd, const int32_t *parents, size_t count);

/// What was told since: one entry for each of up to `room` messages, the number of them is returned; 0 where there is none.
/// -ENOBUFS: something was lost.
long looptop_births_read(int fd, struct looptop_process_news *into, size_t room);

/// Tells the kernel to stop; the caller closes the descriptor. Kernels before 6.6 go on making news for a listener that
/// only closes it.
void looptop_births_end(int fd);

/// One message of the kernel, taken apart. `LOOPTOP_PROCESS_OTHER` where it is cut short, foreign or not about a process.
struct looptop_process_news looptop_births_parse(const void *message, size_t length);
