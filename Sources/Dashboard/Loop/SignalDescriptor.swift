import CLinux
import Glibc
import Model

/// The signals that concern a full-screen program, read like input instead of interrupting it.
///
/// Make it before any thread exists: threads inherit the mask, and one that does not block a signal would die of it.
final class SignalDescriptor {
    /// Readable when a signal came; signalfd(2).
    let descriptor: CInt

    /// Those that would end us without giving the terminal back are among them.
    static let handled: [CInt] = [
        SIGWINCH, SIGTSTP, SIGCONT, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM,
    ]

    init() throws(ShellError) {
        var mask = sigset_t()
        sigemptyset(&mask)
        for number in Self.handled { sigaddset(&mask, number) }
        let problem = pthread_sigmask(SIG_BLOCK, &mask, nil)
        guard problem == 0 else { throw .failedCall("pthread_sigmask", errno: problem) }
        descriptor = signalfd(-1, &mask, CInt(SFD_CLOEXEC) | CInt(SFD_NONBLOCK))
        guard descriptor >= 0 else { throw .failedCall("signalfd", errno: errno) }
    }

    deinit { close(descriptor) }

    /// Stops as Ctrl-Z stops any program; returns after SIGCONT. Where no shell could continue us (a terminal that was opened for
    /// us alone) the kernel ignores it, and this returns at once.
    ///
    /// - Parameter withGroup: whoever shares the terminal with us stops, too: a script that started us would otherwise keep
    ///   the shell waiting.
    func stop(withGroup: Bool) {
        if withGroup { _ = kill(0, SIGTSTP) } else { raise(SIGTSTP) }
        var mask = sigset_t()
        sigemptyset(&mask)
        sigaddset(&mask, SIGTSTP)
        // What is pending and no longer blocked is delivered before the call returns; no other thread may take it.
        pthread_sigmask(SIG_UNBLOCK, &mask, nil)
        pthread_sigmask(SIG_BLOCK, &mask, nil)
    }

    /// For a command without a screen: whether a signal came that ends it. Stops it as Ctrl-Z asks.
    func sayStop() -> Bool {
        while let signal = next() {
            switch signal {
            case SIGINT, SIGTERM, SIGHUP, SIGQUIT: return true
            case SIGTSTP: stop(withGroup: false)
            default: break
            }
        }
        return false
    }

    /// Until a signal comes, `other` is readable, or the time is over.
    func wait(beside other: CInt, for time: Duration? = nil) {
        var polled = [other, descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let limit = time.map { Int32(clamping: (max(.zero, $0).nanoseconds + 999_999) / 1_000_000) }
        poll(&polled, nfds_t(polled.count), limit ?? -1)  // EINTR only looks once more
    }

    /// The next signal that waits, or `nil`.
    func next() -> CInt? {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        guard read(descriptor, &info, size) == size else { return nil }  // EAGAIN
        return CInt(truncatingIfNeeded: info.ssi_signo)
    }
}
