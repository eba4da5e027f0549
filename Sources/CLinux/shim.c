#define _GNU_SOURCE
#include "include/CLinux.h"

#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <unistd.h>

int looptop_epoll_add(int epoll, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data.u64 = data};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

int looptop_epoll_remove(int epoll, int fd) {
    return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL) == 0 ? 0 : -errno;
}

void looptop_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int looptop_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0) == 0 ? 0 : -errno; }

void looptop_one_arena(void) { mallopt(M_ARENA_MAX, 1); }

// The program itself comes first, and is the only one that nobody else shares.
static int give_back_code(struct dl_phdr_info *program, size_t size, void *data) {
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    (void)size;
    (void)data;
    for (int i = 0; i < program->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &program->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || (part->p_flags & PF_W)) continue;
        uint64_t from = (program->dlpi_addr + part->p_vaddr) & -page;
        uint64_t end = (program->dlpi_addr + part->p_vaddr + part->p_memsz) & -page;
        // Never written to, so what is dropped is the same in the file.
        if (end > from) madvise((void *)from, end - from, MADV_DONTNEED);
    }
    return 1;
}

void looptop_give_back_memory(void) {
    dl_iterate_phdr(give_back_code, NULL);
    malloc_trim(0);
}

uint64_t looptop_raise_descriptor_limit(void) {
    struct rlimit limit;
    const uint64_t usual = 1024; // fs.h, INR_OPEN_CUR
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return usual;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 && getrlimit(RLIMIT_NOFILE, &limit) != 0) return usual;
    return limit.rlim_cur;
}

int looptop_clock_is_kept(void) {
    struct timex status = {0};
    int state = adjtimex(&status);
    if (state < 0) return -errno;
    return state != TIME_ERROR && (status.status & STA_UNSYNC) == 0;
}
