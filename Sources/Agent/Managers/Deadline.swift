import Glibc
import Model

/// When a call has to have its answer.
struct Deadline: Hashable, Sendable {
    let end: MonotonicInstant

    static func after(_ limit: Duration) -> Deadline { Deadline(end: Clocks.monotonic() + max(limit, .zero)) }

    var left: Duration { max(end - Clocks.monotonic(), .zero) }
    var isOver: Bool { left == .zero }

    /// What is left for poll(2), rounded up, so that a wait does not end before the deadline.
    var milliseconds: CInt { isOver ? 0 : CInt(clamping: left.nanoseconds / 1_000_000 + 1) }

    /// Waits until one of `entries` is ready; those with a negative descriptor are passed over.
    func wait(_ entries: inout [pollfd]) throws(CallTrouble) {
        while true {
            switch poll(&entries, nfds_t(entries.count), milliseconds) {
            case 1...: return
            case 0: if isOver { throw .timedOut }
            default:
                let cause = errno
                guard cause == EINTR else { throw .failed("cannot wait: \(reason(cause))") }
                if isOver { throw .timedOut }
            }
        }
    }

    func wait(_ descriptor: CInt, for events: CInt) throws(CallTrouble) {
        var entries = [pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0)]
        try wait(&entries)
    }

    /// Lets `duration` pass, or less when the deadline comes first.
    func pause(_ duration: Duration) {
        let milliseconds = min(CInt(clamping: duration.nanoseconds / 1_000_000), milliseconds)
        poll(nil, 0, milliseconds)  // woken early, it was a short pause
    }
}
