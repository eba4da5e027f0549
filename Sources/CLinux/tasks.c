#define _GNU_SOURCE
#include "CLinuxTasks.h"

#include "bpf.h"

enum { TASK = 6, SIGNAL = 7, FILES = 8, SEQUENCE = 9 };

enum { NOTHING = FIRST_LABEL, STATE, NO_MEMORY, NO_COUNT, COUNT, NEXT_WORD, COUNTED, WRITE };

// On the stack, from its end downwards.
enum {
    RECORD = -(int)sizeof(struct looptop_process),
    BITMAP_BYTES = LOOPTOP_COUNTED_FILES / 8,
    BITMAP = RECORD - BITMAP_BYTES,
    BITMAP_PLACE = BITMAP - 8,
};
_Static_assert(sizeof(struct looptop_process) == 88, "no gap: the verifier wants every byte set");
_Static_assert(BITMAP_PLACE >= -STACK_BYTES, "it does not fit");
#define FIELD(name) (RECORD + (int)offsetof(struct looptop_process, name))

static void copy(struct program *program, uint32_t offset, int field) {
    ADD(program, LOAD64(1, TASK, offset), STORE64(STACK, field, 1));
}

static void add_up(struct program *program, uint32_t of_task, uint32_t of_signal, int field) {
    ADD(program, LOAD64(1, TASK, of_task), LOAD64(2, SIGNAL, of_signal), WITH(BPF_ADD, 1, 2), STORE64(STACK, field, 1));
}

static void copy_counters(struct program *program, const struct looptop_task_layout *layout) {
    copy(program, layout->task.start, FIELD(start));
    copy(program, layout->task.run, FIELD(run));
    copy(program, layout->task.wait, FIELD(wait));
    copy(program, layout->task.voluntary, FIELD(voluntary));
    copy(program, layout->task.involuntary, FIELD(involuntary));
    ADD(program, LOAD32(1, SIGNAL, layout->signal.threads), STORE32(STACK, FIELD(threads), 1));
    ADD(program, LOAD64(1, SIGNAL, layout->signal.run), STORE64(STACK, FIELD(ended_run), 1));
    add_up(program, layout->task.read, layout->signal.read, FIELD(read));
    add_up(program, layout->task.written, layout->signal.written, FIELD(written));
    // What is neither ready to run nor has a bit that is shown (frozen, waiting for a lock) is shown as TASK_UNINTERRUPTIBLE.
    ADD(program, LOAD32(1, TASK, layout->task.state), LOAD32(2, TASK, layout->task.exit_state), WITH(BPF_OR, 1, 2),
        MOVE(2, 1), BY(BPF_AND, 1, 0x7f), IF(BPF_JNE, 1, 0, STATE), IF(BPF_JEQ, 2, 0, STATE), SET(1, 2));
    place(program, STATE);
    ADD(program, STORE32(STACK, FIELD(state), 1));
}

static void mark_memory(struct program *program, const struct looptop_task_layout *layout) {
    ADD(program, LOAD64(1, TASK, layout->task.minor_faults), LOAD64(2, TASK, layout->task.major_faults), WITH(BPF_ADD, 1, 2),
        BY(BPF_LSH, 1, 24), LOAD64(3, TASK, layout->task.mm),
        // Kernel threads have none, nor who is about to end.
        IF(BPF_JEQ, 3, 0, NO_MEMORY), LOAD64(3, 3, layout->mm_pages), WITH(BPF_XOR, 1, 3));
    place(program, NO_MEMORY);
    ADD(program, STORE64(STACK, FIELD(memory_mark), 1));
}

// Open descriptors are the bits that are set in a map as long as the table. A map of one word, as nearly all processes have,
// is copied as it is; of any other as much as there is, into the largest.
static void count_files(struct program *program, const struct looptop_task_layout *layout) {
    ADD(program, LOAD64(FILES, TASK, layout->task.files), IF(BPF_JEQ, FILES, 0, NO_COUNT),
        LOAD64(FILES, FILES, layout->files_table), IF(BPF_JEQ, FILES, 0, NO_COUNT),
        LOAD64(3, FILES, layout->table.open), STORE64(STACK, BITMAP_PLACE, 3), LOAD32(2, FILES, layout->table.size),
        MOVE(1, STACK), BY(BPF_ADD, 1, BITMAP), BY(BPF_RSH, 2, 3));
    ADD(program, IF(BPF_JNE, 2, 8, COUNT), SET(2, 8), CALL(BPF_FUNC_probe_read_kernel), SET(4, 8),
        IF(BPF_JEQ, 0, 0, COUNTED), GO(NO_COUNT));
    place(program, COUNT);
    ADD(program, IF(BPF_JGT, 2, BITMAP_BYTES, NO_COUNT));
    for (int at = BITMAP; at < BITMAP + BITMAP_BYTES; at += 8) ADD(program, ZERO64(STACK, at));
    ADD(program, CALL(BPF_FUNC_probe_read_kernel), SET(4, BITMAP_BYTES), IF(BPF_JNE, 0, 0, NO_COUNT));
    place(program, COUNTED);
    ADD(program, SET(5, 0), MOVE(0, STACK), BY(BPF_ADD, 0, BITMAP));
    place(program, NEXT_WORD);
    ADD(program, LOAD64(1, 0, 0), MOVE(2, 1), BY(BPF_RSH, 2, 1), WIDE(3, 0x5555555555555555), WITH(BPF_AND, 2, 3),
        WITH(BPF_SUB, 1, 2), MOVE(2, 1), BY(BPF_RSH, 2, 2), WIDE(3, 0x3333333333333333), WITH(BPF_AND, 2, 3),
        WITH(BPF_AND, 1, 3), WITH(BPF_ADD, 1, 2), MOVE(2, 1), BY(BPF_RSH, 2, 4), WITH(BPF_ADD, 1, 2),
        WIDE(3, 0x0f0f0f0f0f0f0f0f), WITH(BPF_AND, 1, 3), WIDE(3, 0x0101010101010101), WITH(BPF_MUL, 1, 3),
        BY(BPF_RSH, 1, 56), WITH(BPF_ADD, 5, 1), BY(BPF_ADD, 0, 8), BY(BPF_SUB, 4, 8), IF(BPF_JNE, 4, 0, NEXT_WORD));
    // The table may have been replaced, and its memory be another's by now: then what was read means nothing.
    ADD(program, LOAD64(1, TASK, layout->task.files), IF(BPF_JEQ, 1, 0, NO_COUNT), LOAD64(1, 1, layout->files_table),
        IF(BPF_JEQ, 1, 0, NO_COUNT), LOAD64(1, 1, layout->table.open), LOAD64(2, STACK, BITMAP_PLACE),
        IF_WITH(BPF_JNE, 1, 2, NO_COUNT), STORE32(STACK, FIELD(open_files), 5), GO(WRITE));
    place(program, NO_COUNT);
    ADD(program, SET32(STACK, FIELD(open_files), LOOPTOP_UNKNOWN_FILES));
}

static int write_program(struct program *program, const struct looptop_task_layout *layout) {
    // `struct bpf_iter__task`: what is common to all iterators, with the sequence to write to; the task, or none at the end.
    ADD(program, LOAD64(TASK, CONTEXT, 8), LOAD64(SEQUENCE, CONTEXT, 0), IF(BPF_JEQ, TASK, 0, NOTHING),
        LOAD64(SEQUENCE, SEQUENCE, 0));
    ADD(program, LOAD32(1, TASK, layout->task.pid), LOAD32(2, TASK, layout->task.tgid), IF_WITH(BPF_JNE, 1, 2, NOTHING),
        STORE32(STACK, FIELD(pid), 1), LOAD64(SIGNAL, TASK, layout->task.signal), IF(BPF_JEQ, SIGNAL, 0, NOTHING));
    copy_counters(program, layout);
    mark_memory(program, layout);
    count_files(program, layout);
    place(program, WRITE);
    ADD(program, MOVE(1, SEQUENCE), MOVE(2, STACK), BY(BPF_ADD, 2, RECORD), SET(3, sizeof(struct looptop_process)),
        CALL(BPF_FUNC_seq_write));
    place(program, NOTHING);
    ADD(program, SET(0, 0), EXIT);
    return resolve(program);
}

int looptop_tasks_open(const struct looptop_task_layout *layout) {
    struct program program = {.length = 0};
    int failure = write_program(&program, layout);
    if (failure < 0) return failure;
    return start_tracing(&program, BPF_TRACE_ITER, layout->iterator, "looptop_tasks");
}

int looptop_tasks_begin(int link) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.iter_create.link_fd = (uint32_t)link;
    return call_bpf(BPF_ITER_CREATE, &attributes);
}

long looptop_tasks_read(int fd, struct looptop_process *into, size_t room) {
    // Of a record that does not fit into what is asked for the rest would come next: read by the whole.
    uint8_t *bytes = (uint8_t *)into;
    size_t wanted = room * sizeof *into, got = 0;
    while (got < wanted) {
        ssize_t part = read(fd, bytes + got, wanted - got);
        if (part == 0) break;
        if (part > 0) got += (size_t)part;
        else if (errno != EINTR && errno != EAGAIN) return -errno;
    }
    return got % sizeof *into == 0 ? (long)(got / sizeof *into) : -EPROTO;
}
