internal import Glibc

/// Memory of a process, from `/proc/<pid>/statm`, the cheapest file that tells it. proc_pid_statm(5).
public struct StatM: Equatable, Sendable {
    private static let pageBytes = UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))

    /// What is in memory, `RssAnon` + `RssFile` + `RssShmem` of `status`; `nil` for a process that gave its memory up already.
    public var residentBytes: UInt64?

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var fields = Fields(0..<text.count, in: text, file: "statm")
        _ = try fields.next("size", in: text)
        let offset = fields.offset
        let (bytes, overflow) = try fields.next("resident", in: text).multipliedReportingOverflow(by: Self.pageBytes)
        guard !overflow else { throw ProcError(malformed: "statm", field: "resident", offset: offset) }
        residentBytes = bytes > 0 ? bytes : nil
    }
}
