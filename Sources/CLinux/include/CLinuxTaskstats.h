/// Counters of threads by netlink, many with one system call each way: Documentation/accounting/taskstats.rst. Needs
/// CAP_NET_ADMIN in the first user namespace, and a kernel with CONFIG_TASKSTATS, CONFIG_TASK_DELAY_ACCT and CONFIG_TASK_XACCT.
/// Every function returns a negative errno on failure and leaves `errno` out of it; none blocks.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// The most that are asked for at once: their answers fit into a socket's buffer of the kernel's usual size.
enum { LOOPTOP_TASKSTATS_BATCH = 64 };

/// Of one thread; four counters. `result` is 0, or a negative errno: ESRCH where there is no such thread.
struct looptop_task {
    int32_t result;
    uint64_t run;          // ns on a CPU, `cpu_run_virtual_total`
    uint64_t wait;         // ns runnable without one, `cpu_delay_total`
    uint64_t voluntary;    // `nvcsw`
    uint64_t involuntary;  // `nivcsw`
};

/// A socket that may ask, tried with this very thread; the family's number in `family`. Returns the descriptor.
int looptop_taskstats_open(uint16_t *family);

/// The counters of `count` threads, at most LOOPTOP_TASKSTATS_BATCH, in their order. `first` to `first` + `count` number
/// the questions; an answer to another one is passed over. Returns 0.
int looptop_taskstats_get(int fd, uint16_t family, uint32_t first, const int32_t *threads, size_t count,
                          struct looptop_task *into);
