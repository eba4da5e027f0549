/// Switches of all watched threads by one BPF program on the tracepoint `sched_switch`, in one ring for all: from Linux 5.18
/// on, x86-64. Documentation/bpf/ringbuf.rst. Loading it needs CAP_BPF and CAP_PERFMON in the first user namespace; what
/// comes after is memory shared with the kernel, and no system call.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Where this kernel keeps what the program reads: offsets in bytes, from its type information (BTF).
struct looptop_switch_layout {
    uint32_t tracepoint;  // number of the type `btf_trace_sched_switch`
    uint32_t tick;        // number of the type `btf_trace_local_timer_entry`; 0: there is none
    struct {
        uint32_t pid, run, wait, slices, voluntary, involuntary, job;
    } task;
    struct {
        uint32_t call, argument;
    } registers;
};

/// A thread had a CPU, and left it.
struct looptop_slice {
    uint64_t from;  // ns of CLOCK_MONOTONIC when it got it; 0: unknown
    uint64_t to;    // ns of CLOCK_MONOTONIC when it left it
    uint32_t tid;
    uint32_t how;  // the state it left the CPU in, with the bits below
    // As it left.
    uint64_t run;     // ns on a CPU so far
    uint64_t wait;    // ns runnable without one
    uint64_t slices;  // times it got one
    uint64_t voluntary;
    uint64_t involuntary;
    int64_t call;       // number of the system call it is in, -1 outside of any
    uint64_t argument;  // the first of that call
};

enum {
    LOOPTOP_SLICE_STOPPED = 0x4 | 0x8,           // __TASK_STOPPED, __TASK_TRACED
    LOOPTOP_SLICE_DEAD = 0x10 | 0x20 | 0x80,     // EXIT_DEAD, EXIT_ZOMBIE, TASK_DEAD
    LOOPTOP_SLICE_FROZEN = 0x8000 | 1 << 29,     // TASK_FROZEN (control groups of version 1), or as `job` says (version 2)
    LOOPTOP_SLICE_PREEMPTED = 1 << 30,
};

/// A thread has a CPU, or had it and was not watched when it left it.
struct looptop_at_work {
    uint32_t tid;
    uint32_t is_told;  // a notice told of it
    uint64_t since;    // ns of CLOCK_MONOTONIC
};

/// What the programs and who reads their records say to each other. All in ns, of CLOCK_MONOTONIC where it is a time.
struct looptop_switch_head {
    uint64_t lost;      // records that found no room
    uint64_t asked;     // when the records were taken last, or the last notice was given
    uint64_t pause;     // between that and the next notice, at least
    uint64_t patience;  // a thread that has a CPU for so long is worth a notice
};

struct looptop_switch_log {
    int link;
    int tick_link;  // -1: no notices are given
    int notices;    // readable once a notice was given
    // Then a bit for each thread id: is it watched? And for each CPU who has it, of those.
    struct looptop_switch_head *head;
    size_t map_bytes;
    uint32_t ids;   // how many thread ids there is a bit for
    uint32_t cpus;  // how many CPUs there is room for; what others do is recorded with unknown beginnings
    uint64_t *consumer;
    const uint8_t *ring;  // a page with the producer's position, then the records, twice
    size_t ring_bytes;    // of records
    uint64_t *noticed;
    const uint64_t *noticing;
};

/// Loads the programs, and starts them. `ring_bytes` is a power of two, and a multiple of a page. Returns 0, or a negative errno.
int looptop_switch_log_open(
    const struct looptop_switch_layout *layout, uint32_t ids, uint32_t cpus, size_t ring_bytes, struct looptop_switch_log *log);

void looptop_switch_log_close(struct looptop_switch_log *log);

/// Begins or ends the record of a thread. Returns whether there is a bit for it.
int looptop_switch_log_watch(struct looptop_switch_log *log, uint32_t tid, int is_watched);

/// Takes what notices were given so far. Notices are given of threads that have a CPU for long, or lost it after a millisecond of
/// work, and of a ring that fills: when there is one, records are to be taken. Nobody is told of anything else.
void looptop_switch_log_answer(struct looptop_switch_log *log);

/// Who has a CPU now, of those watched. `into` has room for `cpus`. Returns how many. To be asked before the records are
/// taken: then whoever has no record of the time since is at work still.
size_t looptop_switch_log_at_work(const struct looptop_switch_log *log, struct looptop_at_work *into);

/// Takes up to `room` records, oldest first of each thread, and returns how many; as many as `room`: there may be more.
size_t looptop_switch_log_take(struct looptop_switch_log *log, struct looptop_slice *into, size_t room);
