import Glibc
import Model

@testable import Agent

/// The file under the command journal, and what becomes of it.
///
/// Simulated is what `OpenAuditLog` does to its file: a line is there whole or, where the disk still obeys, not at all. Its lines
/// and who reads them are the product's own.
final class SimulatedDisk: @unchecked Sendable {
    private let faults: Faults
    /// What a loss of power leaves, and what was written since.
    private var synced: [UInt8] = []
    private var unsynced: [UInt8] = []
    /// Cut off again after its sync had failed: a loss of power may bring it back.
    private var undone: [UInt8] = []
    private var isFullUntil = MonotonicInstant(nanoseconds: 0)
    /// A planted bug: what was said to be written is not.
    var forgets = false
    /// Another: what is in the log is as old as the calendar says.
    var trustsCalendar = false

    init(faults: Faults) { self.faults = faults }

    private var end: UInt8? { unsynced.last ?? synced.last }

    func append(_ line: [UInt8], durable: Bool, now: MonotonicInstant) throws(AuditFailure) {
        if forgets { return }
        if faults.strikes(.noSpace) { isFullUntil = now + faults.milliseconds(100...20_000) }
        if now < isFullUntil, !faults.isHealed { throw AuditFailure(errno: ENOSPC) }
        // A crash may have left half a line: it is ended, so that it spoils no other.
        let isOpen = end.map { $0 != UInt8(ascii: "\n") } ?? false
        let bytes = isOpen ? [UInt8(ascii: "\n")] + line : line
        if faults.strikes(.writeError) {
            // Half of it was written; whether it can be cut off again is another question.
            if faults.strikes(.tornWrite) { unsynced += bytes.prefix(faults.number(0...bytes.count - 1)) }
            throw AuditFailure(errno: EIO)
        }
        if durable, faults.strikes(.syncError) {
            undone = bytes
            throw AuditFailure(errno: EIO)
        }
        undone = []
        unsynced += bytes
        guard durable else { return }
        synced += unsynced
        unsynced = []
    }

    /// Of what was not synced some is there, some is not.
    func losePower() {
        let left = unsynced + (faults.chance(0.5) ? undone : [])
        synced += left.prefix(faults.number(0...left.count))
        unsynced = []
        undone = []
    }

    /// What the next run of the agent reads.
    func journal(boot: BootID, now: Moment) throws -> Journal {
        try withFile { folder in
            if trustsCalendar {
                let since = WallTime(nanoseconds: now.wall.nanoseconds - Journal.span.nanoseconds)
                return Journal(AuditReader.read(directory: folder, since: since).entries, now: now.wall)
            }
            return Journal.read(directory: folder, boot: boot, now: now).journal
        }
    }

    /// All that was ever recorded, whatever the calendar said then.
    func entries() throws -> [AuditEntry] {
        try withFile { AuditReader.read(directory: $0, since: WallTime(nanoseconds: .min)).entries }
    }

    /// The product reads real files: this one is there, in a folder of its own, while `read` runs.
    private func withFile<Result>(_ read: (_ folder: String) throws -> Result) throws -> Result {
        let root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var name = Array("\(root)/looptop-simulation-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else { throw AuditFailure(errno: errno) }
        let folder = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let path = "\(folder)/\(AuditLog.fileName)"
        defer {
            unlink(path)
            rmdir(folder)
        }
        try write(to: path)
        return try read(folder)
    }

    private func write(to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw AuditFailure(errno: errno) }
        defer { close(file) }
        let bytes = synced + unsynced
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw AuditFailure(errno: errno) }
            written += count
        }
    }
}
