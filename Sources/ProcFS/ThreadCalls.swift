/// How often a thread called read(2), write(2) and their kin, from `/proc/<pid>/task/<tid>/io`; two counters.
/// proc_pid_io(5).
///
/// recv, send and their kin do not count; sendfile and splice do. Kept up to date at each call. Needs ptrace access
/// (PTRACE_MODE_READ).
public struct ThreadCalls: Equatable, Sendable {
    /// `syscr`
    public var reads: UInt64
    /// `syscw`
    public var writes: UInt64

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var reads: UInt64?
        var writes: UInt64?
        var lines = Lines()
        while reads == nil || writes == nil, let line = lines.next(in: text) {
            if let count = try text.number(after: "syscr:", of: line, "syscr", file: "io") {
                reads = count
            } else if let count = try text.number(after: "syscw:", of: line, "syscw", file: "io") {
                writes = count
            }
        }
        guard let reads else { throw ProcError(malformed: "io", field: "syscr", offset: text.count) }
        guard let writes else { throw ProcError(malformed: "io", field: "syscw", offset: text.count) }
        self.reads = reads
        self.writes = writes
    }
}
