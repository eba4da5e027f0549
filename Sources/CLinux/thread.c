#define _GNU_SOURCE
#include "CLinuxThread.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int looptop_wait_readable(int fd, int other, uint64_t nanoseconds) {
    struct pollfd events[] = {{.fd = fd, .events = POLLIN}, {.fd = other, .events = POLLIN}};
    struct timespec patience = {
        .tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
    if (ppoll(events, 2, &patience, NULL) <= 0) return 0;
    return (events[0].revents != 0) | (events[1].revents != 0) << 1;
}

int32_t looptop_thread_id(void) { return (int32_t)syscall(SYS_gettid); }

void looptop_set_timer_slack(uint64_t nanoseconds) { prctl(PR_SET_TIMERSLACK, (unsigned long)nanoseconds, 0, 0, 0); }

int looptop_set_nice(int nice) {
    return setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), nice) == 0 ? 0 : -errno;
}
