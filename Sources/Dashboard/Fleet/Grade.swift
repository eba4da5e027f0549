import Console
import Model

/// A level and why, in words; the worst reason first.
struct Grade: Sendable, Equatable {
    /// One thing that is not as it should be.
    struct Cause: Sendable, Equatable {
        /// What is judged, in one word that stays the same: `lag99`, `cpu`. Alerts and silences are told apart by it.
        let rule: String
        let level: Level
        /// With its numbers of now.
        let reason: String
        /// Since when, on the agent's calendar, where it says so.
        var since: WallTime?
    }

    private(set) var causes: [Cause] = []

    var level: Level { causes.first?.level ?? .ok }
    var reasons: [String] { causes.map(\.reason) }

    init() {}

    mutating func add(_ level: Level, _ reason: String, rule: String, since: WallTime? = nil) {
        guard level > .ok else { return }
        let cause = Cause(rule: rule, level: level, reason: reason, since: since)
        causes.insert(cause, at: level > self.level ? 0 : causes.endIndex)
    }
}

extension Threshold {
    /// "97%", "250ms".
    func text(_ value: Double) -> String {
        switch unit {
        case .share: "\(Int((value * 100).rounded()))%"
        case .seconds: Format.milliseconds(value * 1000).string
        case .count: "\(Int(value.rounded()))"
        }
    }

    /// "above 97% for 60 s", "below 5% for 30 s".
    func words(for level: Level) -> String {
        let limit = "\(lowIsBad ? "below" : "above") \(text(limit(of: level)))"
        return hold > .zero ? "\(limit) for \(Int(hold.seconds)) s" : limit
    }
}

extension Grade {
    mutating func add(
        _ threshold: Threshold, _ series: Series, rule: String, interval: Duration, _ text: (String) -> String
    ) {
        guard let (level, value) = threshold.judge(series, interval: interval) else { return }
        add(level, value, of: threshold, rule: rule, text)
    }

    mutating func add(_ held: HeldLevel, of threshold: Threshold, rule: String, _ name: String) {
        add(held.level, held.value, of: threshold, rule: rule, name)
    }

    fileprivate mutating func add(
        _ level: Level, _ value: Double, of threshold: Threshold, rule: String, worst: String? = nil,
        _ text: (String) -> String
    ) {
        guard level > .ok else { return }  // no words for what is well
        let reason = "\(text(threshold.text(value))), \(threshold.words(for: level))" + Self.suffix(worst)
        add(level, reason, rule: rule)
    }

    /// Without a value the limit is not broken any more, and the level only held.
    fileprivate mutating func add(
        _ level: Level, _ value: Double?, of threshold: Threshold, rule: String, _ name: String, worst: String? = nil
    ) {
        guard level > .ok else { return }
        if let value { return add(level, value, of: threshold, rule: rule, worst: worst) { "\(name) \($0)" } }
        let limit = threshold.text(threshold.limit(of: level))
        let hold = threshold.hold > .zero ? " for \(Int(threshold.hold.seconds)) s" : ""
        add(level, "\(name) was above \(limit)\(hold) and has not settled since" + Self.suffix(worst), rule: rule)
    }

    private static func suffix(_ worst: String?) -> String { worst.map { "; worst \($0)" } ?? "" }
}

extension Grade {
    /// What the agent says of its host, in words; `wall` is when. `worst` names whom the reasons are about, as far as that is known here.
    init(_ troubles: [HostTrouble], worst: WorstWorkers, host: FleetHost, wall: WallTime) {
        self.init()
        for trouble in troubles {
            var grade = Grade()
            grade.add(trouble, worst: worst, host: host, wall: wall)
            for cause in grade.causes { add(cause.level, cause.reason, rule: cause.rule, since: trouble.since) }
        }
    }

    private mutating func add(_ trouble: HostTrouble, worst: WorstWorkers, host: FleetHost, wall: WallTime) {
        func named(_ reason: String, _ worker: String?) -> String { reason + (worker.map { ": \($0)" } ?? "") }
        let level = trouble.level
        let count = trouble.value ?? 0
        let share = Double(count) / 1000
        switch trouble.subject {
        case .hungWorkers:
            add(level, named(count == 1 ? "1 worker hangs" : "\(count) workers hang", worst.hung), rule: "hung")
        case .missingWorkers:
            let since = trouble.since.map { " since \(Format.moment(host.ours($0), now: host.ours(wall)))" }
            let expected = trouble.expected.map { "\($0)" } ?? "-"
            let app = trouble.app ?? ""
            add(level, "app \(app): \(count) of \(expected) workers" + (since ?? ""), rule: "workers of \(app)")
        case .moreMissing:
            let more = "\(count) more \(count == 1 ? "app has" : "apps have") too few workers"
            add(level, more, rule: "workers")
        case .lagP99:
            let lag = trouble.value.map { Double($0) / 1e6 }
            add(level, lag, of: .lagP99, rule: "lag99", "lag p99 of all loops", worst: worst.lag)
        case .loopUtilisation:
            add(level, share, of: .loopUtilisation, rule: "util", worst: worst.busy) { "a worker's loop \($0) used" }
        case .hostCPU: add(level, share, of: .hostCPU, rule: "cpu") { "host CPU \($0)" }
        case .memoryAvailable: add(level, share, of: .memoryAvailable, rule: "mem") { "memory available \($0)" }
        case .memoryLimit:
            let app = trouble.app ?? ""
            add(level, share, of: .memoryLimit, rule: "memory of \(app)") { "app \(app): memory \($0) of its limit" }
        case .openFiles:
            let app = trouble.app ?? ""
            let used = trouble.value.map { _ in share }
            add(level, used, of: .openFiles, rule: "fds of \(app)", "app \(app): descriptors of a worker")
        case .closeWait:
            let app = trouble.app ?? ""
            let name = "app \(app): connections of a worker that the peer closed and it did not (close-wait)"
            add(level, trouble.value.map { Double($0) }, of: .closeWait, rule: "close-wait of \(app)", name)
        case .restarts: add(level, host.restartText(trouble), rule: "restarts of \(trouble.app ?? "")")
        case .certificate:
            let renewal =
                count == 0
                ? "looptop-agent init --reset there, looptop enroll where the CA is, then start the agent anew"
                : "connect with looptop where the fleet's CA key is, which renews it"
            let left = Duration.seconds(3600) * Int(min(count, 10_000))
            let end = count == 0 ? "is over or ends within the hour" : "ends in \(Format.age(left))"
            add(level, "the agent's certificate \(end), and nobody can connect then: \(renewal)", rule: "certificate")
        case .pressureCPU:
            add(level, share, of: .pressureCPU, rule: "pressure") { "tasks waited for a CPU \($0) of the time" }
        }
    }
}

extension Grade {
    /// Of the agent's calendar minus ours. It may be wrong by half of the round trip that it was measured in: an agent
    /// that was stopped for a while has no wrong clock.
    mutating func add(clockOffset: Duration, roundTrip: Duration) {
        let level = Threshold.clockOffset.level(of: clockOffset.seconds.magnitude - roundTrip.seconds / 2)
        let size = Format.milliseconds(clockOffset.seconds.magnitude * 1000)
        let side = clockOffset > .zero ? "ahead of" : "behind"
        add(level, "its clock is \(size) \(side) ours; times shown are corrected", rule: "clock")
    }
}
