import CLinux
import Glibc
import Model
import Synchronization

/// Between the event loop, which posts, and the main thread, which polls `descriptor` and takes everything at once.
final class Mailbox: Sendable {
    private struct Content {
        var queue = MailQueue()
        /// Whether the eventfd was written since the last `takeAll`: one wake-up is enough.
        var isSignalled = false
    }

    /// Readable while something waits; eventfd(2).
    let descriptor: CInt
    private let content = Mutex(Content())

    init() throws(ShellError) {
        descriptor = eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK))
        guard descriptor >= 0 else { throw .failedCall("eventfd", errno: errno) }
    }

    deinit { close(descriptor) }

    func post(_ event: LinkEvent, from host: Int) {
        let mustSignal = content.withLock { content in
            content.queue.add(event, from: host)
            defer { content.isSignalled = true }
            return !content.isSignalled
        }
        guard mustSignal else { return }
        var one: UInt64 = 1
        // Fails only when the counter is at its maximum, and then the descriptor is readable anyway.
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    func takeAll() -> [MailQueue.Item] {
        var count: UInt64 = 0
        // EAGAIN means nobody wrote: then the queue is empty or about to be signalled again.
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
        return content.withLock { content in
            content.isSignalled = false
            return content.queue.takeAll()
        }
    }

    /// What was thrown away and what was replaced so far.
    var losses: (dropped: UInt64, coalesced: UInt64) {
        content.withLock { ($0.queue.dropped, $0.queue.coalesced) }
    }
}
