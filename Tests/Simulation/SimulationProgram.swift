import Glibc
import Model
import Synchronization
import TestSupport

/// `simulate FILE HOURS SECONDS`: worlds side by side, a world to a core, until they had so many fault-hours or that long is over.
///
/// `FILE` has a line to a core, the seed of the world that it is in: after a crash nobody else can say.
@main enum SimulationProgram {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count == 4, let hours = Double(words[2]), let seconds = Double(words[3]) else {
            print("usage: simulate FILE HOURS SECONDS")
            exit(64)
        }
        let worlds = Worlds(from: printedSeed("simulation"), hours: hours, limit: .seconds(seconds), noting: words[1])
        fflush(nil)  // the seed, whatever comes
        try await withThrowingTaskGroup(of: Void.self) { group in
            for core in 0..<max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) {
                group.addTask { try await worlds.live(on: core) }
            }
            try await group.waitForAll()
        }
        print(worlds.tally.text)
        for report in worlds.failed {
            print(try await report.explained())
            print("error: that world again: LOOPTOP_SEED=\(report.seed) Tests/Simulation/run 0")
        }
        exit(worlds.failed.isEmpty ? 0 : 1)
    }
}

/// The worlds of one run.
private final class Worlds: Sendable {
    /// One of so many is lived twice, and must be the same step for step.
    private static let twins: UInt64 = 64

    private struct State {
        var next: UInt64
        var tally = Tally()
        var failed: [World.Report] = []
    }
    private let state: Mutex<State>
    private let first: UInt64
    private let hours: Double
    private let end: ContinuousClock.Instant
    /// Closed by the end of the process.
    private let notes: CInt

    init(from seed: UInt64, hours: Double, limit: Duration, noting path: String) {
        state = Mutex(State(next: seed))
        (first, self.hours, end) = (seed, hours, .now + limit)
        notes = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    }

    var tally: Tally { state.withLock { $0.tally } }
    var failed: [World.Report] { state.withLock { $0.failed } }

    func live(on core: Int) async throws {
        while let seed = next() {
            note(seed, on: core)
            var report = try await World.run(.init(seed: seed))
            if seed % Self.twins == 0 {
                let again = try await World.run(.init(seed: seed, isTold: true))
                if again.hash != report.hash { report.violations.append("lived again it was another world") }
            }
            state.withLock { state in
                state.tally.add(report)
                if !report.violations.isEmpty { state.failed.append(report) }
            }
        }
    }

    /// There is always a first one, and none after one that failed.
    private func next() -> UInt64? {
        state.withLock { state in
            let isEnough = state.tally.hours >= hours || ContinuousClock.now >= end
            guard state.failed.isEmpty, !isEnough || state.next == first else { return nil }
            defer { state.next &+= 1 }
            return state.next
        }
    }

    private func note(_ seed: UInt64, on core: Int) {
        let digits = String(seed)
        let line = Array((String(repeating: " ", count: 20 - digits.count) + digits + "\n").utf8)
        pwrite(notes, line, line.count, off_t(core * line.count))
    }
}
