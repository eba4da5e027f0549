#define _GNU_SOURCE
#include "CLinuxPlaces.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// One number on every architecture; C libraries older than the kernel lack the name.
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

// `struct open_how` of linux/openat2.h, which kernels before 5.6 do not ship.
struct how {
    uint64_t flags, mode, resolve;
};
#define RESOLVE_IN_ROOT_ 0x10

const int looptop_path_only = O_PATH;

int looptop_open_in_root(int root, const char *path, int flags) {
    struct how how = {.flags = (uint64_t)(flags | O_CLOEXEC), .resolve = RESOLVE_IN_ROOT_};
    long fd = -1;
    for (int tries = 0; tries < 16; tries++) {
        fd = syscall(SYS_openat2, root, path, &how, sizeof how);
        if (fd >= 0 || (errno != EINTR && errno != EAGAIN)) break;  // EAGAIN: something was renamed on the way
    }
    return fd < 0 ? -errno : (int)fd;
}

int looptop_is_socket(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 ? S_ISSOCK(status.st_mode) : -errno;
}

struct opening {
    int network, family, type;
    int result;
};

static void *open_there(void *argument) {
    struct opening *opening = argument;
    // Of this thread only, which then ends: no other one ever leaves its namespace. A socket stays where it was made.
    if (setns(opening->network, CLONE_NEWNET) < 0) {
        opening->result = -errno;
        return NULL;
    }
    int fd = socket(opening->family, opening->type | SOCK_CLOEXEC, 0);
    opening->result = fd < 0 ? -errno : fd;
    return NULL;
}

int looptop_socket_in(int network, int family, int type) {
    struct opening opening = {.network = network, .family = family, .type = type, .result = -EAGAIN};
    pthread_t thread;
    int failure = pthread_create(&thread, NULL, open_there, &opening);
    if (failure != 0) return -failure;
    pthread_join(thread, NULL);
    return opening.result;
}

int looptop_peer(int socket, int *pid, unsigned *user) {
    struct ucred found;
    socklen_t length = sizeof found;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &found, &length) < 0) return -errno;
    *pid = found.pid;
    *user = found.uid;
    return 0;
}
