internal import Glibc

/// A listening unix socket without NIO, for whoever may enter its directory; with the kernel's word on who connected.
///
/// The file goes when the owner lets go of this.
public final class OpenSocket: Sendable {
    public let path: String
    /// Readable when somebody waits; never blocks.
    public let descriptor: CInt
    private let place: UnixSocketPath
    private let file: FileIdentity?

    /// Who connected, as the kernel saw it at that moment. Source: `SO_PEERCRED`, unix(7).
    public struct Peer: Sendable {
        /// Never blocks; whoever gets this closes it.
        public var descriptor: CInt
        /// 0 for a process that this one's pid namespace does not show.
        public var pid: Int32
        public var uid: UInt32
    }

    /// Makes the directory where it is missing, replaces a socket on which nobody answers. `opensDirectory`: the directory
    /// is for this socket alone, and all users may enter it. `flag` names the flag that would choose another path.
    public init(_ path: String, opensDirectory: Bool, flag: String) throws(TransportError) {
        let place = try UnixSocketPath(path, for: .whoeverEnters, flag: flag)
        try place.prepare()
        if opensDirectory { try place.openDirectory() }
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let descriptor = socket(AF_UNIX, CInt(type), 0)
        guard descriptor >= 0 else { throw .io(what: path, errno: errno) }
        do throws(TransportError) {
            try place.bind(descriptor)
            try place.restrict()
            guard listen(descriptor, Self.backlog) == 0 else { throw .io(what: path, errno: errno) }
        } catch {
            close(descriptor)
            throw error
        }
        self.path = path
        self.place = place
        self.descriptor = descriptor
        file = place.identity()
    }

    deinit {
        place.remove(file)
        close(descriptor)
    }

    /// All workers of a machine come at once when an agent starts anew.
    private static let backlog: CInt = 1024

    /// The next one who waits; `nil` when nobody does, or whose connection broke at once.
    public func accept() -> Peer? {
        let accepted = Glibc.accept(descriptor, nil, nil)
        guard accepted >= 0 else { return nil }
        guard fcntl(accepted, F_SETFD, FD_CLOEXEC) == 0, fcntl(accepted, F_SETFL, O_NONBLOCK) == 0,
            let credentials = PeerCredentials(of: accepted)
        else {
            close(accepted)
            return nil
        }
        return Peer(descriptor: accepted, pid: credentials.pid, uid: credentials.uid)
    }

    /// Whether the very process that connected lives still, so that its number means it and nobody else; `nil` where the
    /// kernel cannot tell (before 6.5). Source: `SO_PEERPIDFD`, and a pidfd is readable from the end on.
    public static func isAlive(_ peer: Peer) -> Bool? {
        var pidfd: CInt = -1
        var size = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(peer.descriptor, SOL_SOCKET, peerPidfd, &pidfd, &size) == 0 else {
            return errno == ENOPROTOOPT ? nil : false
        }
        defer { close(pidfd) }
        var event = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        return poll(&event, 1, 0) == 0
    }

    /// asm-generic/socket.h; older C libraries lack it.
    private static let peerPidfd: CInt = 77
}
