import Model
import Testing

@testable import Dashboard

/// `looptop events`: all that agents know, then what comes, each once.
struct EventFeedTests {
    private static let boot = BootID(high: 1, low: 2)
    private static let now = MonotonicInstant(nanoseconds: 1_000_000_000_000)
    private static let wall = WallTime(nanoseconds: 1_795_183_402_000_000_000)

    private static func exited(_ sequence: UInt64, secondsAgo: Int64 = 0, _ status: Model.ExitStatus = .code(1))
        -> Event
    {
        let place = WorkerPlace(
            worker: WorkerID(boot: boot, pid: 100 + Int32(sequence), startTicks: 1), app: "api", groupKey: "api",
            slot: 1)
        return Event(
            sequence: sequence, monotonic: MonotonicInstant(nanoseconds: sequence),
            wall: WallTime(nanoseconds: wall.nanoseconds - secondsAgo * 1_000_000_000),
            body: .workerExited(place, status: status, oomKilled: false))
    }

    private func feed() -> EventFeed { EventFeed(Fleet(places: ["web-1:7433", "web-2:7433"]), of: [0, 1]) }

    private func told(_ feed: inout EventFeed, _ event: LinkEvent, from host: Int = 0) -> ([UInt64], UInt64?) {
        let (told, ask) = feed.handle(event, from: host, now: Self.now, wall: Self.wall)
        return (told.map(\.event.sequence), ask)
    }

    @Test func pagesAreAskedForUntilOneLeadsNowhere() {
        var feed = feed()
        #expect(feed.first.map(\.host) == [0, 1])
        var (sequences, ask) = told(&feed, .answer(.events(after: 0), .events([Self.exited(1), Self.exited(2)])))
        #expect(sequences == [1, 2] && ask == 2)
        (sequences, ask) = told(&feed, .answer(.events(after: 2), .events([])))
        #expect(sequences.isEmpty && ask == nil)
        #expect(!feed.isComplete)
        _ = told(&feed, .answer(.events(after: 0), .unknown("no events here")), from: 1)
        #expect(feed.isComplete)
        #expect(feed.problems(isOver: true) == ["web-2:7433: no events here"])
    }

    @Test func whatIsToldTwiceCountsOnceAndWhatWasMissedIsAskedFor() {
        var feed = feed()
        #expect(told(&feed, .event(Self.exited(3))).0 == [3])
        #expect(told(&feed, .answer(.events(after: 0), .events([Self.exited(2), Self.exited(3)]))).0 == [2])
        _ = told(&feed, .answer(.events(after: 3), .events([])))
        _ = told(&feed, .lost(.silent, retryAt: nil))
        #expect(feed.problems(isOver: false).count == 1)
        let info = HostInfo(
            id: HostID(high: 9, low: 0), boot: Self.boot, name: "web-1", kernel: "6.1", cores: 2, ticksPerSecond: 100,
            agentVersion: "0.1.0", intervalNanoseconds: 1_000_000_000)
        #expect(told(&feed, .connected(info, role: .viewer)).1 == 0)
        #expect(told(&feed, .answer(.events(after: 0), .events([Self.exited(3), Self.exited(4)]))).0 == [4])
    }

    @Test func theyAreChosenByTimeLevelAndFilter() throws {
        var feed = feed()
        let events = [
            Self.exited(1, secondsAgo: 500), Self.exited(2, secondsAgo: 50), Self.exited(3, secondsAgo: 5, .code(0)),
        ]
        let all = feed.handle(
            .answer(.events(after: 0), .events(events)), from: 0, now: Self.now, wall: Self.wall
        ).told
        func chosen(_ choice: EventChoice) -> [UInt64] {
            choice.of(all, feed.fleet, now: Self.now, wall: Self.wall).inOrder.map(\.event.sequence)
        }
        #expect(chosen(EventChoice()) == [1, 2, 3])
        #expect(chosen(EventChoice(since: .seconds(60))) == [2, 3])
        #expect(chosen(EventChoice(until: .seconds(60))) == [1])
        #expect(chosen(EventChoice(level: .warn)) == [1, 2])
        #expect(chosen(EventChoice(filter: try Filter(parsing: "what=*102*"))) == [2])
        #expect(chosen(EventChoice(filter: try Filter(parsing: "host=web-2"))).isEmpty)
    }

    @Test func programsGetWordsThatStay() throws {
        var feed = feed()
        let told = feed.handle(.event(Self.exited(7)), from: 0, now: Self.now, wall: Self.wall).told
        let line = try JSONText.encode(EventRecord(try #require(told.first), on: feed.fleet.hosts[0]), pretty: false)
        for part in [#""event":"worker-exited""#, #""level":"warn""#, #""app":"api""#, #""slot":1"#, #""pid":107"#] {
            #expect(line.contains(part))
        }
    }
}
