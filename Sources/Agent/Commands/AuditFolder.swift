import Glibc

/// An audit line was not written.
struct AuditFailure: Error, Equatable {
    var errno: Int32
}

/// The directory with the files of an audit log. Files are opened by name below it, and refused where somebody else may
/// have put them: a link, another type, owner or mode.
struct AuditFolder {
    private let folder: AuditDescriptor

    /// To read only: another user's will do.
    init(reading directory: String) throws(AuditFailure) {
        folder = try AuditDescriptor(Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    }

    /// To write.
    init(_ directory: String) throws(AuditFailure) {
        folder = try AuditDescriptor(Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        var status = stat()
        guard fstat(folder.raw, &status) == 0 else { throw AuditFailure(errno: errno) }
        guard status.st_mode & 0o022 == 0, status.st_uid == geteuid() || status.st_uid == 0 else {
            throw AuditFailure(errno: EPERM)  // somebody else could put another file in its place
        }
    }

    /// To write: made where it is missing, with mode 0600.
    func open(_ name: String, appending: Bool) throws(AuditFailure) -> AuditDescriptor {
        let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (appending ? O_APPEND : 0)
        let file = try AuditDescriptor(openat(folder.raw, name, flags, 0o600))
        var status = stat()
        guard fstat(file.raw, &status) == 0 else { throw AuditFailure(errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(), status.st_mode & 0o077 == 0,
            status.st_nlink == 1
        else { throw AuditFailure(errno: EPERM) }
        return file
    }

    /// To read; `nil` where there is none, or nothing that could be one.
    func existing(_ name: String) -> AuditDescriptor? {
        let raw = openat(folder.raw, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        // What cannot be opened cannot be compared with either: the log then says that it follows nothing.
        guard let file = try? AuditDescriptor(raw), file.isPlainFile else { return nil }
        return file
    }

    /// Whether an agent was ever begun here: then there must be a log. Its first line is on the disk before these are.
    var wasUsed: Bool { ["host-id", "identity.pem"].contains { existing($0) != nil } }

    func rename(_ name: String, to other: String) throws(AuditFailure) {
        guard renameat(folder.raw, name, folder.raw, other) == 0 else { throw AuditFailure(errno: errno) }
    }

    /// Names have to last, too.
    func sync() throws(AuditFailure) {
        guard fsync(folder.raw) == 0 else { throw AuditFailure(errno: errno) }
    }
}

/// Owns one descriptor; closed with the last reference.
final class AuditDescriptor: Sendable {
    let raw: Int32

    init(_ raw: Int32) throws(AuditFailure) {
        guard raw >= 0 else { throw AuditFailure(errno: errno) }
        self.raw = raw
    }

    deinit { close(raw) }  // what had to last was synced before

    private var status: stat? {
        var status = stat()
        return fstat(raw, &status) == 0 ? status : nil
    }

    var isPlainFile: Bool { status.map { $0.st_mode & S_IFMT == S_IFREG } ?? false }
    /// `nil` where it was removed, or cannot be asked.
    var size: Int64? { status.flatMap { $0.st_nlink == 1 ? Int64($0.st_size) : nil } }
    var inode: UInt64? { status.map { UInt64($0.st_ino) } }

    /// Up to `count` bytes from an offset on; fewer at the end of the file, or where reading fails.
    func read(_ count: Int, at offset: Int64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes[filled...].withUnsafeMutableBytes {
                pread(raw, $0.baseAddress, $0.count, off_t(offset + Int64(filled)))
            }
            if got < 0, errno == EINTR { continue }
            if got <= 0 { break }
            filled += got
        }
        return Array(bytes.prefix(filled))
    }
}
