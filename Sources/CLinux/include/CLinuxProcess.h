/// Processes by descriptor: pidfd_open(2), pidfd_send_signal(2) and the exit status that Linux 6.15 keeps for any holder.
/// Every function returns a negative errno on failure and leaves `errno` out of it.
#pragma once

/// What `looptop_pidfd_exit_status` found.
enum looptop_exit_kind {
    LOOPTOP_EXIT_CODE = 0,
    LOOPTOP_EXIT_SIGNAL = 1,
};

/// A descriptor for the process that has `pid` now; close-on-exec. -ENOSYS before Linux 5.3, -ESRCH when there is none.
int looptop_pidfd_open(int pid);

/// Sends signal `number` to the process behind `pidfd`; 0 only asks whether that would be allowed. Returns 0 or a negative
/// errno: -ESRCH when the process is gone (reaped), -EPERM when it belongs to somebody else. A zombie still takes signals.
int looptop_pidfd_send_signal(int pidfd, int number);

/// How the process behind `pidfd` ended, also for somebody who is not its parent: PIDFD_GET_INFO with PIDFD_INFO_EXIT.
/// Returns 1 and fills `kind` and `value` (exit code or signal number); 0 while the kernel has nothing to tell (it lives, or
/// nobody reaped it yet); -EINVAL or -ENOTTY before Linux 6.15.
int looptop_pidfd_exit_status(int pidfd, enum looptop_exit_kind *kind, int *value);
