// Workers that burn CPU in known patterns and say what their own clock said when: the truth for numbers of CPU time.
//
//   burner DIRECTORY PATTERN...
//
// A worker for each PATTERN, THREADS:BURST_US:PERIOD_US or churn:BURST_US:PERIOD_US: so many threads that each burn so much
// CPU in every period; with churn a new thread each period, which burns it and ends. Its first thread waits in epoll, as a
// worker does. DIRECTORY/PID is a list of pairs of 64 bits: CLOCK_MONOTONIC and the process clock, at both ends of each
// burst and every 0.2 ms within it. The file has zeros behind its end. The workers end with this program.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_NOTES = 1 << 21, NOTE_NS = 200000, LONGEST_NOTE_NS = 20000 };

static struct note {
    int64_t instant, cpu;
} *notes;
static atomic_long count;
static int64_t burst, period;

static int64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

// One that was interrupted says nothing of when.
static void take_note(void) {
    int64_t before = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID), after = now(CLOCK_MONOTONIC);
    if (after - before > LONGEST_NOTE_NS) return;
    long place = atomic_fetch_add(&count, 1);
    if (place < MAX_NOTES) notes[place] = (struct note){before + (after - before) / 2, cpu};
}

static void burn(void) {
    int64_t began = now(CLOCK_THREAD_CPUTIME_ID), noted = began;
    take_note();
    for (int64_t used = began; used - began < burst; used = now(CLOCK_THREAD_CPUTIME_ID)) {
        for (volatile int i = 0; i < 1000; i++) {}
        if (used - noted < NOTE_NS) continue;
        take_note();
        noted = used;
    }
    take_note();
}

static void *burn_once(void *nothing) {
    burn();
    return nothing;
}

static void wait_until(int64_t instant) {
    struct timespec until = {instant / 1000000000LL, instant % 1000000000LL};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void *burn_forever(void *churns) {
    for (int64_t next = now(CLOCK_MONOTONIC);; next += period) {
        wait_until(next);
        pthread_t thread;
        if (!churns) {
            burn();
        } else if (pthread_create(&thread, NULL, burn_once, NULL) == 0) {
            pthread_join(thread, NULL);
            take_note();
        }
    }
    return NULL;
}

static int run_worker(const char *directory, const char *pattern, int listener, pid_t master) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != master) return 0;
    char path[4096];
    snprintf(path, sizeof path, "%s/%d", directory, getpid());
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, MAX_NOTES * sizeof *notes) != 0) return perror(path), 1;
    notes = mmap(NULL, MAX_NOTES * sizeof *notes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (notes == MAP_FAILED) return perror("burner: mmap"), 1;
    int churns = !strncmp(pattern, "churn:", 6), threads = churns ? 1 : atoi(pattern);
    const char *colon = strchr(pattern, ':');
    if (!colon || sscanf(colon, ":%ld:%ld", &burst, &period) != 2) return 64;
    burst *= 1000, period *= 1000;
    for (int i = 0; i < threads; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, burn_forever, churns ? notes : NULL) != 0) return 1;
    }
    int loop = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = listener};
    epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event);
    for (;;) epoll_wait(loop, &event, 1, -1);
}

int main(int arguments, char **words) {
    if (arguments < 3) {
        fputs("usage: burner DIRECTORY THREADS:BURST_US:PERIOD_US|churn:BURST_US:PERIOD_US ...\n", stderr);
        return 64;
    }
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 16) < 0) {
        perror("burner: listen on loopback");
        return 69;
    }
    pid_t master = getpid();
    for (int i = 2; i < arguments; i++) {
        pid_t child = fork();
        if (child == 0) exit(run_worker(words[1], words[i], listener, master));
        if (child < 0) perror("burner: fork");
    }
    for (;;) pause();
}
