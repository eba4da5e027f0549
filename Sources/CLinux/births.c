#define _GNU_SOURCE
#include "CLinuxBirths.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"

// Where things are in a message: netlink's header, the connector's, the event.
enum {
    CONNECTOR = sizeof(struct nlmsghdr),
    EVENT = CONNECTOR + sizeof(struct cn_msg),
    DATA = EVENT + offsetof(struct proc_event, event_data),
    EVENT_BYTES = sizeof(struct proc_event),
    // The ends of before Linux 4.18 had no parents, and the same size.
    PARENT_OF_ENDED = DATA + 5 * sizeof(uint32_t),
};
_Static_assert(DATA == 52 && EVENT_BYTES == 40, "struct proc_event");

// What is asked: a header each, and what to do.
enum { OPERATION = NLMSG_HDRLEN + sizeof(struct cn_msg), QUESTION_BYTES = OPERATION + sizeof(uint32_t) };

enum { HEAD = 19, ACCEPT = 18, DROP = 17 };

static int attach(int fd, const int32_t *parents, size_t count) {
    const unsigned short load = BPF_LD | BPF_W | BPF_ABS, equal = BPF_JMP | BPF_JEQ | BPF_K, end = BPF_RET | BPF_K;
    const unsigned short same = BPF_JMP | BPF_JEQ | BPF_X;
    if (count > LOOPTOP_MOST_PARENTS) count = LOOPTOP_MOST_PARENTS;
    // A load takes a word for one of the network's byte order, and a jump counts from the instruction after it.
    struct sock_filter code[HEAD + 2 * LOOPTOP_MOST_PARENTS + 1] = {
        BPF_STMT(load, EVENT),
        BPF_JUMP(equal, htonl(PROC_EVENT_FORK), 3, 0),
        BPF_JUMP(equal, htonl(PROC_EVENT_EXIT), 8, 0),
        BPF_JUMP(equal, htonl(PROC_EVENT_EXEC), ACCEPT - 4, 0),
        BPF_JUMP(equal, htonl(PROC_EVENT_NONE), ACCEPT - 5, DROP - 5),
        // A fork: the parent's two numbers, the child's two. A thread's second one is that of its process.
        BPF_STMT(load, DATA + 8),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(load, DATA + 12),
        BPF_JUMP(same, 0, 0, DROP - 9),
        BPF_STMT(load, DATA + 4),
        BPF_STMT(BPF_JMP | BPF_JA, HEAD - 11),
        // An end: the two numbers of who ended, status, signal, the parent's two.
        BPF_STMT(load, DATA),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(load, DATA + 4),
        BPF_JUMP(same, 0, 0, DROP - 15),
        BPF_STMT(load, PARENT_OF_ENDED),
        BPF_STMT(BPF_JMP | BPF_JA, HEAD - 17),
        BPF_STMT(end, 0),
        BPF_STMT(end, UINT32_MAX),
    };
    for (size_t each = 0; each < count; each++) {
        code[HEAD + 2 * each] = (struct sock_filter)BPF_JUMP(equal, htonl((uint32_t)parents[each]), 0, 1);
        code[HEAD + 2 * each + 1] = (struct sock_filter)BPF_STMT(end, UINT32_MAX);
    }
    code[HEAD + 2 * count] = (struct sock_filter)BPF_STMT(end, 0);
    const struct sock_fprog program = {.len = (unsigned short)(HEAD + 2 * count + 1), .filter = code};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0 ? 0 : -errno;
}

static int ask(int fd, uint32_t operation) {
    const struct nlmsghdr header = {.nlmsg_len = QUESTION_BYTES, .nlmsg_type = NLMSG_DONE};
    const struct cn_msg connector = {.id = {.idx = CN_IDX_PROC, .val = CN_VAL_PROC}, .len = sizeof operation};
    uint8_t question[QUESTION_BYTES];
    memcpy(question, &header, sizeof header);
    memcpy(question + NLMSG_HDRLEN, &connector, sizeof connector);
    memcpy(question + OPERATION, &operation, sizeof operation);
    return netlink_send(fd, question, sizeof question);
}

/// The kernel answers within the call that asks, and says nothing where it does not tell: in another pid namespace.
static int is_answered(int fd) {
    _Alignas(8) uint8_t message[256];
    for (int turn = 0; turn < 64; turn++) {
        ssize_t got = recv(fd, message, sizeof message, MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno == EAGAIN ? -EPERM : -errno;
        uint32_t what, cause;
        if (got < DATA + (ssize_t)sizeof cause) continue;
        memcpy(&what, message + EVENT, sizeof what);
        memcpy(&cause, message + DATA, sizeof cause);
        if (what == PROC_EVENT_NONE) return cause == 0 ? 0 : -EPERM;
    }
    return -EPERM;
}

int looptop_births_open(const int32_t *parents, size_t count) {
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
    if (fd < 0) return -errno;
    struct sockaddr_nl group = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
    int room = 1 << 20;
    // Beyond the system's limit only with CAP_NET_ADMIN; what the limit allows does without.
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    int problem = attach(fd, parents, count);
    if (problem == 0 && bind(fd, (struct sockaddr *)&group, sizeof group) < 0) problem = -errno;
    if (problem == 0) problem = ask(fd, PROC_CN_MCAST_LISTEN);
    if (problem == 0) problem = is_answered(fd);
    if (problem == 0) return fd;
    close(fd);
    return problem;
}

int looptop_births_follow(int fd, const int32_t *parents, size_t count) { return attach(fd, parents, count); }

void looptop_births_end(int fd) { (void)ask(fd, PROC_CN_MCAST_IGNORE); }

enum { BATCH = 64, MESSAGE_BYTES = 128 };

long looptop_births_read(int fd, struct looptop_process_news *into, size_t room) {
    _Alignas(8) uint8_t messages[BATCH][MESSAGE_BYTES];
    struct sockaddr_nl senders[BATCH];
    struct iovec places[BATCH];
    struct mmsghdr headers[BATCH];
    if (room > BATCH) room = BATCH;
    memset(headers, 0, sizeof headers);
    memset(senders, 0, sizeof senders);
    for (size_t each = 0; each < room; each++) {
        places[each] = (struct iovec){.iov_base = messages[each], .iov_len = MESSAGE_BYTES};
        headers[each].msg_hdr = (struct msghdr){
            .msg_name = &senders[each], .msg_namelen = sizeof senders[each], .msg_iov = &places[each], .msg_iovlen = 1};
    }
    int count = recvmmsg(fd, headers, (unsigned)room, MSG_DONTWAIT, NULL);
    if (count < 0) return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    for (int each = 0; each < count; each++) {
        into[each] = looptop_births_parse(messages[each], headers[each].msg_len);
        // The kernel has the port 0; others could only pretend.
        if (senders[each].nl_pid != 0) into[each].what = LOOPTOP_PROCESS_OTHER;
    }
    return count;
}

struct looptop_process_news looptop_births_parse(const void *message, size_t length) {
    struct looptop_process_news news = {.what = LOOPTOP_PROCESS_OTHER};
    const uint8_t *bytes = message;
    struct nlmsghdr header;
    struct cn_msg connector;
    struct proc_event event;
    if (length < EVENT + EVENT_BYTES) return news;
    memcpy(&header, bytes, sizeof header);
    memcpy(&connector, bytes + CONNECTOR, sizeof connector);
    memcpy(&event, bytes + EVENT, sizeof event);
    if (header.nlmsg_len < EVENT + EVENT_BYTES || header.nlmsg_len > length || header.nlmsg_type != NLMSG_DONE) return news;
    if (connector.id.idx != CN_IDX_PROC || connector.id.val != CN_VAL_PROC || connector.len < EVENT_BYTES) return news;
    uint32_t parent;
    memcpy(&parent, bytes + PARENT_OF_ENDED, sizeof parent);
    news.time = event.timestamp_ns;
    switch ((uint32_t)event.what) {
    case PROC_EVENT_FORK:
        if (event.event_data.fork.child_pid != event.event_data.fork.child_tgid) break;
        news.what = LOOPTOP_PROCESS_FORKED;
        news.pid = event.event_data.fork.child_tgid;
        news.parent = event.event_data.fork.parent_tgid;
        break;
    case PROC_EVENT_EXEC:
        news.what = LOOPTOP_PROCESS_RAN;
        news.pid = event.event_data.exec.process_tgid;
        break;
    case PROC_EVENT_EXIT:
        if (event.event_data.exit.process_pid != event.event_data.exit.process_tgid) break;
        news.what = LOOPTOP_PROCESS_ENDED;
        news.pid = event.event_data.exit.process_tgid;
        news.parent = (int32_t)parent;
        news.status = event.event_data.exit.exit_code;
        break;
    default: break;
    }
    return news;
}
