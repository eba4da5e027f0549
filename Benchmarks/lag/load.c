// Requests for a server on 127.0.0.1, with as little CPU as possible: it shares the machine with what it measures.
//
//   load PORT CONNECTIONS RATE BURST_MS PAUSE_MS SEED http|ping
//
// RATE requests a second at random moments over CONNECTIONS kept connections, skipped while all of them wait; RATE 0: each
// connection asks again as soon as it is answered. With BURST_MS it does that for so long after each PAUSE_MS, and RATE in
// between. An answer is whatever one read returns: the servers here answer in one piece. Runs until it is ended.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 1024 };

static struct {
    int socket, waiting;
} connections[MAX_CONNECTIONS];
static int epoll, port, last;
static const char *request;
static uint64_t state;

static int64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static double uniform(void) {  // 0 < u <= 1
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return ((double)(state >> 11) + 1) / 9007199254740992.0;
}

static void connect_to_server(int index) {
    int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    while (connect(made, (struct sockaddr *)&address, sizeof address) != 0) {
        if (errno != ECONNREFUSED && errno != EINTR) exit(1);
        usleep(20000);
    }
    setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections[index].socket = made;
    connections[index].waiting = 0;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
    epoll_ctl(epoll, EPOLL_CTL_ADD, made, &event);
}

static void ask(int index) {
    size_t length = strlen(request);
    if (send(connections[index].socket, request, length, MSG_NOSIGNAL) != (ssize_t)length) {
        close(connections[index].socket);
        connect_to_server(index);
        return;
    }
    connections[index].waiting = 1;
}

/// Asks on a connection that does not wait, each in turn.
static int ask_one(int count) {
    for (int tried = 0; tried < count; tried++) {
        last = (last + 1) % count;
        if (!connections[last].waiting) {
            ask(last);
            return 1;
        }
    }
    return 0;
}

int main(int argument_count, char **arguments) {
    if (argument_count != 8) return 64;
    port = atoi(arguments[1]);
    int count = atoi(arguments[2]);
    const double rate = atof(arguments[3]);
    const int64_t burst = atoll(arguments[4]) * 1000000, pause = atoll(arguments[5]) * 1000000;
    state = strtoull(arguments[6], NULL, 10) * 2654435761u + 88172645463325252u;
    request = strcmp(arguments[7], "ping") == 0 ? "PING\r\n" : "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    if (count < 1 || count > MAX_CONNECTIONS) return 64;
    epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < count; i++) connect_to_server(i);
    const int64_t start = now_ns();
    double due = (double)start;
    for (;;) {
        int64_t now = now_ns();
        int flooding = rate <= 0 || (burst > 0 && (now - start) % (burst + pause) >= pause);
        int timeout = 20;
        if (flooding) {
            while (ask_one(count)) {}
            due = (double)now;
        } else {
            while (due <= (double)now) {
                ask_one(count);
                due += -log(uniform()) / rate * 1e9;
            }
            double left = ceil((due - (double)now) / 1e6);
            timeout = left < 20 ? (int)left : 20;
        }
        struct epoll_event events[64];
        int ready = epoll_wait(epoll, events, 64, timeout);
        for (int i = 0; i < ready; i++) {
            char answer[65536];
            int index = (int)events[i].data.u32;
            if (recv(connections[index].socket, answer, sizeof answer, 0) > 0) {
                connections[index].waiting = 0;
            } else {
                close(connections[index].socket);
                connect_to_server(index);
            }
        }
    }
}
