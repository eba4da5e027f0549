// What writes the programs that the kernel runs for us, in its own instructions:
// Documentation/bpf/standardization/instruction-set.rst. r1 to r5 are lost in a call.
#pragma once

#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// The register that holds what a program is called with, and the end of its stack.
enum { CONTEXT = 1, STACK = 10, STACK_BYTES = 512 };

#define OP(op, to, from, offset, value) \
    {.code = (op), .dst_reg = (to), .src_reg = (from), .off = (int16_t)(offset), .imm = (int32_t)(value)}
#define LOAD64(to, from, offset) OP(BPF_LDX | BPF_MEM | BPF_DW, to, from, offset, 0)
#define LOAD32(to, from, offset) OP(BPF_LDX | BPF_MEM | BPF_W, to, from, offset, 0)
#define STORE64(to, offset, from) OP(BPF_STX | BPF_MEM | BPF_DW, to, from, offset, 0)
#define STORE32(to, offset, from) OP(BPF_STX | BPF_MEM | BPF_W, to, from, offset, 0)
#define ADD_TO64(to, offset, from) OP(BPF_STX | BPF_ATOMIC | BPF_DW, to, from, offset, BPF_ADD)
#define ZERO64(to, offset) OP(BPF_ST | BPF_MEM | BPF_DW, to, 0, offset, 0)
#define SET32(to, offset, value) OP(BPF_ST | BPF_MEM | BPF_W, to, 0, offset, value)
#define MOVE(to, from) OP(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0)
#define SET(to, value) OP(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value)
#define WITH(operation, to, from) OP(BPF_ALU64 | (operation) | BPF_X, to, from, 0, 0)
#define BY(operation, to, value) OP(BPF_ALU64 | (operation) | BPF_K, to, 0, 0, value)
#define IF(condition, left, value, label) OP(BPF_JMP | (condition) | BPF_K, left, 0, label, value)
#define IF_WITH(condition, left, right, label) OP(BPF_JMP | (condition) | BPF_X, left, right, label, 0)
#define GO(label) OP(BPF_JMP | BPF_JA, 0, 0, label, 0)
#define CALL(helper) OP(BPF_JMP | BPF_CALL, 0, 0, 0, helper)
#define EXIT OP(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
// One instruction in the room of two.
#define WIDE(to, value) \
    OP(BPF_LD | BPF_IMM | BPF_DW, to, 0, 0, (uint32_t)(value)), OP(0, 0, 0, 0, (uint32_t)((uint64_t)(value) >> 32))
#define MAP(to, map) OP(BPF_LD | BPF_IMM | BPF_DW, to, BPF_PSEUDO_MAP_FD, 0, map), OP(0, 0, 0, 0, 0)
#define IN_MAP(to, map, offset) OP(BPF_LD | BPF_IMM | BPF_DW, to, BPF_PSEUDO_MAP_VALUE, 0, map), OP(0, 0, 0, 0, offset)

// A jump's distance is one of these until `resolve` knows how far that is. No real jump is as long.
enum { FIRST_LABEL = 0x7000, MOST_LABELS = 16 };

struct program {
    struct bpf_insn code[320];
    size_t length;
    size_t places[MOST_LABELS];
};

static inline void add_all(struct program *program, const struct bpf_insn *code, size_t count) {
    if (program->length + count <= sizeof program->code / sizeof *code)
        memcpy(program->code + program->length, code, count * sizeof *code);
    program->length += count;
}
#define ADD(program, ...)                                   \
    do {                                                    \
        const struct bpf_insn code[] = {__VA_ARGS__};       \
        add_all(program, code, sizeof code / sizeof *code); \
    } while (0)

static inline void place(struct program *program, int label) { program->places[label - FIRST_LABEL] = program->length; }

static inline int resolve(struct program *program) {
    if (program->length > sizeof program->code / sizeof program->code[0]) return -E2BIG;
    for (size_t at = 0; at < program->length; at++) {
        struct bpf_insn *each = &program->code[at];
        if (BPF_CLASS(each->code) == BPF_JMP && each->off >= FIRST_LABEL && each->off < FIRST_LABEL + MOST_LABELS)
            each->off = (int16_t)(program->places[each->off - FIRST_LABEL] - at - 1);  // it counts from the one after it
    }
    return 0;
}

static inline int call_bpf(int command, union bpf_attr *attributes) {
    long answer = syscall(SYS_bpf, command, attributes, sizeof *attributes);
    return answer < 0 ? -errno : (int)answer;
}

// Loads a program for the iterator or tracepoint `target`, a number of a type, and ties it to that for as long as the
// descriptor is open that is returned, or a negative errno.
static inline int start_tracing(const struct program *program, enum bpf_attach_type type, uint32_t target, const char *name) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.prog_type = BPF_PROG_TYPE_TRACING;
    attributes.expected_attach_type = type;
    attributes.attach_btf_id = target;
    attributes.insns = (uint64_t)(uintptr_t)program->code;
    attributes.insn_cnt = (uint32_t)program->length;
    // What the kernel's helpers ask of who calls them; it holds for these instructions.
    attributes.license = (uint64_t)(uintptr_t)"Dual MIT/GPL";
    strncpy(attributes.prog_name, name, sizeof attributes.prog_name - 1);
    int loaded = call_bpf(BPF_PROG_LOAD, &attributes);
    if (loaded < 0) return loaded;
    memset(&attributes, 0, sizeof attributes);
    int command = BPF_LINK_CREATE;
    if (type == BPF_TRACE_RAW_TP) {  // which can be linked like the others from Linux 5.19 on only
        command = BPF_RAW_TRACEPOINT_OPEN;
        attributes.raw_tracepoint.prog_fd = (uint32_t)loaded;
    } else {
        attributes.link_create.prog_fd = (uint32_t)loaded;
        attributes.link_create.attach_type = type;
    }
    int link = call_bpf(command, &attributes);
    close(loaded);
    return link;
}
