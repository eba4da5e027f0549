// A small prefork server for the demo and the tests: a master that replaces its workers, each worker an epoll loop with
// a shared listening socket and one timer. What its workers do to their loops is chosen on the command line, so that a
// test knows what an observer must find.
//
//   demo-worker [--workers N] [--port P] [--busy SLOT:PERCENT] [--block SLOT:MIN-MAX:EVERY] [--leak SLOT:BYTES]
//               [--ignore-term SLOT] [--no-respawn]
//
//   --busy    the worker spins that share of each 20 ms tick
//   --block   the worker spins once for MIN to MAX milliseconds every EVERY milliseconds
//   --leak    the worker touches that many more bytes each second and never frees them
// Worker 0 means every worker. A worker ends on SIGTERM; all end when the master does.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_WORKERS = 256, TICK_MS = 20 };

struct behaviour {
    int busy_percent;
    int block_min_ms, block_max_ms, block_every_ms;
    long leak_bytes;
    int ignore_term;
};

static struct behaviour behaviours[MAX_WORKERS + 1];
static volatile sig_atomic_t ending;

static void end(int signal) {
    (void)signal;
    ending = 1;
}

static void hold_signals(int how) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(how, &set, NULL);
}

static int64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void spin_ms(double milliseconds) {
    int64_t until = now_ns() + (int64_t)(milliseconds * 1e6);
    volatile uint64_t work = 0;
    while (now_ns() < until)
        for (int i = 0; i < 1000; i++) work += i;
}

static struct behaviour behaviour_of(int slot) {
    struct behaviour own = behaviours[slot], all = behaviours[0];
    if (!own.busy_percent) own.busy_percent = all.busy_percent;
    if (!own.block_every_ms) {
        own.block_min_ms = all.block_min_ms;
        own.block_max_ms = all.block_max_ms;
        own.block_every_ms = all.block_every_ms;
    }
    if (!own.leak_bytes) own.leak_bytes = all.leak_bytes;
    if (!own.ignore_term) own.ignore_term = all.ignore_term;
    return own;
}

static void leak(long bytes) {
    char *memory = malloc(bytes);
    if (memory) memset(memory, 1, bytes);
}

static void answer(int client) {
    static const char reply[] = "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
    char request[4096];
    if (read(client, request, sizeof request) > 0 && write(client, reply, sizeof reply - 1) < 0) perror("write");
    close(client);
}

static int run_worker(int slot, int listener, pid_t master) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != master) return 0;
    struct behaviour mine = behaviour_of(slot);
    signal(SIGTERM, mine.ignore_term ? SIG_IGN : SIG_DFL);
    signal(SIGINT, SIG_DFL);
    hold_signals(SIG_UNBLOCK);
    srand(getpid());

    int loop = epoll_create1(EPOLL_CLOEXEC);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    int tick = mine.busy_percent ? TICK_MS : mine.block_every_ms && mine.block_every_ms < 1000 ? mine.block_every_ms : 1000;
    struct itimerspec period = {
        .it_interval = {tick / 1000, tick % 1000 * 1000000L}, .it_value = {tick / 1000, tick % 1000 * 1000000L}};
    timerfd_settime(timer, 0, &period, NULL);
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = timer};
    epoll_ctl(loop, EPOLL_CTL_ADD, timer, &wanted);
    wanted = (struct epoll_event){.events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = listener};
    epoll_ctl(loop, EPOLL_CTL_ADD, listener, &wanted);

    int64_t next_block = now_ns() + mine.block_every_ms * 1000000LL, next_leak = now_ns() + 1000000000LL;
    for (;;) {
        struct epoll_event event;
        if (epoll_wait(loop, &event, 1, -1) < 1) continue;
        if (event.data.fd == listener) {
            int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
            if (client >= 0) answer(client);
            continue;
        }
        uint64_t expirations;
        if (read(timer, &expirations, sizeof expirations) < 0) continue;
        if (mine.busy_percent) spin_ms(TICK_MS * mine.busy_percent / 100.0);
        if (mine.block_every_ms && now_ns() >= next_block) {
            int spread = mine.block_max_ms - mine.block_min_ms;
            spin_ms(mine.block_min_ms + (spread > 0 ? rand() % (spread + 1) : 0));
            next_block = now_ns() + mine.block_every_ms * 1000000LL;
        }
        if (mine.leak_bytes && now_ns() >= next_leak) {
            leak(mine.leak_bytes);
            next_leak += 1000000000LL;
        }
    }
}

static int open_listener(int port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 128) < 0) {
        perror("demo-worker: listen on loopback");
        exit(69);
    }
    return listener;
}

static pid_t start_worker(int slot, int listener) {
    // A signal to a worker in its first moments must not reach the handler of its master, which it still has.
    hold_signals(SIG_BLOCK);
    pid_t master = getpid(), child = fork();
    if (child == 0) exit(run_worker(slot, listener, master));
    hold_signals(SIG_UNBLOCK);
    if (child < 0) perror("demo-worker: fork");
    return child;
}

static int usage(void) {
    fputs("usage: demo-worker [--workers N] [--port P] [--busy SLOT:PERCENT] [--block SLOT:MIN-MAX:EVERY]\n"
          "                   [--leak SLOT:BYTES] [--ignore-term SLOT] [--no-respawn]\n", stderr);
    return 64;
}

int main(int count, char **arguments) {
    int workers = 2, port = 0, respawn = 1;
    for (int i = 1; i < count; i++) {
        const char *option = arguments[i], *value = i + 1 < count ? arguments[i + 1] : "";
        int slot = atoi(value), a = 0, b = 0, c = 0;
        const char *colon = strchr(value, ':');
        if (!strcmp(option, "--no-respawn")) {
            respawn = 0;
            continue;
        }
        if (!*value) return usage();
        i++;
        if (!strcmp(option, "--port")) {
            port = atoi(value);
            continue;
        }
        if (slot < 0 || slot > MAX_WORKERS) return usage();
        if (!strcmp(option, "--workers")) workers = slot;
        else if (!strcmp(option, "--busy") && colon) behaviours[slot].busy_percent = atoi(colon + 1);
        else if (!strcmp(option, "--block") && sscanf(value, "%*d:%d-%d:%d", &a, &b, &c) == 3) {
            behaviours[slot].block_min_ms = a;
            behaviours[slot].block_max_ms = b;
            behaviours[slot].block_every_ms = c;
        } else if (!strcmp(option, "--leak") && colon) behaviours[slot].leak_bytes = atol(colon + 1);
        else if (!strcmp(option, "--ignore-term")) behaviours[slot].ignore_term = 1;
        else return usage();
    }
    if (workers < 1 || workers > MAX_WORKERS || port < 0 || port > 65535) return usage();

    struct sigaction action = {.sa_handler = end};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    int listener = open_listener(port);
    pid_t children[MAX_WORKERS + 1] = {0};
    for (int slot = 1; slot <= workers; slot++) children[slot] = start_worker(slot, listener);
    while (!ending) {
        int status;
        pid_t gone = wait(&status);
        if (gone < 0 && errno == ECHILD) break;
        for (int slot = 1; slot <= workers && gone > 0; slot++) {
            if (children[slot] != gone) continue;
            children[slot] = 0;
            if (respawn && !ending) {
                struct timespec pause = {0, 200000000};  // a worker that dies at once must not burn a core
                nanosleep(&pause, NULL);
                children[slot] = start_worker(slot, listener);
            }
        }
    }
    return 0;  // PR_SET_PDEATHSIG ends the workers
}
