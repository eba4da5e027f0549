/// Memory of the machine, from `/proc/meminfo`. proc_meminfo(5).
public struct MemInfo: Equatable, Sendable {
    public var totalBytes: UInt64
    /// What programs could still get without swapping, by the kernel's estimate; `nil` before Linux 3.14.
    public var availableBytes: UInt64?

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var total: UInt64?
        var lines = Lines()
        while let line = lines.next(in: text) {
            if text.matches("MemTotal:", at: line.lowerBound) {
                total = try Self.bytes(line.lowerBound + 9..<line.upperBound, "MemTotal", in: text)
            } else if text.matches("MemAvailable:", at: line.lowerBound) {
                availableBytes = try Self.bytes(line.lowerBound + 13..<line.upperBound, "MemAvailable", in: text)
                break  // it comes third
            }
        }
        guard let total else { throw ProcError(malformed: "meminfo", field: "MemTotal", offset: text.count) }
        totalBytes = total
    }

    /// The file counts KiB and calls them kB.
    private static func bytes(
        _ range: Range<Int>, _ field: StaticString, in text: Span<UInt8>
    ) throws(ProcError) -> UInt64 {
        var fields = Fields(range, in: text, file: "meminfo")
        let (bytes, overflow) = try fields.next(field, in: text).multipliedReportingOverflow(by: 1024)
        guard !overflow else { throw fields.malformed(field) }
        return bytes
    }
}
