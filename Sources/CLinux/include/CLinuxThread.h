/// What a thread that must be on time asks of the kernel.
#pragma once

#include <stdint.h>

/// Waits until `fd` or `other` (-1: none) is readable or `nanoseconds` have passed: ppoll(2), which does not round to
/// milliseconds. Returns 1 for the first, 2 for the other, 3 for both, else 0 (also when a signal came in between).
int looptop_wait_readable(int fd, int other, uint64_t nanoseconds);

/// gettid(2).
int32_t looptop_thread_id(void);

/// prctl(2) PR_SET_TIMERSLACK for the calling thread: how late its timers may be, so that the kernel can bundle them.
void looptop_set_timer_slack(uint64_t nanoseconds);

/// setpriority(2) for the calling thread only, which is what Linux does with a thread id. Returns 0 or a negative errno;
/// -EACCES where the user may not.
int looptop_set_nice(int nice);
