/// How often a thread left the CPU, from `/proc/<pid>/task/<tid>/sched`; two counters. Readable for everybody.
///
/// `task/<tid>/status` says the same in a page that costs half as much again. Needs a kernel built with
/// CONFIG_SCHED_DEBUG (most are; 6.15 and later always have the file).
public struct ThreadSwitches: Equatable, Sendable {
    /// By itself: it slept, in epoll or anywhere else. `nr_voluntary_switches`.
    public var voluntary: UInt64
    /// Another thread was given the CPU, or it called sched_yield(2). `nr_involuntary_switches`.
    public var involuntary: UInt64

    /// The first line holds the thread's name, which anybody may choose: labels count from the third line on, after the
    /// rule of dashes that a name of 15 bytes cannot imitate.
    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var voluntary: UInt64?
        var involuntary: UInt64?
        var isBelowRule = false
        var lines = Lines()
        while voluntary == nil || involuntary == nil, let line = lines.next(in: text) {
            if !isBelowRule {
                isBelowRule = text.matches("--------------------", at: line.lowerBound)
            } else if text.matches("nr_voluntary_switches", at: line.lowerBound) {
                voluntary = try Self.value(of: line, "nr_voluntary_switches", in: text)
            } else if text.matches("nr_involuntary_switches", at: line.lowerBound) {
                involuntary = try Self.value(of: line, "nr_involuntary_switches", in: text)
            }
        }
        guard let voluntary else {
            throw ProcError(malformed: "sched", field: "nr_voluntary_switches", offset: text.count)
        }
        guard let involuntary else {
            throw ProcError(malformed: "sched", field: "nr_involuntary_switches", offset: text.count)
        }
        self.voluntary = voluntary
        self.involuntary = involuntary
    }

    /// `nr_voluntary_switches                        :                    0`
    private static func value(
        of line: Range<Int>, _ field: StaticString, in text: Span<UInt8>
    ) throws(ProcError) -> UInt64 {
        guard let colon = text.index(of: UInt8(ascii: ":"), in: line) else {
            throw ProcError(malformed: "sched", field: field, offset: line.lowerBound)
        }
        var fields = Fields(colon + 1..<line.upperBound, in: text, file: "sched")
        return try fields.next(field, in: text)
    }
}
