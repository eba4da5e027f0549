/// One message to the kernel and one answer of it: what all that ask by netlink(7) share. Of the .c files only.
#pragma once

#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>

static inline int netlink_send(int fd, const void *message, size_t length) {
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    for (;;) {
        ssize_t sent = sendto(fd, message, length, MSG_DONTWAIT, (const struct sockaddr *)&kernel, sizeof kernel);
        if (sent == (ssize_t)length) return 0;
        if (sent >= 0) return -EIO;
        if (errno != EINTR) return -errno;
    }
}

// The kernel answers within the call that asks, so there is nothing to wait for: EAGAIN is an answer that never was.
static inline long netlink_receive(int fd, void *buffer, size_t length) {
    for (;;) {
        ssize_t got = recv(fd, buffer, length, MSG_DONTWAIT | MSG_TRUNC);
        if (got >= 0) return (size_t)got > length ? -EMSGSIZE : got;
        if (errno != EINTR) return errno == EAGAIN ? -EPROTO : -errno;
    }
}
