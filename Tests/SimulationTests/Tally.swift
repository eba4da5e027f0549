import Glibc
import Model

/// What all worlds of a run came to.
struct Tally: Sendable {
    private(set) var worlds = 0
    private var steps: UInt64 = 0
    private var time = Duration.zero
    private var attended = Duration.zero
    /// Of all worlds, in whichever order they came.
    private var hash: UInt64 = 0
    private var faults = [Int](repeating: 0, count: Fault.allCases.count)
    private var counts: [String: Int] = [:]
    private let began = clock()

    var hours: Double { time.seconds / 3600 }
    /// Of the whole process: what runs beside it counts, too.
    private var processorSeconds: Double { Double(clock() - began) / Double(CLOCKS_PER_SEC) }

    mutating func add(_ report: World.Report) {
        worlds += 1
        steps += report.steps
        time += report.faultTime
        attended += report.attended
        hash ^= report.hash
        for place in faults.indices { faults[place] += report.faults[place] }
        counts.merge(report.counts, uniquingKeysWith: +)
    }

    var text: String {
        let struck = zip(Fault.allCases, faults).map { "\($0.rawValue) \($1)" }.joined(separator: ", ")
        let seen = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        func tenths(_ value: Double) -> String { "\(Int(value * 10) / 10).\(Int(value * 10) % 10)" }
        func anHour(_ count: Int) -> String { hours > 0 ? tenths(Double(count) / hours) : "-" }
        let (all, commands) = (faults.reduce(0, +), counts["commands"] ?? 0)
        return """
            simulated: \(worlds) worlds, \(tenths(hours)) fault-hours, \(tenths(attended.seconds / 3600)) of them with operators; \
            \(steps) steps (hash \(String(hash, radix: 16))), \(tenths(processorSeconds)) s of CPU
            faults: \(all), \(anHour(all)) an hour: \(struck)
            commands: \(commands), \(anHour(commands)) an hour; seen: \(seen)
            """
    }
}

extension World.Report {
    /// What was wrong, and how it came to that: the same world again, its last steps in words, or all of them in the file that
    /// `LOOPTOP_STORY` names.
    func explained() async throws -> String {
        let told = try await World.run(.init(seed: seed, isTold: true))
        var text = "LOOPTOP_SEED=\(seed): \(violations.joined(separator: "; "))"
        if told.violations != violations { text += "\ntold again it is another: \(told.violations)" }
        guard let path = getenv("LOOPTOP_STORY").map({ String(cString: $0) }) else {
            return ([text] + told.story.suffix(60)).joined(separator: "\n")
        }
        guard let file = fopen(path, "w") else { return text + "\n\(path) cannot be written" }
        defer { fclose(file) }
        for line in told.story { fputs(line + "\n", file) }
        return text
    }
}
