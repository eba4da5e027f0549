/// What tells one process from the next under the same pid, out of its `stat` line.
struct StatIdentity: Equatable {
    var pid: Int32
    /// The state letter as ASCII.
    var state: UInt8
    /// `PF_*` of include/linux/sched.h.
    var flags: UInt64
    /// Clock ticks after boot.
    var startTicks: UInt64

    /// A zombie has ended: only its parent still has to notice.
    var hasEnded: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") || state == UInt8(ascii: "x") }
    var isKernelThread: Bool { flags & 0x0020_0000 != 0 }  // PF_KTHREAD

    /// Fields 1, 3, 9 and 22 of proc_pid_stat(5); `nil` for a line that is not one. The name may itself contain `)`, so the
    /// last one in the line ends it.
    init?(parsing line: Span<UInt8>) {
        var end = line.count - 1
        while end >= 0, line[end] != UInt8(ascii: ")") { end -= 1 }
        guard end > 0, let pid = Self.number(in: line, from: 0), let pid = Int32(exactly: pid.value),
            end + 2 < line.count, line[end + 1] == UInt8(ascii: " ")
        else { return nil }
        var offset = end + 2
        state = line[offset]
        self.pid = pid
        var field = 3
        func skip(to wanted: Int) -> Bool {
            while field < wanted {
                while offset < line.count, line[offset] != UInt8(ascii: " ") { offset += 1 }
                offset += 1
                field += 1
            }
            return offset < line.count
        }
        guard skip(to: 9), let flags = Self.number(in: line, from: offset),
            skip(to: 22), let start = Self.number(in: line, from: offset)
        else { return nil }
        self.flags = flags.value
        startTicks = start.value
    }

    /// Decimal digits up to a space or the end of the line.
    private static func number(in line: Span<UInt8>, from start: Int) -> (value: UInt64, end: Int)? {
        var value: UInt64 = 0
        var offset = start
        while offset < line.count, line[offset] != UInt8(ascii: " "), line[offset] != UInt8(ascii: "\n") {
            guard case UInt8(ascii: "0")...UInt8(ascii: "9") = line[offset] else { return nil }
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(UInt64(line[offset] - UInt8(ascii: "0")))
            guard !overflow, !carry else { return nil }
            value = sum
            offset += 1
        }
        return offset > start ? (value, offset) : nil
    }
}
