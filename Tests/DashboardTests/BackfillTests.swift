import Model
import TestSupport
import Testing
import Wire

@testable import Dashboard

extension SeededGenerator {
    fileprivate mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// The time before we looked, and the time a link was lost.
@Suite struct BackfillTests {
    /// An agent's past as it would send it: pieces of `length` sweeps.
    struct Past {
        var pieces: [PastPiece] = []
        var bytes: [[UInt8]] = []

        /// Tiers of one agent share their numbers.
        init(
            _ seconds: ClosedRange<Int>, tier: PastTier, length: Int = 100, spacing: Int = 1,
            change: (Int, inout Snapshot) -> Void = { _, _ in }
        ) {
            let first = tier == .workers ? 1000 : tier == .coarse ? 2000 : 1
            var base: Snapshot?
            for (place, second) in stride(from: seconds.lowerBound, through: seconds.upperBound, by: spacing)
                .enumerated()
            {
                var snapshot = DemoFleet.snapshot(0, at: second).narrowed(to: tier == .host ? .groups : .workers).asSent
                change(second, &snapshot)
                if place % length == 0 {
                    let number = UInt64(pieces.count + first)
                    pieces.append(
                        PastPiece(
                            number: number, first: snapshot.monotonic, last: snapshot.monotonic, snapshots: 0,
                            byteCount: 0))
                    bytes.append([])
                    base = nil
                }
                let message =
                    base.map { Message.delta(Delta(subscription: 0, from: $0, to: snapshot)) }
                    ?? .keyframe(subscription: 0, snapshot)
                bytes[bytes.count - 1] += message.encoded()
                pieces[pieces.count - 1].last = snapshot.monotonic
                pieces[pieces.count - 1].snapshots += 1
                pieces[pieces.count - 1].byteCount = UInt32(bytes[bytes.count - 1].count)
                base = snapshot
            }
        }

        func answer(_ question: Query.Body, partBytes: Int = 5000) -> Answer.Body {
            switch question {
            case .pastPieces(let tier): return .pastPieces(tier, pieces)
            case .past(let number, let offset):
                guard let place = pieces.firstIndex(where: { $0.number == number }) else { return .unknown("gone") }
                let part = Array(bytes[place].dropFirst(Int(offset)).prefix(partBytes))
                return .past(
                    PastPart(piece: number, offset: offset, bytes: part, byteCount: UInt32(bytes[place].count)))
            default: return .unknown("not kept here")
            }
        }
    }

    static func connected() -> FleetHost {
        var host = FleetHost(place: HostPlace("web-17:7433"))
        host.connected(DemoFleet.info(0), role: .operator, now: DemoFleet.instant(0), wall: DemoFleet.wall(0))
        return host
    }

    static func take(_ host: inout FleetHost, _ second: Int, _ interest: Interest = .workers) {
        host.take(
            DemoFleet.snapshot(0, at: second).narrowed(to: interest), now: DemoFleet.instant(Double(second)),
            wall: DemoFleet.wall(Double(second)))
    }

    /// Gaps are equal to each other here.
    static func points(_ history: HostHistory) -> [[Double?]] {
        [
            \HostHistory.cpu, \.memoryUsed, \.memoryAvailable, \.pressureCPU, \.workersCPU, \.worstUtilisation,
            \.worstLagBound, \.worstLag, \.lagP99,
        ].map { history[keyPath: $0].suffix(600) }
    }

    /// Answers all questions about one tier; how many there were.
    @discardableResult
    static func fill(_ host: inout FleetHost, _ tier: PastTier, from past: Past, limit: Int = 1000) -> Int {
        var count = 0
        while let question = host.pastQuestion(tier), count < limit {
            host.take(past.answer(question), to: question, now: DemoFleet.instant(999))
            count += 1
        }
        return count
    }

    /// The series of hosts and workers that the agents of the demo have in common with those that looked all the time.
    @Test(arguments: [PastTier.host, .workers])
    func whatIsKnownAfterwardsIsWhatHadBeenKnownHadWeLooked(_ tier: PastTier) {
        var always = Self.connected()
        for second in 1...260 { Self.take(&always, second) }
        var late = Self.connected()
        for second in 251...255 { Self.take(&late, second) }
        #expect(late.history.cpu.count == 5)
        // Its last sweeps came live, too, and more come while it is on its way. An agent keeps a sweep before it sends it, so
        // what came live is in its past by the time that it is asked.
        let past = Past(1...255, tier: tier)
        late.take(past.answer(.pastPieces(tier)), to: .pastPieces(tier), now: DemoFleet.instant(255))
        for second in 256...260 { Self.take(&late, second) }
        let rounds = Self.fill(&late, tier, from: past)
        #expect(rounds > 3)
        #expect(Self.points(late.history) == Self.points(always.history))
        if tier == .workers {
            for (id, track) in always.workers where track.end == nil {
                let found = late.workers[id]?.history
                for series in [\WorkerTrack.History.cpu, \.residentBytes, \.utilisation, \.lag.worst, \.lag.tail] {
                    #expect(found?[keyPath: series].suffix(600) == track.history[keyPath: series].suffix(600))
                }
                #expect(
                    found?.lag.summary(over: .seconds(200))?.max == track.history.lag.summary(over: .seconds(200))?.max)
            }
        }
        #expect(late.pastQuestion(tier) == nil)
        // And it goes on from there.
        Self.take(&late, 261)
        Self.take(&always, 261)
        #expect(Self.points(late.history) == Self.points(always.history))
    }

    /// The message area begins before the dashboard was opened, too.
    @Test func whatTheHostBecameBeforeWeLookedIsTold() {
        let crit = [HostTrouble(.hungWorkers, .crit, value: 1)]
        var past = Past(1...200, tier: .host) { second, snapshot in
            snapshot.troubles = (50..<60).contains(second) || second >= 150 ? crit : []
        }
        var late = FleetHost(place: HostPlace("web-17:7433"))
        late.connected(DemoFleet.info(0), role: .operator, now: DemoFleet.instant(199), wall: DemoFleet.wall(199))
        Self.take(&late, 200, .groups)
        Self.fill(&late, .host, from: past)
        func told(_ host: FleetHost) -> [String] {
            host.log.compactMap { entry in
                guard case .host(let state, let text) = entry.body else { return nil }
                return "\(Int((entry.at - DemoFleet.instant(0)).seconds)) \(state.word) \(text)"
            }
        }
        #expect(told(late) == ["50 CRIT 1 worker hangs", "60 OK was CRIT", "150 CRIT 1 worker hangs"])
        // Once is enough.
        late.lost(.silent, retryAt: nil, now: DemoFleet.instant(201))
        late.connected(DemoFleet.info(0), role: .operator, now: DemoFleet.instant(203), wall: DemoFleet.wall(203))
        Self.take(&late, 204, .groups)
        past.pieces.removeFirst()
        past.bytes.removeFirst()
        Self.fill(&late, .host, from: past)
        #expect(told(late).count == 3)
    }

    @Test func aHoleIsFilledAfterTheLinkIsBack() {
        var always = Self.connected()
        for second in 1...200 { Self.take(&always, second, .groups) }
        var cut = Self.connected()
        for second in 1...100 { Self.take(&cut, second, .groups) }
        cut.lost(.unreachable(reason: "cut"), retryAt: nil, now: DemoFleet.instant(101))
        cut.connected(DemoFleet.info(0), role: .operator, now: DemoFleet.instant(190), wall: DemoFleet.wall(190))
        for second in 191...200 { Self.take(&cut, second, .groups) }
        #expect(cut.history.cpu.suffix(60).contains(nil))
        // The agent kept less than we know: what we had before that stays.
        Self.fill(&cut, .host, from: Past(60...199, tier: .host))
        #expect(cut.history.worstLag.suffix(600) == always.history.worstLag.suffix(600))
        #expect(cut.history.memoryUsed.suffix(600) == always.history.memoryUsed.suffix(600))
        #expect(cut.history.cpu.count == 200)
    }

    @Test func aHoleThatCannotBeFilledStaysOne() {
        var cut = Self.connected()
        for second in 1...100 { Self.take(&cut, second, .groups) }
        cut.lost(.unreachable(reason: "cut"), retryAt: nil, now: DemoFleet.instant(101))
        cut.connected(DemoFleet.info(0), role: .operator, now: DemoFleet.instant(190), wall: DemoFleet.wall(190))
        for second in 191...200 { Self.take(&cut, second, .groups) }
        Self.fill(&cut, .host, from: Past(195...199, tier: .host))
        let points = cut.history.memoryUsed.suffix(200)
        #expect(points.count == 200 && points[100..<190].allSatisfy { $0 == nil })
        #expect(points[0..<100].allSatisfy { $0 != nil } && points[191...].allSatisfy { $0 != nil })
    }

    @Test func piecesThatWereDroppedMeanwhileAreLeftOut() {
        var host = Self.connected()
        Self.take(&host, 301, .groups)
        let past = Past(1...300, tier: .host)
        var later = past
        host.take(past.answer(.pastPieces(.host)), to: .pastPieces(.host), now: DemoFleet.instant(301))
        later.pieces.removeFirst()
        later.bytes.removeFirst()
        Self.fill(&host, .host, from: later)
        #expect(host.history.memoryUsed.count == 201)
    }

    /// Whatever an agent says, it ends, nothing traps, and what is known stays.
    @Test(arguments: 0..<200)
    func hostileAnswersEndIt(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var host = Self.connected()
        for second in 1...20 { Self.take(&host, second, .groups) }
        let known = host.history.cpu.suffix(20)
        var past = Past(1...15, tier: .host, length: 4)
        for place in past.bytes.indices where random.chance(60) {
            let at = Int.random(in: 0..<past.bytes[place].count, using: &random)
            past.bytes[place][at] = UInt8.random(in: 0...255, using: &random)
        }
        var rounds = 0
        while let question = host.pastQuestion(.host), rounds < 500 {
            rounds += 1
            var answer = past.answer(question, partBytes: Int.random(in: 0...90, using: &random))
            if random.chance(5) { answer = .unknown("no") }
            if random.chance(5), case .past(var part) = answer {
                part.offset &+= 1
                answer = .past(part)
            }
            if random.chance(5) { answer = .events([]) }
            host.take(answer, to: question, now: DemoFleet.instant(20))
        }
        #expect(rounds < 500, "seed \(seed)")
        #expect(host.history.cpu.suffix(20).count == known.count)
    }
}
