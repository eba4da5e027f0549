public import Model

/// The kernel function a thread sleeps in, from `/proc/<pid>/task/<tid>/wchan`, or the main thread, from
/// `/proc/<pid>/wchan`; suffixes of the compiler such as `.constprop.0` do not matter. proc_pid_wchan(5).
///
/// Needs ptrace access (PTRACE_MODE_READ); without it the kernel writes `0`.
public struct WaitChannel: Equatable, Sendable {
    /// The event wait it is in; `nil` for anything else. Kernels of which poll and select sleep in the same
    /// `poll_schedule_timeout` (6.18 does) say `.poll` for both.
    public var eventWait: LoopKind?
    /// `do_signal_stop`, `ptrace_stop`: SIGSTOP or a debugger.
    public var isStopped: Bool
    /// Its cgroup is frozen: `do_freezer_trap` (inlined: `get_signal`) of version 2, `__refrigerator` of version 1. A
    /// frozen nanosleep of version 1 still shows its own function.
    public var isFrozen: Bool
    /// `0` or nothing: running, or no permission, or, on Linux 6.12 and later now and then, asleep all the same.
    public var isUnknown: Bool

    /// `do_epoll_wait`, or `ep_poll` on kernels that do not inline it.
    public var isEpollWait: Bool { eventWait == .epoll }

    public init(parsing text: Span<UInt8>) {
        eventWait = Self.eventWait(in: text)
        isStopped = text.matches("do_signal_stop", at: 0) || text.matches("ptrace_stop", at: 0)
        isFrozen =
            text.matches("do_freezer_trap", at: 0) || text.matches("get_signal", at: 0)
            || text.matches("__refrigerator", at: 0)
        isUnknown = text.isEmpty || text[0] == UInt8(ascii: "0")
    }

    private static func eventWait(in text: Span<UInt8>) -> LoopKind? {
        if text.matches("ep_poll", at: 0) || text.contains("epoll_wait") || text.contains("epoll_pwait") {
            .epoll
        } else if text.matches("poll_schedule_timeout", at: 0) || text.matches("do_sys_poll", at: 0)
            || text.matches("do_poll", at: 0)
        {
            .poll
        } else if text.matches("do_select", at: 0) || text.matches("core_sys_select", at: 0)
            || text.matches("do_pselect", at: 0)
        {
            .select
        } else if text.contains("io_cqring_") {
            .ioUring
        } else {
            nil
        }
    }
}
