#define _GNU_SOURCE
#include "CLinuxSockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"

// What of `struct tcp_info` is read; kernels before 4.1 end earlier.
#define INFO_BYTES (offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(uint64_t))

int looptop_diag_open(void) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
    return fd < 0 ? -errno : fd;
}

struct opening {
    int namespace;
    int result;
};

static void *open_there(void *argument) {
    struct opening *opening = argument;
    // Of this thread only, which then ends: no other one ever leaves its namespace.
    opening->result = setns(opening->namespace, CLONE_NEWNET) == 0 ? looptop_diag_open() : -errno;
    return NULL;
}

int looptop_diag_open_in(int namespace) {
    struct opening opening = {.namespace = namespace, .result = -EAGAIN};
    pthread_t thread;
    int failure = pthread_create(&thread, NULL, open_there, &opening);
    if (failure != 0) return -failure;
    pthread_join(thread, NULL);
    return opening.result;
}

int looptop_diag_dump(int fd, uint32_t states, uint32_t sequence) {
    // The request of before Linux 3.3, kept for ever: the only one that lists both versions in one walk of the table.
    struct {
        struct nlmsghdr header;
        struct inet_diag_req body;
    } request;
    memset(&request, 0, sizeof request);
    request.header = (struct nlmsghdr){.nlmsg_len = sizeof request, .nlmsg_type = TCPDIAG_GETSOCK,
                                       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP, .nlmsg_seq = sequence};
    request.body.idiag_ext = 1 << (INET_DIAG_INFO - 1);
    request.body.idiag_states = states;
    return netlink_send(fd, &request, sizeof request);
}

long looptop_diag_next(int fd, uint32_t sequence, void *buffer, size_t length, struct looptop_socket *into, size_t room,
                       int *ended) {
    long got = netlink_receive(fd, buffer, length);
    if (got < 0) return got;
    size_t count = 0;
    int more = looptop_diag_parse(buffer, (size_t)got, sequence, into, room, &count);
    if (more < 0) return more;
    if (more == 0) *ended = 1;
    return (long)count;
}

int looptop_diag_get(int fd, const struct looptop_socket_key *key, uint32_t sequence, struct looptop_socket *into) {
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 body;
    } request;
    memset(&request, 0, sizeof request);
    request.header = (struct nlmsghdr){.nlmsg_len = sizeof request, .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                                       .nlmsg_flags = NLM_F_REQUEST, .nlmsg_seq = sequence};
    request.body.sdiag_family = key->family;
    request.body.sdiag_protocol = IPPROTO_TCP;
    request.body.idiag_ext = 1 << (INET_DIAG_INFO - 1);
    request.body.idiag_states = UINT32_MAX;
    request.body.id.idiag_sport = htons(key->local_port);
    request.body.id.idiag_dport = htons(key->remote_port);
    memcpy(request.body.id.idiag_src, key->local, sizeof key->local);
    memcpy(request.body.id.idiag_dst, key->remote, sizeof key->remote);
    request.body.id.idiag_if = key->interface;
    memcpy(request.body.id.idiag_cookie, key->cookie, sizeof key->cookie);
    int sent = netlink_send(fd, &request, sizeof request);
    if (sent < 0) return sent;
    _Alignas(8) uint8_t buffer[2048];
    // A stale answer of a call that failed half-way may come first; there are never many.
    for (int turn = 0; turn < 8; turn++) {
        long got = netlink_receive(fd, buffer, sizeof buffer);
        if (got < 0) return (int)got;
        size_t count = 0;
        int more = looptop_diag_parse(buffer, (size_t)got, sequence, into, 1, &count);
        if (count == 1) return 0;
        if (more < 0) return more;
        if (more == 0) return -EPROTO;
    }
    return -EPROTO;
}

static void read_info(const void *info, size_t length, struct looptop_socket *socket) {
    struct tcp_info known;
    if (length < INFO_BYTES) return;
    memset(&known, 0, sizeof known);
    memcpy(&known, info, length < sizeof known ? length : sizeof known);
    socket->has_info = 1;
    socket->received = known.tcpi_bytes_received;
    socket->acknowledged = known.tcpi_bytes_acked;
    socket->segments_in = known.tcpi_data_segs_in;
    socket->segments_out = known.tcpi_data_segs_out;
    socket->since_received = known.tcpi_last_data_recv;
    socket->since_sent = known.tcpi_last_data_sent;
}

/// One socket: a fixed part and attributes, each of which says how long it is.
static int read_socket(const uint8_t *body, size_t length, struct looptop_socket *socket) {
    struct inet_diag_msg fixed;
    if (length < sizeof fixed) return -EPROTO;
    memcpy(&fixed, body, sizeof fixed);
    memset(socket, 0, sizeof *socket);
    socket->key.family = fixed.idiag_family;
    socket->key.local_port = ntohs(fixed.id.idiag_sport);
    socket->key.remote_port = ntohs(fixed.id.idiag_dport);
    memcpy(socket->key.local, fixed.id.idiag_src, sizeof socket->key.local);
    memcpy(socket->key.remote, fixed.id.idiag_dst, sizeof socket->key.remote);
    socket->key.interface = fixed.id.idiag_if;
    memcpy(socket->key.cookie, fixed.id.idiag_cookie, sizeof socket->key.cookie);
    socket->state = fixed.idiag_state;
    socket->inode = fixed.idiag_inode;
    socket->receive_queue = fixed.idiag_rqueue;
    socket->send_queue = fixed.idiag_wqueue;
    size_t at = NLMSG_ALIGN(sizeof fixed);
    while (at + sizeof(struct rtattr) <= length) {
        struct rtattr attribute;
        memcpy(&attribute, body + at, sizeof attribute);
        if (attribute.rta_len < sizeof attribute || attribute.rta_len > length - at) return -EPROTO;
        if (attribute.rta_type == INET_DIAG_INFO) {
            read_info(body + at + sizeof attribute, attribute.rta_len - sizeof attribute, socket);
        }
        at += RTA_ALIGN(attribute.rta_len);
    }
    return 0;
}

int looptop_diag_parse(const void *message, size_t length, uint32_t sequence, struct looptop_socket *into, size_t room,
                       size_t *count) {
    const uint8_t *bytes = message;
    size_t at = 0;
    *count = 0;
    while (at < length) {
        struct nlmsghdr header;
        if (length - at < sizeof header) return -EPROTO;
        memcpy(&header, bytes + at, sizeof header);
        if (header.nlmsg_len < sizeof header || header.nlmsg_len > length - at) return -EPROTO;
        const uint8_t *body = bytes + at + sizeof header;
        size_t rest = header.nlmsg_len - sizeof header;
        at += NLMSG_ALIGN(header.nlmsg_len);
        if (header.nlmsg_seq != sequence) continue;
        if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
            int32_t cause = 0;  // DONE says how the dump ended too
            if (rest >= sizeof cause) memcpy(&cause, body, sizeof cause);
            return cause < 0 && cause >= -4095 ? cause : 0;
        }
        if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY && header.nlmsg_type != TCPDIAG_GETSOCK) continue;
        if (*count == room) continue;
        int problem = read_socket(body, rest, &into[*count]);
        if (problem < 0) return problem;
        *count += 1;
    }
    return 1;
}
