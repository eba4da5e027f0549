import Console
import Model
import TestSupport
import Testing
import Wire

@testable import Dashboard

/// `looptop record` and what `looptop replay` shows of it.
struct StoredRecordingTests {
    /// Ninety seconds and more of the demo, recorded and seen.
    private struct Filmed: Sendable {
        var demo: DemoFleet
        var recorder: Recorder
        var chunks: [RecordingChunk]
        /// The host's screen at each second.
        var seen: [Int: [String]] = [:]

        init() {
            demo = DemoFleet(size: Size(rows: 30, columns: 100))
            let places = DemoFleet.names.map { HostPlace("\($0):7433") }
            recorder = Recorder(places: places, now: demo.now, wall: demo.wall)
            chunks = recorder.heads
            link(0, .connected(DemoFleet.info(0), role: .operator))
            link(3, .connected(DemoFleet.info(3), role: .operator))
            demo.open(0)
            for second in 1...100 {
                demo.second(add: 1)
                for host in [0, 3] where host == 0 || second < 70 {
                    link(host, .snapshot(DemoFleet.snapshot(host, at: second)))
                }
                if second == 60 {
                    let worker = DemoFleet.worker(0, slot: 2, at: 59)
                    let place = WorkerPlace(worker: worker.id, app: "api", groupKey: worker.groupKey, slot: 2)
                    link(
                        0,
                        .event(
                            Event(
                                sequence: 60, monotonic: DemoFleet.agentInstant(60), wall: DemoFleet.wall(60),
                                body: .workerExited(place, status: .signal(9), oomKilled: false))))
                }
                demo.tick()
                seen[second] = StoredRecordingTests.body(demo)
            }
            link(3, .lost(.silent, retryAt: nil))
            chunks += recorder.finish()
        }

        private mutating func link(_ host: Int, _ event: LinkEvent) {
            demo.link(host, event)
            chunks += recorder.take(event, from: host, now: demo.now, wall: demo.wall)
        }

        var bytes: [UInt8] { RecordingFile.head + chunks.flatMap { RecordingFile.bytes(of: $0) } }
    }

    /// Filmed once for all tests.
    private static let filmed = Filmed()

    /// Of each row of a worker its pid and its CPU.
    private static func workers(_ lines: [String]) -> Set<String> {
        Set(
            lines.compactMap { line in
                let words = line.split(separator: " ")
                guard
                    let place = words.firstIndex(where: {
                        $0.count == 5 && ($0.hasPrefix("201") || $0.hasPrefix("203"))
                    }),
                    words.count > place + 2
                else { return nil }
                return "\(words[place]) \(words[place + 2])"
            })
    }

    private static func body(_ demo: DemoFleet) -> [String] {
        let frame = demo.frame()
        return (1..<frame.size.rows - 1).map { frame.text(row: $0) }
    }

    /// The dashboard on a file.
    private static func open(_ stored: StoredRecording) -> DemoFleet {
        var demo = DemoFleet(size: Size(rows: 30, columns: 100))
        demo.second(add: 5000)
        demo.show(stored)
        return demo
    }

    private static func go(_ demo: inout DemoFleet, to second: Int) {
        demo.press(.character("T"))
        demo.type(CivilTime(DemoFleet.wall(Double(second))).clock)
        demo.press(.enter)
    }

    @Test func aReplayShowsWhatWasSeen() throws {
        let filmed = Self.filmed
        let stored = try StoredRecording(filmed.bytes)
        #expect(stored.damages.isEmpty)
        var demo = Self.open(stored)
        // Rates are known from the second sample on.
        #expect(stored.opening == stored.span.lowerBound + .milliseconds(1500))
        #expect(demo.frame().text(row: 0).contains("REPLAY 14:01:54Z"))
        #expect(demo.frame().text.contains("web-17"))
        demo.press(.end)
        #expect(demo.frame().text.contains("api-03"))
        demo.open(0)
        for second in [2, 61, 59, 75, 100, 40, 69] {
            Self.go(&demo, to: second)
            #expect(Self.body(demo) == filmed.seen[second], "second \(second)")
        }
        demo.press(.home)
        #expect(Self.body(demo) == filmed.seen[1])
        demo.press(.end)
        #expect(Self.body(demo) == filmed.seen[100])
    }

    @Test func eventsAreFoundThereAndNothingCanBeDone() throws {
        var demo = Self.open(try StoredRecording(Self.filmed.bytes))
        demo.open(0)
        demo.press(.home, .character("}"))
        #expect(demo.frame().text(row: 0).contains("14:02:52Z"))
        #expect(demo.frame().text.contains("EXITED"))
        demo.press(.character("r"))
        #expect(demo.state.message?.text == "this is a recording")
        demo.press(.character("."))
        #expect(demo.state.time.isPast)
        demo.press(.character("z"), .character("z"))
        #expect(demo.state.time.isPast)
        #expect(demo.questions.isEmpty && demo.commands.isEmpty)
    }

    @Test(arguments: 0..<40) func whatIsWholeOfADamagedFileIsShown(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let filmed = Self.filmed
        var bytes = filmed.bytes
        // Behind the hosts' heads.
        let start = 2000
        for _ in 0..<3 { bytes[Int.random(in: start..<bytes.count, using: &random)] ^= 0x40 }
        bytes.removeLast(Int.random(in: 0...400, using: &random))
        let stored = try StoredRecording(bytes)
        #expect(!stored.damages.isEmpty)
        var demo = Self.open(stored)
        demo.open(0)
        for second in stride(from: 1, through: 100, by: 13) { Self.go(&demo, to: second) }
        #expect(demo.frame().text(row: 2).contains("web-17"))
    }

    @Test func aFileWithoutAnythingSaysSo() {
        #expect(throws: StoredRecording.Refusal.empty) { try StoredRecording(RecordingFile.head) }
        #expect(throws: StoredRecording.Refusal.file(.notARecording)) { try StoredRecording([1, 2, 3]) }
    }

    /// A part cut out of it shows the same in its time, and nothing beside it. States are left out: what has to hold for a
    /// minute is not known of half a minute.
    @Test func aPartOfItIsARecordingToo() throws {
        let filmed = Self.filmed
        let stored = try StoredRecording(filmed.bytes)
        let clock = stored.span.lowerBound
        let times = clock + .seconds(49)...clock + .seconds(79)  // seconds 50 to 80
        let chunks = stored.recording.hosts.enumerated().flatMap { number, host in
            [host.head(number)] + host.chunks(number, within: times)
        }
        let part = try StoredRecording(
            RecordingFile.head + (chunks + [.end]).flatMap { RecordingFile.bytes(of: $0) })
        #expect(part.span == times)
        var demo = Self.open(part)
        demo.open(0)
        for second in [75, 62, 55] {
            Self.go(&demo, to: second)
            let seen = Self.workers(filmed.seen[second] ?? [])
            #expect(seen.count >= 6)
            #expect(Self.workers(Self.body(demo)) == seen)
        }
        #expect(RecordingFile.bytes(of: .end).count < 20)
        #expect(chunks.reduce(0) { $0 + RecordingFile.bytes(of: $1).count } < filmed.bytes.count / 2)
    }

    /// Within a step what adds up is of all of it, and lag is its worst.
    @Test func stepsHaveTheWorstOfTheirTime() throws {
        let stored = try StoredRecording(Self.filmed.bytes)
        let host = stored.recording.hosts[0]
        var steps = SteppedHost(host, over: stored.span, step: .seconds(15), .workers)
        var lags: [Double] = []
        var cpu: [Double] = []
        while let (_, shown) = steps.next(host) {
            guard let worker = shown?.workers.values.first(where: { $0.info.slot == 3 && $0.info.groupKey == "api" })
            else { continue }
            lags.append(worker.lag.worst?.seconds ?? 0)
            cpu.append(worker.rates.cpu ?? -1)
        }
        #expect(lags.count == 6)
        var worst: [Double] = []
        for second in 2...91 {
            let entry = DemoFleet.snapshot(0, at: second).workers.first {
                $0.info.slot == 3 && $0.info.groupKey == "api"
            }
            let lag = entry?.row[.lagMaxMicroseconds].map { Double($0) / 1e6 } ?? 0
            if (second - 2) % 15 == 0 { worst.append(lag) } else { worst[worst.count - 1] = max(worst.last ?? 0, lag) }
        }
        #expect(lags.count == worst.count && zip(lags, worst).allSatisfy { abs($0 - $1) < 1e-9 }, "\(lags), \(worst)")
        #expect(cpu.dropFirst().allSatisfy { abs($0 - 0.99) < 0.01 }, "\(cpu)")
    }
}
