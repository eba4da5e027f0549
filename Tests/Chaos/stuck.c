/* A prefork server whose workers get stuck when they are told to (SIGUSR1): `stuck HOW [FILE]`, three workers.
   vfork   the worker waits for a vfork(2)ed child that never goes on: state D, which SIGKILL ends
   read    it reads FILE, which nobody answers (silent_files.py): state D, and once SIGKILL came nothing ends it
   leader  its first thread ends and another one goes on: state Z, and it lives
   unreaped  nothing of its own; the master never waits for a child and starts no other: who ends stays as a zombie */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 3 };
static volatile sig_atomic_t told, ending;
static const char *how, *file;

static void tell(int number) { *(number == SIGTERM ? &ending : &told) = 1; }

static void *go_on(void *nothing) {
    for (;;) pause();
    return nothing;
}

static void get_stuck(void) {
    if (!strcmp(how, "vfork")) {
        if (vfork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;) pause();
        }
    } else if (!strcmp(how, "read")) {
        char byte;
        int wanted = open(file, O_RDONLY | O_CLOEXEC);
        if (wanted < 0 || read(wanted, &byte, 1) < 0) perror("stuck: read");
    } else if (!strcmp(how, "leader")) {
        pthread_t other;
        pthread_create(&other, NULL, go_on, NULL);
        pthread_exit(NULL);
    }
}

_Noreturn static void work(int listener) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct sigaction action = {.sa_handler = tell};
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGTERM, &action, NULL);  // as servers do: a signal that is handled does not end a wait that only a fatal one ends
    int loop = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event wanted = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = listener}, event;
    epoll_ctl(loop, EPOLL_CTL_ADD, listener, &wanted);
    for (;;) {
        if (epoll_wait(loop, &event, 1, 1000) > 0) close(accept(listener, NULL, NULL));
        if (ending) _exit(0);
        if (told) {
            told = 0;
            get_stuck();
        }
    }
}

static pid_t begin(int listener) {
    pid_t child = fork();
    if (child == 0) work(listener);
    return child;
}

int main(int count, char **words) {
    if (count < 2) return 64;
    how = words[1];
    file = count > 2 ? words[2] : "";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 16) < 0) return 69;
    for (int number = 0; number < WORKERS; number++) begin(listener);
    if (!strcmp(how, "unreaped")) go_on(NULL);
    while (wait(NULL) > 0) begin(listener);
    return 0;
}
