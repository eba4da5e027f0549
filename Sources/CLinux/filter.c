#define _GNU_SOURCE
#include "CLinuxFilter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// One number on every architecture; C libraries older than the kernel lack the names.
#define OPEN_TREE 428
#define MOVE_MOUNT 429
#define FSOPEN 430
#define FSCONFIG 431
#define FSMOUNT 432
#define FSPICK 433
#define PIDFD_GETFD 438
#define MOUNT_SETATTR 442
#define QUOTACTL_FD 443
#define OPEN_TREE_ATTR 467

// What neither the agent nor the programs that it starts have a use for: managers' (systemctl, pm2), those of its configuration, and
// the servers that these start where no manager does. Not here, because somebody of them has: perf_event_open and setns (the
// agent itself), unshare and clone with new namespaces (sandboxes of browsers below a worker), chroot (haproxy, php-fpm),
// name_to_handle_at (systemd's tools).
static const int refused[] = {
    // other processes: memory, registers, descriptors
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, PIDFD_GETFD,
    // the kernel, what extends it, its log
    SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_reboot, SYS_bpf, SYS_syslog,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef __x86_64__
    SYS_iopl, SYS_ioperm,
#endif
    // file systems, swap, quotas; files by handle, which no mount keeps from
    SYS_mount, SYS_umount2, SYS_pivot_root, OPEN_TREE, OPEN_TREE_ATTR, MOVE_MOUNT, FSOPEN, FSCONFIG, FSMOUNT, FSPICK,
    MOUNT_SETATTR, SYS_swapon, SYS_swapoff, SYS_quotactl, QUOTACTL_FD, SYS_acct, SYS_open_by_handle_at,
    // the clock
    SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex,
    // what attacks on the kernel like to begin with
    SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_add_key, SYS_request_key, SYS_keyctl,
    SYS_personality, SYS_vhangup,
};
enum { COUNT = sizeof refused / sizeof refused[0], HEAD = 4, TAIL = 6 };
_Static_assert(HEAD + COUNT + TAIL < 255, "a jump leads no further");

const int *looptop_refused_calls(size_t *count) {
    *count = COUNT;
    return refused;
}

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#define FOREIGN 0x40000000u  // x32 has the same name, and numbers from here on
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#define FOREIGN UINT32_MAX
#endif

#ifdef NATIVE
static int install(const struct sock_fprog *program) {
    // Without the flag kernels before 5.16 guard all that is below a filter against speculation, which makes it slower.
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, program) == 0) return 0;
    // Kernels before 4.17 do not know the flag, and a filter of systemd leaves its services the older call only.
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0) == 0 ? 0 : -errno;
}

int looptop_refuse_calls(void) {
    const unsigned short load = BPF_LD | BPF_W | BPF_ABS, equal = BPF_JMP | BPF_JEQ | BPF_K, end = BPF_RET | BPF_K;
    // A jump counts from the instruction after it. Behind the list the first one allows and the second one refuses; what
    // follows asks which command of bpf it is.
    struct sock_filter code[HEAD + COUNT + TAIL] = {
        BPF_STMT(load, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(equal, NATIVE, 0, COUNT + 3),
        BPF_STMT(load, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FOREIGN, COUNT + 1, 0),
    };
    for (int each = 0; each < COUNT; each++)
        code[HEAD + each] = (struct sock_filter)BPF_JUMP(
            equal, (uint32_t)refused[each], (uint8_t)(COUNT - each + (refused[each] == SYS_bpf ? 1 : 0)), 0);
    const struct sock_filter tail[TAIL] = {
        BPF_STMT(end, SECCOMP_RET_ALLOW),
        BPF_STMT(end, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(load, offsetof(struct seccomp_data, args)),  // its lower half: all of an int where bytes go up
        BPF_JUMP(equal, BPF_ITER_CREATE, 0, 1),  // runs what was loaded before: tasks.c
        BPF_STMT(end, SECCOMP_RET_ALLOW),
        BPF_STMT(end, SECCOMP_RET_ERRNO | EPERM),
    };
    for (int each = 0; each < TAIL; each++) code[HEAD + COUNT + each] = tail[each];
    const struct sock_fprog program = {.len = HEAD + COUNT + TAIL, .filter = code};
    int answer = install(&program);
    if (answer != -EACCES) return answer;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -errno;
    answer = install(&program);
    return answer < 0 ? answer : 1;
}
#else
int looptop_refuse_calls(void) { return -ENOSYS; }
#endif
