/// Bytes a process moved to and from storage, from `/proc/<pid>/io`. proc_pid_io(5).
///
/// Refused for other users' processes without CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH.
public struct ProcessIO: Equatable, Sendable {
    /// Fetched from storage (not from the page cache); a counter. `read_bytes`.
    public var readBytes: UInt64
    /// Sent to storage, counted when the page became dirty; a counter. `write_bytes`.
    public var writtenBytes: UInt64

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var read: UInt64?
        var written: UInt64?
        var lines = Lines()
        while let line = lines.next(in: text) {
            if let bytes = try text.number(after: "read_bytes:", of: line, "read_bytes", file: "io") {
                read = bytes
            } else if let bytes = try text.number(after: "write_bytes:", of: line, "write_bytes", file: "io") {
                written = bytes
            }
        }
        guard let read else { throw ProcError(malformed: "io", field: "read_bytes", offset: text.count) }
        guard let written else { throw ProcError(malformed: "io", field: "write_bytes", offset: text.count) }
        readBytes = read
        writtenBytes = written
    }
}
