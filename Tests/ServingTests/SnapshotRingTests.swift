import Model
import TestSupport
import Testing
import Wire

@testable import Serving

@Suite struct SnapshotRingTests {
    static func settings(
        _ interest: Interest = .workers, piece: Duration = .seconds(60), age: Duration = .seconds(300),
        bytes: Int = 1 << 20
    ) -> SnapshotRing.Settings {
        SnapshotRing.Settings(
            interest: interest, spacing: .seconds(1), pieceLength: piece, age: age, byteLimit: bytes)
    }

    /// A sweep of three workers, whose numbers move.
    static func sweep(_ second: UInt64, workers: Int = 3) -> Snapshot {
        var host = HostRow()
        host[.workers] = UInt64(workers)
        host[.cpuBusyNanoseconds] = second * 400_000_000
        let entries = (0..<workers).map { number in
            var row = WorkerRow()
            row[.cpuNanoseconds] = second * UInt64(100_000_000 + number)
            row[.lagMaxMicroseconds] = second % 7 * 100
            return WorkerEntry(info: PastSamples.worker(number), row: row)
        }
        return Snapshot(
            sequence: second, monotonic: MonotonicInstant(nanoseconds: (1000 + second) * 1_000_000_000),
            wall: WallTime(nanoseconds: 1_790_000_000_000_000_000 + Int64(second) * 1_000_000_000), host: host,
            workers: entries)
    }

    static func ring(_ settings: SnapshotRing.Settings, sweeps: ClosedRange<UInt64>) -> SnapshotRing {
        var ring = SnapshotRing(settings)
        var number: UInt64 = 0
        for second in sweeps {
            ring.take(sweep(second), newest: &number)
        }
        return ring
    }

    @Test func whatIsReadBackIsWhatWasTaken() throws {
        let ring = Self.ring(Self.settings(), sweeps: 1...200)
        let snapshots = try ring.pieces.flatMap { try PastSamples.read(ring, $0) }
        #expect(snapshots == (1...200).map { Self.sweep($0) })
        #expect(ring.pieces.map(\.snapshots) == [60, 60, 60, 20])
        #expect(ring.pieces.map(\.number) == [1, 2, 3, 4])
    }

    @Test func whatIsTooOldGoesAPieceAtATime() throws {
        let ring = Self.ring(Self.settings(age: .seconds(100)), sweeps: 1...600)
        let first = try #require(ring.pieces.first)
        #expect(first.first == Self.sweep(481).monotonic)
        let reach = Self.sweep(600).monotonic - first.first
        #expect(reach >= .seconds(100) && reach < .seconds(161))
    }

    @Test func itStaysWithinItsBytes() throws {
        let ring = Self.ring(Self.settings(bytes: 4000), sweeps: 1...600)
        #expect(ring.byteCount <= 4000 && !ring.pieces.isEmpty)
        #expect(ring.byteCount == ring.pieces.reduce(0) { $0 + Int($1.byteCount) })
        // A piece that alone is too long goes, too: nothing is kept rather than too much.
        let tiny = Self.ring(Self.settings(bytes: 50), sweeps: 1...20)
        #expect(tiny.byteCount <= 50)
    }

    @Test func aPieceIsReadInPartsAndGrowsAtItsEnd() throws {
        var ring = Self.ring(Self.settings(), sweeps: 1...10)
        let half = try #require(ring.part(of: 1, from: 0))
        var newest: UInt64 = 1
        ring.take(Self.sweep(11), newest: &newest)
        let rest = try #require(ring.part(of: 1, from: UInt32(half.bytes.count)))
        #expect(try PastSamples.snapshots(half.bytes + rest.bytes).count == 11)
        #expect(ring.part(of: 1, from: rest.byteCount)?.bytes.isEmpty == true)
        #expect(ring.part(of: 1, from: rest.byteCount + 1) == nil)
        #expect(ring.part(of: 99, from: 0) == nil)
    }

    @Test func anotherClockBeginsAPiece() throws {
        var ring = Self.ring(Self.settings(), sweeps: 100...110)
        var newest: UInt64 = 1
        ring.take(Self.sweep(50), newest: &newest)
        #expect(ring.pieces.count == 2)
        #expect(try ring.pieces.flatMap { try PastSamples.read(ring, $0) }.count == 12)
    }

    @Test func sweepsBetweenTwoStepsAreLeftOut() {
        var settings = Self.settings()
        settings.spacing = .seconds(5)
        #expect(Self.ring(settings, sweeps: 1...60).pieces.reduce(0) { $0 + $1.snapshots } == 20)
    }
}

enum PastSamples {
    static func worker(_ number: Int) -> WorkerInfo {
        WorkerInfo(
            id: WorkerID(boot: Identifier128(high: 1, low: 2), pid: Int32(4000 + number), startTicks: 77),
            parentPID: 3999, groupKey: "api:8000", slot: UInt32(number + 1), uid: 1000, name: "gunicorn",
            arguments: ["gunicorn: worker [api]"], started: WallTime(nanoseconds: 1_780_000_000_000_000_000))
    }

    /// The snapshots of messages that stand one after another.
    static func snapshots(_ bytes: [UInt8]) throws -> [Snapshot] {
        var snapshots: [Snapshot] = []
        var at = 0
        while at < bytes.count {
            let rest = Array(bytes[at...])
            let length = try MessageHeader(parsing: rest.span, maximum: Limits.toDashboardBytes).messageByteCount
            let message = Array(rest.prefix(length))
            switch try Message.decode(whole: message.span) {
            case .keyframe(_, let snapshot): snapshots.append(snapshot)
            case .delta(let delta): snapshots.append(try delta.applied(to: try #require(snapshots.last)))
            case let other: Issue.record("\(String(describing: other)) in the past")
            }
            at += length
        }
        return snapshots
    }

    static func read(_ ring: SnapshotRing, _ piece: PastPiece) throws -> [Snapshot] {
        var bytes: [UInt8] = []
        while bytes.count < Int(piece.byteCount) {
            let part = try #require(ring.part(of: piece.number, from: UInt32(bytes.count)))
            bytes += part.bytes
        }
        return try snapshots(bytes)
    }
}
