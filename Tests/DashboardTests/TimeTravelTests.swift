import Console
import Model
import TestSupport
import Testing
import Wire

@testable import Dashboard

/// `[ ] { } T .`: the screens of another moment, by the same keys everywhere.
struct TimeTravelTests {
    private static let size = Size(rows: 30, columns: 100)

    private func settled() -> DemoFleet { DemoFleet.settled(size: Self.size) }

    /// Goes to a second of the demo by typing it.
    private func go(_ demo: inout DemoFleet, to second: Int) {
        demo.press(.character("T"))
        demo.type(CivilTime(DemoFleet.wall(Double(second))).clock)
        demo.press(.enter)
    }

    /// All but line 1 and the keys; of the fleet's screen without hosts that are not connected, whose rows tell of tries to come.
    private func body(_ demo: DemoFleet) -> [String] {
        let frame = demo.frame()
        return (1..<frame.size.rows - 1).map { frame.text(row: $0) }.filter { line in
            !["web-22", "db-gw-2", "queue-1"].contains { line.contains($0) }
        }
    }

    /// What had been on a screen at every second, and what is there when one goes back to it, forwards, backwards and by leaps.
    @Test(arguments: ["fleet", "host", "app", "worker"])
    func theScreenOfAMomentIsTheOneThatWasThere(_ screen: String) {
        var demo = settled()
        switch screen {
        case "host": demo.press(.enter)
        case "app": demo.press(.enter, .home, .enter)
        case "worker": demo.press(.enter, .down, .enter)
        default: break
        }
        var seen: [Int: [String]] = [demo.second: body(demo)]
        for _ in 0..<40 {
            demo.advance()
            if demo.second == 110 { demo.exit(0, slot: 4, .signal(15)) }
            seen[demo.second] = body(demo)
        }
        let last = demo.second
        for second in [last - 1, 95, 96, 97, 112, 111, 110, 109, 100, 124, 91, 90, last - 3] {
            go(&demo, to: second)
            #expect(body(demo) == seen[second], "\(screen) at second \(second)")
        }
        for second in stride(from: last - 4, to: 91, by: -1) {
            demo.press(.character("["))
            #expect(body(demo).count == seen[second]?.count)
            #expect(ages(body(demo)) == ages(seen[second] ?? []), "\(screen) back to second \(second)")
        }
        demo.press(.character("."))
        #expect(!demo.state.time.isPast)
        #expect(body(demo) == seen[last])
    }

    /// Steps stand half-way between two samples: ages may differ by that.
    private func ages(_ lines: [String]) -> [String] {
        lines.map { line in String(line.map { $0.isNumber ? "0" : $0 }).replacingRuns }
    }

    @Test func stepsLeadFromSampleToSampleAndOnIntoThePresent() {
        var demo = settled()
        demo.press(.enter)
        demo.press(.character("["))
        #expect(demo.state.time.isPast)
        #expect(demo.frame().text(row: 0).contains("REPLAY 14:03:21Z"))
        demo.press(.character("["), .character("["))
        #expect(demo.frame().text(row: 0).contains("REPLAY 14:03:19Z"))
        demo.press(.character("]"))
        #expect(demo.frame().text(row: 0).contains("REPLAY 14:03:20Z"))
        demo.press(.character("]"), .character("]"))
        #expect(!demo.state.time.isPast)
        #expect(demo.frame().text(row: 0).contains("LIVE"))
    }

    @Test func timeStandsStillThereWhileThePresentGoesOn() {
        var demo = settled()
        go(&demo, to: 80)
        let before = body(demo)
        demo.advance(5)
        #expect(body(demo) == before)
        #expect(demo.frame().text(row: 0).contains("REPLAY 14:03:12Z (-15s)"))
        demo.press(.character("."))
        #expect(demo.fleet.hosts[0].snapshot?.sequence == 95)
    }

    @Test func eventsAreJumpedToAndSeen() {
        var demo = settled()
        demo.press(.enter, .character("{"))
        var stops: [String] = []
        while demo.state.time.isPast, stops.count < 20 {
            let text = demo.frame().text(row: 0)
            if stops.last == text { break }
            stops.append(text)
            demo.press(.character("{"))
        }
        // The host turned CRIT when its busy loop had been so for a minute, and its worker 2 ended at second 60.
        #expect(stops.contains { $0.contains("14:02:52Z") })
        // The demo's agent was asked for earlier ones, and does not answer.
        #expect(demo.state.message?.text == "events of this host are still being read")
        go(&demo, to: 55)
        #expect(!demo.frame().text.contains("EXITED"))
        #expect(demo.frame().text(row: 2).contains("OK") || demo.frame().text(row: 2).contains("WARN"))
        demo.press(.character("}"))
        #expect(demo.frame().text(row: 0).contains("14:02:5"))
        #expect(demo.frame().text.contains("EXITED"))
        demo.press(.escape)
        for _ in 0..<40 where demo.state.message?.text != "no earlier event is known" { demo.press(.character("{")) }
        #expect(demo.state.message?.text == "no earlier event is known", "of all hosts")
    }

    @Test(arguments: [
        ("-30s", "14:02:52Z"), ("-1m", "14:02:22Z"), ("14:03:00", "14:03:00Z"), ("14:02", "14:02:00Z"),
        ("2026-11-20T14:02:30Z", "14:02:30Z"), ("2026-11-20 15:02:30+01:00", "14:02:30Z"),
    ])
    func aTimeIsTyped(_ text: String, _ shown: String) {
        var demo = settled()
        demo.press(.character("T"))
        demo.type(text)
        #expect(demo.frame().text(row: 29).hasPrefix("go to time: \(text)"))
        demo.press(.enter)
        #expect(demo.frame().text(row: 0).contains("REPLAY \(shown)"))
    }

    @Test func whatIsNoTimeSaysWhatWouldBe() {
        var demo = settled()
        demo.press(.character("T"))
        demo.type("yesterday")
        demo.press(.enter)
        #expect(
            demo.state.message?.text
                == "\"yesterday\" is no time: -5m, 13:58, 13:58:40 or 2026-11-21T13:58:40Z")
        #expect(!demo.state.time.isPast)
        demo.press(.character("T"))
        demo.type("2030-01-01")
        demo.press(.enter)
        #expect(demo.state.message?.text == "2030-01-01 is still to come")
        demo.press(.character("T"), .character("q"), .character("."), .escape)
        #expect(demo.deeds.isEmpty && !demo.state.time.isPast)
    }

    @Test func nothingIsDoneToThePast() {
        var demo = settled()
        demo.press(.enter, .down)
        go(&demo, to: 80)
        for key in ["r", "R", "a", "p", "X"] {
            demo.press(.character(Character(key)))
            #expect(demo.state.message?.text == "this is the past; press . for live", "\(key)")
            #expect(demo.state.dialog == nil)
        }
        let keys = demo.frame().text(row: 29)
        #expect(keys.contains("[ ] step") && keys.contains(". live") && !keys.contains("r restart"))
        demo.press(.character("."), .character("r"))
        #expect(demo.state.dialog != nil)
    }

    /// A dashboard that was opened late shows what one that looked all the time had shown.
    @Test func whatTheAgentKeptIsShownToo() {
        var always = DemoFleet(size: Self.size)
        var late = DemoFleet(size: Self.size)
        always.connect(0)
        always.open(0)
        var seen: [Int: [String]] = [:]
        for _ in 0..<200 {
            always.advance(sampling: [0])
            seen[always.second] = body(always)
        }
        late.pasts = [
            .host: BackfillTests.Past(1...196, tier: .host), .workers: BackfillTests.Past(1...196, tier: .workers),
        ]
        late.second(add: 190)
        late.connect(0)
        late.open(0)
        late.advance(10, sampling: [0])
        #expect(late.second == always.second)
        for second in [150, 70, 180, 189, 192, 130] {
            go(&late, to: second)
            late.advance(0)
            // Why the host is what it is, is not in these pieces.
            #expect(rows(body(late)) == rows(seen[second] ?? []), "second \(second)")
            #expect(rows(body(late)).count >= 6)
        }
    }

    /// Who looked at another host for a while sees what the agent kept of the workers meanwhile, and no hole.
    @Test func whatWasWhileNobodyLookedAtWorkersIsFilledIn() {
        var always = DemoFleet(size: Self.size)
        var away = DemoFleet(size: Self.size)
        always.connect(0)
        away.connect(0)
        always.open(0)
        away.open(0)
        always.advance(80, sampling: [0])
        away.advance(80, sampling: [0])
        away.press(.escape)
        for second in 81...110 {
            away.second(add: 1)
            away.link(0, .snapshot(DemoFleet.snapshot(0, at: second).narrowed(to: .host)))
            away.tick()
        }
        always.advance(30, sampling: [0])
        // What it came with at its connection was told by then.
        away.pasts = [.workers: BackfillTests.Past(1...112, tier: .workers)]
        always.open(0)
        away.open(0)
        always.advance(4, sampling: [0])
        away.advance(2, sampling: [0])
        #expect(away.asked.contains(.pastPieces(.workers)))
        away.advance(2, sampling: [0])
        #expect(rows(body(away)) == rows(body(always)))
        #expect(rows(body(away)).count >= 6)
    }

    /// A worker is WARN when its lag has lasted for half a minute; who opens the list of workers is not made to wait for that.
    @Test func theListOfWorkersKnowsAtOnceWhoHasBeenSlow() {
        @Sendable func slow(_ snapshot: inout Snapshot) {
            for index in snapshot.workers.indices where snapshot.workers[index].info.id.pid == 20_113 {
                let method = LagMethod(tier: .perf, quality: .exact, kind: .epoll)
                snapshot.workers[index].row[.lagMethod] = method.packed
                snapshot.workers[index].row[.lagP99Microseconds] = 300_000
            }
        }
        var demo = DemoFleet(size: Self.size)
        demo.change = { _, _, snapshot in slow(&snapshot) }
        demo.pasts = [.workers: BackfillTests.Past(1...93, tier: .workers) { slow(&$1) }]
        demo.second(add: 89)
        demo.connect(0)
        demo.press(.character("3"))
        demo.advance(4, sampling: [0])
        let first = rows(body(demo)).first ?? ""
        #expect(first.contains("20113") && first.contains("CRIT"), "\(first)")
    }

    /// Of apps and workers.
    private func rows(_ lines: [String]) -> [String] {
        lines.filter { " >".contains($0.first ?? "-") && ($0.contains("201") || $0.contains("gunicorn")) }
    }

    private func row(_ demo: DemoFleet, _ name: String) -> String {
        let frame = demo.frame()
        return (3..<20).map { frame.text(row: $0) }.first { $0.contains(name) } ?? ""
    }

    @Test func aHoleIsDrawnAsOne() {
        var demo = DemoFleet(size: Self.size)
        demo.connect(0)
        demo.advance(30, sampling: [0])
        demo.advance(120, sampling: [])
        demo.advance(30, sampling: [0])
        go(&demo, to: 40)
        #expect(row(demo, "web-17").contains("STALE"))
        go(&demo, to: 120)
        #expect(row(demo, "web-17").contains("nothing is known of this time"))
        go(&demo, to: 170)
        #expect(!row(demo, "web-17").contains("NODATA"))
    }

    @Test func beforeEverythingThereIsNoData() {
        var demo = settled()
        demo.press(.character("T"))
        demo.type("-3h")
        demo.press(.enter)
        #expect(demo.frame().text.contains("NODATA"))
        #expect(!demo.frame().text.contains("CRIT"))
        demo.press(.enter, .down, .escape, .character("."))
        #expect(demo.frame().text.contains("CRIT"))
    }

    /// More than a quarter of an hour back it is made from the agent's coarse steps, which are asked for then.
    @Test func furtherBackTheCoarseStepsAreFetched() {
        var demo = DemoFleet(size: Self.size)
        demo.second(add: 4000)
        demo.pasts = [.coarse: BackfillTests.Past(400...3900, tier: .coarse, length: 240, spacing: 15)]
        demo.connect(0)
        demo.advance(20, sampling: [0])
        demo.open(0)
        #expect(!demo.questions.contains(.pastPieces(.coarse)))
        go(&demo, to: 2000)
        let text = demo.frame().text
        #expect(demo.asked.contains(.pastPieces(.coarse)))
        #expect(text.contains("20113") && !text.contains("NODATA"))
        let asked = demo.asked.count
        go(&demo, to: 1990)
        demo.advance(30, sampling: [0])
        #expect(demo.asked.count - asked <= 1, "it is here already")
        demo.press(.character("["))
        #expect(demo.frame().text(row: 0).contains("REPLAY"))
        #expect(demo.frame().text.contains("20113"))
    }

    /// Two hundred hosts take longer than a key may: they are made in steps, and the keys answer meanwhile.
    @Test func keysAnswerWhileAMomentIsMade() {
        let places = (0..<200).map { HostPlace("host-\($0):7433") }
        var fleet = Fleet(places: places)
        var state = UIState(size: Self.size, hosts: places.count)
        var now = DemoFleet.instant(0)
        func feed(_ event: UIEvent) {
            _ = update(&state, fleet: &fleet, event: event, now: now, wall: DemoFleet.wall(now.second))
        }
        for number in places.indices {
            var info = DemoFleet.info(0)
            info.id = HostID(high: 8, low: UInt64(number))  // else they are one host with many addresses
            feed(.link(host: number, .connected(info, role: .viewer)))
        }
        for second in 1...60 {
            now = DemoFleet.instant(Double(second))
            let snapshot = DemoFleet.snapshot(0, at: second).narrowed(to: .host)
            for number in places.indices { feed(.link(host: number, .snapshot(snapshot))) }
        }
        feed(.key(.character("[")))
        #expect(state.time.isBuilding)
        func line() -> String {
            render(state, fleet: fleet, size: Self.size, glyphs: .block, now: now, wall: DemoFleet.wall(now.second))
                .frame.text(row: 0)
        }
        #expect(line().contains("reading"))
        feed(.key(.character("[")))
        feed(.key(.character("[")))
        #expect(line().contains("REPLAY 14:02:49Z"))
        var steps = 0
        while state.time.isBuilding {
            feed(.work)
            steps += 1
        }
        #expect(steps > 3 && steps < 100)
        #expect(line().contains("ok 200") && line().contains("REPLAY 14:02:49Z"), "\(line())")
    }
}

extension MonotonicInstant {
    fileprivate var second: Double { (self - DemoFleet.instant(0)).seconds }
}

extension String {
    /// Blanks in a row as one.
    fileprivate var replacingRuns: String { split(separator: " ").joined(separator: " ") }
}
