/// The rights of root that an agent has a use for, by their bits; of others it needs none. capabilities(7).
///
/// They are those of `packaging/looptop-agent.service`; a test compares.
public enum Capability: UInt8, CaseIterable, Sendable {
    /// To open what is another user's in `/proc`.
    case dacReadSearch = 2
    /// To signal other users' processes.
    case kill = 5
    /// For the kernel to answer what is asked there.
    case sysPtrace = 19

    public var name: String {
        switch self {
        case .dacReadSearch: "CAP_DAC_READ_SEARCH"
        case .kill: "CAP_KILL"
        case .sysPtrace: "CAP_SYS_PTRACE"
        }
    }
}

/// What a process may do beyond its user. `/proc/<pid>/status`, `CapEff`; capabilities(7).
public struct Capabilities: Equatable, Sendable {
    /// Bit n is capability n of capabilities(7).
    public var effective: UInt64

    public init(effective: UInt64) { self.effective = effective }

    public func has(_ capability: Capability) -> Bool { effective & 1 << capability.rawValue != 0 }

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
