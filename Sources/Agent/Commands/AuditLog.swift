import Control
import Glibc
import Model
import Synchronization

/// Where commands are recorded. A record that was not written is no record: the command must not run.
protocol AuditTrail: Sendable {
    /// - Parameter durable: return only once it is on the disk.
    func append(_ record: AuditRecord, durable: Bool) throws(AuditFailure)
}

/// Append-only JSON lines in `<state directory>/audit.jsonl`, 0600, each tied to the one before (`AuditChain`); beyond
/// its size limit it becomes `audit.jsonl.1`, which replaces the one before. One writer: the state directory is locked
/// by the agent.
///
/// Blocks for the time of a write and an fsync(2); commands are rare and must not run ahead of their record.
final class AuditLog: AuditTrail {
    static let fileName = "audit.jsonl"
    static let oldFileName = "audit.jsonl.1"

    private struct State {
        var file: OpenLog?
        /// Of the last line written in this run: known even when the file is gone.
        var chain: String?
        var refusals = RefusalBudget()
    }

    private let directory: String
    private let sizeLimit: Int64
    private let state = Mutex(State())

    /// Opens nothing yet: an agent that can only be looked at needs no audit file.
    init(directory: String, sizeLimit: Int64 = 64 << 20) {
        self.directory = directory
        self.sizeLimit = sizeLimit
    }

    func append(_ record: AuditRecord, durable: Bool) throws(AuditFailure) {
        let failure: AuditFailure? = state.withLock { state in
            var record = record
            if record.kind == .refused, !state.refusals.take(at: record.monotonic) { return nil }
            record.omitted = state.refusals.omitted
            let line = record.line
            do throws(AuditFailure) {
                let open = try current(&state, room: Int64(line.count + OpenLog.sealLength))
                try open.append(line, durable: durable)
                state.chain = open.chain
                state.refusals.omitted = 0
                return nil
            } catch {
                state.file = nil  // opened anew for the next record, which finds out what is there
                return error
            }
        }
        if let failure { throw failure }
    }

    /// The file to write `room` bytes to: the open one, unless it is full, was removed, or is not as it was left.
    private func current(_ state: inout State, room: Int64) throws(AuditFailure) -> OpenLog {
        if let open = state.file, open.isAsLeft, open.size + room <= sizeLimit { return open }
        state.file = nil
        let folder = try AuditFolder(directory)
        var file = try folder.open(Self.fileName, appending: true)
        let isFull = file.size.map { $0 > 0 && $0 + room > sizeLimit } ?? false
        if isFull {
            try folder.rename(Self.fileName, to: Self.oldFileName)
            file = try folder.open(Self.fileName, appending: true)
        }
        let open = try OpenLog(file, head: try folder.open(AuditHead.fileName, appending: false))
        open.resume(after: folder.existing(Self.oldFileName), remembered: isFull ? nil : state.chain)
        try folder.sync()
        state.file = open
        return open
    }
}

/// How many refusals may be written: who has no rights must not be able to push out what others did. One a second, and a
/// minute's worth at once; what is beyond is counted in the next line.
struct RefusalBudget: Sendable {
    static let most = 60

    var omitted: UInt64 = 0
    private var left = RefusalBudget.most
    private var since: MonotonicInstant?

    mutating func take(at now: MonotonicInstant) -> Bool {
        let earned = since.map { min(max(0, (now - $0).components.seconds), Int64(Self.most)) } ?? 0
        if since == nil || earned > 0 { since = now }
        left = min(Self.most, left + Int(earned))
        guard left > 0 else {
            omitted += 1
            return false
        }
        left -= 1
        return true
    }
}

/// The log file and its head, open for writing.
private final class OpenLog {
    /// What sealing adds at most.
    static let sealLength = 320

    private let file: AuditDescriptor
    private let headFile: AuditDescriptor
    private(set) var size: Int64
    private(set) var chain = ""
    /// For the next line.
    private var marks = AuditChain.Marks()

    init(_ file: AuditDescriptor, head: AuditDescriptor) throws(AuditFailure) {
        guard let size = file.size else { throw AuditFailure(errno: EIO) }
        self.file = file
        headFile = head
        self.size = size
    }

    /// Nobody else removed it, cut it or wrote to it.
    var isAsLeft: Bool { file.size == size }

    /// Finds out what the next line follows.
    /// - Parameter remembered: the chain this run of the agent wrote last, where the file should have it.
    func resume(after old: AuditDescriptor?, remembered: String?) {
        let head = AuditHead(parsing: headFile.read(AuditHead.byteCount, at: 0))
        let oldTail = old.map { AuditTail(of: $0, after: nil) }
        if size == 0 {
            marks.follows = remembered ?? oldTail?.chain ?? head?.chain
            marks.torn = remembered == nil && oldTail?.torn == true
            chain = marks.follows ?? ""
        } else {
            let tail = AuditTail(of: file, after: oldTail?.chain)
            chain = tail.chain ?? ""
            marks.torn = tail.torn
        }
        if let head, !Self.has(file, head), !(old.map { Self.has($0, head) } ?? false) { marks.lostAfter = head.chain }
    }

    private static func has(_ file: AuditDescriptor, _ head: AuditHead) -> Bool {
        let ending = head.ending
        return file.read(ending.count, at: max(0, head.end - Int64(ending.count))) == ending
    }

    /// Either the whole line is there or, as far as the disk still obeys, none of it.
    func append(_ line: [UInt8], durable: Bool) throws(AuditFailure) {
        let (sealed, next) = AuditChain.seal(line, marks: marks, after: chain)
        // A crash may have left half a line: it is ended, so that it spoils no other.
        let isOpen = size > 0 && file.read(1, at: size - 1) != [UInt8(ascii: "\n")]
        let bytes = isOpen ? [UInt8(ascii: "\n")] + sealed : sealed
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(file.raw, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw undone(errno: count < 0 ? errno : ENOSPC) }
            written += count
        }
        if durable, fsync(file.raw) != 0 { throw undone(errno: errno) }
        size += Int64(bytes.count)
        chain = next
        marks = AuditChain.Marks()
        if durable { note(AuditHead(chain: chain, end: size)) }
    }

    /// One that cannot be written leaves the one before, which is as true.
    private func note(_ head: AuditHead) {
        let bytes = head.bytes
        _ = bytes.withUnsafeBytes { pwrite(headFile.raw, $0.baseAddress, $0.count, 0) }
    }

    private func undone(errno number: Int32) -> AuditFailure {
        _ = ftruncate(file.raw, off_t(size))  // where this fails, too, the next opening ends the torn line
        return AuditFailure(errno: number)
    }
}
