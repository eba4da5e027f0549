/// What a process may have at most, from `/proc/<pid>/limits`; proc_pid_limits(5).
public struct ProcessLimits: Equatable, Sendable {
    /// One more than the highest number that a new descriptor may get, which is when open(2) and accept(2) fail: the soft
    /// RLIMIT_NOFILE. `nil` where there is none.
    public var openFiles: UInt64?

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        let label: StaticString = "Max open files "
        var lines = Lines()
        while let line = lines.next(in: text) {
            guard text.matches(label, at: line.lowerBound) else { continue }
            let start = line.lowerBound + label.utf8CodeUnitCount
            var fields = Fields(start..<line.upperBound, in: text, file: "limits")
            fields.skipBlanks(in: text)
            openFiles = text.matches("unlimited", at: fields.offset) ? nil : try fields.next("open files", in: text)
            return
        }
        throw ProcError(malformed: "limits", field: "open files", offset: text.count)
    }
}
