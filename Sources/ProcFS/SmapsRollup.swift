/// Memory of a process by who shares it, from `/proc/<pid>/smaps_rollup`. proc_pid_smaps_rollup(5).
///
/// The kernel walks all of its page tables for it, 30 us for a small process: to be read rarely.
public struct SmapsRollup: Equatable, Sendable {
    /// `Pss`: each page counts in the part that the process has among all that map it.
    public var proportionalBytes: UInt64

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var lines = Lines()
        while let line = lines.next(in: text) {
            guard text.matches("Pss:", at: line.lowerBound) else { continue }
            var fields = Fields(line.lowerBound + 4..<line.upperBound, in: text, file: "smaps_rollup")
            let (bytes, overflow) = try fields.next("Pss", in: text).multipliedReportingOverflow(by: 1024)
            guard !overflow else { break }
            proportionalBytes = bytes
            return
        }
        throw ProcError(malformed: "smaps_rollup", field: "Pss", offset: text.count)
    }
}
