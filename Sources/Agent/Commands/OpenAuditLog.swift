import Glibc

/// The log file and its head, open for writing.
final class OpenAuditLog {
    /// What sealing adds at most.
    static let sealLength: Int64 = 320

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

    /// Of the last line.
    var last: AuditHead { AuditHead(chain: chain, end: size) }

    /// What somebody else did to the files, in words; `nil` where they are as they were left.
    var change: String? {
        guard let now = file.size else { return "\(AuditLog.fileName) was removed while the agent ran" }
        if now < size { return "\(AuditLog.fileName) was cut while the agent ran" }
        if now > size { return "\(AuditLog.fileName) was written to by somebody else while the agent ran" }
        return headFile.size == nil ? "\(AuditHead.fileName) was removed while the agent ran" : nil
    }

    /// Finds out what the next line follows.
    /// - Parameters:
    ///   - remembered: what this run of the agent wrote last.
    ///   - isFull: the file that had it is the older one now.
    func resume(after old: AuditDescriptor?, remembered: AuditHead?, isFull: Bool) {
        let head = remembered ?? AuditHead(parsing: headFile.read(AuditHead.byteCount, at: 0))
        let oldTail = old.map { AuditTail(of: $0, after: nil) }
        if size == 0 {
            let remembered = isFull ? nil : remembered?.chain
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
        if durable { note(last) }
    }

    /// One that cannot be written leaves the one before, which is as true.
    private func note(_ head: AuditHead) {
        let bytes = head.bytes
        let isAsUsual = headFile.size == Int64(bytes.count)
        if !isAsUsual { _ = ftruncate(headFile.raw, 0) }
        _ = bytes.withUnsafeBytes { pwrite(headFile.raw, $0.baseAddress, $0.count, 0) }
        // From then on it is overwritten in place, within one block: no crash makes it empty again.
        if !isAsUsual { fsync(headFile.raw) }
    }

    private func undone(errno number: Int32) -> AuditFailure {
        _ = ftruncate(file.raw, off_t(size))  // where this fails, too, the next opening ends the torn line
        return AuditFailure(errno: number)
    }
}
