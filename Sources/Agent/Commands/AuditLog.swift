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
/// It begins with a line of its own (`AuditMark`). Where it is not as it was left, at the start of an agent or underneath a
/// running one, that is told and recorded before anything else is.
///
/// Blocks for the time of a write and an fsync(2); commands are rare and must not run ahead of their record.
final class AuditLog: AuditTrail {
    static let fileName = "audit.jsonl"
    static let oldFileName = "audit.jsonl.1"

    private struct State {
        var file: OpenAuditLog?
        /// Of the last line written in this run: known even when the files are gone.
        var last: AuditHead?
        /// What was found at the start of this run and is not recorded yet.
        var found: [String] = []
        /// This directory had no agent before.
        var isNew = false
        var refusals = RefusalBudget()
    }

    private let directory: String
    private let sizeLimit: Int64
    private let state = Mutex(State())
    private let onBreak: @Sendable (_ found: [String]) -> Void

    /// Opens nothing yet.
    /// - Parameter onBreak: the log was changed underneath this run.
    init(
        directory: String, sizeLimit: Int64 = 64 << 20,
        onBreak: @escaping @Sendable (_ found: [String]) -> Void = { _ in }
    ) {
        self.directory = directory
        self.sizeLimit = sizeLimit
        self.onBreak = onBreak
    }

    /// The start of a run of the agent: begins the log, or looks whether it is as it was left. What is found is recorded at
    /// once or, where that fails, before the first command.
    /// - Returns: what was found, in words.
    /// - Parameter now: for the line that this may write.
    func begin(at now: AuditMark) -> (found: [String], failure: AuditFailure?) {
        state.withLock { state in
            do throws(AuditFailure) {
                let folder = try AuditFolder(directory)
                let report = AuditReport(of: folder)
                // A first start that a crash cut short leaves one line at most: it is begun again.
                state.isNew = !folder.wasUsed && (report?.lines ?? 0) <= 1
                state.found = state.isNew ? [] : (report?.recent ?? []).map(\.description)
                guard state.isNew || !state.found.isEmpty else { return ([], nil) }
                let found = state.found
                do throws(AuditFailure) {
                    _ = try current(&state, room: OpenAuditLog.sealLength, now: now)
                } catch {
                    return (found, error)
                }
                return (found, nil)
            } catch {
                return ([], error)
            }
        }
    }

    func append(_ record: AuditRecord, durable: Bool) throws(AuditFailure) {
        var changes: [String] = []
        let failure: AuditFailure? = state.withLock { state in
            var record = record
            if record.kind == .refused, !state.refusals.take(at: record.monotonic) { return nil }
            record.omitted = state.refusals.omitted
            let line = record.line
            do throws(AuditFailure) {
                let now = AuditMark(
                    kind: .genesis, wall: record.wall, monotonic: record.monotonic, boot: record.boot)
                if let change = state.file?.change { changes = [change] }
                let open = try current(&state, room: Int64(line.count) + OpenAuditLog.sealLength, now: now)
                try open.append(line, durable: durable)
                state.last = open.last
                state.refusals.omitted = 0
                return nil
            } catch {
                state.file = nil  // opened anew for the next record, which finds out what is there
                return error
            }
        }
        if !changes.isEmpty { onBreak(changes) }
        if let failure { throw failure }
    }

    /// The file to write `room` bytes to: the open one, unless it is full, was removed, or is not as it was left.
    private func current(_ state: inout State, room: Int64, now: AuditMark) throws(AuditFailure) -> OpenAuditLog {
        if let open = state.file, open.change == nil, open.size + room <= sizeLimit { return open }
        if let change = state.file?.change { state.found.append(change) }
        state.file = nil
        let folder = try AuditFolder(directory)
        var file = try folder.open(Self.fileName, appending: true)
        let isFull = file.size.map { $0 > 0 && $0 + room > sizeLimit } ?? false
        if isFull {
            try folder.rename(Self.fileName, to: Self.oldFileName)
            file = try folder.open(Self.fileName, appending: true)
        }
        let open = try OpenAuditLog(file, head: try folder.open(AuditHead.fileName, appending: false))
        open.resume(after: folder.existing(Self.oldFileName), remembered: state.last, isFull: isFull)
        try folder.sync()
        try mark(open, &state, now: now)
        state.file = open
        return open
    }

    /// That the log begins, or what was found, before anything else.
    private func mark(_ open: OpenAuditLog, _ state: inout State, now: AuditMark) throws(AuditFailure) {
        guard state.isNew || !state.found.isEmpty else { return }
        var mark = now
        mark.kind = state.found.isEmpty ? .genesis : .broken
        mark.found = state.found
        try open.append(mark.line, durable: true)
        state.last = open.last
        state.isNew = false
        state.found = []
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
