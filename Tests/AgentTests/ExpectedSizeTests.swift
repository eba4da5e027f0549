import Model
import TestSupport
import Testing

@testable import Agent

private func at(_ seconds: Double) -> MonotonicInstant { MonotonicInstant(nanoseconds: UInt64((1000 + seconds) * 1e9)) }

@Suite struct ExpectedSizeTests {
    private static let master = ProcessRef(pid: 1, startTicks: 1)

    /// Counts, one each second from `start` on; all workers are new.
    private static func look(
        _ size: inout ExpectedSize, _ counts: [Int], from start: Double = 0, master: ProcessRef? = Self.master
    ) {
        for (second, count) in counts.enumerated() {
            let now = at(start + Double(second))
            size.see([MonotonicInstant](repeating: now, count: count), master: master, now: now)
        }
    }

    private static func after(_ counts: [Int], master: ProcessRef? = Self.master) -> UInt32? {
        var size = ExpectedSize()
        look(&size, counts, master: master)
        return size.value
    }

    private static func times(_ count: Int, _ seconds: Int) -> [Int] { Array(repeating: count, count: seconds) }

    @Test func itHasToSettle() {
        #expect(Self.after(Self.times(4, 10)) == nil)
        #expect(Self.after(Self.times(4, 11)) == 4)
        #expect(Self.after([1, 2, 3] + Self.times(4, 8)) == 1)
        #expect(Self.after([1, 2, 3] + Self.times(4, 11)) == 4)
        #expect(Self.after([]) == nil)
        #expect(Self.after(Self.times(0, 30)) == nil)
    }

    @Test func whatItHadAtLeastCounts() {
        #expect(Self.after([4, 5, 4, 6, 4, 5, 4, 6, 5, 4, 5]) == 4)
        #expect(Self.after([3, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5]) == 5)
        #expect(Self.after([5, 5, 5, 0, 5, 5, 5, 5, 5, 5, 5]) == nil)
    }

    @Test func fewerLaterChangeNothing() {
        #expect(Self.after(Self.times(4, 11) + Self.times(3, 100) + [0, 0, 4, 3]) == 4)
        #expect(Self.after(Self.times(4, 11) + Self.times(6, 9) + Self.times(4, 20)) == 4)
        #expect(Self.after(Self.times(4, 11) + Self.times(6, 11) + Self.times(4, 20)) == 6)
    }

    @Test func aNewMasterIsLearnedAnewOnceItSettled() {
        var size = ExpectedSize()
        Self.look(&size, Self.times(4, 11))
        let next = ProcessRef(pid: 9, startTicks: 9)
        Self.look(&size, [0, 0, 1], from: 11, master: nil)
        Self.look(&size, Self.times(2, 10), from: 14, master: next)
        #expect(size.value == 4)
        Self.look(&size, [2], from: 24, master: next)
        #expect(size.value == 2)
    }

    @Test func aSizeThatWasSetCountsAtOnce() {
        var size = ExpectedSize()
        Self.look(&size, Self.times(4, 11))
        size.set(to: 2)
        #expect(size.value == 2)
        // Those that have to go take their time.
        Self.look(&size, Self.times(4, 20) + [3, 2, 2], from: 11)
        #expect(size.value == 2)
        Self.look(&size, Self.times(5, 11), from: 34)
        #expect(size.value == 5)
        // A master that does not come up to it is short of workers.
        size.set(to: 8)
        Self.look(&size, Self.times(6, 30), from: 45)
        #expect(size.value == 8)
        size.set(to: nil)
        Self.look(&size, Self.times(3, 11), from: 75)
        #expect(size.value == 3)
    }

    /// The agent starts, and they have been there for long.
    @Test func workersThatAreOldAreSettled() {
        var size = ExpectedSize()
        size.see([at(-500), at(-20), at(-3)], master: Self.master, now: at(0))
        #expect(size.value == 2)
        size.see([at(-500), at(-20), at(-3)], master: Self.master, now: at(7))
        #expect(size.value == 3)
    }

    @Test func withoutAMasterTheMissingAreForgottenInTime() {
        var size = ExpectedSize()
        Self.look(&size, Self.times(4, 11), master: nil)
        Self.look(&size, Self.times(3, 600), from: 11, master: nil)
        #expect(size.value == 4)
        Self.look(&size, [3], from: 611, master: nil)
        #expect(size.value == 3)
        // All of them gone: whoever remembers the group decides.
        Self.look(&size, Self.times(0, 1300), from: 612, master: nil)
        #expect(size.value == 3)
    }

    @Test func itIsTheMostThatWasThereForTenSeconds() {
        var random = SeededGenerator(seed: printedSeed())
        for _ in 0..<200 {
            let counts = (0..<60).map { _ in
                Int.random(in: 0...3, using: &random) + (Bool.random(using: &random) ? 2 : 0)
            }
            let windows = (0..<60).filter { $0 >= 10 }.map { end in counts[(end - 10)...end].min() ?? 0 }
            let most = windows.max().flatMap { $0 > 0 ? UInt32($0) : nil }
            #expect(Self.after(counts) == most, "\(counts)")
        }
    }
}
