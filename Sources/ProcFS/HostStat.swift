/// CPU time of the whole machine, from `/proc/stat`. proc_stat(5).
public struct HostStat: Equatable, Sendable {
    /// One `cpu` line, in clock ticks (`_SC_CLK_TCK`); all counters.
    public struct CPUTicks: Equatable, Sendable {
        /// user + nice + system + irq + softirq + steal; guest time is inside user.
        public var busy: UInt64
        /// Taken by the hypervisor; inside `busy`.
        public var steal: UInt64
        /// idle + iowait.
        public var idle: UInt64
    }

    public var total: CPUTicks
    /// One per online core, in the kernel's order; their numbers may have gaps.
    public var perCore: [CPUTicks]

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var total: CPUTicks?
        var perCore: [CPUTicks] = []
        var lines = Lines()
        while let line = lines.next(in: text) {
            guard text.matches("cpu", at: line.lowerBound) else { break }  // they come first
            let ticks = try Self.ticks(of: line, in: text)
            if text.matches("cpu ", at: line.lowerBound) { total = ticks } else { perCore.append(ticks) }
        }
        guard let total else { throw ProcError(malformed: "stat", field: "cpu", offset: 0) }
        self.total = total
        self.perCore = perCore
    }

    private static func ticks(of line: Range<Int>, in text: Span<UInt8>) throws(ProcError) -> CPUTicks {
        var fields = Fields(line, in: text, file: "stat")
        fields.skip(1, in: text)  // cpu, cpu0 …
        var busy: UInt64 = 0
        var idle: UInt64 = 0
        var steal: UInt64 = 0
        for column in 0..<8 {  // user nice system idle iowait irq softirq steal
            let value = try fields.next("cpu", in: text)
            let isIdle = column == 3 || column == 4
            let (sum, overflow) = (isIdle ? idle : busy).addingReportingOverflow(value)
            guard !overflow else { throw fields.malformed("cpu") }
            if isIdle { idle = sum } else { busy = sum }
            if column == 7 { steal = value }
        }
        return CPUTicks(busy: busy, steal: steal, idle: idle)
    }
}
