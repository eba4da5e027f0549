/// System calls that a program gives up for good, and with it all that it starts: seccomp(2).
#pragma once

#include <stddef.h>

/// From now on the calling thread, those that it starts and their programs get EPERM from each of `looptop_refused_calls`, and from
/// every call of another architecture than the machine's own. Returns 0, or 1 where the kernel wanted no_new_privs for it
/// (without CAP_SYS_ADMIN): programs then gain no rights by their file, as sudo does. A negative errno: nothing is refused;
/// -ENOSYS on architectures that nobody wrote it for.
int looptop_refuse_calls(void);

/// Their numbers on this machine.
const int *looptop_refused_calls(size_t *count);
