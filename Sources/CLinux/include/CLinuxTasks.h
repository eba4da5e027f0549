/// Counters of all processes by one BPF program that the kernel runs for each (a task iterator, from Linux 5.8 on):
/// Documentation/bpf/bpf_iterators.rst. Loading it needs CAP_BPF and CAP_PERFMON in the first user namespace; reading needs
/// no more than the descriptor from Linux 5.19 on, and before where unprivileged_bpf_disabled is 0. Every function returns a negative errno on failure and leaves `errno` out of it.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Where this kernel keeps what the program reads: offsets in bytes, from its type information (BTF).
struct looptop_task_layout {
    uint32_t iterator;  // number of the type `bpf_iter_task`
    struct {
        uint32_t pid, tgid, start, state, exit_state, minor_faults, major_faults, run, wait, voluntary, involuntary,
            read, written, signal, files, mm;
    } task;
    struct {
        uint32_t threads, run, read, written;  // what ended threads used is here
    } signal;
    uint32_t mm_pages;
    uint32_t files_table;
    struct {
        uint32_t size, open;
    } table;
};

/// What `open_files` is where the table has room for more than LOOPTOP_COUNTED_FILES, or changed while it was counted.
enum { LOOPTOP_COUNTED_FILES = 2048, LOOPTOP_UNKNOWN_FILES = -1 };

/// Of one process; a kernel thread, too.
struct looptop_process {
    uint32_t pid;
    uint32_t threads;
    uint64_t start;        // ns since boot, `start_boottime`
    uint64_t run;          // ns on a CPU of its main thread up to when that was put off it
    uint64_t ended_run;    // ns of its threads that ended
    uint64_t wait;         // ns runnable without a CPU, main thread
    uint64_t voluntary;    // times the main thread left the CPU by itself, and was taken off it
    uint64_t involuntary;
    uint64_t read;         // bytes from and to storage, main thread and threads that ended
    uint64_t written;
    uint64_t memory_mark;  // changes when the main thread had a page fault, or the address space another size
    int32_t open_files;
    uint32_t state;        // `__state` or `exit_state`: one of the bits of TASK_REPORT, or none
};

/// Loads the program. Returns the descriptor of a link, through which it can be run for as long as it is open.
int looptop_tasks_open(const struct looptop_task_layout *layout);

/// Runs it once over all processes. Returns a descriptor to read records from, ascending by pid, to the end of file.
int looptop_tasks_begin(int link);

/// The next records, as many as there is room for. Returns how many; 0 at the end.
long looptop_tasks_read(int fd, struct looptop_process *into, size_t room);
