// What a loop did, from inside and without its knowledge: an LD_PRELOAD library that logs every call a thread waits for
// events in. Time between the return of a wait and the start of the next one is a tick, the truth of the lag benchmark.
//
//   LD_PRELOAD=ticklog.so LAG_TICKLOG=PREFIX program
//
// Each process that waits writes PREFIX.PID, a shared mapping: a header, then a ring of calls. A call is entered when it
// begins, with `returned` 0 until it is over. Times are CLOCK_MONOTONIC in ns. Costs some 50 ns per call.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { CAPACITY = 1 << 21, POLL = -1, SELECT = -2 };

struct call {
    uint64_t entered, returned;
    int32_t thread, descriptor, timeout_ms, ready;
};

struct log {
    uint64_t capacity;
    _Atomic uint64_t count;
    uint64_t unused[6];
    struct call calls[CAPACITY];
};

static char prefix[256];
static struct log *_Atomic opened;
static __thread int32_t this_thread __attribute__((tls_model("initial-exec")));
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

static int (*real_wait)(int, struct epoll_event *, int, int);
static int (*real_pwait)(int, struct epoll_event *, int, int, const sigset_t *);
static int (*real_pwait2)(int, struct epoll_event *, int, const struct timespec *, const sigset_t *);
static int (*real_poll)(struct pollfd *, nfds_t, int);
static int (*real_select)(int, fd_set *, fd_set *, fd_set *, struct timeval *);

static void forget(void) {
    opened = NULL;
    this_thread = 0;
    pthread_mutex_init(&opening, NULL);
}

__attribute__((constructor)) static void begin(void) {
    // Kept here: programs clear their environment.
    const char *wanted = getenv("LAG_TICKLOG");
    snprintf(prefix, sizeof prefix, "%s", wanted ? wanted : "");
    real_wait = (int (*)(int, struct epoll_event *, int, int))dlsym(RTLD_NEXT, "epoll_wait");
    real_pwait = (int (*)(int, struct epoll_event *, int, int, const sigset_t *))dlsym(RTLD_NEXT, "epoll_pwait");
    real_pwait2 = (int (*)(int, struct epoll_event *, int, const struct timespec *, const sigset_t *))dlsym(
        RTLD_NEXT, "epoll_pwait2");
    real_poll = (int (*)(struct pollfd *, nfds_t, int))dlsym(RTLD_NEXT, "poll");
    real_select = (int (*)(int, fd_set *, fd_set *, fd_set *, struct timeval *))dlsym(RTLD_NEXT, "select");
    pthread_atfork(NULL, NULL, forget);
}

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static struct log *log_of_process(void) {
    struct log *log = atomic_load_explicit(&opened, memory_order_acquire);
    if (log || !prefix[0]) return log;
    pthread_mutex_lock(&opening);
    if (!(log = opened)) {
        char path[300];
        snprintf(path, sizeof path, "%s.%d", prefix, (int)getpid());
        int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (file >= 0 && ftruncate(file, sizeof *log) == 0) {
            void *mapped = mmap(NULL, sizeof *log, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            if (mapped != MAP_FAILED) {
                log = mapped;
                log->capacity = CAPACITY;
                opened = log;
            }
        }
        if (file >= 0) close(file);
        if (!log) prefix[0] = 0;  // without a log it runs all the same; the reader misses the file
    }
    pthread_mutex_unlock(&opening);
    return log;
}

static struct call *enter(int descriptor, int timeout_ms) {
    struct log *log = log_of_process();
    if (!log) return NULL;
    if (!this_thread) this_thread = (int32_t)syscall(SYS_gettid);
    uint64_t slot = atomic_fetch_add_explicit(&log->count, 1, memory_order_relaxed) % CAPACITY;
    struct call *call = &log->calls[slot];
    *call = (struct call){.thread = this_thread, .descriptor = descriptor, .timeout_ms = timeout_ms};
    call->entered = now_ns();
    return call;
}

static int leave(struct call *call, int ready) {
    if (call) {
        call->ready = ready;
        call->returned = now_ns();
    }
    return ready;
}

int epoll_wait(int epoll, struct epoll_event *events, int maximum, int timeout) {
    struct call *call = enter(epoll, timeout);
    return leave(call, real_wait(epoll, events, maximum, timeout));
}

int epoll_pwait(int epoll, struct epoll_event *events, int maximum, int timeout, const sigset_t *mask) {
    struct call *call = enter(epoll, timeout);
    return leave(call, real_pwait(epoll, events, maximum, timeout, mask));
}

int epoll_pwait2(
    int epoll, struct epoll_event *events, int maximum, const struct timespec *timeout, const sigset_t *mask) {
    struct call *call = enter(epoll, timeout ? (int)(timeout->tv_sec * 1000 + timeout->tv_nsec / 1000000) : -1);
    return leave(call, real_pwait2(epoll, events, maximum, timeout, mask));
}

int poll(struct pollfd *descriptors, nfds_t count, int timeout) {
    struct call *call = enter(POLL, timeout);
    return leave(call, real_poll(descriptors, count, timeout));
}

int select(int count, fd_set *read, fd_set *write, fd_set *except, struct timeval *timeout) {
    struct call *call = enter(SELECT, timeout ? (int)(timeout->tv_sec * 1000 + timeout->tv_usec / 1000) : -1);
    return leave(call, real_select(count, read, write, except, timeout));
}
