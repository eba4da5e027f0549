/// The kernel function the main thread of a process sleeps in, from `/proc/<pid>/wchan`. proc_pid_wchan(5).
///
/// `0` means running, or no permission (PTRACE_MODE_READ), or, on Linux 6.12 and later now and then, asleep all the same.
public struct WaitChannel: Equatable, Sendable {
    /// `do_epoll_wait`, or `ep_poll` on kernels that do not inline it.
    public var isEpollWait: Bool
    /// `do_signal_stop`: SIGSTOP or a debugger.
    public var isStopped: Bool

    public init(parsing text: Span<UInt8>) {
        isEpollWait = text.matches("do_epoll_wait", at: 0) || text.matches("ep_poll", at: 0)
        isStopped = text.matches("do_signal_stop", at: 0)
    }
}
