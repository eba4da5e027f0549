#define _GNU_SOURCE
#include "CLinuxUser.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(capability) (UINT64_C(1) << (capability))

static int keep_within(uint64_t kept) {
    for (int each = 0; each < 64; each++) {
        int has = prctl(PR_CAPBSET_READ, each, 0, 0, 0);
        if (has < 0) break;  // the kernel knows no more of them
        if (has > 0 && !(kept & BIT(each)) && prctl(PR_CAPBSET_DROP, each, 0, 0, 0) < 0) return -errno;
    }
    return 0;
}

static int make_ambient(uint64_t kept) {
    for (int each = 0; each < 64; each++)
        if (kept & BIT(each) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, each, 0, 0) < 0) return -errno;
    return 0;
}

int looptop_become(uint32_t user, uint32_t group, const uint32_t *groups, size_t group_count, uint64_t *capabilities) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];
    if (syscall(SYS_capget, &header, sets) < 0) return -errno;
    uint64_t kept = *capabilities & (sets[0].permitted | (uint64_t)sets[1].permitted << 32);
    int failure = keep_within(kept);
    if (failure < 0) return failure;
    // Without this all of them go with the user id 0.
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return -errno;
    if (setgroups(group_count, groups) < 0 || setresgid(group, group, group) < 0 || setresuid(user, user, user) < 0) return -errno;
    if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0) return -errno;
    for (int half = 0; half < 2; half++) {
        uint32_t bits = (uint32_t)(kept >> 32 * half);
        sets[half] = (struct __user_cap_data_struct){.effective = bits, .permitted = bits, .inheritable = bits};
    }
    if (syscall(SYS_capset, &header, sets) < 0) return -errno;
    failure = make_ambient(kept);
    if (failure < 0) return failure;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -errno;
    // There must be no way back.
    if (setresuid(0, 0, 0) == 0) return -ENOTRECOVERABLE;
    *capabilities = kept;
    return 0;
}
