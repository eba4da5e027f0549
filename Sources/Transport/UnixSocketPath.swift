internal import Glibc
internal import NIOCore

/// The place of a unix socket, and who may reach it.
struct UnixSocketPath: Sendable {
    enum Audience {
        /// Its owner alone: directory 0700, socket 0600.
        case owner
        /// Whoever may enter the directory, which nobody else may write to: socket 0666.
        case whoeverEnters
    }

    /// `sun_path` has 108 bytes with the final zero. unix(7).
    static let maximumBytes = 107

    let path: String
    private let directory: String
    private let audience: Audience
    /// The flag that chooses the path, for what is said to people.
    private let flag: String

    init(
        _ path: String, for audience: Audience = .owner, flag: String = "--socket"
    ) throws(TransportError) {
        let bytes = path.utf8.count
        guard bytes <= Self.maximumBytes else { throw .pathTooLong(path: path, bytes: bytes) }
        guard !path.isEmpty, path.last != "/", !path.utf8.contains(0) else { throw .notAnAddress(path) }
        self.path = path
        self.audience = audience
        self.flag = flag
        directory =
            path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    /// Makes the directory or checks it, and clears away a socket on which nobody answers.
    func prepare() throws(TransportError) {
        try makeDirectory(directory)
        try checkDirectory()
        try removeStale()
    }

    /// After bind(2), which made the file by the umask. Until here the directory alone kept others out.
    func restrict() throws(TransportError) {
        guard chmod(path, audience == .owner ? 0o600 : 0o666) == 0 else { throw Self.failure(path, errno) }
    }

    /// Which file is there now; to remove later that one only.
    func identity() -> FileIdentity? {
        if case .success(let status) = FileStatus.of(path) { status.identity } else { nil }
    }

    /// Removes the socket unless another process has put its own there.
    func remove(_ identity: FileIdentity?) {
        if let identity, identity == self.identity() { unlink(path) }
    }

    /// Missing parents too, all 0700.
    private func makeDirectory(_ path: String) throws(TransportError) {
        if access(path, F_OK) == 0 { return }
        guard errno == ENOENT else { throw Self.failure(path, errno) }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeDirectory(String(path[..<slash])) }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Self.failure(path, errno) }
    }

    private func checkDirectory() throws(TransportError) {
        let status: FileStatus
        switch FileStatus.of(directory) {
        case .failure(let error): throw Self.failure(directory, error.number)
        case .success(let found): status = found
        }
        let remedy = "choose another path with \(flag)"
        guard status.kind == S_IFDIR else {
            throw .unsafeDirectory(path: directory, reason: "not a directory", remedy: remedy)
        }
        guard status.uid == geteuid() else {
            throw .unsafeDirectory(
                path: directory, reason: "belongs to user id \(status.uid), not \(geteuid())", remedy: remedy)
        }
        guard status.mode & (audience == .owner ? 0o077 : 0o022) == 0 else {
            let isOwners = audience == .owner
            let (doing, mode) = isOwners ? ("lets other users in", "0700") : ("lets other users write", "0755")
            throw .unsafeDirectory(
                path: directory, reason: "mode 0\(String(status.mode, radix: 8)) \(doing)",
                // A directory that is everybody's (/tmp) must stay so.
                remedy: status.mode & 0o1000 != 0
                    ? "give \(flag) a path in a directory of its own" : "chmod \(mode) \(directory)")
        }
    }

    private func removeStale() throws(TransportError) {
        switch FileStatus.of(path) {
        case .failure(let error):
            if error.number == ENOENT { return }
            throw Self.failure(path, error.number)
        case .success(let status):
            guard status.kind == S_IFSOCK else { throw .notASocket(path: path) }
        }
        switch Self.probe(path) {
        case ECONNREFUSED, ENOENT: break  // its process is gone
        case 0, EAGAIN: throw .addressInUse(path)  // EAGAIN: it lives, with a full backlog
        case let number: throw Self.failure(path, number)
        }
        guard unlink(path) == 0 || errno == ENOENT else { throw Self.failure(path, errno) }
    }

    /// 0 when somebody answers, else the errno of connect(2).
    private static func probe(_ path: String) -> CInt {
        switch dial(path) {
        case .success(let descriptor):
            close(descriptor)
            return 0
        case .failure(let error): return error.number
        }
    }

    /// A connected socket, which never blocks; EAGAIN where more wait there than it has room for.
    static func dial(_ path: String) -> Result<CInt, FileStatus.Errno> {
        let descriptor = socket(
            AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return .failure(FileStatus.Errno(number: errno)) }
        let address = name(of: path)
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
        }
        guard result < 0 else { return .success(descriptor) }
        let error = FileStatus.Errno(number: errno)
        close(descriptor)
        return .failure(error)
    }

    /// Lets others enter the directory, which must be the owner's and for this socket alone.
    func openDirectory() throws(TransportError) {
        guard chmod(directory, 0o755) == 0 else { throw Self.failure(directory, errno) }
    }

    /// bind(2) without NIO.
    func bind(_ descriptor: CInt) throws(TransportError) {
        let address = Self.name(of: path)
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(descriptor, $0, size) }
        }
        if result < 0 { throw errno == EADDRINUSE ? .addressInUse(path) : Self.failure(path, errno) }
    }

    /// NIO's own initializer takes 103 bytes at most.
    var address: SocketAddress { SocketAddress(Self.name(of: path)) }

    private static func name(of path: String) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(maximumBytes)) }
        return address
    }

    static func failure(_ path: String, _ number: CInt) -> TransportError {
        switch number {
        case EACCES, EPERM: .permissionDenied(path)
        default: .io(what: path, errno: number)
        }
    }
}
