import CLinux
import Glibc

/// The signals that concern a full-screen program, read like input instead of interrupting it.
///
/// Make it before any thread exists: threads inherit the mask, and one that does not block a signal would die of it.
final class SignalDescriptor {
    /// Readable when a signal came; signalfd(2).
    let descriptor: CInt

    static let handled: [CInt] = [SIGWINCH, SIGTERM, SIGINT, SIGHUP, SIGTSTP, SIGCONT]

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

    /// The next signal that waits, or `nil`.
    func next() -> CInt? {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        guard read(descriptor, &info, size) == size else { return nil }  // EAGAIN
        return CInt(truncatingIfNeeded: info.ssi_signo)
    }
}
