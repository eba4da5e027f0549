/// What `/proc/<pid>/status` says that changes. proc_pid_status(5).
///
/// The kernel writes 1.4 KiB of text for it, so it is the dearest of the small files: read it for processes that ran.
public struct ProcessStatus: Equatable, Sendable {
    /// The letter as ASCII: R S D T t Z X I.
    public var state: UInt8
    /// Real user id.
    public var uid: UInt32
    /// `VmRSS`; `nil` for a zombie and a kernel thread, which have no memory of their own.
    public var residentBytes: UInt64?
    public var threads: UInt64?
    /// Of the **main thread**; a counter. `nil` where the kernel was built without it.
    public var voluntarySwitches: UInt64?
    /// Of the **main thread**; a counter.
    public var involuntarySwitches: UInt64?

    /// The kernel escapes newlines in `Name`, so a process cannot forge a line.
    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var state: UInt8?
        var uid: UInt32?
        var lines = Lines()
        while let line = lines.next(in: text) {
            switch text[line, or: 0] {
            case UInt8(ascii: "S") where text.matches("State:", at: line.lowerBound):
                var fields = Fields(line.lowerBound + 6..<line.upperBound, in: text, file: "status")
                state = try fields.nextByte("State", in: text)
            case UInt8(ascii: "U") where text.matches("Uid:", at: line.lowerBound):
                let value = try text.value(after: 4, of: line, "Uid")
                uid = UInt32(exactly: value)
            case UInt8(ascii: "V") where text.matches("VmRSS:", at: line.lowerBound):
                let kibibytes = try text.value(after: 6, of: line, "VmRSS")
                let (bytes, overflow) = kibibytes.multipliedReportingOverflow(by: 1024)
                guard !overflow else {
                    throw ProcError(malformed: "status", field: "VmRSS", offset: line.lowerBound)
                }
                residentBytes = bytes
            case UInt8(ascii: "T") where text.matches("Threads:", at: line.lowerBound):
                threads = try text.value(after: 8, of: line, "Threads")
            case UInt8(ascii: "v") where text.matches("voluntary_ctxt_switches:", at: line.lowerBound):
                voluntarySwitches = try text.value(after: 24, of: line, "voluntary_ctxt_switches")
            case UInt8(ascii: "n") where text.matches("nonvoluntary_ctxt_switches:", at: line.lowerBound):
                involuntarySwitches = try text.value(after: 27, of: line, "nonvoluntary_ctxt_switches")
            default: continue
            }
        }
        guard let state else { throw ProcError(malformed: "status", field: "State", offset: text.count) }
        guard let uid else { throw ProcError(malformed: "status", field: "Uid", offset: text.count) }
        self.state = state
        self.uid = uid
    }
}

extension Span where Element == UInt8 {
    /// The first byte of a line, or `fallback` for an empty one.
    fileprivate subscript(line: Range<Int>, or fallback: UInt8) -> UInt8 {
        line.isEmpty ? fallback : self[line.lowerBound]
    }

    fileprivate func value(after label: Int, of line: Range<Int>, _ field: StaticString) throws(ProcError) -> UInt64 {
        var fields = Fields(line.lowerBound + label..<line.upperBound, in: self, file: "status")
        return try fields.next(field, in: self)
    }
}
