#define _GNU_SOURCE
#include "CLinuxTaskstats.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "netlink.h"

// An answer is 596 bytes long; newer kernels know more, and it comes at the end.
enum { ANSWER_BYTES = 1024, ANSWERS_AT_ONCE = 16 };

struct request {
    struct nlmsghdr header;
    struct genlmsghdr command;
    struct nlattr attribute;
    union {
        char name[16];
        uint32_t thread;
    } value;
};

static struct request request(uint16_t type, uint8_t command, uint32_t sequence, uint16_t attribute, size_t length) {
    struct request request;
    memset(&request, 0, sizeof request);
    size_t whole = NLMSG_LENGTH(GENL_HDRLEN) + NLA_HDRLEN + NLA_ALIGN(length);
    request.header = (struct nlmsghdr){.nlmsg_len = (uint32_t)whole, .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST,
                                       .nlmsg_seq = sequence};
    request.command = (struct genlmsghdr){.cmd = command, .version = 1};
    request.attribute = (struct nlattr){.nla_len = (uint16_t)(NLA_HDRLEN + length), .nla_type = attribute};
    return request;
}

/// The value of the first attribute of this type; NULL where there is none, or one says a wrong length.
static const uint8_t *find(const uint8_t *from, const uint8_t *end, uint16_t type, size_t *length) {
    while (end - from >= NLA_HDRLEN) {
        struct nlattr attribute;
        memcpy(&attribute, from, sizeof attribute);
        if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > end - from) return NULL;
        if ((attribute.nla_type & NLA_TYPE_MASK) == type) {
            *length = attribute.nla_len - NLA_HDRLEN;
            return from + NLA_HDRLEN;
        }
        size_t step = NLA_ALIGN(attribute.nla_len);
        if (step > (size_t)(end - from)) return NULL;
        from += step;
    }
    return NULL;
}

/// The attributes of a message of generic netlink. Returns 0, or what went wrong, be it said by the kernel.
static int open_message(const uint8_t *bytes, size_t length, uint32_t *sequence, const uint8_t **from, const uint8_t **end) {
    struct nlmsghdr header;
    if (length < NLMSG_HDRLEN) return -EPROTO;
    memcpy(&header, bytes, sizeof header);
    if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > length) return -EPROTO;
    *sequence = header.nlmsg_seq;
    if (header.nlmsg_type == NLMSG_ERROR) {
        struct nlmsgerr error;
        if (header.nlmsg_len < NLMSG_LENGTH(sizeof error)) return -EPROTO;
        memcpy(&error, bytes + NLMSG_HDRLEN, sizeof error);
        return error.error < 0 ? error.error : -EPROTO;
    }
    if (header.nlmsg_len < NLMSG_LENGTH(GENL_HDRLEN)) return -EPROTO;
    *from = bytes + NLMSG_LENGTH(GENL_HDRLEN);
    *end = bytes + header.nlmsg_len;
    return 0;
}

static int find_family(int fd, uint16_t *family) {
    static const char name[] = TASKSTATS_GENL_NAME;
    struct request question = request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, CTRL_ATTR_FAMILY_NAME, sizeof name);
    memcpy(question.value.name, name, sizeof name);
    int sent = netlink_send(fd, &question, question.header.nlmsg_len);
    if (sent < 0) return sent;
    uint8_t answer[4096];
    long got = netlink_receive(fd, answer, sizeof answer);
    if (got < 0) return (int)got;
    uint32_t sequence;
    const uint8_t *from, *end;
    int failure = open_message(answer, (size_t)got, &sequence, &from, &end);
    if (failure != 0) return failure;
    size_t length;
    const uint8_t *value = find(from, end, CTRL_ATTR_FAMILY_ID, &length);
    if (!value || length < sizeof *family) return -EPROTO;
    memcpy(family, value, sizeof *family);
    return 0;
}

int looptop_taskstats_open(uint16_t *family) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC);
    if (fd < 0) return -errno;
    int failure = find_family(fd, family);
    if (failure == 0) {
        int32_t own = (int32_t)syscall(SYS_gettid);
        struct looptop_task task;
        failure = looptop_taskstats_get(fd, *family, 2, &own, 1, &task);
        if (failure == 0) failure = task.result;
    }
    if (failure == 0) return fd;
    close(fd);
    return failure;
}

// `version` 8 has all that is read here; what grew since stands behind it.
static int read_counters(const uint8_t *from, const uint8_t *end, struct looptop_task *task) {
    size_t length;
    const uint8_t *both = find(from, end, TASKSTATS_TYPE_AGGR_PID, &length);
    if (!both) return -EPROTO;
    const uint8_t *value = find(both, both + length, TASKSTATS_TYPE_STATS, &length);
    struct taskstats stats;
    if (!value || length < offsetof(struct taskstats, nivcsw) + sizeof stats.nivcsw) return -EPROTO;
    memset(&stats, 0, sizeof stats);
    memcpy(&stats, value, length < sizeof stats ? length : sizeof stats);
    task->run = stats.cpu_run_virtual_total;
    task->wait = stats.cpu_delay_total;
    task->voluntary = stats.nvcsw;
    task->involuntary = stats.nivcsw;
    return 0;
}

/// Takes what there is; returns how many messages came.
static int take(int fd, uint32_t first, size_t count, struct looptop_task *into, size_t *answered) {
    _Alignas(8) uint8_t bytes[ANSWERS_AT_ONCE][ANSWER_BYTES];
    struct iovec parts[ANSWERS_AT_ONCE];
    struct mmsghdr messages[ANSWERS_AT_ONCE];
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < ANSWERS_AT_ONCE; i++) {
        parts[i] = (struct iovec){.iov_base = bytes[i], .iov_len = ANSWER_BYTES};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    int got = recvmmsg(fd, messages, ANSWERS_AT_ONCE, MSG_DONTWAIT, NULL);
    if (got < 0) return errno == EINTR ? 0 : errno == EAGAIN ? -EPROTO : -errno;
    for (int i = 0; i < got; i++) {
        uint32_t sequence = 0;
        const uint8_t *from, *end;
        int failure = open_message(bytes[i], messages[i].msg_len, &sequence, &from, &end);
        uint32_t index = sequence - first;
        if (index >= count || into[index].result != -EINPROGRESS) continue;
        into[index].result = failure != 0 ? failure : read_counters(from, end, &into[index]);
        *answered += 1;
    }
    return got;
}

int looptop_taskstats_get(int fd, uint16_t family, uint32_t first, const int32_t *threads, size_t count,
                          struct looptop_task *into) {
    if (count > LOOPTOP_TASKSTATS_BATCH) return -EINVAL;
    // One datagram of messages that follow one another: each is as long as its number says.
    enum { QUESTION_BYTES = NLMSG_LENGTH(GENL_HDRLEN) + NLA_HDRLEN + sizeof(uint32_t) };
    uint8_t datagram[LOOPTOP_TASKSTATS_BATCH * QUESTION_BYTES];
    _Static_assert(QUESTION_BYTES % NLMSG_ALIGNTO == 0, "the next one begins where this one ends");
    for (size_t i = 0; i < count; i++) {
        struct request question =
            request(family, TASKSTATS_CMD_GET, first + (uint32_t)i, TASKSTATS_CMD_ATTR_PID, sizeof(uint32_t));
        question.value.thread = (uint32_t)threads[i];
        memcpy(datagram + i * QUESTION_BYTES, &question, QUESTION_BYTES);
        into[i] = (struct looptop_task){.result = -EINPROGRESS};
    }
    int sent = netlink_send(fd, datagram, count * QUESTION_BYTES);
    if (sent < 0) return sent;
    for (size_t answered = 0; answered < count;) {
        int got = take(fd, first, count, into, &answered);
        if (got < 0) return got;
    }
    return 0;
}
