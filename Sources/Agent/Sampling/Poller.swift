import CLinux
import Glibc
import Model
import ProcFS

/// Waits for exits on pidfds, for the next sweep, and for the end. epoll(7), pidfd_open(2).
struct Poller {
    struct Wake {
        /// Told to look for new workers, or to stop.
        var called = false
        /// The kernel has news of births.
        var born = false
        /// The marks of processes that ended or, where that was waited for, were reaped; at most `batch` at a time.
        var ended: [UInt64] = []
    }

    private static let batch = 64

    private static let bellMark = UInt64.max
    private static let birthMark = UInt64.max - 1
    private let epoll: OwnedDescriptor
    private let bell: Doorbell

    init(bell: Doorbell) throws(Fatal) {
        let raw = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard raw >= 0 else { throw Fatal(.osError, "epoll_create1: \(reason(errno))") }
        epoll = OwnedDescriptor(raw)
        self.bell = bell
        let failure = looptop_epoll_add(raw, bell.descriptor, EPOLLIN.rawValue, Self.bellMark)
        guard failure == 0 else { throw Fatal(.osError, "epoll_ctl: \(reason(-failure))") }
    }

    /// `mark` says who it is: a pid would not, since a number can be given away before its first owner's end is heard of.
    func watch(_ pidfd: borrowing OwnedFD, mark: UInt64) throws(ProcError) {
        let failure = looptop_epoll_add(epoll.raw, pidfd.raw, EPOLLIN.rawValue, mark)
        guard failure == 0 else { throw .io(file: "epoll", errno: -failure) }
    }

    /// Of an ended process: wakes once more, when it is reaped. A pidfd stays readable from the end on, and hangs up then.
    func watchForReaping(_ pidfd: borrowing OwnedFD, mark: UInt64) {
        forget(pidfd)
        _ = looptop_epoll_add(epoll.raw, pidfd.raw, 0, mark)  // EPOLLHUP always counts; a failure only costs the status
    }

    func forget(_ pidfd: borrowing OwnedFD) { _ = looptop_epoll_remove(epoll.raw, pidfd.raw) }

    /// Until it is forgotten: the next news wakes once.
    func watchBirths(_ netlink: OwnedDescriptor) {
        // A failure only costs the news.
        _ = looptop_epoll_add(epoll.raw, netlink.raw, EPOLLIN.rawValue, Self.birthMark)
    }

    func forget(_ netlink: OwnedDescriptor) { _ = looptop_epoll_remove(epoll.raw, netlink.raw) }

    /// What is known already.
    func now() -> Wake { wait(milliseconds: 0) }

    func wait(until instant: MonotonicInstant, now: MonotonicInstant) -> Wake {
        // Rounded up: waking before the time would only mean waiting again.
        let milliseconds = ((instant - now).nanoseconds + 999_999) / 1_000_000
        return wait(milliseconds: CInt(clamping: max(0, milliseconds)))
    }

    private func wait(milliseconds: CInt) -> Wake {
        var events = [epoll_event](repeating: epoll_event(), count: Self.batch)
        let count = epoll_wait(epoll.raw, &events, CInt(events.count), milliseconds)
        var wake = Wake()
        for event in events.prefix(max(0, Int(count))) {  // -1 is EINTR: nothing happened
            if event.data.u64 == Self.bellMark {
                bell.answer()
                wake.called = true
            } else if event.data.u64 == Self.birthMark {
                wake.born = true
            } else {
                wake.ended.append(event.data.u64)
            }
        }
        return wake
    }
}

/// A descriptor that is closed with its last user.
final class OwnedDescriptor: Sendable {
    let raw: CInt
    init(_ raw: CInt) { self.raw = raw }
    deinit { close(raw) }
}
