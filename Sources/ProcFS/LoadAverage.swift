/// Tasks that ran or wanted to, or were in uninterruptible sleep, on average; times 100. From `/proc/loadavg`.
/// proc_loadavg(5).
public struct LoadAverage: Equatable, Sendable {
    /// Over 1 minute.
    public var oneHundredths: UInt64
    /// Over 5 minutes.
    public var fiveHundredths: UInt64
    /// Over 15 minutes.
    public var fifteenHundredths: UInt64
    /// Tasks of the machine that run or wait for a CPU at this moment, the reader's own thread among them.
    public var runnable: UInt32

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var fields = Fields(0..<text.count, in: text, file: "loadavg")
        oneHundredths = try fields.nextHundredths("1 minute", in: text)
        fiveHundredths = try fields.nextHundredths("5 minutes", in: text)
        fifteenHundredths = try fields.nextHundredths("15 minutes", in: text)
        fields.skipBlanks(in: text)
        let count = try fields.digits("runnable", radix: 10, in: text)
        try fields.pass(UInt8(ascii: "/"), "runnable", in: text)
        guard let runnable = UInt32(exactly: count) else { throw fields.malformed("runnable") }
        self.runnable = runnable
    }
}
