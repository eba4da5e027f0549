/// Time since boot, suspended time included, from `/proc/uptime`. proc_uptime(5).
public struct Uptime: Equatable, Sendable {
    /// In steps of 10 ms.
    public var nanoseconds: UInt64

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var fields = Fields(0..<text.count, in: text, file: "uptime")
        let hundredths = try fields.nextHundredths("uptime", in: text)
        let (nanoseconds, overflow) = hundredths.multipliedReportingOverflow(by: 10_000_000)
        guard !overflow else { throw fields.malformed("uptime") }
        self.nanoseconds = nanoseconds
    }
}
