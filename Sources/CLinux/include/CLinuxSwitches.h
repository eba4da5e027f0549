/// The kernel's record of the switches of one thread: perf_event_open(2), PERF_RECORD_SWITCH, times of CLOCK_MONOTONIC.
/// Works for threads of the same user at `perf_event_paranoid` 2, because only switches are recorded and no kernel code.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum looptop_switch_kind {
    LOOPTOP_SWITCH_INTO = 0,       // got a CPU
    LOOPTOP_SWITCH_SLEEP = 1,      // gave it up by itself
    LOOPTOP_SWITCH_PREEMPTED = 2,  // lost it while it was runnable
};

struct looptop_switch {
    uint64_t time;  // ns
    enum looptop_switch_kind kind;
};

struct looptop_switch_ring {
    void *map;      // one page of positions, then the records; keeps them coming without a descriptor
    size_t length;  // of `map`
};

/// Why a ring could not be had; what perf_event_open(2) and mmap(2) mean by one errno differs.
enum looptop_switch_refusal {
    LOOPTOP_SWITCH_DENIED = 1,
    LOOPTOP_SWITCH_NO_MEMORY = 2,
    LOOPTOP_SWITCH_UNSUPPORTED = 3,
    LOOPTOP_SWITCH_VANISHED = 4,
};

/// Starts recording thread `tid` into `pages` pages, a power of two. Returns 0, or a refusal.
int looptop_switch_ring_open(int tid, unsigned pages, struct looptop_switch_ring *ring);

void looptop_switch_ring_close(struct looptop_switch_ring *ring);

/// Takes up to `room` switches, oldest first, and returns how many; as many as `room` means that there may be more. `lost`
/// is set to 1 when records were lost, or may have been because the ring was full, and left alone otherwise.
size_t looptop_switch_ring_drain(struct looptop_switch_ring *ring, struct looptop_switch *into, size_t room, int *lost);

/// The walk itself: `size` bytes of records, a power of two, that are used round and round; those from `*tail` to `head`
/// are new. Moves `*tail` behind what it took. Records of other kinds are passed over; one that cannot be right ends the
/// walk at `head` with `lost`.
size_t looptop_switch_records(const uint8_t *data, uint64_t size, uint64_t head, uint64_t *tail, struct looptop_switch *into,
                              size_t room, int *lost);
