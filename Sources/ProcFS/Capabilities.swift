/// What a process may do beyond its user. `/proc/<pid>/status`, `CapEff`; capabilities(7).
public struct Capabilities: Equatable, Sendable {
    /// Bit n is capability n of capabilities(7).
    public var effective: UInt64

    /// Signals to processes of other users.
    public var hasKill: Bool { effective & 1 << 5 != 0 }

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var line = 0
        while line < text.count {
            let end = text.index(of: UInt8(ascii: "\n"), in: line..<text.count) ?? text.count
            if text.matches("CapEff:\t", at: line) {
                var fields = Fields(line + 8..<end, in: text, file: "status")
                effective = try fields.digits("CapEff", radix: 16, in: text)
                return
            }
            line = end + 1
        }
        throw ProcError(malformed: "status", field: "CapEff", offset: text.count)
    }
}
