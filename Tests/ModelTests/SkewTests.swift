import TestSupport
import Testing

@testable import Model

struct SkewTests {
    static func connections(_ counts: [UInt64?]) -> [Skew] {
        Skew.find(
            among: counts.enumerated().map { Skew.Load(slot: UInt32($0.offset + 1), connections: $0.element) })
    }

    @Test func theWorstWorkerIsNamedWithItsShare() throws {
        let found = Self.connections([10, 10, 60, 20])
        #expect(found == [Skew(measure: .connections, slot: 3, ratio: 2.4, workers: 4)])
        #expect(found.map(\.sentence) == ["worker 3 has 2.4x its share of connections"])
    }

    @Test func littleUnevennessAndLittleLoadMeanNothing() {
        #expect(Self.connections([10, 10, 17, 10]).isEmpty)  // 1.44x
        #expect(Self.connections([0, 0, 14]).isEmpty)
        #expect(Self.connections([0, 0, 15]).map(\.ratio) == [3])
        #expect(Self.connections([]).isEmpty && Self.connections([500]).isEmpty && Self.connections([0, 0, 0]).isEmpty)
        #expect(
            Skew.find(among: [0.03, 0.03, 0.03].enumerated().map { .init(slot: UInt32($0.offset), cores: $0.element) })
                .isEmpty)
        #expect(Skew.find(among: (1...4).map { .init(slot: $0, lagMicroseconds: $0 == 1 ? 49_999 : 0) }).isEmpty)
    }

    @Test func ofTwoWorkersOneHasThreeTimesWhatTheOtherHas() {
        #expect(Self.connections([29, 10]).isEmpty)
        #expect(Self.connections([10, 34]).map(\.sentence) == ["worker 2 has 3.4x the connections of worker 1"])
        #expect(
            Self.connections([12, 0]).map(\.sentence) == ["worker 1 has more than 99x the connections of worker 2"])
        #expect(Self.connections([10, 0]).isEmpty, "two coins in a thousand do so")
    }

    /// However they lie: 12 on three workers are too few to say anything.
    @Test func aDozenConnectionsOnThreeWorkersAreNeverNamed() {
        for first in UInt64(0)...12 {
            for second in 0...12 - first {
                #expect(Self.connections([first, second, 12 - first - second]).isEmpty)
            }
        }
    }

    /// Against the distribution itself: connections that come to any worker with the same chance are named in one case of
    /// a thousand at most, and one worker that takes half of many nearly always.
    @Test(arguments: [(3, 15), (3, 60), (4, 24), (8, 40), (16, 200), (2, 40)])
    func chanceIsNotNamed(_ workers: Int, _ connections: Int) {
        var random = SeededGenerator(seed: printedSeed())
        let rounds = 20_000
        var named = 0
        for _ in 0..<rounds {
            var counts = [UInt64](repeating: 0, count: workers)
            for _ in 0..<connections { counts[Int.random(in: 0..<workers, using: &random)] += 1 }
            if !Self.connections(counts).isEmpty { named += 1 }
        }
        // Expected 20 at most; five standard deviations more do not happen.
        #expect(named <= 20 + 23, "\(named) of \(rounds)")
    }

    @Test func theTailIsTheBinomials() {
        // P(X >= 10) of ten coins, twice; P(X >= 8) of 15 with a third each, three times.
        #expect(abs(Skew.chance(of: 10, among: 10, workers: 2) - 2.0 / 1024) < 1e-9)
        #expect(abs(Skew.chance(of: 8, among: 15, workers: 3) - 3 * 0.088_231_598) < 1e-6)
        #expect(Skew.chance(of: 1000, among: 2000, workers: 8) == 0)
    }

    @Test func unknownValuesAreLeftOut() {
        #expect(Self.connections([nil, 10, nil, 40]).map(\.other) == [2])
        #expect(Self.connections([nil, nil, nil, 40]).isEmpty)
        #expect(Self.connections([nil, 10, 10, 40]).map(\.workers) == [3])
        let odd: [Double] = [.nan, .infinity, -1, 0.1, 0.1, 0.7]
        let found = Skew.find(among: odd.enumerated().map { .init(slot: UInt32($0.offset), cores: $0.element) })
        #expect(found.map(\.slot) == [5] && found.map(\.workers) == [3])
    }

    @Test func eachMeasureHasItsWordsAndTheWorstComesFirst() {
        let loads = (1...4).map { slot in
            Skew.Load(
                slot: slot, cores: slot == 1 ? 0.9 : 0.1, connections: slot == 2 ? 97 : 1,
                lagMicroseconds: slot == 4 ? 200_000 : 50_000)
        }
        #expect(
            Skew.find(among: loads).map(\.sentence) == [
                "worker 2 has 3.8x its share of connections", "worker 1 uses 3.0x its share of CPU",
                "worker 4 lags 2.2x as long as its group's mean",
            ])
        let two = [
            Skew.Load(slot: 1, cores: 0.9, lagMicroseconds: 10),
            Skew.Load(slot: 2, cores: 0.1, lagMicroseconds: 80_000),
        ]
        #expect(
            Skew.find(among: two).map(\.sentence) == [
                "worker 2 lags more than 99x as long as worker 1", "worker 1 uses 9.0x the CPU of worker 2",
            ])
    }

    @Test func anyNumbersGiveAtMostOneOfEachAndNoTrap() {
        var random = SeededGenerator(seed: printedSeed())
        let counts: [UInt64?] = [nil, 0, 1, 10, 1000, .max]
        let cores: [Double?] = [nil, 0, 0.01, 1, 64, .greatestFiniteMagnitude, .infinity, .nan, -1]
        for _ in 0..<5000 {
            let loads = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                Skew.Load(
                    slot: .random(in: 0...4, using: &random), cores: cores.randomElement(using: &random) ?? nil,
                    connections: counts.randomElement(using: &random) ?? nil,
                    lagMicroseconds: counts.randomElement(using: &random) ?? nil)
            }
            let found = Skew.find(among: loads)
            #expect(Set(found.map(\.measure)).count == found.count)
            #expect(found == Skew.find(among: loads.reversed()))
            for skew in found {
                #expect(!skew.sentence.isEmpty && skew.ratio >= 1.8 && skew.ratio <= 99 && skew.workers >= 2)
                #expect(loads.contains { $0.slot == skew.slot })
                #expect(skew.workers == 2 || skew.ratio <= Double(skew.workers) + 0.001)
            }
        }
    }
}
