// The floor to compare the agent with: a loop that reads the same of the same processes and does nothing else.
//
//   reference MODE PERIOD_MS SWEEPS PHASE_MS PARENT_PID...
//
// It looks at the children of each parent. MODE says what a sweep reads of each of them:
//   same   as the agent (`Sources/Agent/Sampling/WatchedWorker.swift`): its CPU clock; if that moved, and in every tenth
//          sweep, status, schedstat and io through kept descriptors and the size of fd
//   all    the same without skipping those whose clock stood still
//   naive  stat, statm, schedstat, status and io, each opened, read and closed, as most monitors do
// PHASE_MS is waited before the first sweep, so that programs that are compared do not sweep at the same moment.
// Prints one line of JSON: workers, sweeps, samples (workers x sweeps), reads (workers read in full), cpu_ns of the sweeps.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_WORKERS = 4096, FULL_READ_EVERY = 10 };

static struct worker {
    int pid, status, schedstat, io, directory;
    long long clock;
} workers[MAX_WORKERS];

static char buffer[65536];

static long long nanoseconds(clockid_t clock) {
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) return -1;
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int open_file(int pid, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static void read_kept(int descriptor) {
    if (pread(descriptor, buffer, sizeof buffer, 0) < 0) perror("reference: pread");
}

// Until the end of the file, which only an empty read tells.
static void read_opened(int pid, const char *name) {
    int descriptor = open_file(pid, name);
    if (descriptor < 0) return perror("reference: open");
    while (read(descriptor, buffer, sizeof buffer) > 0) {}
    close(descriptor);
}

static int sample(struct worker *worker, int skips_idle) {
    long long clock = nanoseconds((clockid_t)((~(unsigned)worker->pid) << 3 | 2));
    if (clock == worker->clock && skips_idle) return 0;
    worker->clock = clock;
    read_kept(worker->status);
    read_kept(worker->schedstat);
    struct stat directory;
    if (fstatat(worker->directory, "fd", &directory, 0) != 0) perror("reference: fstatat");
    read_kept(worker->io);
    return 1;
}

static int sample_naively(struct worker *worker) {
    static const char *const files[] = {"stat", "statm", "schedstat", "status", "io"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) read_opened(worker->pid, files[i]);
    return 1;
}

static int find_children(const char *parent, int found, int keeps_files) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%.12s/task/%.12s/children", parent, parent);
    FILE *children = fopen(path, "r");
    if (!children) return found;
    for (int pid; found < MAX_WORKERS && fscanf(children, "%d", &pid) == 1; found++) {
        struct worker *worker = &workers[found];
        *worker = (struct worker){.pid = pid, .clock = -1};
        if (!keeps_files) continue;
        worker->status = open_file(pid, "status");
        worker->schedstat = open_file(pid, "schedstat");
        worker->io = open_file(pid, "io");
        worker->directory = open_file(pid, ".");
    }
    fclose(children);
    return found;
}

int main(int count, char **arguments) {
    if (count < 6) {
        fputs("usage: reference same|all|naive PERIOD_MS SWEEPS PHASE_MS PARENT_PID...\n", stderr);
        return 64;
    }
    int naive = !strcmp(arguments[1], "naive"), all = !strcmp(arguments[1], "all"), found = 0;
    long period_ms = atol(arguments[2]), sweeps = atol(arguments[3]), phase_ms = atol(arguments[4]);
    for (int i = 5; i < count; i++) found = find_children(arguments[i], found, !naive);
    if (!found) {
        fputs("reference: no children found\n", stderr);
        return 69;
    }
    long long reads = 0, started = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    long long next = nanoseconds(CLOCK_MONOTONIC) + phase_ms * 1000000LL;
    for (long sweep = 0; sweep < sweeps; sweep++) {
        struct timespec until = {next / 1000000000LL, next % 1000000000LL};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        next += period_ms * 1000000LL;
        int skips_idle = !all && sweep % FULL_READ_EVERY != 0;
        for (int i = 0; i < found; i++) reads += naive ? sample_naively(&workers[i]) : sample(&workers[i], skips_idle);
    }
    printf("{\"workers\": %d, \"sweeps\": %ld, \"samples\": %lld, \"reads\": %lld, \"cpu_ns\": %lld}\n", found, sweeps,
           (long long)found * sweeps, reads, nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - started);
    return 0;
}
