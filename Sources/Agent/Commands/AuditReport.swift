/// What `audit verify` finds in the files of a log.
struct AuditReport {
    let faults: [AuditVerifier.Remark]
    let notes: [AuditVerifier.Remark]
    let sentence: String

    /// `nil` where there is no log, and never was one.
    init?(of folder: AuditFolder, wanted: String?) {
        // In this order: an agent may go on writing meanwhile, and even begin a new file.
        let head = folder.existing(AuditHead.fileName)
        let newer = folder.existing(AuditLog.fileName)
        let older = folder.existing(AuditLog.oldFileName)
        guard newer != nil || older != nil || head != nil || wanted != nil else { return nil }
        let isOne = older != nil && older?.inode == newer?.inode
        let known = head.map { $0.read(AuditHead.byteCount + 1, at: 0) } ?? []
        let newest = AuditHead(parsing: known)?.chain
        var verifier = AuditVerifier(wanted: Set([newest, wanted].compactMap { $0 }))
        var notes: [AuditVerifier.Remark] = []
        if !known.isEmpty, newest == nil {
            let text = "cannot be read: whether the end is there is not known"
            notes.append(AuditVerifier.Remark(file: AuditHead.fileName, line: nil, text: text))
        }
        let files = [(older, AuditLog.oldFileName, true), (isOne ? nil : newer, AuditLog.fileName, false)]
        for (file, name, isRotated) in files {
            guard let file else { continue }
            verifier.begin(file: name, isRotated: isRotated)
            var lines = AuditLines(file)
            while let line = lines.next() { verifier.take(line) }
        }
        verifier.end()
        faults = verifier.faults
        self.notes = notes + verifier.notes
        let count = "\(verifier.lines) \(verifier.lines == 1 ? "line" : "lines")"
        let last = verifier.chain.map { "; the last chain is \($0)" } ?? ""
        sentence =
            faults.isEmpty
            ? "the audit log is whole: \(count)\(last)" : "the audit log is not as it was written: \(count)\(last)"
    }
}
