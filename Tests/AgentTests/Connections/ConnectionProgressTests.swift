import Model
import TestSupport
import Testing

@testable import Agent

struct ConnectionProgressTests {
    typealias Made = MadeLooks

    /// What one connection is said to be, look by look: seconds, unread, unsent, received, acknowledged.
    static func marks(
        _ looks: [(Double, UInt32, UInt32, UInt64, UInt64)], flags: SeenConnection.Flags = [.hasCounters]
    ) -> [PeerReport.Mark] {
        var group: GroupConnections?
        return looks.map { look in
            let connection = Made.connection(
                1, unread: look.1, unsent: look.2, received: look.3, acknowledged: look.4, flags: flags)
            let made = Made.look(at: look.0, [connection])
            if group == nil { group = GroupConnections(made) } else { group?.take(made) }
            return group?.report()?.peers.first?.mark ?? .none
        }
    }

    @Test func nothingTakenForFiveSeconds() {
        let marks = Self.marks([
            (0, 0, 100, 0, 7), (4.9, 0, 100, 0, 7), (5, 0, 300, 0, 7), (6, 0, 250, 0, 57), (10.9, 0, 250, 0, 57),
            (11, 0, 250, 0, 57), (12, 0, 0, 0, 307), (13, 0, 5, 0, 307), (17, 0, 5, 0, 307), (18, 0, 5, 0, 307),
        ])
        #expect(
            marks == [
                .none, .none, .stoppedReading, .none, .none, .stoppedReading, .none, .none, .none, .stoppedReading,
            ])
    }

    @Test func twoLooksFarApartAreEnough() {
        #expect(Self.marks([(0, 0, 9, 0, 1), (15, 0, 9, 0, 1)]) == [.none, .stoppedReading])
        // As much waits as before, and it is not the same.
        #expect(Self.marks([(0, 0, 9, 0, 1), (15, 0, 9, 0, 2)]) == [.none, .none])
    }

    @Test func anOldKernelCountsNothing() {
        let looks: [(Double, UInt32, UInt32, UInt64, UInt64)] = [
            (0, 0, 100, 0, 0), (5, 0, 100, 0, 0), (6, 0, 90, 0, 0), (10, 0, 120, 0, 0), (11, 0, 120, 0, 0),
        ]
        #expect(Self.marks(looks, flags: []) == [.none, .stoppedReading, .none, .none, .stoppedReading])
    }

    @Test func aFullBufferThatKeepsFilling() {
        let marks = Self.marks([
            (0, 40_000, 0, 100_000, 0), (3, 33_000, 0, 110_000, 0), (4.9, 80_000, 0, 120_000, 0),
            (5, 9000, 0, 130_000, 0), (9, 90_000, 0, 130_000, 0), (11, 90_000, 0, 130_000, 0),
            (12, 90_000, 0, 130_001, 0), (13, 4096, 0, 140_000, 0), (14, 90_000, 0, 150_000, 0),
            (30, 90_000, 0, 160_000, 0), (45, 90_000, 0, 170_000, 0),
        ])
        #expect(
            marks == [
                .none, .none, .none, .floods, .floods, .none, .floods, .none, .none, .none, .floods,
            ])
    }

    @Test func muchOnceAndLittleAfterwardsIsNoFlood() {
        let looks = (0..<30).map { second -> (Double, UInt32, UInt32, UInt64, UInt64) in
            (Double(second), second < 2 ? 60_000 : 32_768, 0, UInt64(second) * 1000, 0)
        }
        #expect(Self.marks(looks).allSatisfy { $0 == .none })
    }

    @Test func oneThatDoesNotReadOutweighsOneThatFloods() {
        var group: GroupConnections?
        for second in 0..<8 {
            let look = Made.look(
                at: Double(second),
                [
                    Made.connection(1, unread: 99_999, received: UInt64(second)),
                    Made.connection(2, unsent: 5), Made.connection(3),
                ])
            if group == nil { group = GroupConnections(look) } else { group?.take(look) }
        }
        #expect(group?.report()?.peers.map(\.mark) == [.stoppedReading])
        #expect(group?.look.connections.map(\.mark) == [.floods, .stoppedReading, .none])
    }

    @Test func numbersOfAllSizesAreNoTrap() {
        var random = SeededGenerator(seed: printedSeed())
        let sizes: [UInt32] = [0, 1, 4097, 32_769, .max]
        let counts: [UInt64] = [0, 1, .max - 1, .max]
        for _ in 0..<300 {
            let looks = (0..<12).map { step in
                (
                    Double(step) * .random(in: 0...20, using: &random), sizes.randomElement(using: &random) ?? 0,
                    sizes.randomElement(using: &random) ?? 0, counts.randomElement(using: &random) ?? 0,
                    counts.randomElement(using: &random) ?? 0
                )
            }
            #expect(Self.marks(looks).count == looks.count)
        }
    }
}
