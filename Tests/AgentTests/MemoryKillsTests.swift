import Model
import Testing

@testable import Agent

@Suite struct MemoryKillsTests {
    private static func explains(
        _ counters: inout MemoryKills, _ status: Model.ExitStatus?, _ kills: UInt64?, _ file: String
    ) -> Bool {
        counters.explains(status, kills: kills, in: file)
    }

    private static func at(_ second: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: second * 1_000_000_000)
    }

    @Test func aKillExplainsOneEnd() {
        var kills = MemoryKills()
        kills.read("a", 5, now: Self.at(0))
        #expect(!Self.explains(&kills, .signal(9), 5, "a"))
        #expect(Self.explains(&kills, .signal(9), 6, "a"))
        #expect(!Self.explains(&kills, .signal(9), 6, "a"))
        #expect(Self.explains(&kills, nil, 7, "a"))
    }

    @Test func otherEndsAreNotExplained() {
        var kills = MemoryKills()
        kills.read("a", 5, now: Self.at(0))
        #expect(!Self.explains(&kills, .signal(15), 6, "a"))
        #expect(!Self.explains(&kills, .code(137), 6, "a"))
        #expect(!Self.explains(&kills, .signal(9), nil, "a"))
        #expect(!Self.explains(&kills, .signal(9), 6, "b"))
        #expect(Self.explains(&kills, .signal(9), 6, "a"))
    }

    /// Of a helper: an operator who kills a worker a minute later is not the kernel.
    @Test func aKillThatExplainedNothingIsForgotten() {
        var kills = MemoryKills()
        kills.read("a", 5, now: Self.at(0))
        #expect(kills.due(at: Self.at(9)).isEmpty)
        #expect(kills.due(at: Self.at(10)) == ["a"])
        kills.read("a", 6, now: Self.at(10))
        #expect(kills.due(at: Self.at(11)).isEmpty)
        var soon = kills
        #expect(Self.explains(&soon, .signal(9), 6, "a"))
        kills.read("a", 6, now: Self.at(20))
        #expect(!Self.explains(&kills, .signal(9), 6, "a"))
    }

    /// A directory that was made again counts from 0.
    @Test func aNewGroupOfTheSameNameBeginsAnew() {
        var kills = MemoryKills()
        kills.read("a", 5, now: Self.at(0))
        kills.read("a", 1, now: Self.at(1))
        #expect(!Self.explains(&kills, .signal(9), 1, "a"))
        #expect(Self.explains(&kills, .signal(9), 2, "a"))
        kills.forget("a")
        #expect(!Self.explains(&kills, .signal(9), 3, "a"))
    }
}
