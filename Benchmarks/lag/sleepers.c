// Many small workers for the cost of probing: each an epoll loop on a timer.
//
//   sleepers COUNT ACTIVE SPIN_US RATE
//
// COUNT processes wake once a second, ACTIVE of them RATE times a second and spin for SPIN_US each time. Prints the pids on
// one line. They end with their parent.
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void work(int64_t spin_ns, int64_t period_ns, int64_t phase_ns) {
    int epoll = epoll_create1(EPOLL_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    struct itimerspec times = {
        .it_interval = {period_ns / 1000000000, period_ns % 1000000000},
        .it_value = {phase_ns / 1000000000, phase_ns % 1000000000 + 1}};
    timerfd_settime(timer, 0, &times, NULL);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event);
    for (;;) {
        uint64_t times_due;
        if (epoll_wait(epoll, &event, 1, -1) != 1) continue;
        if (read(timer, &times_due, sizeof times_due) < 0) continue;
        for (int64_t until = now_ns() + spin_ns; now_ns() < until;) {}
    }
}

int main(int argument_count, char **arguments) {
    if (argument_count != 5) return 64;
    int count = atoi(arguments[1]), active = atoi(arguments[2]);
    int64_t spin_ns = atoll(arguments[3]) * 1000, busy_period = 1000000000 / atoll(arguments[4]);
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child < 0) return 71;
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            int64_t period = i < active ? busy_period : 1000000000;
            work(i < active ? spin_ns : 20000, period, period * i / count);
        }
        printf("%d ", child);
    }
    printf("\n");
    fflush(stdout);
    for (;;) pause();
}
