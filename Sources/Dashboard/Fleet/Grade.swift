import Console
import Model

/// A level and why, in words; the worst reason first.
struct Grade: Sendable, Equatable {
    private(set) var level: Level = .ok
    private(set) var reasons: [String] = []

    init() {}

    mutating func add(_ level: Level, _ reason: String) {
        guard level > .ok else { return }
        if level > self.level {
            reasons.insert(reason, at: 0)
            self.level = level
        } else {
            reasons.append(reason)
        }
    }
}

extension Threshold {
    /// "97%", "250ms".
    func text(_ value: Double) -> String {
        switch unit {
        case .share: "\(Int((value * 100).rounded()))%"
        case .seconds: Format.milliseconds(value * 1000).string
        }
    }

    /// "above 97% for 60 s", "below 5% for 30 s".
    func words(for level: Level) -> String {
        "\(lowIsBad ? "below" : "above") \(text(limit(of: level))) for \(Int(hold.seconds)) s"
    }
}

extension Grade {
    mutating func add(_ threshold: Threshold, _ series: Series, interval: Duration, _ text: (String) -> String) {
        guard let (level, value) = threshold.judge(series, interval: interval) else { return }
        add(level, value, of: threshold, text)
    }

    mutating func add(_ held: HeldLevel, of threshold: Threshold, _ name: String) {
        add(held.level, held.value, of: threshold, name)
    }

    fileprivate mutating func add(
        _ level: Level, _ value: Double, of threshold: Threshold, worst: String? = nil, _ text: (String) -> String
    ) {
        add(level, "\(text(threshold.text(value))), \(threshold.words(for: level))" + Self.suffix(worst))
    }

    /// Without a value the limit is not broken any more, and the level only held.
    fileprivate mutating func add(
        _ level: Level, _ value: Double?, of threshold: Threshold, _ name: String, worst: String? = nil
    ) {
        if let value { return add(level, value, of: threshold, worst: worst) { "\(name) \($0)" } }
        let limit = threshold.text(threshold.limit(of: level))
        add(level, "\(name) was above \(limit) and has not settled yet" + Self.suffix(worst))
    }

    private static func suffix(_ worst: String?) -> String { worst.map { "; worst \($0)" } ?? "" }
}

extension Grade {
    /// What the agent says of its host, in words; `wall` is when. `worst` names whom the reasons are about, as far as that is known here.
    init(_ troubles: [HostTrouble], worst: WorstWorkers, host: FleetHost, wall: WallTime) {
        self.init()
        for trouble in troubles { add(trouble, worst: worst, host: host, wall: wall) }
    }

    private mutating func add(_ trouble: HostTrouble, worst: WorstWorkers, host: FleetHost, wall: WallTime) {
        func named(_ reason: String, _ worker: String?) -> String { reason + (worker.map { ": \($0)" } ?? "") }
        let level = trouble.level
        let count = trouble.value ?? 0
        let share = Double(count) / 1000
        switch trouble.subject {
        case .hungWorkers:
            add(level, named(count == 1 ? "1 worker hangs" : "\(count) workers hang", worst.hung))
        case .missingWorkers:
            let since = trouble.since.map { " since \(Format.moment(host.ours($0), now: host.ours(wall)))" }
            let expected = trouble.expected.map { "\($0)" } ?? "-"
            add(level, "app \(trouble.app ?? ""): \(count) of \(expected) workers" + (since ?? ""))
        case .moreMissing: add(level, "\(count) more \(count == 1 ? "app has" : "apps have") too few workers")
        case .lagP99:
            let lag = trouble.value.map { Double($0) / 1e6 }
            add(level, lag, of: .lagP99, "lag p99 of all loops", worst: worst.lag)
        case .loopUtilisation:
            add(level, share, of: .loopUtilisation, worst: worst.busy) { "a worker's loop \($0) used" }
        case .hostCPU: add(level, share, of: .hostCPU) { "host CPU \($0)" }
        case .memoryAvailable: add(level, share, of: .memoryAvailable) { "memory available \($0)" }
        case .pressureCPU: add(level, share, of: .pressureCPU) { "tasks waited for a CPU \($0) of the time" }
        }
    }
}
