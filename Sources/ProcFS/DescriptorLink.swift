/// What a link in `/proc/<pid>/fd` points at, as far as discovery cares. proc_pid_fd(5).
public enum DescriptorLink: Equatable, Sendable {
    /// `socket:[<inode>]`
    case socket(inode: UInt64)
    /// `anon_inode:[eventpoll]`: what epoll_create(2) returned.
    case eventPoll
    case other

    public init(parsing text: Span<UInt8>) {
        self = .other
        if text.matches("anon_inode:[eventpoll]", at: 0) {
            self = .eventPoll
        } else if text.matches("socket:[", at: 0) {
            var fields = Fields(8..<text.count, in: text, file: "fd")
            // A link that only looks like a socket is a file of that name: `.other`.
            guard let inode = try? fields.digits("inode", radix: 10, in: text),
                text.matches("]", at: fields.offset), fields.offset + 1 == text.count
            else { return }
            self = .socket(inode: inode)
        }
    }
}

/// The descriptors of one process, as far as discovery cares.
public struct DescriptorSummary: Equatable, Sendable {
    /// Inodes of its sockets, listening or not, each once.
    public var socketInodes: Set<UInt64> = []
    /// Whether it holds an epoll descriptor: it has an event loop, busy or not at this moment.
    public var ownsEventPoll = false
}
