/// What `audit verify`, and an agent that starts, find in the files of a log.
struct AuditReport {
    let faults: [AuditVerifier.Remark]
    /// Those that no break in the log tells of yet.
    let recent: [AuditVerifier.Remark]
    let notes: [AuditVerifier.Remark]
    let lines: Int
    let sentence: String

    /// `nil` where there is no log, and never was one.
    init?(of folder: AuditFolder, wanted: String? = nil) {
        // In this order: an agent may go on writing meanwhile, and even begin a new file.
        let head = folder.existing(AuditHead.fileName)
        let newer = folder.existing(AuditLog.fileName)
        let older = folder.existing(AuditLog.oldFileName)
        guard newer != nil || older != nil || head != nil || wanted != nil || folder.wasUsed else { return nil }
        let isOne = older != nil && older?.inode == newer?.inode
        let newest = head.flatMap { AuditHead(parsing: $0.read(AuditHead.byteCount + 1, at: 0)) }?.chain
        var verifier = AuditVerifier(wanted: Set([newest, wanted].compactMap { $0 }))
        let files = [(older, AuditLog.oldFileName, true), (isOne ? nil : newer, AuditLog.fileName, false)]
        for (file, name, isRotated) in files {
            guard let file else { continue }
            verifier.begin(file: name, isRotated: isRotated)
            var lines = AuditLines(file)
            while let line = lines.next() { verifier.take(line) }
        }
        verifier.end()
        if verifier.lines == 0, folder.wasUsed {
            verifier.note(fault: "is gone: an agent was begun here, and its log with it", of: AuditLog.fileName)
        }
        if verifier.lines > 0, newest == nil {
            let what = head == nil ? "is gone" : "was changed"
            verifier.note(
                fault: "\(what): whether lines are missing at the end of the log is not known", of: AuditHead.fileName)
        }
        faults = verifier.faults
        recent = verifier.recent
        notes = verifier.notes
        lines = verifier.lines
        sentence = Self.sentence(verifier)
    }

    private static func sentence(_ verifier: AuditVerifier) -> String {
        func count(_ lines: Int) -> String { "\(lines) \(lines == 1 ? "line" : "lines")" }
        var words =
            verifier.faults.isEmpty ? "the audit log is whole: " : "the audit log is not as it was written: "
        words += count(verifier.lines)
        if let last = verifier.lastBreak {
            let state = verifier.recent.isEmpty ? "whole" : "not whole either"
            words += "; since the break at \(last.file):\(last.line) it is \(state), \(count(last.after))"
        }
        return words + (verifier.chain.map { "; the last chain is \($0)" } ?? "")
    }
}
