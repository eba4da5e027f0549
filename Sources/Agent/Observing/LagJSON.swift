import Lag
import Model

/// One worker's window as a line of JSON, whose names and meanings are a promise: docs/LAG.md.
enum LagJSON {
    static func line(for reading: LagReading) -> String {
        let window = reading.window
        let longest = window.longest
        var line = "{\"pid\":\(reading.pid),\"t0_ns\":\(window.start.nanoseconds),\"t1_ns\":\(window.end.nanoseconds)"
        line += ",\"tier\":\(text(reading.loopThreads > 0 ? window.tier.word : nil))"
        line += ",\"quality\":\"\(window.quality.word)\""
        line += ",\"lag_max_seconds\":\(seconds(window.max)),\"lag_p99_seconds\":\(seconds(window.p99))"
        line += ",\"lag_p50_seconds\":\(seconds(window.p50)),\"utilization_ratio\":\(ratio(window.utilisation))"
        line += ",\"runqueue_ratio\":\(ratio(window.runQueue)),\"blocked_ratio\":\(ratio(window.blocked))"
        line += ",\"open_stall_seconds\":\(seconds(window.open?.length ?? .zero))"
        line += ",\"stalls\":[\(window.stalls.map(stall).joined(separator: ","))]"
        line += ",\"cause\":\(text(longest?.cause.word))"
        line += ",\"probe_gap_max_seconds\":\(seconds(window.probeGapMax))"
        line += ",\"agent_cpu_seconds\":\(seconds(reading.agentCPU))"
        line += ",\"syscall\":\(text(longest?.cause.systemCall?.name))"
        line += ",\"runnable\":\(longest?.runnable.map(String.init) ?? "null")"
        line += ",\"loop\":\"\(reading.kind.word)\",\"loop_threads\":\(reading.loopThreads)"
        line += ",\"hung\":\(reading.hung != nil),\"period_seconds\":\(seconds(reading.period))"
        line += ",\"watched_since_ns\":\(window.watchedSince.map { "\($0.nanoseconds)" } ?? "null")"
        line += ",\"loops\":[\(reading.others.map(loop).joined(separator: ","))]}\n"
        return line
    }

    private static func stall(_ stall: Stall) -> String {
        """
        {"end_ns":\(stall.end.nanoseconds),"seconds":\(seconds(stall.length)),"cause":"\(stall.cause.word)",\
        "syscall":\(text(stall.cause.systemCall?.name)),"bound":\(stall.isBound),\
        "floor":\(stall.isFloor)}
        """
    }

    private static func loop(_ loop: LagReading.Loop) -> String {
        """
        {"tid":\(loop.tid),"loop":"\(loop.kind.word)","serving":\(loop.isServing),\
        "lag_max_seconds":\(seconds(loop.window.max)),"utilization_ratio":\(ratio(loop.window.utilisation)),\
        "open_stall_seconds":\(seconds(loop.window.open?.length ?? .zero))}
        """
    }

    /// Microseconds are what it is known to at best.
    static func seconds(_ length: Duration?) -> String {
        guard let length else { return "null" }
        let microseconds = max(0, length.nanoseconds) / 1000
        return "\(microseconds / 1_000_000)." + padded(microseconds % 1_000_000, to: 6)
    }

    static func ratio(_ share: Double?) -> String {
        guard let share else { return "null" }
        let parts = Int64(min(max(share, 0), 1) * 10_000 + 0.5)
        return "\(parts / 10_000)." + padded(parts % 10_000, to: 4)
    }

    private static func padded(_ number: Int64, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Words of ours only: nothing in them needs an escape.
    private static func text(_ word: String?) -> String { word.map { "\"\($0)\"" } ?? "null" }
}
