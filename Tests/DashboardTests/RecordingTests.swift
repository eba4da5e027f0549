import Model
import TestSupport
import Testing
import Wire

@testable import Dashboard

/// What is kept to be shown again, and how much of it.
struct RecordingTests {
    private static let place = HostPlace("web-17:7433")
    private static let kept = BackfillTests.Past(1...200, tier: .workers, length: 40)

    private func recording(limit: Int = Recording.usualBytes, hosts: Int = 1) -> Recording {
        var recording = Recording(places: Array(repeating: Self.place, count: hosts), byteLimit: limit)
        for number in 0..<hosts {
            recording.take(.connected(DemoFleet.info(0), role: .viewer), from: number, sampledAt: nil, now: at(0))
        }
        return recording
    }

    private func at(_ second: Int) -> MonotonicInstant { MonotonicInstant(nanoseconds: 1 << 60) + .seconds(second) }

    private func take(_ recording: inout Recording, _ second: Int, host: Int = 0, _ interest: Interest = .workers) {
        let snapshot = DemoFleet.snapshot(0, at: second).narrowed(to: interest)
        recording.take(.snapshot(snapshot), from: host, sampledAt: at(second), now: at(second))
    }

    /// All snapshots of a source from an instant on.
    private func read(
        _ host: HostRecording, _ source: RecordedPiece.Source, from second: Int = 0
    ) -> [(MonotonicInstant, Snapshot)] {
        var reel = Reel(source, of: host, from: at(second))
        var found: [(MonotonicInstant, Snapshot)] = []
        while let head = reel.head {
            found.append((head.at, head.snapshot))
            reel.advance(in: host)
        }
        return found
    }

    @Test(arguments: 0..<10)
    func everySnapshotComesOutAsItWentIn(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var recording = recording()
        var expected: [Snapshot] = []
        let interests: [Interest] = [.host, .groups, .workers]
        var interest = Interest.workers
        for second in 1...400 {
            if Int.random(in: 0..<100, using: &random) < 5 {
                interest = interests.randomElement(using: &random) ?? .host
            }
            if Int.random(in: 0..<100, using: &random) < 10 { continue }
            take(&recording, second, interest)
            expected.append(DemoFleet.snapshot(0, at: second).narrowed(to: interest))
        }
        let found = read(recording.hosts[0], .live)
        #expect(found.map(\.1) == expected, "seed \(seed)")
        #expect(found.map(\.0) == expected.map { at(Int($0.sequence)) })
        let late = read(recording.hosts[0], .live, from: 200)
        #expect(late.map(\.1) == expected.filter { $0.sequence >= 200 }, "seed \(seed)")
    }

    @Test func aWorkerSampleTakesFewBytes() {
        var recording = recording()
        for second in 1...300 { take(&recording, second) }
        // With the rows of host and groups, and histograms of lag.
        #expect(recording.byteCount / (299 * 6) < 45, "\(recording.byteCount) bytes")
        #expect(recording.byteCount == recording.hosts[0].pieces.values.joined().reduce(0) { $0 + $1.bytes.count })
    }

    /// An agent may make its events as long as it likes.
    @Test func whatHappenedIsKeptByItsLengthToo() {
        var recording = recording()
        let text = String(repeating: "x", count: 512)
        for number in 1...HostRecording.newsKept {
            let event = Event(
                sequence: UInt64(number), monotonic: MonotonicInstant(nanoseconds: UInt64(number)),
                wall: WallTime(nanoseconds: 0), body: .configuration(text))
            recording.take(.event(event), from: 0, sampledAt: nil, now: at(2))
        }
        let news = recording.hosts[0].news
        #expect(news.count < HostRecording.newsKept && news.count > HostRecording.newsKept / 3)
        let last = news.last.flatMap { if case .event(let event) = $0.event { event.sequence } else { nil } }
        #expect(last == UInt64(HostRecording.newsKept), "the oldest go")
    }

    @Test func theOldestGoesFirstAndThatIsSaid() {
        var recording = recording(limit: 40_000, hosts: 2)
        for second in 1...3000 {
            take(&recording, second, host: 0)
            if second > 1500 { take(&recording, second, host: 1) }
            #expect(recording.byteCount <= 40_000)
        }
        let begins = recording.hosts.compactMap { $0.begin(of: .live) }
        #expect(begins.count == 2 && begins.allSatisfy { $0 > at(2000) })
        let dropped = recording.droppedBefore ?? at(0)
        #expect(dropped > at(2000) && dropped < at(3000))
        #expect(begins.allSatisfy { $0 <= dropped + .seconds(300) })
    }

    @Test func aHostThatBeganAnewIsReadThroughBothLives() {
        var recording = recording()
        for second in 1...20 { take(&recording, second) }
        var info = DemoFleet.info(0)
        info.boot = BootID(high: 5, low: 5)
        recording.take(.lost(.silent, retryAt: nil), from: 0, sampledAt: nil, now: at(25))
        recording.take(.connected(info, role: .viewer), from: 0, sampledAt: nil, now: at(50))
        for second in 51...60 {
            var snapshot = DemoFleet.snapshot(0, at: second)
            snapshot.monotonic = MonotonicInstant(nanoseconds: UInt64(second) * 1_000_000_000)
            recording.take(.snapshot(snapshot), from: 0, sampledAt: at(second), now: at(second))
        }
        let found = read(recording.hosts[0], .live)
        #expect(found.map(\.0) == (1...20).map(at) + (51...60).map(at))
        var past = PastHost(recording.hosts[0], at: at(55), .full)
        while !past.isDone { _ = past.work(recording.hosts[0], limit: 10) }
        let host = past.shown(with: recording.hosts[0])
        #expect(host.info?.boot == info.boot && host.snapshot?.sequence == 55)
        #expect(host.log.contains { if case .host(.down, _) = $0.body { true } else { false } })
    }

    /// Whatever an agent answers: nothing traps, nothing is asked for ever, and memory is bounded.
    @Test(arguments: 0..<40)
    func hostileAnswersComeToAnEnd(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        var recording = recording()
        take(&recording, 300)
        var past = Self.kept
        for place in past.bytes.indices where chance(60) {
            let at = Int.random(in: 0..<past.bytes[place].count, using: &random)
            past.bytes[place][at] = UInt8.random(in: 0...255, using: &random)
        }
        if chance(30) { past.pieces[1].first = MonotonicInstant(nanoseconds: .max) }
        if chance(30) { past.pieces[2].last = MonotonicInstant(nanoseconds: 0) }
        if chance(30) { past.pieces[0].byteCount = .max }
        if chance(30) { past.pieces[3].number = past.pieces[0].number }
        var rounds = 0
        while let question = recording.hosts[0].question(.workers, for: at(0)...at(250), now: at(300)), rounds < 2000 {
            rounds += 1
            var answer = past.answer(question, partBytes: Int.random(in: 0...3000, using: &random))
            if chance(5) { answer = .unknown("no") }
            if chance(5) { answer = .events([]) }
            if chance(5), case .past(var part) = answer {
                part.offset &+= 1
                answer = .past(part)
            }
            recording.take(.answer(question, answer), from: 0, sampledAt: nil, now: at(300))
        }
        #expect(rounds < 2000, "seed \(seed)")
        for second in [0, 10, 100, 250, 300] {
            var host = PastHost(recording.hosts[0], at: at(second), .full)
            while !host.isDone { _ = host.work(recording.hosts[0], limit: 1000) }
        }
    }
}
