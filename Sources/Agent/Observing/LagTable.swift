import Lag
import Model

/// One worker's window as a line for people; 80 columns where the cause is short.
struct LagTable {
    let cores: UInt32

    static let heading = "    PID TIER  QUAL      MAX   P99   P50 UTIL RUNQ BLOCK    OPEN CAUSE\n"

    func line(for reading: LagReading) -> String {
        let window = reading.window
        let open = window.open.map { ($0.isFloor ? ">=" : "") + Self.length($0.length) } ?? "-"
        // Where the stall that was met first goes on, none has ended.
        let isFloor = window.quality == .floor && window.max ?? .zero > .zero
        let fields = [
            Self.right("\(reading.pid)", 7), Self.left(Self.tier(of: reading), 5),
            Self.left(reading.loopThreads > 0 ? window.quality.word : "-", 5),
            Self.right((isFloor ? ">=" : "") + Self.length(window.max), 7),
            Self.right(Self.length(window.p99), 5), Self.right(Self.length(window.p50), 5),
            Self.right(Self.percent(window.utilisation), 4), Self.right(Self.percent(window.runQueue), 4),
            Self.right(Self.percent(window.blocked), 5), Self.right(open, 7), words(for: reading),
        ]
        let line = fields.joined(separator: " ")
        return line.prefix(line.count - line.reversed().prefix { $0 == " " }.count) + "\n"
    }

    /// Without a loop there is nothing to have a tier.
    private static func tier(of reading: LagReading) -> String {
        guard reading.loopThreads > 0 else { return "-" }
        return reading.window.tier == .utilisation ? "util" : reading.window.tier.word
    }

    private func words(for reading: LagReading) -> String {
        if reading.loopThreads == 0 { return reading.kind == .none ? "no event loop" : "looking for its loop" }
        guard let stall = reading.window.longest else { return "" }
        let text = stallText(
            cause: stall.cause, length: stall.length, isBound: stall.isBound, isFloor: stall.isFloor,
            runnable: stall.runnable, cores: cores, isOpen: stall == reading.window.open)
        return reading.hung == nil ? text : "HUNG, " + text
    }

    /// Three figures and a unit, in 5 columns: "8.1ms", "200ms", "3.2s", "45s", "12min".
    static func length(_ length: Duration?) -> String {
        guard let length else { return "-" }
        let tenths = max(0, length.nanoseconds / 100_000)
        if tenths == 0 { return "0" }
        if tenths < 100 { return "\(tenths / 10).\(tenths % 10)ms" }
        if tenths < 10_000 { return "\(tenths / 10)ms" }
        let seconds = tenths / 10_000
        if seconds < 10 { return "\(seconds).\(tenths / 1000 % 10)s" }
        return seconds < 600 ? "\(seconds)s" : "\(seconds / 60)min"
    }

    private static func percent(_ share: Double?) -> String {
        share.map { "\(Int(min(max($0, 0), 1) * 100 + 0.5))%" } ?? "-"
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
