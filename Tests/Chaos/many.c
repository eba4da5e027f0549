/* Many workers that cost little: `many SERVERS WORKERS MILLISECONDS` forks so many servers with so many workers each, all of which wake
   up that often for a moment, or never where it is 0. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static _Noreturn void work(int listener, int milliseconds, int first) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int loop = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event wanted = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = listener}, event;
    epoll_ctl(loop, EPOLL_CTL_ADD, listener, &wanted);
    for (int pause = first;; pause = milliseconds) {
        epoll_wait(loop, &event, 1, milliseconds ? pause : -1);
        for (volatile int spin = 0; spin < 5000; spin++) continue;  // some microseconds
    }
}

static _Noreturn void serve(int workers, int milliseconds) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 16) < 0) _exit(69);
    for (int number = 0; number < workers; number++)
        if (fork() == 0) work(listener, milliseconds, 1 + (milliseconds ? (number * 37) % milliseconds : 0));
    for (;;) pause();
}

int main(int count, char **words) {
    if (count < 4) return 64;
    for (int server = atoi(words[1]); server > 0; server--)
        if (fork() == 0) serve(atoi(words[2]), atoi(words[3]));
    for (;;) pause();
}
