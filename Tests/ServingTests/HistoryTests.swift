import Model
import Testing

@testable import Serving

@Suite struct HistoryTests {
    static func history(bytes: Int = 8 << 20, sweeps: ClosedRange<UInt64>, workers: Int = 3) -> History {
        var history = History(History.Settings(byteLimit: bytes, interval: .seconds(1)))
        for second in sweeps { history.take(SnapshotRingTests.sweep(second, workers: workers)) }
        return history
    }

    @Test func aQuarterOfAnHourIsKeptAsItWas() {
        let history = Self.history(sweeps: 1...2000)
        for tier in [PastTier.host, .workers] {
            let pieces = history.pieces(of: tier)
            #expect(pieces.last?.last == SnapshotRingTests.sweep(2000).monotonic)
            #expect(pieces.reduce(0) { $0 + Int($1.snapshots) } >= 900)
        }
    }

    @Test func coarseStepsKeepThePeaksBetweenThem() throws {
        var history = History(History.Settings(byteLimit: 8 << 20, interval: .seconds(1)))
        for second: UInt64 in 1...61 {
            var sweep = SnapshotRingTests.sweep(second)
            // One long stall, between two steps.
            sweep.workers[1].row[.lagMaxMicroseconds] = second == 22 ? 480_000 : 100
            sweep.workers[1].row[.stallCause] = second == 22 ? 5 : nil
            history.take(sweep)
        }
        let piece = try #require(history.pieces(of: .coarse).first)
        #expect(piece.snapshots == 4)
        let part = try #require(history.part(of: piece.number, from: 0))
        let snapshots = try PastSamples.snapshots(part.bytes)
        #expect(snapshots.map { $0.workers[1].row[.lagMaxMicroseconds] } == [100, 480_000, 100, 100])
        #expect(snapshots.map { $0.workers[1].row[.stallCause] } == [nil, 5, nil, nil])
        // Counters are those of the last sweep, so that rates over steps are exact.
        #expect(snapshots.map { $0.workers[1].row[.cpuNanoseconds] } == [16, 31, 46, 61].map { $0 * 100_000_001 })
    }

    @Test func allOfItStaysWithinItsBytes() {
        let history = Self.history(bytes: 100_000, sweeps: 1...4000, workers: 40)
        #expect(history.byteCount <= 100_000)
        #expect(!history.pieces(of: .host).isEmpty && !history.pieces(of: .workers).isEmpty)
        #expect(Self.history(bytes: 0, sweeps: 1...50).byteCount == 0)
    }

    @Test func pieceNumbersAreNeverUsedTwice() {
        let history = Self.history(sweeps: 1...4000)
        let numbers = PastTier.allCases.flatMap { history.pieces(of: $0).map(\.number) }
        #expect(Set(numbers).count == numbers.count && numbers.count > 8)
    }
}
