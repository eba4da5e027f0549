/// Switches of all watched threads by one BPF program on the tracepoint `sched_switch`, in one ring for all: from Linux 5.18
/// on, x86-64. Documentation/bpf/ringbuf.rst. Loading it needs CAP_BPF and CAP_PERFMON in the first user namespace; what
/// comes after is memory shared with the kernel, and no system call.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Where this kernel keeps what the program reads: offsets in bytes, from its type information (BTF).
struct looptop_switch_layout {
    uint32_t tracepoint;  // number of the type `btf_trace_sched_switch`
    struct {
        uint32_t pid, run, wait, slices, voluntary, involuntary, job;
    } task;
    struct {
        uint32_t call, argument;
    } registers;
};

/// A thread got a CPU or left it.
struct looptop_switched {
    uint64_t time;  // ns of CLOCK_MONOTONIC
    uint32_t tid;
    uint32_t how;  // LOOPTOP_SWITCHED_INTO, or the state it left the CPU in with the bits below
    // As it left. Zero of one that got it.
    uint64_t run;     // ns on a CPU so far
    uint64_t wait;    // ns runnable without one
    uint64_t slices;  // times it got one
    uint64_t voluntary;
    uint64_t involuntary;
    int64_t call;       // number of the system call it is in, -1 outside of any
    uint64_t argument;  // the first of that call
};

enum {
    LOOPTOP_SWITCHED_STOPPED = 0x4 | 0x8,  // __TASK_STOPPED, __TASK_TRACED
    LOOPTOP_SWITCHED_DEAD = 0x10 | 0x20 | 0x80,  // EXIT_DEAD, EXIT_ZOMBIE, TASK_DEAD
    LOOPTOP_SWITCHED_FROZEN = 0x8000 | 1 << 29,  // TASK_FROZEN (control groups of version 1), or as `job` says (version 2)
    LOOPTOP_SWITCHED_PREEMPTED = 1 << 30,
    LOOPTOP_SWITCHED_INTO = 1 << 28,
};

struct looptop_switch_log {
    int link;
    uint64_t *map;  // how many records were lost, then a bit for each thread id: is it watched?
    size_t map_bytes;
    uint32_t ids;  // how many thread ids there is a bit for
    uint64_t *consumer;
    const uint8_t *ring;  // a page with the producer's position, then the records, twice
    size_t ring_bytes;    // of records
};

/// Loads the program, and starts it. `ring_bytes` is a power of two, and a multiple of a page. Returns 0, or a negative errno.
int looptop_switch_log_open(
    const struct looptop_switch_layout *layout, uint32_t ids, size_t ring_bytes, struct looptop_switch_log *log);

void looptop_switch_log_close(struct looptop_switch_log *log);

/// Begins or ends the record of a thread. Returns whether there is a bit for it.
int looptop_switch_log_watch(struct looptop_switch_log *log, uint32_t tid, int is_watched);

/// Records that found no room since the log was opened.
uint64_t looptop_switch_log_lost(const struct looptop_switch_log *log);

/// Takes up to `room` records, oldest first of each thread, and returns how many; as many as `room`: there may be more.
size_t looptop_switch_log_take(struct looptop_switch_log *log, struct looptop_switched *into, size_t room);
