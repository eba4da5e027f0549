import Console
import Lag
import Model

/// Lag in cells and lines; "at most" begins with `<=`, "at least" with `>=`, what is not over ends with `+`.
enum LagText {
    /// From what nobody notices to what everybody does; the same in every row, so that rows can be compared.
    static let scale = Sparkline.Scale.logarithmic(0.001...1)
    /// Shorter stalls are what loops are for; a cause beside each would hide those that matter.
    static let shortestWithCause = Duration.milliseconds(20)
    /// Of calls with a name of more than twelve letters.
    static let shorter = [
        "clock_nanosleep": "nanosleep", "restart_syscall": "sleep", "copy_file_range": "copy_range",
        "sync_file_range": "sync_range", "process_vm_readv": "vm_readv", "mq_timedreceive": "mq_receive",
        "rt_sigsuspend": "sigsuspend", "rt_sigtimedwait": "sigtimedwait", "io_uring_enter": "io_uring",
        "io_pgetevents": "io_getevents",
    ]

    static func length(_ length: Duration?, isBound: Bool, isFloor: Bool = false, isOpen: Bool = false) -> SafeText {
        guard let length else { return Format.unknown }
        return (isBound ? "<=" : isFloor ? ">=" : "") + Format.latency(length) + (isOpen ? "+" : "")
    }
}

extension LagReading {
    var worstText: SafeText { LagText.length(worst, isBound: isBound, isFloor: isFloor, isOpen: isOpen) }

    func text(of length: Duration?) -> SafeText { LagText.length(length, isBound: isBound, isFloor: isFloor) }

    /// Why it did not turn, in a word, when that is worth one. Where a call's name does not fit, a shorter one of it.
    func causeWord(columns: Int = .max) -> SafeText? {
        guard let worst, worst >= LagText.shortestWithCause, let cause else { return nil }
        guard let call = cause.systemCall else { return SafeText(cause.word) }
        if cause.isNestedLoop { return "nested loop" }
        return SafeText(call.name.utf8.count > columns ? LagText.shorter[call.name] ?? call.name : call.name)
    }

    /// How the numbers were made and what they are worth: "exact, perf 10 ms".
    var methodText: String {
        guard let method else { return "not measured: no loop looked for yet" }
        let period = probePeriod.map { " " + stallLengthText($0) } ?? ""
        if method.kind == .none { return "no event loop: one request at a time, or a thread for each" }
        if method.tier == .utilisation { return "not measured: counters only" }
        return switch method.quality {
        case .exact: "exact, \(method.tier.word)\(period)"
        case .floor: "at least, \(method.tier.word)\(period)"
        case .bound: "at most, \(method.tier.word)\(period)"
        case .none: "not known in the last second, \(method.tier.word)\(period)"
        }
    }

    /// The same in a cell: "perf", "<=nosys", "no loop".
    var methodWord: String {
        guard let method else { return "-" }
        if method.kind == .none { return "no loop" }
        return (isBound ? "<=" : "") + method.tier.word
    }

    /// What limits the numbers just now, each in a phrase.
    var remarks: [SafeText] {
        var remarks: [SafeText] = []
        if let gap = probeGap, let period = probePeriod, isLate(gap, period) {
            remarks.append("looptop itself was late: gaps of \(stallLengthText(gap)) between probes")
        }
        if method?.isStretched == true {
            let period = probePeriod.map { ": every \(stallLengthText($0))" } ?? ""
            remarks.append("probing slowed to keep its budget\(period)")
        }
        return remarks
    }

    private func isLate(_ gap: Duration, _ period: Duration) -> Bool {
        gap >= period * 3 && gap - period >= .milliseconds(30)
    }
}

extension LagQuality {
    /// Of a sum, which is so in this quality.
    static func of(_ column: UInt64?) -> LagQuality? {
        column.flatMap(UInt8.init(exactly:)).flatMap(Self.init(rawValue:))
    }

    /// Before a length.
    var sign: SafeText {
        switch self {
        case .bound: "<="
        case .floor: ">="
        case .exact, .none: ""
        }
    }
}

extension HostRates {
    var worstLagText: SafeText { (lagQuality?.sign ?? "") + Format.milliseconds(worstLag.map { $0 * 1000 }) }
    var lagP99Text: SafeText { (lagQuality?.sign ?? "") + Format.milliseconds(lagP99.map { $0 * 1000 }) }
}

extension Row<GroupField> {
    var worstLagText: SafeText { text(of: .worstLagMicroseconds) }
    var lagP99Text: SafeText { text(of: .lagP99Microseconds) }

    private func text(of field: GroupField) -> SafeText {
        (LagQuality.of(self[.lagQuality])?.sign ?? "") + Format.milliseconds(self[field].map { Double($0) / 1000 })
    }
}

extension RuntimeReading {
    /// "node says: delay p99 12ms, max 20ms, util 43%, heap 80M, gc 12ms/s".
    func text(name: String) -> SafeText {
        var parts: [SafeText] = []
        if let delayP99 { parts.append("delay p99 \(Format.latency(delayP99))") }
        if let delayMax { parts.append("max \(Format.latency(delayMax))") }
        if let utilisation { parts.append("util \(Format.percent(utilisation))") }
        if let heapBytes { parts.append("heap \(Format.bytes(heapBytes))") }
        if let collecting { parts.append("gc \(Format.milliseconds(collecting * 1000))/s") }
        return "\(name) says: " + parts.joined(separator: ", ")
    }
}
