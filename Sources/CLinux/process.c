#define _GNU_SOURCE
#include "CLinuxProcess.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// One number on every architecture since Linux 5.1; C libraries older than the kernel lack the names.
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

// First published size (64 bytes) of `struct pidfd_info` in linux/pidfd.h, which distributions of 2023 do not ship. The
// kernel takes the size from the ioctl number and fills no more than that, so a newer kernel serves the old struct.
// Before 6.15 the last field was spare and the EXIT bit unknown: then the bit is not set in the answer.
struct looptop_pidfd_info {
    uint64_t mask;
    uint64_t cgroupid;
    uint32_t pid, tgid, ppid;
    uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    int32_t exit_code;  // as wait(2) would give it
};
_Static_assert(sizeof(struct looptop_pidfd_info) == 64, "PIDFD_INFO_SIZE_VER0");

#define LOOPTOP_PIDFD_INFO_EXIT (UINT64_C(1) << 3)
#define LOOPTOP_PIDFD_GET_INFO _IOWR(0xFF, 11, struct looptop_pidfd_info)

int looptop_pidfd_open(int pid) {
    long fd = syscall(SYS_pidfd_open, pid, 0);
    return fd < 0 ? -errno : (int)fd;
}

int looptop_pidfd_send_signal(int pidfd, int number) {
    return syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0) < 0 ? -errno : 0;
}

int looptop_pidfd_exit_status(int pidfd, enum looptop_exit_kind *kind, int *value) {
    struct looptop_pidfd_info info;
    // Reaped while the kernel answers, a process is neither there nor known to have ended: ESRCH, and then it is known.
    for (int tries = 0;; tries++) {
        memset(&info, 0, sizeof info);
        info.mask = LOOPTOP_PIDFD_INFO_EXIT;
        if (ioctl(pidfd, LOOPTOP_PIDFD_GET_INFO, &info) == 0) break;
        if (errno != ESRCH || tries > 0) return -errno;
    }
    if (!(info.mask & LOOPTOP_PIDFD_INFO_EXIT)) return 0;
    if (WIFEXITED(info.exit_code)) {
        *kind = LOOPTOP_EXIT_CODE;
        *value = WEXITSTATUS(info.exit_code);
        return 1;
    }
    if (WIFSIGNALED(info.exit_code)) {
        *kind = LOOPTOP_EXIT_SIGNAL;
        *value = WTERMSIG(info.exit_code);
        return 1;
    }
    return 0;
}
