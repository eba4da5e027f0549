import Control
import Glibc
import Model
import Trust

private let boot = BootID(high: 0xB007, low: 1)

private func moment(_ number: Int) -> (WallTime, MonotonicInstant) {
    let step = Int64(number) * 1_000_000_000
    return (
        WallTime(nanoseconds: 1_788_264_000_123_000_000 + step), MonotonicInstant(nanoseconds: 42 + UInt64(step))
    )
}

private func record(_ number: Int, _ verdict: Verdict?) -> AuditRecord {
    let worker = WorkerID(boot: boot, pid: 10, startTicks: 100)
    let (wall, monotonic) = moment(number)
    return AuditRecord(
        kind: verdict == nil ? .intent : .result, wall: wall, monotonic: monotonic, boot: boot,
        command: Command(
            id: CommandID(high: 0xC0, low: UInt64(number / 2)), action: .restart, target: .worker(worker)),
        peer: .local(uid: 0, pid: 7), role: .operator,
        worker: LiveWorker(id: worker, groupKey: "g", app: "web", slot: 3, seen: monotonic), verdict: verdict)
}

/// A directory in memory for files that are read; it goes with the process.
let place: String = {
    var template = Array("\(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")/looptop-fuzz-XXXXXX".utf8CString)
    guard let path = mkdtemp(&template) else { preconditionFailure("there is no room for an audit log") }
    atexit {
        for name in files { unlink("\(place)/\(name)") }
        rmdir(place)
    }
    return String(cString: path)
}()

private let files = [AuditLog.fileName, AuditLog.oldFileName, AuditHead.fileName, logName]

func write(_ bytes: [UInt8], to name: String) {
    let file = open("\(place)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    precondition(file >= 0 && Glibc.write(file, bytes, bytes.count) == bytes.count, "there is no room for \(name)")
    close(file)
}

/// Chained records, a break among them, and the head of the last.
private let genuine: (log: [UInt8], head: [UInt8]) = {
    var log: [UInt8] = []
    var chain = ""
    let (wall, monotonic) = moment(0)
    let mark = AuditMark(kind: .genesis, wall: wall, monotonic: monotonic, boot: boot)
    let lines = [mark.line] + [1, 2, 3].map { record($0, $0 % 2 == 0 ? nil : .refused(.readOnly)).line }
    for line in lines {
        let (sealed, next) = AuditChain.seal(line, marks: AuditChain.Marks(), after: chain)
        log += sealed
        chain = next
    }
    return (log, AuditHead(chain: chain, end: Int64(log.count)).bytes)
}()

/// What the agent does with a log at its start, and what `audit verify` does. After a line of the agent's own that line is
/// read, and stands on what was there.
@discardableResult
private func look(_ log: [UInt8], older: [UInt8], head: [UInt8]) -> AuditReport? {
    write(log, to: AuditLog.fileName)
    write(older, to: AuditLog.oldFileName)
    write(head, to: AuditHead.fileName)
    let (wall, monotonic) = moment(9)
    func read() -> AuditReading { AuditReader.read(directory: place, since: WallTime(nanoseconds: .min)) }
    let before = read()
    guard let folder = try? AuditFolder(place) else { preconditionFailure("the audit log cannot be opened") }
    let report = AuditReport(of: folder)
    guard let file = try? folder.open(AuditLog.fileName, appending: true),
        let headFile = try? folder.open(AuditHead.fileName, appending: false),
        let open = try? OpenAuditLog(file, head: headFile)
    else { preconditionFailure("the audit log cannot be opened to be written") }
    open.resume(after: folder.existing(AuditLog.oldFileName), remembered: nil, isFull: false)
    let mark = AuditMark(kind: .broken, wall: wall, monotonic: monotonic, boot: boot, found: ["it was changed"])
    for line in [mark.line, record(9, nil).line] {
        do { try open.append(line, durable: false) } catch { preconditionFailure("a line cannot be written") }
    }
    let after = read()
    precondition(after.entries.count > before.entries.count, "what the agent wrote after a damaged log is not read")
    precondition(after.entries.last?.command == record(9, nil).command, "a command is not read as it was written")
    precondition(
        AuditReport(of: folder)?.recent.allSatisfy { $0.file == AuditHead.fileName || $0.line == nil } ?? false,
        "what the agent wrote after a break is found broken")
    return report
}

/// Any bytes: the first says how many of them are the older file, and whether the head is genuine.
func auditLog(_ input: [UInt8]) {
    guard let control = input.first else { return }
    let bytes = input.dropFirst()
    let older = Array(bytes.prefix(Int(control >> 1) * 8))
    look(Array(bytes.dropFirst(older.count)), older: older, head: control & 1 == 0 ? genuine.head : older)
}

/// A genuine log that somebody changed: from the third byte on what is put in, at the place that the first two say, in place of
/// as many bytes as the third says. It is found.
func changedAuditLog(_ input: [UInt8]) {
    guard input.count >= 3 else { return }
    let at = (Int(input[0]) << 8 | Int(input[1])) % (genuine.log.count + 1)
    var log = genuine.log
    log.replaceSubrange(at..<min(log.count, at + Int(input[2])), with: input.dropFirst(3))
    let report = look(log, older: [], head: genuine.head)
    let isFound = report.map { !$0.faults.isEmpty || !$0.notes.isEmpty } ?? false
    precondition(isFound != (log == genuine.log), "a change of the audit log is not found, or one where there is none")
}

/// Text of others in a line of the log: it stays one line, and is read as what it was.
func auditLine(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    var line = AuditLine()
    line.text("detail", text)
    line.texts("found", [text, text])
    line.text("last", "x")
    let bytes = line.ended()
    precondition(bytes.firstIndex(of: UInt8(ascii: "\n")) == bytes.count - 1, "a text ends its line")
    guard let members = try? JSON5Cursor(parsing: bytes).members(), members.map(\.key) == ["detail", "found", "last"],
        let read = try? members[0].value.text(), (try? members[2].value.text()) == "x"
    else { preconditionFailure("a line that was written cannot be read") }
    // Where it was cut, an ellipsis ends it.
    precondition(
        read.unicodeScalars.elementsEqual(text.unicodeScalars)
            || read.unicodeScalars.last == "…" && text.unicodeScalars.starts(with: read.unicodeScalars.dropLast()),
        "a text is not read as it was written")
}
