import Control
import Glibc
import Model
import Synchronization

/// An audit line was not written.
struct AuditFailure: Error, Equatable {
    var errno: Int32
}

/// Where commands are recorded. A record that was not written is no record: the command must not run.
protocol AuditTrail: Sendable {
    /// - Parameter durable: return only once it is on the disk.
    func append(_ record: AuditRecord, durable: Bool) throws(AuditFailure)
}

/// Append-only JSON lines in `<state directory>/audit.jsonl`, 0600; beyond its size limit it becomes `audit.jsonl.1`, which
/// replaces the one before. One writer: the state directory is locked by the agent.
///
/// Blocks for the time of a write and an fsync(2); commands are rare and must not run ahead of their record.
final class AuditLog: AuditTrail {
    static let fileName = "audit.jsonl"
    static let oldFileName = "audit.jsonl.1"

    private let directory: String
    private let sizeLimit: Int64
    private let file = Mutex<OpenFile?>(nil)

    /// Opens nothing yet: an agent that can only be looked at needs no audit file.
    init(directory: String, sizeLimit: Int64 = 64 << 20) {
        self.directory = directory
        self.sizeLimit = sizeLimit
    }

    func append(_ record: AuditRecord, durable: Bool) throws(AuditFailure) {
        let line = record.line
        let failure: AuditFailure? = file.withLock { file in
            do throws(AuditFailure) {
                let open = try current(&file, room: Int64(line.count))
                try open.append(line, durable: durable)
                return nil
            } catch {
                file = nil  // opened anew for the next record, which finds out what is there
                return error
            }
        }
        if let failure { throw failure }
    }

    /// The file to write `room` bytes to: the open one, unless it is full or was removed.
    private func current(_ file: inout OpenFile?, room: Int64) throws(AuditFailure) -> OpenFile {
        var status = stat()
        if let open = file, fstat(open.raw, &status) == 0, status.st_nlink == 1,
            Int64(status.st_size) + room <= sizeLimit
        {
            return open
        }
        file = nil
        let folder = try OpenFile(Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        guard fstat(folder.raw, &status) == 0 else { throw AuditFailure(errno: errno) }
        guard status.st_mode & 0o022 == 0, status.st_uid == geteuid() || status.st_uid == 0 else {
            throw AuditFailure(errno: EPERM)  // somebody else could put another file in its place
        }
        var opened = try AuditLog.open(in: folder)
        if opened.size > 0, opened.size + room > sizeLimit {
            guard renameat(folder.raw, Self.fileName, folder.raw, Self.oldFileName) == 0 else {
                throw AuditFailure(errno: errno)
            }
            opened = try AuditLog.open(in: folder)
        }
        guard fsync(folder.raw) == 0 else { throw AuditFailure(errno: errno) }  // the name has to last, too
        file = opened
        return opened
    }

    /// Refuses what somebody else may have put there: a link, another type, owner or mode.
    private static func open(in folder: OpenFile) throws(AuditFailure) -> OpenFile {
        let flags = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        let file = try OpenFile(openat(folder.raw, fileName, flags, 0o600))
        var status = stat()
        guard fstat(file.raw, &status) == 0 else { throw AuditFailure(errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(), status.st_mode & 0o077 == 0,
            status.st_nlink == 1
        else { throw AuditFailure(errno: EPERM) }
        file.size = Int64(status.st_size)
        if file.size > 0 {  // a crash may have left half a line: end it, so that it spoils no other
            var last: UInt8 = 0
            guard pread(file.raw, &last, 1, status.st_size - 1) == 1 else { throw AuditFailure(errno: EIO) }
            if last != UInt8(ascii: "\n") { try file.append([UInt8(ascii: "\n")], durable: false) }
        }
        return file
    }
}

/// Owns one descriptor; closed with the last reference.
private final class OpenFile {
    let raw: Int32
    /// When it was opened.
    var size: Int64 = 0

    init(_ raw: Int32) throws(AuditFailure) {
        guard raw >= 0 else { throw AuditFailure(errno: errno) }
        self.raw = raw
    }

    deinit { close(raw) }  // what had to last was synced before

    /// Either the whole line is there or, as far as the disk still obeys, none of it.
    func append(_ line: [UInt8], durable: Bool) throws(AuditFailure) {
        var status = stat()
        guard fstat(raw, &status) == 0 else { throw AuditFailure(errno: errno) }
        var written = 0
        while written < line.count {
            let count = line.withUnsafeBytes { bytes in
                write(raw, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw undone(to: status.st_size, errno: count < 0 ? errno : ENOSPC) }
            written += count
        }
        if durable, fsync(raw) != 0 { throw undone(to: status.st_size, errno: errno) }
    }

    private func undone(to size: off_t, errno number: Int32) -> AuditFailure {
        _ = ftruncate(raw, size)  // where this fails, too, the next opening ends the torn line
        return AuditFailure(errno: number)
    }
}
