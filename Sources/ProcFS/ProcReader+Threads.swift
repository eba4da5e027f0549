internal import Glibc

/// Threads and descriptors of a process, for who probes it.
extension ProcReader {
    /// Its threads, in the order in which they were made.
    public func threads(of directory: borrowing OwnedFD) throws(ProcError) -> [Int32] {
        let tasks = try OwnedFD(opening: "task", below: directory.raw, flags: O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        return try numbers(in: tasks, name: "task")
    }

    /// The processes that a process made, as far as its first 512 threads go: the kernel keeps a list for
    /// each. Needs CONFIG_PROC_CHILDREN. proc_tid_children(5).
    public func children(of pid: Int32) throws(ProcError) -> [Int32] {
        var children: [Int32] = []
        for thread in try threads(of: try processDirectory(pid)).prefix(512) {
            try withHostFile("\(pid)/task/\(thread)/children") { text throws(ProcError) in
                var fields = Fields(0..<text.count, in: text, file: "children")
                fields.skipBlanks(in: text)
                while fields.offset < text.count {
                    children.append(try fields.nextPID("pid", in: text))
                    fields.skipBlanks(in: text)
                }
            }
        }
        return children
    }

    /// What is registered in an epoll set of the process, as far as the reader's buffer goes (700 targets).
    public func epollTargets(_ descriptor: Int32, of directory: borrowing OwnedFD) throws(ProcError) -> EpollTargets {
        try withFile("fdinfo/\(descriptor)", of: directory) { text throws(ProcError) in try EpollTargets(parsing: text)
        }
    }

    /// What one of its descriptors is open on.
    public func descriptor(_ number: Int32, of directory: borrowing OwnedFD) throws(ProcError) -> DescriptorLink {
        try withLink("fd/\(number)", of: directory) { DescriptorLink(parsing: $0) }
    }

    /// Its sockets, found among `limit` descriptors from number `first` on: 1.5 us each, which thousands of
    /// connections would make a burst of.
    public func sockets(
        of directory: borrowing OwnedFD, from first: Int32 = 0, limit: Int
    ) throws(ProcError) -> SocketListing {
        let links = try OwnedFD(opening: "fd", below: directory.raw, flags: O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // The kernel's position in this directory is the number plus two: fs/proc/fd.c, proc_readfd_common.
        let (numbers, isComplete) = try numbers(in: links, name: "fd", from: Int(first) + 2, limit: limit)
        var listing = SocketListing(next: isComplete ? nil : numbers.last.map { $0 + 1 })
        for number in numbers {
            do throws(ProcError) {
                switch try withLink("\(number)", of: links, { DescriptorLink(parsing: $0) }) {
                case .socket(let inode): listing.sockets.append(.init(descriptor: number, inode: inode))
                case .eventPoll: listing.hasEventPoll = true
                case .other: break
                }
            } catch .vanished {
                continue  // closed since it was listed
            }
        }
        return listing
    }
}

/// Sockets among a part of the descriptors of a process.
public struct SocketListing: Equatable, Sendable {
    public struct Socket: Hashable, Sendable {
        public var descriptor: Int32
        /// Of the link `socket:[<inode>]`.
        public var inode: UInt64

        public init(descriptor: Int32, inode: UInt64) {
            self.descriptor = descriptor
            self.inode = inode
        }
    }

    /// One for each descriptor, ascending; a socket that has several of them is there several times.
    public var sockets: [Socket] = []
    /// Whether there was an epoll descriptor.
    public var hasEventPoll = false
    /// The descriptor with which the next part begins; `nil` when this was the last one.
    public var next: Int32?

    init(next: Int32?) { self.next = next }
}
