import CLinux
import Glibc

/// Wakes another thread that waits in poll or epoll. eventfd(2).
final class Doorbell: Sendable {
    /// Readable once it was rung.
    let descriptor: CInt

    init() throws(Fatal) {
        descriptor = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw Fatal(.osError, "eventfd: \(reason(errno))") }
    }

    deinit { close(descriptor) }

    func ring() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)  // fails only when it is already ringing
    }

    /// Takes all rings so far.
    func answer() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)  // EAGAIN when there was none
    }
}
