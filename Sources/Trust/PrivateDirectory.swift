internal import Glibc

/// A directory that only its owner can enter, opened once; every file is reached relative to it, so nobody can swap it
/// underway. Files are read and written whole.
struct PrivateDirectory: ~Copyable {
    static let directoryMode: mode_t = 0o700
    static let fileMode: mode_t = 0o600
    /// Everything kept here is far smaller: 1,000 hosts come to 200 KiB.
    static let largestFile = 4 * 1024 * 1024

    let path: String
    private let descriptor: CInt

    /// `nil` when there is none. Refuses one that others can enter, or could have swapped.
    init?(opening path: String) throws(TrustError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT: return nil
            // Linux says ENOTDIR for a link when both flags are given.
            case ELOOP, ENOTDIR: throw .notADirectory(path: path)
            default: throw .io(path: path, operation: "open", errno: errno)
            }
        }
        do throws(TrustError) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw .io(path: path, operation: "fstat", errno: errno) }
            try Self.checkOwnership(status, path: path, wanted: Self.directoryMode)
            try Ancestors.check(of: path)
        } catch {
            close(descriptor)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
    }

    /// The directory, made with all that is missing above it.
    init(creating path: String) throws(TrustError) {
        try Ancestors.make(path, mode: Self.directoryMode)
        guard let made = try PrivateDirectory(opening: path) else { throw .missingFile(path: path) }
        self = made
    }

    deinit { close(descriptor) }

    /// The whole file, or `nil` when there is none.
    borrowing func read(_ name: String) throws(TrustError) -> [UInt8]? {
        // Without O_NONBLOCK a pipe put in the file's place would hold us for ever.
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            switch errno {
            case ENOENT: return nil
            case ELOOP: throw .notAPlainFile(path: path(of: name))
            default: throw failure("open", name)
            }
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure("fstat", name) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else {
            throw .notAPlainFile(path: path(of: name))
        }
        try Self.checkOwnership(status, path: path(of: name), wanted: Self.fileMode)
        guard status.st_size <= Self.largestFile else {
            throw .damagedFile(path: path(of: name), reason: "it is larger than 4 MiB")
        }
        return try contents(of: file, name: name)
    }

    /// Replaces the file in one step: after a crash it is the old one or the new one, on disk.
    borrowing func write(_ bytes: [UInt8], to name: String) throws(TrustError) {
        // Only the holder of the lock writes, so the name can be fixed and a crash leaves at most one behind.
        let temporary = "." + name + ".new"
        unlinkat(descriptor, temporary, 0)
        let file = openat(
            descriptor, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, Self.fileMode)
        guard file >= 0 else { throw failure("create", temporary) }
        do throws(TrustError) {
            defer { close(file) }
            // The umask may have taken bits away from the mode above; it never adds any.
            guard fchmod(file, Self.fileMode) == 0 else { throw failure("chmod", temporary) }
            try write(bytes, to: file, name: temporary)
            guard fsync(file) == 0 else { throw failure("fsync", temporary) }
            guard renameat(descriptor, temporary, descriptor, name) == 0 else { throw failure("rename", name) }
        } catch {
            unlinkat(descriptor, temporary, 0)
            throw error
        }
        try sync()
    }

    /// Moves a file over another one.
    borrowing func rename(_ name: String, to other: String) throws(TrustError) {
        guard renameat(descriptor, name, descriptor, other) == 0 else { throw failure("rename", name) }
        try sync()
    }

    /// A file that is not there is as good as removed.
    borrowing func remove(_ name: String) throws(TrustError) {
        guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else { throw failure("unlink", name) }
        try sync()
    }

    /// Two programs that read, change and write a file must not do it at once. Held for milliseconds.
    borrowing func locked<Value>(_ body: () throws(TrustError) -> Value) throws(TrustError) -> Value {
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw .io(path: path, operation: "flock", errno: errno) }
        }
        defer { flock(descriptor, LOCK_UN) }
        return try body()
    }

    borrowing func path(of name: String) -> String { path + "/" + name }

    private borrowing func sync() throws(TrustError) {
        guard fsync(descriptor) == 0 else { throw .io(path: path, operation: "fsync", errno: errno) }
    }

    private borrowing func failure(_ operation: String, _ name: String) -> TrustError {
        .io(path: path(of: name), operation: operation, errno: errno)
    }

    private borrowing func contents(of file: CInt, name: String) throws(TrustError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", name) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= Self.largestFile else {
                throw .damagedFile(path: path(of: name), reason: "it is larger than 4 MiB")
            }
        }
    }

    private borrowing func write(_ bytes: [UInt8], to file: CInt, name: String) throws(TrustError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write", name) }
            rest = rest.dropFirst(count)
        }
    }

    /// Ours, and nobody else may do anything with it; fewer rights than `wanted` are fine.
    private static func checkOwnership(_ status: stat, path: String, wanted: mode_t) throws(TrustError) {
        guard status.st_uid == geteuid() else {
            throw .insecureOwner(path: path, uid: status.st_uid, wanted: geteuid())
        }
        let mode = status.st_mode & 0o7777
        guard mode & ~wanted == 0 else { throw .insecureMode(path: path, found: mode, wanted: wanted) }
    }
}
