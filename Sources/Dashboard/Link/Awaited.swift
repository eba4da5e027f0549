import CLinux
import Glibc
import Synchronization

/// One value that the main thread waits for and the event loop brings.
final class Awaited<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    /// Readable once the value is there; eventfd(2).
    private let descriptor: CInt

    init() throws(ShellError) {
        descriptor = eventfd(0, CInt(EFD_CLOEXEC))
        guard descriptor >= 0 else { throw .failedCall("eventfd", errno: errno) }
    }

    deinit { close(descriptor) }

    func bring(_ value: Value) {
        self.value.withLock { $0 = value }
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)  // the counter is far from its maximum: cannot fail
    }

    /// Blocks; never on the event loop.
    func wait() throws(ShellError) -> Value {
        var count: UInt64 = 0
        while read(descriptor, &count, MemoryLayout<UInt64>.size) < 0 {
            guard errno == EINTR else { throw .failedCall("read", errno: errno) }
        }
        guard let value = value.withLock({ $0 }) else { throw .failedCall("read", errno: EAGAIN) }
        return value
    }
}
