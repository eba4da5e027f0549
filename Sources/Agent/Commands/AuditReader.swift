import Model
import Trust
import Wire

/// What an earlier run of the agent wrote about a command.
struct AuditEntry: Sendable {
    var kind: AuditRecord.Kind
    var id: CommandID
    /// Of an intent; `nil` where another version wrote it.
    var command: Command?
    /// Of a result, and of what is known of an interruption; `nil` as above.
    var outcome: Outcome?
    var time: WallTime
    /// `monotonic` counts from this boot.
    var boot: BootID?
    var monotonic: MonotonicInstant?
    var issuer: String
    var role: Role?
    var app: String?
    /// Of a worker; a group's is in its command.
    var group: String?
    var slot: UInt32?
}

/// The log as a journal of commands.
struct AuditReading: Sendable {
    /// Oldest first.
    var entries: [AuditEntry] = []
    /// Lines that say nothing, and files that cannot be read: `FILE:LINE: reason`. A last line that a crash cut short is
    /// none of them.
    var faults: [String] = []
}

/// Reads what was written since some time. Whether it is as it was written, `AuditVerifier` says.
enum AuditReader {
    /// Beyond these nobody reads on.
    private static let mostFaults = 100

    /// - Parameters:
    ///   - present: the running boot, and since when lines of it are read; whatever became of the calendar meanwhile, its
    ///     monotonic clock tells how old they are.
    ///   - skipping: lines of that kind are not taken apart: refusals can be many, since everybody can cause them.
    static func read(
        directory: String, since: WallTime, present: (boot: BootID, since: MonotonicInstant)? = nil,
        skipping: AuditRecord.Kind? = nil
    ) -> AuditReading {
        var reading = AuditReading()
        let folder: AuditFolder
        do throws(AuditFailure) {
            folder = try AuditFolder(reading: directory)
        } catch {
            reading.faults.append("\(directory): \(reason(error.errno))")
            return reading
        }
        for name in [AuditLog.oldFileName, AuditLog.fileName] {
            guard let file = folder.existing(name) else { continue }
            var lines = AuditLines(file)
            while let line = lines.next() {
                guard let time = time(of: line.bytes) else {
                    // The log ends a torn line when it goes on, so that only the very last has no end.
                    if line.isEnded, reading.faults.count < mostFaults {
                        reading.faults.append("\(name):\(line.number): is no audit line")
                    }
                    continue
                }
                let isRecent = time >= since || present.map { isOf($0.boot, since: $0.since, line.bytes) } ?? false
                guard isRecent, !isMark(line.bytes, orOf: skipping) else { continue }
                if let entry = entry(line.bytes, time: time) {
                    reading.entries.append(entry)
                } else if line.isEnded, reading.faults.count < mostFaults {
                    reading.faults.append("\(name):\(line.number): cannot be read")
                }
            }
        }
        return reading
    }

    /// Cheap, for the many lines that are too old.
    private static func time(of line: ArraySlice<UInt8>) -> WallTime? {
        let opening = Array("{\"time\":\"".utf8)
        guard line.starts(with: opening) else { return nil }
        return WallTime(rfc3339: String(decoding: line.dropFirst(opening.count).prefix(24), as: UTF8.self))
    }

    /// The number after the time is the monotonic one, and the boot follows.
    private static func isOf(_ boot: BootID, since: MonotonicInstant, _ line: ArraySlice<UInt8>) -> Bool {
        let start = line.prefix(160)
        guard let written = start.end(of: "\"boot\":\""), start[written...].starts(with: boot.hex.utf8),
            let number = start.end(of: "\"monotonic_ns\":")
        else { return false }
        let digits = start[number...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return UInt64(String(decoding: digits, as: UTF8.self)).map { $0 >= since.nanoseconds } ?? false
    }

    /// Whether it says nothing of a command, or is of a kind that nobody wants.
    private static func isMark(_ line: ArraySlice<UInt8>, orOf kind: AuditRecord.Kind?) -> Bool {
        let record = AuditLine.record(of: line)
        return record != nil && (record == kind?.rawValue || record.flatMap(AuditMark.Kind.init) != nil)
    }

    private static func entry(_ line: ArraySlice<UInt8>, time: WallTime) -> AuditEntry? {
        // Why it is no line of ours does not matter.
        guard let members = try? JSON5Cursor(parsing: Array(line)).members() else { return nil }
        var texts: [String: String] = [:]
        for (key, _, value) in members {
            if case .text(let text) = value.value.content { texts[key] = text }
        }
        guard let kind = texts["record"].flatMap(AuditRecord.Kind.init), let id = texts["command"],
            let command = CommandID(hex: id)
        else { return nil }
        var entry = AuditEntry(
            kind: kind, id: command, time: time, boot: texts["boot"].flatMap { BootID(hex: $0) },
            issuer: texts["issuer"] ?? "", role: texts["role"].flatMap { Role(word: $0) }, app: texts["app"],
            group: texts["group"])
        for (key, _, cursor) in members {
            guard case .number(let value) = cursor.value.content else { continue }
            switch key {
            case "monotonic_ns": entry.monotonic = UInt64(exactly: value).map { MonotonicInstant(nanoseconds: $0) }
            case "slot": entry.slot = UInt32(exactly: value)
            default: break
            }
        }
        switch texts["wire"].flatMap(message) {
        case .command(let command) where command.id == entry.id: entry.command = command
        case .outcome(let outcome) where outcome.id == entry.id: entry.outcome = outcome
        default: break
        }
        return entry
    }

    /// `nil` for what this version does not understand.
    private static func message(hex: String) -> Message? {
        guard let bytes = [UInt8](hex: hex.utf8), bytes.count >= MessageHeader.byteCount else { return nil }
        let body = Array(bytes[MessageHeader.byteCount...])
        return try? Message.decode(type: bytes[4], flags: bytes[5], body: body.span)
    }
}
