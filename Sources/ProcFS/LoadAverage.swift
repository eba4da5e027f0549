/// Tasks that ran or wanted to, or were in uninterruptible sleep, on average; times 100. From `/proc/loadavg`.
/// proc_loadavg(5).
public struct LoadAverage: Equatable, Sendable {
    /// Over 1 minute.
    public var oneHundredths: UInt64
    /// Over 5 minutes.
    public var fiveHundredths: UInt64
    /// Over 15 minutes.
    public var fifteenHundredths: UInt64

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var fields = Fields(0..<text.count, in: text, file: "loadavg")
        oneHundredths = try fields.nextHundredths("1 minute", in: text)
        fiveHundredths = try fields.nextHundredths("5 minutes", in: text)
        fifteenHundredths = try fields.nextHundredths("15 minutes", in: text)
    }
}
