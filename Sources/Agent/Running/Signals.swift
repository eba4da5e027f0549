import CLinux
import Glibc

/// The signals that mean something to the agent, read one at a time by the main thread. signalfd(2).
struct Signals {
    enum Signal { case stop, reload }

    private static var all: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, signal) }
        return set
    }

    /// Before any thread is started. A peer that hangs up must not end the agent either.
    static func block() {
        var set = all
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// For a command that just ends by them.
    static func unblock() {
        var set = all
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    let descriptor: OwnedDescriptor

    init() throws(Fatal) {
        var set = Self.all
        let raw = signalfd(-1, &set, CInt(SFD_CLOEXEC))
        guard raw >= 0 else { throw Fatal(.osError, "signalfd: \(reason(errno))") }
        descriptor = OwnedDescriptor(raw)
    }

    /// Blocks until one comes, for at most `milliseconds` (-1: for ever); `nil` when none came.
    func next(within milliseconds: CInt = -1) -> Signal? {
        var poller = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
        guard poll(&poller, 1, milliseconds) > 0 else { return nil }
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        guard read(descriptor.raw, &info, size) == size else { return nil }
        return CInt(bitPattern: info.ssi_signo) == SIGHUP ? .reload : .stop
    }
}
