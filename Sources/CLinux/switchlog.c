#define _GNU_SOURCE
#include "CLinuxSwitchLog.h"

#include <sys/mman.h>

#include "bpf.h"

enum { TASK = 7, NOW = 8, RECORD = 9, ARGUMENTS = 6 };

enum { PREVIOUS_LOST = FIRST_LABEL, RUNNABLE, STATE, NEXT, NEXT_LOST, DONE };

// JOBCTL_TRAP_FREEZE of linux/sched/jobctl.h: a thread that sleeps with it is held by its control group's freezer.
enum { FREEZE_BIT = 23, FROZEN_SHIFT = 29 };
// The bits of a state that are of interest.
enum { STATES = 0x80ff };

// Of a record of one that got a CPU no more than this is written.
enum { SHORT_BYTES = offsetof(struct looptop_switched, run) };
_Static_assert(SHORT_BYTES % 8 == 0 && sizeof(struct looptop_switched) == 72, "no gap");
#define FIELD(name) ((int)offsetof(struct looptop_switched, name))

struct maps {
    int watched, ring;
    uint32_t words;
};

// Goes on only for a thread that is watched, with a record that has room for `bytes`.
static void begin(struct program *program, const struct looptop_switch_layout *layout, struct maps maps, int bytes, int nobody, int lost) {
    ADD(program, LOAD32(1, TASK, layout->task.pid), MOVE(2, 1), BY(BPF_RSH, 2, 6), IF(BPF_JGE, 2, maps.words, nobody),
        BY(BPF_LSH, 2, 3), IN_MAP(3, maps.watched, 8), WITH(BPF_ADD, 3, 2), LOAD64(3, 3, 0), BY(BPF_AND, 1, 63),
        WITH(BPF_RSH, 3, 1), BY(BPF_AND, 3, 1), IF(BPF_JEQ, 3, 0, nobody));
    ADD(program, CALL(BPF_FUNC_ktime_get_ns), MOVE(NOW, 0), MAP(1, maps.ring), SET(2, bytes), SET(3, 0),
        CALL(BPF_FUNC_ringbuf_reserve), IF(BPF_JEQ, 0, 0, lost), MOVE(RECORD, 0), STORE64(RECORD, FIELD(time), NOW),
        LOAD32(1, TASK, layout->task.pid), STORE32(RECORD, FIELD(tid), 1));
}

static void end(struct program *program, struct maps maps, int lost, int after) {
    // Nobody is woken: who reads comes by itself.
    ADD(program, MOVE(1, RECORD), SET(2, BPF_RB_NO_WAKEUP), CALL(BPF_FUNC_ringbuf_submit), GO(after));
    place(program, lost);
    ADD(program, IN_MAP(1, maps.watched, 0), SET(2, 1), ADD_TO64(1, 0, 2));
    place(program, after);
}

static void copy(struct program *program, uint32_t offset, int field) {
    ADD(program, LOAD64(1, TASK, offset), STORE64(RECORD, field, 1));
}

static int write_program(struct program *program, const struct looptop_switch_layout *layout, struct maps maps) {
    // What the tracepoint gives: whether it is preempted, who leaves the CPU, who gets it, and the state of the first.
    ADD(program, MOVE(ARGUMENTS, CONTEXT), LOAD64(TASK, ARGUMENTS, 8));
    begin(program, layout, maps, sizeof(struct looptop_switched), NEXT, PREVIOUS_LOST);
    copy(program, layout->task.run, FIELD(run));
    copy(program, layout->task.wait, FIELD(wait));
    copy(program, layout->task.slices, FIELD(slices));
    copy(program, layout->task.voluntary, FIELD(voluntary));
    copy(program, layout->task.involuntary, FIELD(involuntary));
    ADD(program, LOAD64(1, ARGUMENTS, 0), BY(BPF_AND, 1, 0xff), LOAD64(2, ARGUMENTS, 24), IF(BPF_JNE, 1, 0, RUNNABLE),
        BY(BPF_AND, 2, STATES), LOAD64(3, TASK, layout->task.job), BY(BPF_RSH, 3, FREEZE_BIT), BY(BPF_AND, 3, 1),
        BY(BPF_LSH, 3, FROZEN_SHIFT), LOAD64(1, ARGUMENTS, 24), IF(BPF_JEQ, 1, 0, RUNNABLE), WITH(BPF_OR, 2, 3), GO(STATE));
    place(program, RUNNABLE);
    ADD(program, SET(2, LOOPTOP_SWITCHED_PREEMPTED));
    place(program, STATE);
    ADD(program, STORE32(RECORD, FIELD(how), 2), MOVE(1, TASK), CALL(BPF_FUNC_task_pt_regs),
        LOAD64(1, 0, layout->registers.call), STORE64(RECORD, FIELD(call), 1), LOAD64(1, 0, layout->registers.argument),
        STORE64(RECORD, FIELD(argument), 1));
    end(program, maps, PREVIOUS_LOST, NEXT);
    ADD(program, LOAD64(TASK, ARGUMENTS, 16));
    begin(program, layout, maps, SHORT_BYTES, DONE, NEXT_LOST);
    ADD(program, SET(1, LOOPTOP_SWITCHED_INTO), STORE32(RECORD, FIELD(how), 1));
    end(program, maps, NEXT_LOST, DONE);
    ADD(program, SET(0, 0), EXIT);
    return resolve(program);
}

static int make_map(enum bpf_map_type type, uint32_t key_bytes, uint32_t value_bytes, uint32_t entries, uint32_t flags) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.map_type = type;
    attributes.key_size = key_bytes;
    attributes.value_size = value_bytes;
    attributes.max_entries = entries;
    attributes.map_flags = flags;
    memcpy(attributes.map_name, "looptop", sizeof "looptop");
    return call_bpf(BPF_MAP_CREATE, &attributes);
}

static void *share(int map, size_t bytes, int protection, off_t offset) {
    void *place = mmap(NULL, bytes, protection, MAP_SHARED, map, offset);
    return place == MAP_FAILED ? NULL : place;
}

static int start(const struct looptop_switch_layout *layout, struct maps maps) {
    struct program program = {.length = 0};
    int failure = write_program(&program, layout, maps);
    if (failure < 0) return failure;
    return start_tracing(&program, BPF_TRACE_RAW_TP, layout->tracepoint, "looptop_switch");
}

static int map_and_start(
    const struct looptop_switch_layout *layout, struct maps maps, size_t ring_bytes, struct looptop_switch_log *log) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    log->map = share(maps.watched, log->map_bytes, PROT_READ | PROT_WRITE, 0);
    log->consumer = share(maps.ring, page, PROT_READ | PROT_WRITE, 0);
    log->ring = share(maps.ring, page + 2 * ring_bytes, PROT_READ, (off_t)page);
    if (!log->map || !log->consumer || !log->ring) return -errno;
    log->link = start(layout, maps);
    return log->link < 0 ? log->link : 0;
}

int looptop_switch_log_open(
    const struct looptop_switch_layout *layout, uint32_t ids, size_t ring_bytes, struct looptop_switch_log *log) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint32_t words = ids / 64 + 1;
    uint32_t value_bytes = 8 * (1 + words);
    *log = (struct looptop_switch_log){
        .link = -1, .ids = words * 64, .map_bytes = (value_bytes + page - 1) / page * page, .ring_bytes = ring_bytes};
    struct maps maps = {.words = words};
    maps.watched = make_map(BPF_MAP_TYPE_ARRAY, 4, value_bytes, 1, BPF_F_MMAPABLE);
    if (maps.watched < 0) return maps.watched;
    maps.ring = make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, (uint32_t)ring_bytes, 0);
    int failure = maps.ring < 0 ? maps.ring : map_and_start(layout, maps, ring_bytes, log);
    // The program and the mappings keep them.
    close(maps.watched);
    if (maps.ring >= 0) close(maps.ring);
    if (failure < 0) looptop_switch_log_close(log);
    return failure;
}

void looptop_switch_log_close(struct looptop_switch_log *log) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (log->link >= 0) close(log->link);
    if (log->map) munmap(log->map, log->map_bytes);
    if (log->consumer) munmap(log->consumer, page);
    if (log->ring) munmap((void *)log->ring, page + 2 * log->ring_bytes);
}

int looptop_switch_log_watch(struct looptop_switch_log *log, uint32_t tid, int is_watched) {
    if (tid >= log->ids) return 0;
    uint64_t bit = (uint64_t)1 << (tid % 64);
    uint64_t *word = &log->map[1 + tid / 64];
    if (is_watched) __atomic_fetch_or(word, bit, __ATOMIC_RELAXED);
    else __atomic_fetch_and(word, ~bit, __ATOMIC_RELAXED);
    return 1;
}

uint64_t looptop_switch_log_lost(const struct looptop_switch_log *log) { return __atomic_load_n(&log->map[0], __ATOMIC_RELAXED); }

size_t looptop_switch_log_take(struct looptop_switch_log *log, struct looptop_switched *into, size_t room) {
    const uint8_t *data = log->ring + sysconf(_SC_PAGESIZE);
    uint64_t end = __atomic_load_n((const uint64_t *)log->ring, __ATOMIC_ACQUIRE);
    uint64_t at = *log->consumer;
    size_t count = 0;
    while (at < end && count < room) {
        const uint32_t *header = (const uint32_t *)(data + (at & (log->ring_bytes - 1)));
        uint32_t length = __atomic_load_n(header, __ATOMIC_ACQUIRE);
        if (length & BPF_RINGBUF_BUSY_BIT) break;
        if (length == sizeof *into || length == SHORT_BYTES) {
            into[count] = (struct looptop_switched){0};
            memcpy(&into[count++], (const uint8_t *)header + BPF_RINGBUF_HDR_SZ, length);
        }
        at += ((length & ~BPF_RINGBUF_DISCARD_BIT) + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
    }
    __atomic_store_n(log->consumer, at, __ATOMIC_RELEASE);
    return count;
}
