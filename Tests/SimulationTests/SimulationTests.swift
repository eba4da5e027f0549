import Glibc
import Model
import TestSupport
import Testing

@testable import Agent

/// Many worlds, one after the other, and what they were put through together.
@Suite(.serialized) struct SimulationTests {
    /// Seeds that once showed a bug, and which.
    static let known: [(seed: UInt64, bug: String)] = [
        (5020, "a result that met a full disk was never recorded"),
        (5050, "a dashboard put `interrupted` in the place of `replaced`"),
        (20_152, "an intent was recorded after its result"),
    ]

    /// As many as fit well into a debug build's run of all tests; `LOOPTOP_SIMULATED_HOURS` for more.
    static let usualHours = 40.0

    /// Always the same worlds, so that a change is judged by what it does; with `LOOPTOP_SIMULATED_HOURS` or `LOOPTOP_SEED` others.
    private static func seed() -> UInt64 {
        let isAsked = ["LOOPTOP_SIMULATED_HOURS", "LOOPTOP_SEED"].contains { environment($0) != nil }
        return isAsked ? printedSeed() : 1
    }

    @Test func nothingIsEverWrongAndAllIsWellInTheEnd() async throws {
        let seed = Self.seed()
        let wanted = environment("LOOPTOP_SIMULATED_HOURS").flatMap(Double.init) ?? Self.usualHours
        var tally = Tally()
        var number: UInt64 = 0
        while tally.hours < wanted {
            let report = try await World.run(.init(seed: seed &+ number))
            tally.add(report)
            number += 1
            guard report.violations.isEmpty else {
                Issue.record("\(try await report.explained())")
                break
            }
        }
        print(tally.text)
    }

    @Test func whatOnceWentWrongDoesNot() async throws {
        for (seed, bug) in Self.known {
            let report = try await World.run(.init(seed: seed))
            if !report.violations.isEmpty {
                print("again: \(bug)")
                Issue.record("\(try await report.explained())")
            }
        }
    }

    @Test func theSameSeedIsTheSameWorld() async throws {
        let seed = Self.seed()
        for number in 0..<6 as Range<UInt64> {
            let first = try await World.run(.init(seed: seed &+ number))
            let second = try await World.run(.init(seed: seed &+ number, isTold: true))
            #expect(first.hash == second.hash, "seed \(seed &+ number)")
            #expect(first.steps == second.steps)
        }
    }

    /// A checker that cannot fail proves nothing.
    @Test(arguments: World.Plant.allCases) func aPlantedBugIsFound(_ plant: World.Plant) async throws {
        let seed = Self.seed()
        for number in 0..<500 as Range<UInt64> {
            let report = try await World.run(.init(seed: seed &+ number, plant: plant, only: plant.faults))
            if let violation = report.violations.first(where: { violation in
                plant.rules.contains { violation.hasPrefix($0) }
            }) {
                print("\(plant) was found in world \(number + 1): \(violation)")
                return
            }
        }
        Issue.record("\(plant) was not found in 500 worlds from seed \(seed)")
    }
}

extension World.Plant {
    /// What brings it to light.
    fileprivate var faults: [Fault] {
        switch self {
        case .forgetfulJournal: [.agentCrash, .agentCrashInDeed, .deaf]
        case .skippedKernelCheck: [.exits, .pidReuse]
        case .hastyReadiness: [.neverReady]
        case .falseEnds: []
        case .neverStale: [.halfOpen]
        case .journalByCalendar: [.wallJump, .agentCrash, .agentCrashInDeed, .deaf]
        }
    }

    fileprivate var rules: [String] {
        switch self {
        case .forgetfulJournal: ["R1"]
        case .journalByCalendar: ["R1", "R2"]
        case .hastyReadiness: ["R10"]
        case .falseEnds: ["R20"]
        case .neverStale: ["R8"]
        case .skippedKernelCheck: ["R3"]
        }
    }
}

private func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
