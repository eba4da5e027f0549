import Model
import Testing
import Wire

@testable import Dashboard

/// What one host may cost, whatever it tells.
struct HostileHostTests {
    /// `count` workers that no other snapshot has, and apps likewise.
    static func others(_ second: Int, count: Int, sameApps: Bool = false) -> Snapshot {
        var snapshot = DemoFleet.snapshot(0, at: second)
        let (worker, group) = (snapshot.workers[0], snapshot.groups[0])
        snapshot.groups = (0..<count / 2).map { place in
            var entry = group
            entry.info.key = "\(sameApps ? 0 : second)-\(place + 1000)"
            return entry
        }
        snapshot.workers = (0..<count).map { place in
            var entry = worker
            entry.info.id = WorkerID(
                boot: worker.info.id.boot, pid: Int32(place + 1), startTicks: UInt64(second))
            entry.info.groupKey = snapshot.groups[place / 2].info.key
            entry.info.arguments = [String(repeating: "x", count: 100)]
            return entry
        }
        return snapshot
    }

    private func take(_ host: inout FleetHost, _ snapshot: Snapshot, _ second: Int) {
        host.take(snapshot, now: DemoFleet.instant(Double(second)), wall: DemoFleet.wall(Double(second)))
    }

    @Test func ofEndedWorkersTheNewestAreKept() {
        var host = BackfillTests.connected()
        for second in 1...10 {
            take(&host, Self.others(second, count: 400, sameApps: true), second)
            #expect(host.workers.count <= 400 + FleetHost.endsKept)
        }
        let ended = host.workers.values.filter { $0.end != nil }
        #expect(ended.count == FleetHost.endsKept)
        #expect(ended.allSatisfy { $0.info.id.startTicks == 9 })
        #expect(host.newestEnd.count <= FleetHost.endsKept)
    }

    /// A roll is told of an app that no snapshot names any more.
    @Test func rollsOfAppsThatAreGoneAreForgotten() {
        var host = BackfillTests.connected()
        for second in 1...5 {
            let snapshot = Self.others(second, count: 20)
            take(&host, snapshot, second)
            for entry in snapshot.groups {
                let roll = RollSummary(
                    id: CommandID(high: 1, low: 1), state: .running, issuer: "x", total: 2, replaced: 1,
                    began: MonotonicInstant(nanoseconds: 0))
                host.heardOf(roll, ofGroup: entry.info.key, at: MonotonicInstant(nanoseconds: .max))
            }
        }
        #expect(host.rollNews.count == 10)
    }

    @Test func whatIsReplayedIsBoundedToo() {
        var replay = Replay(interval: .seconds(1), cadence: .seconds(1), cores: 4)
        for second in 1...12 {
            replay.take(Self.others(second, count: 400), at: DemoFleet.instant(Double(second)))
            #expect(replay.workers.count <= Limits.workers + FleetHost.endsKept)
        }
        #expect(replay.workers.keys.contains { $0.startTicks == 12 })
    }

    @Test func theLogIsKeptByItsLengthToo() {
        var host = BackfillTests.connected()
        let arguments = Array(repeating: String(repeating: "x", count: 1000), count: 4)
        for number in 1...UInt64(FleetHost.logKept) {
            var info = DemoFleet.worker(0, slot: UInt32(number), at: 1)
            info.slot = UInt32(number)
            info.arguments = arguments
            host.take(
                Event(
                    sequence: number, monotonic: DemoFleet.agentInstant(1), wall: DemoFleet.wall(1),
                    body: .workerFound(info, app: "web")),
                now: DemoFleet.instant(1))
        }
        let bytes = host.log.reduce(0) { $0 + $1.byteCount }
        #expect(bytes <= FleetHost.logBytesKept + 5000 && bytes > FleetHost.logBytesKept - 5000)
        guard case .agent(.workerFound(let info, _))? = host.log.last?.body else {
            Issue.record("the newest is not there")
            return
        }
        #expect(info.slot == UInt32(FleetHost.logKept))
    }

    /// Of a piece only what cannot be read yet is kept.
    @Test func aPieceOfThePastIsReadAsItComes() {
        let past = BackfillTests.Past(1...300, tier: .workers, length: 300)
        var backfill = Backfill(.workers)
        var (count, most) = (0, 0)
        while let question = backfill.question {
            count += backfill.take(past.answer(question, partBytes: 700), to: question).count
            most = max(most, backfill.unreadBytes)
        }
        #expect(count == 300)
        #expect(past.bytes[0].count > 5 * most && most < 5000, "\(most) of \(past.bytes[0].count)")
    }

    /// Whatever comes live meanwhile is kept as what it takes on the wire, and a host that tells too much has no past.
    @Test func whatComesMeanwhileIsBounded() {
        func live(_ snapshot: (Int) -> Snapshot) -> (FleetHost, kept: Int, most: Int) {
            var host = BackfillTests.connected()
            take(&host, snapshot(1), 1)
            let past = BackfillTests.Past(0...0, tier: .workers)
            host.take(past.answer(.pastPieces(.workers)), to: .pastPieces(.workers), now: DemoFleet.instant(1))
            var (kept, most) = (0, 0)
            for second in 2...20 {
                take(&host, snapshot(second), second)
                guard let under = host.catchingUp[.workers] else { break }
                kept += 1
                most = max(most, under.live.count)
            }
            return (host, kept, most)
        }
        let honest = live { second in
            var snapshot = Self.others(1, count: 2000)
            snapshot.monotonic = DemoFleet.agentInstant(second)
            snapshot.sequence = UInt64(second)
            for place in snapshot.workers.indices {
                snapshot.workers[place].row[.cpuNanoseconds] = UInt64(second) << 24
            }
            return snapshot
        }
        #expect(honest.kept == 19 && !honest.0.leftOut.past)
        let liar = live { Self.others($0, count: 2000) }
        #expect(liar.kept < 10 && liar.0.leftOut.past)
        #expect(liar.most <= CatchingUp.liveBytesKept)
        #expect(liar.0.pastQuestion(.workers) == nil)
    }

    // MARK: What is recorded

    private static let start = MonotonicInstant(nanoseconds: 1 << 60)

    private func recording(_ snapshot: (Int) -> Snapshot, seconds: Int) -> HostRecording {
        var recording = Recording(places: [HostPlace("web-17:7433")])
        recording.take(.connected(DemoFleet.info(0), role: .viewer), from: 0, sampledAt: nil, now: Self.start)
        for second in 1...seconds {
            let at = Self.start + .seconds(second)
            recording.take(.snapshot(snapshot(second)), from: 0, sampledAt: at, now: at)
        }
        #expect(recording.byteCount == recording.hosts[0].byteCount)
        return recording.hosts[0]
    }

    @Test func oneHostDoesNotFillWhatIsKeptOfAll() {
        let honest = recording({ DemoFleet.snapshot(0, at: $0) }, seconds: 600)
        #expect(!honest.isIncomplete)
        let liar = recording({ Self.others($0, count: 2000) }, seconds: 30)
        #expect(liar.isIncomplete)
        #expect(liar.byteCount <= Allowance.atOnce + 30 * Allowance.perSecond)
        // What is kept can be read.
        var reel = Reel(.live, of: liar, from: Self.start)
        var seconds: [UInt64] = []
        while let head = reel.head {
            seconds.append(head.snapshot.sequence)
            reel.advance(in: liar)
        }
        #expect(seconds.count > 3 && seconds == seconds.sorted() && seconds[1] == 2)
    }

    @Test func whatItKeptCountsTooUnlessItIsLookedAt() throws {
        var recording = Recording(places: [HostPlace("web-17:7433")])
        recording.take(.connected(DemoFleet.info(0), role: .viewer), from: 0, sampledAt: nil, now: Self.start)
        recording.take(
            .snapshot(DemoFleet.snapshot(0, at: 300)), from: 0, sampledAt: Self.start + .seconds(300), now: Self.start)
        let piece = PastPiece(
            number: 1, first: DemoFleet.agentInstant(1), last: DemoFleet.agentInstant(200), snapshots: 200,
            byteCount: 32 << 20)
        let list = Answer.Body.pastPieces(.workers, [piece])
        recording.take(.answer(.pastPieces(.workers), list), from: 0, sampledAt: nil, now: Self.start)
        func tell(parts: Int) {
            for _ in 0..<parts {
                let offset = UInt32(recording.hosts[0].pieces[.workers]?.first?.bytes.count ?? 0)
                let part = PastPart(
                    piece: 1, offset: offset, bytes: Array(repeating: 7, count: 60_000), byteCount: piece.byteCount)
                recording.take(
                    .answer(.past(piece: 1, offset: offset), .past(part)), from: 0, sampledAt: nil, now: Self.start)
            }
        }
        tell(parts: 200)
        #expect(recording.byteCount <= Allowance.atOnce && recording.hosts[0].isIncomplete)
        let before = recording.byteCount
        // Not as if it could not be had: once somebody looks there, the rest is asked for and kept.
        let times = Self.start...Self.start + .seconds(150)
        #expect(recording.hosts[0].question(.workers, for: times, now: Self.start) != nil)
        recording.needed = times
        tell(parts: 10)
        #expect(recording.byteCount == before + 600_000)
    }
}
