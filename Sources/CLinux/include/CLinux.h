/// Linux calls that Swift's Glibc module leaves out. Plain prototypes only: `_GNU_SOURCE` stays in the .c files, because
/// defining it in a header changes types that the Glibc module also owns.
#pragma once

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "CLinuxBirths.h"
#include "CLinuxCache.h"
#include "CLinuxCache.h"
#include "CLinuxFilter.h"
#include "CLinuxPlaces.h"
#include "CLinuxProcess.h"
#include "CLinuxResolve.h"
#include "CLinuxSockets.h"
#include "CLinuxSpawn.h"
#include "CLinuxSwitchLog.h"
#include "CLinuxSwitches.h"
#include "CLinuxTasks.h"
#include "CLinuxTaskstats.h"
#include "CLinuxTerminal.h"
#include "CLinuxThread.h"
#include "CLinuxUser.h"

/// epoll_ctl(2) with the descriptor itself as the event's data. Returns 0 or a negative errno.
int looptop_epoll_add(int epoll, int fd, uint32_t events, uint64_t data);
int looptop_epoll_remove(int epoll, int fd);

/// Names the calling thread, as `ps -L` and `top -H` show it; at most 15 bytes. pthread_setname_np(3).
void looptop_name_thread(const char *name);

/// prctl(2) PR_SET_DUMPABLE 0: no core dump and no ptrace by others while keys are in memory. Returns 0 or a negative errno.
int looptop_forbid_dumps(void);

/// mallopt(3) M_ARENA_MAX 1: one malloc arena for all threads.
void looptop_one_arena(void);

/// Takes the pages of the program's own code and constants out of this process (they stay in the page cache, and come back
/// when they are used), and gives free heap back to the kernel: madvise(2) MADV_DONTNEED, malloc_trim(3).
void looptop_give_back_memory(void);

/// Raises RLIMIT_NOFILE to its hard limit and returns the limit now in force; the kernel's usual
/// one, 1,024, where it cannot be read.
uint64_t looptop_raise_descriptor_limit(void);

/// Whether a time service keeps the clock, as far as the kernel knows: adjtimex(2). 1, 0 or a negative errno.
int looptop_clock_is_kept(void);
