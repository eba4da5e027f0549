import Model

/// A line of the audit log about the log itself: that it begins, or that it was found changed and goes on from here.
struct AuditMark: Sendable {
    enum Kind: String, Sendable {
        /// The first line, written before the first start of an agent in its state directory is over. From then on a log
        /// that is not there was removed.
        case genesis
        /// What stands before was not as it was written. What follows is a new segment, judged by itself.
        case broken = "break"
    }

    var kind: Kind
    var wall: WallTime
    var monotonic: MonotonicInstant
    var boot: BootID
    /// What was found, in words; of a break only.
    var found: [String] = []

    /// Of what was found so much is kept: `audit verify` says the rest.
    static let mostFound = 10

    /// As a line of JSON, newline included.
    var line: [UInt8] {
        var line = AuditLine(record: kind.rawValue, wall: wall, monotonic: monotonic, boot: boot)
        line.text("agent", Version.text)
        if kind == .broken {
            line.number("faults", found.count)
            line.texts("found", Array(found.prefix(Self.mostFound)))
        }
        return line.ended()
    }

    /// Whether a line is such a mark.
    static func kind(of line: ArraySlice<UInt8>) -> Kind? { AuditLine.record(of: line).flatMap(Kind.init) }
}
