// How long a thread ran and how long it waited for a CPU, often enough to see single waits: the part of the truth that is
// invisible inside the process.
//
//   schedwatch PID TID PERIOD_US FILE
//
// Reads /proc/PID/task/TID/schedstat each period and writes records of four unsigned 64-bit numbers: time read
// (CLOCK_MONOTONIC, ns), run ns, wait ns, times it got a CPU. Ends on SIGTERM and when the thread is gone. It runs before
// the others where it may (SCHED_FIFO), as it is no use to measure its own waits.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ending;

static void end(int signal) {
    (void)signal;
    ending = 1;
}

int main(int count, char **arguments) {
    if (count != 5) return 64;
    struct sched_param priority = {.sched_priority = 1};
    sched_setscheduler(0, SCHED_FIFO, &priority);
    struct sigaction action = {.sa_handler = end};
    sigaction(SIGTERM, &action, NULL);
    char path[96], text[96];
    snprintf(path, sizeof path, "/proc/%s/task/%s/schedstat", arguments[1], arguments[2]);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    FILE *output = fopen(arguments[4], "wb");
    if (file < 0 || !output) return 66;
    const int64_t period = atoll(arguments[3]) * 1000;
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    while (!ending) {
        ssize_t length = pread(file, text, sizeof text - 1, 0);
        if (length <= 0) break;
        text[length] = 0;
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        char *rest = text;
        uint64_t record[4] = {(uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec};
        for (int i = 1; i < 4; i++) record[i] = strtoull(rest, &rest, 10);
        fwrite(record, sizeof record, 1, output);
        // Never behind: what was missed is missed.
        int64_t at = next.tv_sec * 1000000000LL + next.tv_nsec;
        while (at <= (int64_t)record[0]) at += period;
        next.tv_sec = at / 1000000000LL;
        next.tv_nsec = at % 1000000000LL;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
    return fclose(output) == 0 ? 0 : 74;
}
