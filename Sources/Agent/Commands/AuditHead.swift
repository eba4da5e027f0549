/// The chain of the newest line that is known to be on the disk, and where that line ends, kept beside the log in
/// `audit.head`: without it nobody could see that the last lines are gone.
///
/// Written in place, after the line was synced and without a sync of its own: after a crash it may be an older one,
/// never one whose line is not there.
struct AuditHead: Equatable {
    static let fileName = "audit.head"

    var chain: String
    /// Offset behind the line's newline, in the file that has it.
    var end: Int64

    /// Of one length always, so that overwriting leaves nothing of the one before.
    var bytes: [UInt8] {
        let digits = String(end)
        return Array("\(chain) \(String(repeating: "0", count: max(0, 20 - digits.count)))\(digits)\n".utf8)
    }

    static let byteCount = AuditChain.length + 22

    init(chain: String, end: Int64) {
        self.chain = chain
        self.end = end
    }

    /// `nil` for anything that is no head.
    init?(parsing bytes: [UInt8]) {
        guard bytes.count == Self.byteCount, bytes.last == UInt8(ascii: "\n") else { return nil }
        let words = bytes.dropLast().split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 2, words[0].count == AuditChain.length, words[0].allSatisfy(AuditChain.isHex),
            let end = Int64(String(decoding: words[1], as: UTF8.self)), end > 0
        else { return nil }
        self.init(chain: String(decoding: words[0], as: UTF8.self), end: end)
    }

    /// What stands before `end` in the file that has the line.
    var ending: [UInt8] { Array("\"chain\":\"\(chain)\"}\n".utf8) }
}
