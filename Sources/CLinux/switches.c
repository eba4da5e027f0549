#define _GNU_SOURCE
#include "CLinuxSwitches.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// A switch as the attributes below make it: header, pid and tid, time.
enum { HEADER = sizeof(struct perf_event_header), TIME_AT = HEADER + 8, SWITCH_BYTES = HEADER + 16 };
_Static_assert(HEADER == 8, "perf_event_header");

static int refusal_of_open(int cause) {
    switch (cause) {
    case EACCES:
    case EPERM: return LOOPTOP_SWITCH_DENIED;
    case ESRCH: return LOOPTOP_SWITCH_VANISHED;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOSPC:
    case EBUSY: return LOOPTOP_SWITCH_NO_MEMORY;
    default: return LOOPTOP_SWITCH_UNSUPPORTED;  // ENOSYS, ENOENT, EINVAL, EOPNOTSUPP and what a filter makes up
    }
}

int looptop_switch_ring_open(int tid, unsigned pages, struct looptop_switch_ring *ring) {
    struct perf_event_attr wanted;
    memset(&wanted, 0, sizeof wanted);
    wanted.size = sizeof wanted;
    wanted.type = PERF_TYPE_SOFTWARE;
    wanted.config = PERF_COUNT_SW_DUMMY;  // counts nothing: only the records beside it are wanted
    wanted.context_switch = 1;
    wanted.exclude_kernel = 1;
    wanted.exclude_hv = 1;
    wanted.sample_id_all = 1;
    wanted.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME;
    wanted.use_clockid = 1;
    wanted.clockid = CLOCK_MONOTONIC;
    long fd = syscall(SYS_perf_event_open, &wanted, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0) return refusal_of_open(errno);
    size_t length = (size_t)(pages + 1) * (size_t)sysconf(_SC_PAGESIZE);
    // Writable: the kernel then waits for the position that is written back, and never overwrites what was not read.
    void *map = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
    if (map == MAP_FAILED) {
        // EPERM here is the limit of locked memory, perf_event_mlock_kb.
        int refusal = errno == EINVAL || errno == ENODEV ? LOOPTOP_SWITCH_UNSUPPORTED : LOOPTOP_SWITCH_NO_MEMORY;
        close((int)fd);
        return refusal;
    }
    close((int)fd);  // the mapping keeps what it is of, perf_event_open(2) and mmap(2)
    *ring = (struct looptop_switch_ring){.map = map, .length = length};
    return 0;
}

void looptop_switch_ring_close(struct looptop_switch_ring *ring) {
    munmap(ring->map, ring->length);
}

size_t looptop_switch_ring_drain(struct looptop_switch_ring *ring, struct looptop_switch *into, size_t room, int *lost) {
    struct perf_event_mmap_page *page = ring->map;
    uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
    uint64_t tail = page->data_tail;
    if (head == tail) return 0;
    // Positions since Linux 4.1; before that the records begin at the second page and fill the rest.
    uint64_t offset = page->data_offset, size = page->data_size;
    if (size == 0 || offset > ring->length || size > ring->length - offset) {
        offset = (uint64_t)sysconf(_SC_PAGESIZE);
        size = ring->length - offset;
    }
    // The kernel writes a LOST record only with the next switch that finds room. A ring without room for that one and a
    // switch may be dropping them now.
    if (head - tail > size - 4 * SWITCH_BYTES) *lost = 1;
    size_t count = looptop_switch_records((const uint8_t *)ring->map + offset, size, head, &tail, into, room, lost);
    __atomic_store_n(&page->data_tail, tail, __ATOMIC_RELEASE);
    return count;
}

/// Copies from a place that may lie across the end.
static void copy(const uint8_t *data, uint64_t size, uint64_t from, void *into, size_t count) {
    uint64_t at = from & (size - 1);
    size_t first = size - at < count ? (size_t)(size - at) : count;
    memcpy(into, data + at, first);
    memcpy((uint8_t *)into + first, data, count - first);
}

size_t looptop_switch_records(const uint8_t *data, uint64_t size, uint64_t head, uint64_t *tail, struct looptop_switch *into,
                              size_t room, int *lost) {
    size_t count = 0;
    uint64_t at = *tail;
    if (size == 0 || (size & (size - 1)) != 0 || head - at > size) {
        *lost = 1;
        *tail = head;
        return 0;
    }
    while (at != head && count < room) {
        struct perf_event_header header;
        if (head - at < HEADER) break;
        copy(data, size, at, &header, HEADER);
        if (header.size < HEADER || header.size > head - at) break;
        if (header.type == PERF_RECORD_SWITCH && header.size >= SWITCH_BYTES) {
            struct looptop_switch *next = &into[count++];
            copy(data, size, at + TIME_AT, &next->time, sizeof next->time);
            if (!(header.misc & PERF_RECORD_MISC_SWITCH_OUT)) {
                next->kind = LOOPTOP_SWITCH_INTO;
            } else {
                next->kind =
                    header.misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT ? LOOPTOP_SWITCH_PREEMPTED : LOOPTOP_SWITCH_SLEEP;
            }
        } else if (header.type == PERF_RECORD_LOST || header.type == PERF_RECORD_LOST_SAMPLES) {
            *lost = 1;
        }
        at += header.size;
    }
    if (at != head && count < room) {  // what is there is no record: begin again after it
        *lost = 1;
        at = head;
    }
    *tail = at;
    return count;
}
