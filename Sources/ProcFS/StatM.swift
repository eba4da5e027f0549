/// Memory of a process, from `/proc/<pid>/statm`, the cheapest file that tells it. proc_pid_statm(5).
public struct StatM: Equatable, Sendable {
    /// Pages in memory, `RssAnon` + `RssFile` + `RssShmem` of `status`. 0 for a process that gave its memory up already.
    public var residentPages: UInt64

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var fields = Fields(0..<text.count, in: text, file: "statm")
        _ = try fields.next("size", in: text)
        residentPages = try fields.next("resident", in: text)
    }
}
