import CLinux
import Glibc
import Model
import Synchronization

/// Resolves names of hosts, many at once. getaddrinfo(3) blocks for as long as a name server is silent, so that it has
/// threads of its own; they end with the names, or with the process.
final class NameLookup: Sendable {
    enum Outcome: Hashable, Sendable {
        /// It is an address itself.
        case address
        /// Addresses, in the order of the system.
        case found([String])
        /// In the words of gai_strerror(3).
        case failed(String)
    }

    static let maximumThreads = 16

    private struct Content {
        /// The last one is next.
        var waiting: [String]
        var outcomes: [String: Outcome] = [:]
        let count: Int
    }

    private let content: Mutex<Content>
    /// Readable once all are there; eventfd(2).
    private let descriptor: CInt

    /// Starts at once.
    init(_ names: Set<String>) throws(ShellError) {
        descriptor = eventfd(0, CInt(EFD_CLOEXEC))
        guard descriptor >= 0 else { throw .failedCall("eventfd", errno: errno) }
        content = Mutex(Content(waiting: names.sorted(by: >), count: names.count))
        for number in 0..<min(names.count, Self.maximumThreads) {
            let failure = detachThread("names") { self.work() }
            // With one thread less it takes longer; without any there would be no end.
            if failure != 0, number == 0 { throw .failedCall("pthread_create", errno: failure) }
        }
    }

    deinit { close(descriptor) }

    /// `nil` while it is not known.
    func outcome(of name: String) -> Outcome? { content.withLock { $0.outcomes[name] } }

    /// Blocks until all are there, or the deadline has passed.
    func wait(until deadline: MonotonicInstant) {
        while content.withLock({ $0.outcomes.count < $0.count }) {
            let left = (deadline - Clocks.monotonic()).nanoseconds
            guard left > 0 else { return }
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = Glibc.poll(&poll, 1, Int32(clamping: (left + 999_999) / 1_000_000))  // EINTR only looks once more
        }
    }

    private func work() {
        while let name = content.withLock({ $0.waiting.popLast() }) {
            let outcome = Self.resolve(name)
            let isLast = content.withLock { content in
                content.outcomes[name] = outcome
                return content.outcomes.count == content.count
            }
            guard isLast else { continue }
            var one: UInt64 = 1
            _ = write(descriptor, &one, MemoryLayout<UInt64>.size)  // the counter is 0: cannot fail
        }
    }

    /// Blocks.
    static func resolve(_ name: String) -> Outcome {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        if getaddrinfo(name, nil, &hints, &list) == 0 {
            freeaddrinfo(list)
            return .address
        }
        hints.ai_flags = 0
        let failure = getaddrinfo(name, nil, &hints, &list)
        guard failure == 0 else { return .failed(String(cString: gai_strerror(failure))) }
        defer { freeaddrinfo(list) }
        var found: [String] = []
        var next = list
        while let entry = next {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let status = getnameinfo(
                entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if status == 0, !found.contains(address) { found.append(address) }
            next = entry.pointee.ai_next
        }
        return .found(found)
    }
}
