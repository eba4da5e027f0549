// The floors to compare the agent with: loops that read of the same processes and do nothing else.
//
//   reference MODE PERIOD_MS PHASE_MS PARENT_PID...
//
// It looks at the children of each parent. MODE says what a sweep reads of each of them:
//   smart      as the agent: its CPU clock; if that moved, and in every tenth sweep, the counters of its threads by
//              taskstats (64 in a message; without CAP_NET_ADMIN status and schedstat), statm and io through kept
//              descriptors, and the size of its kept fd directory
//   same       its CPU clock; if that moved, and in every tenth sweep, status, schedstat and io through kept descriptors and
//              the size of fd below a kept directory
//   clock      its CPU clock
//   taskstats  the counters of its threads, 64 in a message
//   kept       stat, statm, schedstat, status and io through kept descriptors
//   naive      stat, statm, schedstat, status and io, each opened, read and closed, as most monitors do
// The first sweep is at once; the others are PHASE_MS after whole multiples of PERIOD_MS on CLOCK_MONOTONIC, so that programs
// that are compared do not sweep at the same moment. One that is stopped for a while leaves out what it missed. After each
// sweep it prints a line: workers, and how many of them were read beyond their clock. Exit 69: a mode that cannot be had here.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_WORKERS = 16384, FULL_READ_EVERY = 10, BATCH = 64, FILES = 5 };
enum file { STAT, STATM, SCHEDSTAT, STATUS, IO };

static const char *const names[FILES] = {"stat", "statm", "schedstat", "status", "io"};

static struct worker {
    int pid, files[FILES], directory;  // -1: not kept
    long long clock;
} workers[MAX_WORKERS];

static int found, taskstats = -1, family;
static int moved[MAX_WORKERS];  // positions of those that are read in this sweep
static char buffer[65536];

static _Noreturn void give_up(const char *what) {
    fprintf(stderr, "reference: %s: %s\n", what, strerror(errno));
    exit(69);
}

static long long nanoseconds(clockid_t clock) {
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) return -1;
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int open_file(int pid, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) give_up(path);
    return descriptor;
}

static void read_kept(int descriptor) {
    if (pread(descriptor, buffer, sizeof buffer, 0) < 0) perror("reference: pread");
}

// Until the end of the file, which only an empty read tells.
static void read_opened(int pid, const char *name) {
    int descriptor = open_file(pid, name);
    while (read(descriptor, buffer, sizeof buffer) > 0) {}
    close(descriptor);
}

// Taskstats

struct request {
    struct nlmsghdr header;
    struct genlmsghdr generic;
    struct nlattr attribute;
    union {
        unsigned pid;
        char name[16];
    };
};

static void fill(struct request *request, int type, int command, int attribute, const void *value, int size) {
    *request = (struct request){
        .header = {.nlmsg_type = (unsigned short)type, .nlmsg_flags = NLM_F_REQUEST},
        .generic = {.cmd = (unsigned char)command, .version = 1},
        .attribute = {.nla_len = (unsigned short)(NLA_HDRLEN + size), .nla_type = (unsigned short)attribute}};
    memcpy(request->name, value, (size_t)size);
    request->header.nlmsg_len = (unsigned)(NLMSG_LENGTH(GENL_HDRLEN) + NLA_HDRLEN + NLA_ALIGN(size));
}

static struct nlmsghdr *receive(void) {
    if (recv(taskstats, buffer, sizeof buffer, 0) < (ssize_t)sizeof(struct nlmsghdr)) give_up("netlink");
    return (struct nlmsghdr *)buffer;
}

static void send_all(const struct request *requests, int count) {
    static char bytes[BATCH * sizeof *requests];
    size_t length = 0;
    for (int i = 0; i < count; i++) {
        memcpy(bytes + length, &requests[i], requests[i].header.nlmsg_len);
        length += NLMSG_ALIGN(requests[i].header.nlmsg_len);
    }
    if (send(taskstats, bytes, length, 0) < 0) give_up("netlink");
}

/// Whether this process may ask; then `family` is known.
static int open_taskstats(void) {
    taskstats = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
    if (taskstats < 0) return 0;
    struct request request;
    fill(&request, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, TASKSTATS_GENL_NAME, sizeof TASKSTATS_GENL_NAME);
    send_all(&request, 1);
    struct nlmsghdr *answer = receive();
    if (answer->nlmsg_type == NLMSG_ERROR) return 0;
    char *at = (char *)answer + NLMSG_LENGTH(GENL_HDRLEN), *end = (char *)answer + answer->nlmsg_len;
    for (struct nlattr *each; at < end; at += NLA_ALIGN(each->nla_len)) {
        each = (struct nlattr *)at;
        if (each->nla_len < NLA_HDRLEN) break;
        if (each->nla_type == CTRL_ATTR_FAMILY_ID) family = *(unsigned short *)(at + NLA_HDRLEN);
    }
    if (!family) return 0;
    unsigned own = (unsigned)getpid();
    fill(&request, family, TASKSTATS_CMD_GET, TASKSTATS_CMD_ATTR_TGID, &own, sizeof own);
    send_all(&request, 1);
    return receive()->nlmsg_type == family;
}

static void read_taskstats(int count) {
    static struct request requests[BATCH];
    for (int start = 0; start < count; start += BATCH) {
        int some = count - start < BATCH ? count - start : BATCH;
        for (int i = 0; i < some; i++) {
            unsigned pid = (unsigned)workers[moved[start + i]].pid;
            fill(&requests[i], family, TASKSTATS_CMD_GET, TASKSTATS_CMD_ATTR_TGID, &pid, sizeof pid);
        }
        send_all(requests, some);
        for (int i = 0; i < some; i++)
            if (receive()->nlmsg_type != family) give_up("taskstats");
    }
}

// Sweeps

/// How many moved, which `moved` then names.
static int read_clocks(int skips_idle) {
    int count = 0;
    for (int i = 0; i < found; i++) {
        struct worker *worker = &workers[i];
        long long clock = nanoseconds((clockid_t)((~(unsigned)worker->pid) << 3 | 2));
        if (clock != worker->clock || !skips_idle) moved[count++] = i;
        worker->clock = clock;
    }
    return count;
}

static int sweep_naively(void) {
    for (int i = 0; i < found; i++)
        for (int file = 0; file < FILES; file++) read_opened(workers[i].pid, names[file]);
    return found;
}

static int sweep_kept(int count) {
    for (int i = 0; i < count; i++) {
        struct worker *worker = &workers[moved[i]];
        for (int file = 0; file < FILES; file++)
            if (worker->files[file] >= 0) read_kept(worker->files[file]);
    }
    return count;
}

static int sweep_same(int count) {
    struct stat directory;
    for (int i = 0; i < count; i++)
        if (fstatat(workers[moved[i]].directory, "fd", &directory, 0) != 0) perror("reference: fstatat");
    return sweep_kept(count);
}

static int sweep_smart(int count) {
    if (taskstats >= 0) read_taskstats(count);
    struct stat directory;
    for (int i = 0; i < count; i++)
        if (fstat(workers[moved[i]].directory, &directory) != 0) perror("reference: fstat");
    return sweep_kept(count);
}

static void find_children(const char *parent, int kept, const char *directory) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%.12s/task/%.12s/children", parent, parent);
    FILE *children = fopen(path, "r");
    if (!children) give_up(path);
    for (int pid; found < MAX_WORKERS && fscanf(children, "%d", &pid) == 1; found++) {
        struct worker *worker = &workers[found];
        *worker = (struct worker){.pid = pid, .clock = -1};
        for (int file = 0; file < FILES; file++) worker->files[file] = kept >> file & 1 ? open_file(pid, names[file]) : -1;
        worker->directory = directory ? open_file(pid, directory) : -1;
    }
    fclose(children);
}

int main(int count, char **arguments) {
    if (count < 5) {
        fputs("usage: reference smart|same|clock|taskstats|kept|naive PERIOD_MS PHASE_MS PARENT_PID...\n", stderr);
        return 64;
    }
    const char *mode = arguments[1], *directory = NULL;
    int smart = !strcmp(mode, "smart"), same = !strcmp(mode, "same"), clock = !strcmp(mode, "clock");
    int asks = !strcmp(mode, "taskstats"), keeps = !strcmp(mode, "kept"), kept = 0;
    if ((smart || asks) && !open_taskstats()) {
        if (asks) give_up("taskstats");
        taskstats = -1;
    }
    if (smart) kept = 1 << STATM | 1 << IO | (taskstats < 0 ? 1 << STATUS | 1 << SCHEDSTAT : 0), directory = "fd";
    if (same) kept = 1 << STATUS | 1 << SCHEDSTAT | 1 << IO, directory = ".";
    if (keeps) kept = (1 << FILES) - 1;
    long long period = atol(arguments[2]) * 1000000LL, phase = atol(arguments[3]) * 1000000LL;
    for (int i = 4; i < count; i++) find_children(arguments[i], kept, directory);
    if (!found || period <= 0) {
        fputs("reference: no children found\n", stderr);
        return 69;
    }
    prctl(PR_SET_TIMERSLACK, 1UL);
    for (long sweep = 0;; sweep++) {
        int skips_idle = (smart || same) && sweep % FULL_READ_EVERY != 0, reads = 0;
        if (smart || same || clock) reads = read_clocks(skips_idle);
        else for (reads = 0; reads < found; reads++) moved[reads] = reads;
        if (smart) sweep_smart(reads);
        else if (same) sweep_same(reads);
        else if (keeps) sweep_kept(reads);
        else if (asks) read_taskstats(reads);
        else if (!clock) sweep_naively();
        char line[32];
        int length = snprintf(line, sizeof line, "%d %d\n", found, clock ? 0 : reads);
        if (write(STDOUT_FILENO, line, (size_t)length) < 0) return 0;
        long long now = nanoseconds(CLOCK_MONOTONIC), next = (now - phase) / period * period + period + phase;
        struct timespec until = {next / 1000000000LL, next % 1000000000LL};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
}
