#define _GNU_SOURCE
#include "CLinuxSwitchLog.h"

#include <sys/mman.h>

#include "bpf.h"

enum { TASK = 7, NOW = 8, RECORD = 9, ARGUMENTS = 6 };

enum { RESERVE = FIRST_LABEL, LOST, RUNNABLE, STATE, NOTICE, NEXT, DONE };

// On the stack: since when who leaves the CPU had it, how it leaves, and in which system call.
enum { SINCE = -8, HOW = -16, CALL_NUMBER = -24 };

// A notice is given of a ring with so many bytes to be read, and of who is preempted, or sleeps elsewhere than in a wait for
// events, after so many ns.
enum { FULL_BYTES = 64 << 10, WORTH_A_NOTICE = 250000 };
static const int event_waits[] = {SYS_epoll_wait, SYS_epoll_pwait, 441 /* epoll_pwait2 */, SYS_poll, SYS_ppoll, SYS_select, SYS_pselect6, SYS_io_uring_enter};

// JOBCTL_TRAP_FREEZE of linux/sched/jobctl.h: a thread that sleeps with it is held by its control group's freezer.
enum { FREEZE_BIT = 23, FROZEN_SHIFT = 29 };
// The bits of a state that are of interest.
enum { STATES = 0x80ff };

_Static_assert(sizeof(struct looptop_slice) == 80, "no gap: all of it is written");
#define FIELD(name) ((int)offsetof(struct looptop_slice, name))

struct maps {
    int watched, ring, notices;
    uint32_t words, cpus;
};

enum { WATCHED = sizeof(struct looptop_switch_head) };
#define HEAD(name) ((int)offsetof(struct looptop_switch_head, name))
#define AT_WORK(name) ((int)offsetof(struct looptop_at_work, name))

// Where in the map it stands who has which CPU.
static size_t place_of_cpus(uint32_t words) { return WATCHED + 8 * (size_t)words; }

// Goes on only for a thread that is watched.
static void choose(struct program *program, const struct looptop_switch_layout *layout, struct maps maps, int nobody) {
    ADD(program, LOAD32(1, TASK, layout->task.pid), MOVE(2, 1), BY(BPF_RSH, 2, 6), IF(BPF_JGE, 2, maps.words, nobody),
        BY(BPF_LSH, 2, 3), IN_MAP(3, maps.watched, WATCHED), WITH(BPF_ADD, 3, 2), LOAD64(3, 3, 0), BY(BPF_AND, 1, 63),
        WITH(BPF_RSH, 3, 1), BY(BPF_AND, 3, 1), IF(BPF_JEQ, 3, 0, nobody), CALL(BPF_FUNC_ktime_get_ns), MOVE(NOW, 0));
}

// Leaves in r3 the place of this CPU's `struct looptop_at_work`.
static void find_cpu(struct program *program, struct maps maps, int beyond) {
    _Static_assert(sizeof(struct looptop_at_work) == 1 << 4, "it is shifted by 4");
    ADD(program, CALL(BPF_FUNC_get_smp_processor_id), IF(BPF_JGE, 0, maps.cpus, beyond), BY(BPF_LSH, 0, 4),
        IN_MAP(3, maps.watched, (int)place_of_cpus(maps.words)), WITH(BPF_ADD, 3, 0));
}

static void copy(struct program *program, uint32_t offset, int field) {
    ADD(program, LOAD64(1, TASK, offset), STORE64(RECORD, field, 1));
}

static void write_state(struct program *program, const struct looptop_switch_layout *layout) {
    ADD(program, LOAD64(1, ARGUMENTS, 0), BY(BPF_AND, 1, 0xff), LOAD64(2, ARGUMENTS, 24), IF(BPF_JNE, 1, 0, RUNNABLE),
        BY(BPF_AND, 2, STATES), LOAD64(3, TASK, layout->task.job), BY(BPF_RSH, 3, FREEZE_BIT), BY(BPF_AND, 3, 1),
        BY(BPF_LSH, 3, FROZEN_SHIFT), LOAD64(1, ARGUMENTS, 24), IF(BPF_JEQ, 1, 0, RUNNABLE), WITH(BPF_OR, 2, 3), GO(STATE));
    place(program, RUNNABLE);
    ADD(program, SET(2, LOOPTOP_SLICE_PREEMPTED));
    place(program, STATE);
    ADD(program, STORE32(RECORD, FIELD(how), 2), STORE64(STACK, HOW, 2));
}

// Goes on when the last notice, or the last look at the records, is long enough ago. r2: the head.
static void wait_for_turn(struct program *program, struct maps maps, int too_soon) {
    ADD(program, IN_MAP(2, maps.watched, 0), LOAD64(1, 2, HEAD(asked)), MOVE(3, NOW), WITH(BPF_SUB, 3, 1),
        LOAD64(1, 2, HEAD(pause)), IF_WITH(BPF_JSLT, 3, 1, too_soon));
}

static void give_notice(struct program *program, struct maps maps, int after) {
    ADD(program, IN_MAP(2, maps.watched, 0), STORE64(2, HEAD(asked), NOW), MAP(1, maps.notices), SET(2, 8), SET(3, 0),
        CALL(BPF_FUNC_ringbuf_reserve), IF(BPF_JEQ, 0, 0, after), MOVE(1, 0), SET(2, BPF_RB_FORCE_WAKEUP),
        CALL(BPF_FUNC_ringbuf_submit));
}

static void record_leaving(struct program *program, const struct looptop_switch_layout *layout, struct maps maps) {
    choose(program, layout, maps, NEXT);
    ADD(program, ZERO64(STACK, SINCE));
    find_cpu(program, maps, RESERVE);
    ADD(program, LOAD32(1, 3, AT_WORK(tid)), LOAD32(2, TASK, layout->task.pid), IF_WITH(BPF_JNE, 1, 2, RESERVE),
        LOAD64(1, 3, AT_WORK(since)), STORE64(STACK, SINCE, 1), SET32(3, AT_WORK(tid), 0));
    place(program, RESERVE);
    ADD(program, MAP(1, maps.ring), SET(2, sizeof(struct looptop_slice)), SET(3, 0), CALL(BPF_FUNC_ringbuf_reserve),
        IF(BPF_JEQ, 0, 0, LOST), MOVE(RECORD, 0), LOAD64(1, STACK, SINCE), STORE64(RECORD, FIELD(from), 1),
        STORE64(RECORD, FIELD(to), NOW), LOAD32(1, TASK, layout->task.pid), STORE32(RECORD, FIELD(tid), 1));
    copy(program, layout->task.run, FIELD(run));
    copy(program, layout->task.wait, FIELD(wait));
    copy(program, layout->task.slices, FIELD(slices));
    copy(program, layout->task.voluntary, FIELD(voluntary));
    copy(program, layout->task.involuntary, FIELD(involuntary));
    write_state(program, layout);
    ADD(program, MOVE(1, TASK), CALL(BPF_FUNC_task_pt_regs), LOAD64(1, 0, layout->registers.call),
        STORE64(RECORD, FIELD(call), 1), STORE64(STACK, CALL_NUMBER, 1), LOAD64(1, 0, layout->registers.argument),
        STORE64(RECORD, FIELD(argument), 1));
    ADD(program, MOVE(1, RECORD), SET(2, BPF_RB_NO_WAKEUP), CALL(BPF_FUNC_ringbuf_submit));
    wait_for_turn(program, maps, NEXT);
    ADD(program, MAP(1, maps.ring), SET(2, BPF_RB_AVAIL_DATA), CALL(BPF_FUNC_ringbuf_query),
        IF(BPF_JGE, 0, FULL_BYTES, NOTICE), LOAD64(1, STACK, SINCE), IF(BPF_JEQ, 1, 0, NEXT), MOVE(2, NOW),
        WITH(BPF_SUB, 2, 1), IF(BPF_JLT, 2, WORTH_A_NOTICE, NEXT), LOAD64(1, STACK, HOW),
        IF(BPF_JEQ, 1, LOOPTOP_SLICE_PREEMPTED, NOTICE), LOAD64(1, STACK, CALL_NUMBER));
    for (size_t i = 0; i < sizeof event_waits / sizeof *event_waits; i++) ADD(program, IF(BPF_JEQ, 1, event_waits[i], NEXT));
    place(program, NOTICE);
    give_notice(program, maps, NEXT);
    ADD(program, GO(NEXT));
    place(program, LOST);
    ADD(program, IN_MAP(1, maps.watched, HEAD(lost)), SET(2, 1), ADD_TO64(1, 0, 2));
}

static int write_program(struct program *program, const struct looptop_switch_layout *layout, struct maps maps) {
    // What the tracepoint gives: whether it is preempted, who leaves the CPU, who gets it, and the state of the first.
    ADD(program, MOVE(ARGUMENTS, CONTEXT), LOAD64(TASK, ARGUMENTS, 8));
    record_leaving(program, layout, maps);
    place(program, NEXT);
    ADD(program, LOAD64(TASK, ARGUMENTS, 16));
    choose(program, layout, maps, DONE);
    find_cpu(program, maps, DONE);
    ADD(program, STORE64(3, AT_WORK(since), NOW), SET32(3, AT_WORK(is_told), 0), LOAD32(1, TASK, layout->task.pid),
        STORE32(3, AT_WORK(tid), 1));
    place(program, DONE);
    ADD(program, SET(0, 0), EXIT);
    return resolve(program);
}

// A timer of this CPU, the scheduler's tick for one, interrupts whoever has it.
static int write_tick_program(struct program *program, struct maps maps) {
    enum { CPU = RECORD };
    find_cpu(program, maps, DONE);
    ADD(program, LOAD32(1, 3, AT_WORK(tid)), IF(BPF_JEQ, 1, 0, DONE), LOAD32(1, 3, AT_WORK(is_told)),
        IF(BPF_JNE, 1, 0, DONE), MOVE(CPU, 3), CALL(BPF_FUNC_ktime_get_ns), MOVE(NOW, 0));
    wait_for_turn(program, maps, DONE);
    ADD(program, LOAD64(1, CPU, AT_WORK(since)), MOVE(3, NOW), WITH(BPF_SUB, 3, 1), LOAD64(1, 2, HEAD(patience)),
        IF_WITH(BPF_JSLT, 3, 1, DONE), SET32(CPU, AT_WORK(is_told), 1));
    give_notice(program, maps, DONE);
    place(program, DONE);
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

static int start_ticking(const struct looptop_switch_layout *layout, struct maps maps) {
    struct program program = {.length = 0};
    if (layout->tick == 0 || write_tick_program(&program, maps) < 0) return -1;
    int link = start_tracing(&program, BPF_TRACE_RAW_TP, layout->tick, "looptop_tick");
    return link < 0 ? -1 : link;
}

static int map_and_start(
    const struct looptop_switch_layout *layout, struct maps maps, size_t ring_bytes, struct looptop_switch_log *log) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    log->head = share(maps.watched, log->map_bytes, PROT_READ | PROT_WRITE, 0);
    log->consumer = share(maps.ring, page, PROT_READ | PROT_WRITE, 0);
    log->ring = share(maps.ring, page + 2 * ring_bytes, PROT_READ, (off_t)page);
    log->noticed = share(maps.notices, page, PROT_READ | PROT_WRITE, 0);
    log->noticing = share(maps.notices, page, PROT_READ, (off_t)page);
    if (!log->head || !log->consumer || !log->ring || !log->noticed || !log->noticing) return -errno;
    log->tick_link = start_ticking(layout, maps);
    log->link = start(layout, maps);
    return log->link < 0 ? log->link : 0;
}

int looptop_switch_log_open(
    const struct looptop_switch_layout *layout, uint32_t ids, uint32_t cpus, size_t ring_bytes, struct looptop_switch_log *log) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct maps maps = {.words = ids / 64 + 1, .cpus = cpus, .ring = -1, .notices = -1};
    uint32_t value_bytes = (uint32_t)(place_of_cpus(maps.words) + cpus * sizeof(struct looptop_at_work));
    *log = (struct looptop_switch_log){
        .link = -1, .tick_link = -1, .notices = -1, .ids = maps.words * 64, .cpus = cpus,
        .map_bytes = (value_bytes + page - 1) / page * page, .ring_bytes = ring_bytes};
    maps.watched = make_map(BPF_MAP_TYPE_ARRAY, 4, value_bytes, 1, BPF_F_MMAPABLE);
    if (maps.watched < 0) return maps.watched;
    maps.ring = make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, (uint32_t)ring_bytes, 0);
    if (maps.ring >= 0) maps.notices = make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, (uint32_t)page, 0);
    log->notices = maps.notices;
    int failure = maps.ring < 0 ? maps.ring : maps.notices < 0 ? maps.notices : map_and_start(layout, maps, ring_bytes, log);
    // The programs and the mappings keep them.
    close(maps.watched);
    if (maps.ring >= 0) close(maps.ring);
    if (failure < 0) looptop_switch_log_close(log);
    return failure;
}

void looptop_switch_log_close(struct looptop_switch_log *log) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (log->link >= 0) close(log->link);
    if (log->tick_link >= 0) close(log->tick_link);
    if (log->notices >= 0) close(log->notices);
    if (log->head) munmap(log->head, log->map_bytes);
    if (log->consumer) munmap(log->consumer, page);
    if (log->ring) munmap((void *)log->ring, page + 2 * log->ring_bytes);
    if (log->noticed) munmap(log->noticed, page);
    if (log->noticing) munmap((void *)log->noticing, page);
}

int looptop_switch_log_watch(struct looptop_switch_log *log, uint32_t tid, int is_watched) {
    if (tid >= log->ids) return 0;
    uint64_t bit = (uint64_t)1 << (tid % 64);
    uint64_t *word = (uint64_t *)(log->head + 1) + tid / 64;
    if (is_watched) __atomic_fetch_or(word, bit, __ATOMIC_RELAXED);
    else __atomic_fetch_and(word, ~bit, __ATOMIC_RELAXED);
    return 1;
}

void looptop_switch_log_answer(struct looptop_switch_log *log) {
    __atomic_store_n(log->noticed, __atomic_load_n(log->noticing, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
}

size_t looptop_switch_log_at_work(const struct looptop_switch_log *log, struct looptop_at_work *into) {
    const struct looptop_at_work *cpus = (const void *)((const uint8_t *)log->head + place_of_cpus(log->ids / 64));
    size_t count = 0;
    for (uint32_t cpu = 0; cpu < log->cpus; cpu++) {
        uint32_t tid = __atomic_load_n(&cpus[cpu].tid, __ATOMIC_ACQUIRE);
        uint64_t since = __atomic_load_n(&cpus[cpu].since, __ATOMIC_RELAXED);
        if (tid != 0) into[count++] = (struct looptop_at_work){.tid = tid, .since = since};
    }
    return count;
}

size_t looptop_switch_log_take(struct looptop_switch_log *log, struct looptop_slice *into, size_t room) {
    const uint8_t *data = log->ring + sysconf(_SC_PAGESIZE);
    uint64_t end = __atomic_load_n((const uint64_t *)log->ring, __ATOMIC_ACQUIRE);
    uint64_t at = *log->consumer;
    size_t count = 0;
    while (at < end && count < room) {
        const uint32_t *header = (const uint32_t *)(data + (at & (log->ring_bytes - 1)));
        uint32_t length = __atomic_load_n(header, __ATOMIC_ACQUIRE);
        if (length & BPF_RINGBUF_BUSY_BIT) break;
        if (length == sizeof *into) memcpy(&into[count++], (const uint8_t *)header + BPF_RINGBUF_HDR_SZ, length);
        at += ((length & ~BPF_RINGBUF_DISCARD_BIT) + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
    }
    __atomic_store_n(log->consumer, at, __ATOMIC_RELEASE);
    return count;
}
