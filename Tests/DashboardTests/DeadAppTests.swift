import Console
import Model
import Testing

@testable import Dashboard

/// An app without workers, or with one that crashes, is what somebody is woken for: its row says which, how bad and since when.
struct DeadAppTests {
    /// web's two workers and its master are gone since second 92; its key is not its name.
    private func dying(
        isTold: Bool, size: Size = Size(rows: 24, columns: 80), heir: Bool = false, seconds: Int = 20
    ) -> DemoFleet {
        var demo = DemoFleet(size: size)
        demo.connect(0)
        demo.change = { _, second, snapshot in
            for index in snapshot.workers.indices where snapshot.workers[index].info.groupKey == "web" {
                snapshot.workers[index].info.groupKey = "7f/key"
            }
            for index in snapshot.groups.indices where snapshot.groups[index].info.key == "web" {
                snapshot.groups[index].info.key = "7f/key"
                snapshot.groups[index].info.app = "shop.wsgi:application"
                snapshot.groups[index].info.expected = 2
                if second >= 12 {
                    snapshot.groups[index].info.master = nil
                    snapshot.groups[index].info.respawn = .nothingKnown
                    snapshot.groups[index].row = GroupRow()
                    snapshot.groups[index].row[.workers] = 0
                }
            }
            guard second >= 12 else { return }
            snapshot.workers.removeAll { $0.info.groupKey == "7f/key" }
            if heir {
                for index in snapshot.groups.indices where snapshot.groups[index].info.key == "7f/key" {
                    snapshot.groups[index].info.key = "80/key"
                    snapshot.groups[index].info.expected = nil
                }
            } else if !isTold {
                snapshot.groups.removeAll { $0.info.key == "7f/key" }
            }
        }
        demo.advance(11, sampling: [0])
        for slot in [UInt32(5), 6] {
            let info = DemoFleet.worker(0, slot: slot, at: 11)
            demo.link(
                0,
                .event(
                    Event(
                        sequence: UInt64(slot), monotonic: DemoFleet.agentInstant(12), wall: DemoFleet.wall(12),
                        body: .workerExited(
                            WorkerPlace(
                                worker: info.id, app: "shop.wsgi:application", groupKey: "7f/key", slot: info.slot),
                            status: .signal(9), oomKilled: false))))
        }
        demo.advance(seconds, sampling: [0])
        open(&demo)
        return demo
    }

    /// Opens the first host, whose place among the others is by its state.
    private func open(_ demo: inout DemoFleet) {
        demo.press(.home)
        for _ in 0..<20 {
            if case .fleet(let tabs) = demo.state.screen, tabs.view.cursor != .host(0) { demo.press(.down) }
        }
        demo.press(.enter, .home)
    }

    /// Told as an app without workers, and told no more: the row is the same.
    @Test(arguments: [true, false])
    func isNamedCritAndSaysSinceWhen(_ isTold: Bool) throws {
        let demo = dying(isTold: isTold)
        let rows = (0..<24).map { demo.frame().text(row: $0) }
        let row = try #require(rows.first { $0.contains("0 of 2") && $0.contains("CRIT ") })
        #expect(row.contains("shop.w") && !row.contains("7f/key"))
        #expect(row.contains("no worker lives since 14:02:03Z, 20s ago"))
        #expect(!demo.frame().text.contains("7f/key"), "nobody knows a key")
    }

    @Test(arguments: [true, false])
    func itsScreenSaysTheSame(_ isTold: Bool) {
        var demo = dying(isTold: isTold)
        for _ in 0..<50 {
            if case .host(_, let view, _) = demo.state.screen, view.cursor != .app("7f/key") { demo.press(.down) }
        }
        demo.press(.enter)
        let text = demo.frame().text
        #expect(text.contains("Fleet > web-17 > shop.wsgi:application"))
        #expect(text.contains("CRIT"))
        #expect(text.contains("since 14:02:03Z, 20s ago"))
        #expect(text.contains("SIGKILL"))
    }

    @Test func anAppThatWasStartedAnewIsNotMissed() {
        let soon = dying(isTold: false, heir: true, seconds: 3)
        #expect(soon.frame().text.contains("SIGKILL"), "its end can be read for a moment")
        #expect(!soon.frame().text.contains("no worker lives"))
        #expect(!dying(isTold: false, heir: true).frame().text.contains("EXITED"))
    }

    /// It may as well have been left out of the configuration: nobody told that a worker ended.
    @Test func anAppThatIsOnlyNotToldOfIsNoLoss() {
        var demo = DemoFleet(size: Size(rows: 24, columns: 80))
        demo.connect(0)
        demo.change = { _, second, snapshot in
            for index in snapshot.groups.indices { snapshot.groups[index].info.expected = 2 }
            guard second > 3 else { return }
            snapshot.groups.removeAll { $0.info.key == "web" }
            snapshot.workers.removeAll { $0.info.groupKey == "web" }
        }
        demo.advance(8, sampling: [0])
        #expect(demo.fleet.hosts[0].isLost("web") == false)
        #expect(
            demo.fleet.hosts[0].workers.values.allSatisfy { $0.info.groupKey != "web" }, "nobody told that they ended")
    }

    @Test func whatIsShortSaysSinceWhen() {
        var demo = DemoControl.troubled(nil)
        demo.change = { _, _, snapshot in
            for index in snapshot.groups.indices where snapshot.groups[index].info.key == "api" {
                snapshot.groups[index].info.expected = 5
                snapshot.groups[index].info.missingSince = DemoFleet.wall(30)
            }
        }
        demo.advance(1)
        demo.press(.enter, .home, .enter)
        #expect(demo.frame().text.contains("4 of 5 workers since 14:02:21Z, 1m01s ago; empty: #5"))
    }

    // MARK: crash loops

    /// The start and the end of a worker of one slot; the `round`th, a second after the one before.
    private func crash(_ round: Int) -> [Event] {
        let worker = WorkerID(boot: DemoFleet.boot, pid: 30_000 + Int32(round), startTicks: 5)
        let place = WorkerPlace(worker: worker, app: "web", groupKey: "web", slot: 3)
        var info = DemoFleet.worker(0, slot: 5, at: 90)
        info.id = worker
        info.slot = 3
        let bodies: [Event.Body] = [
            .workerStarted(info, app: "web"), .workerExited(place, status: .code(1), oomKilled: false),
        ]
        return bodies.enumerated().map { index, body in
            Event(
                sequence: 1000 + UInt64(round * 2 + index), monotonic: DemoFleet.agentInstant(90 + round),
                wall: DemoFleet.wall(Double(90 + round)), body: body)
        }
    }

    private func crashing(_ rounds: ClosedRange<Int>) -> DemoFleet {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.second(add: rounds.lowerBound - 1)
        for round in rounds {
            demo.second(add: 1)
            for event in crash(round) { demo.link(0, .event(event)) }
        }
        return demo
    }

    private func crashes(_ demo: DemoFleet) -> [String] {
        let host = demo.fleet.hosts[0]
        return host.log.map { host.text(of: $0) }.filter { $0.hasPrefix("web#3") }
    }

    @Test func aCrashLoopIsOneLineOfTheEvents() {
        #expect(crashes(crashing(1...9)) == ["web#3 exited, pid 30009, code 1, 9 times in a row"])
        #expect(crashes(crashing(1...2)).count == 4)
    }

    /// Whoever opens a dashboard in the middle of it hears of the newest first, and of those before when they are asked for.
    @Test(arguments: [8...9, 9...9, 5...9])
    func endsOfThePastAreCountedIntoThoseThatCameSince(_ live: ClosedRange<Int>) {
        for page in [3, 20] {
            var demo = crashing(live)
            demo.press(.enter)
            let past = (1...9).flatMap { crash($0) }
            var after: UInt64 = 0
            for start in stride(from: 0, to: past.count, by: page) {
                let events = Array(past[start..<min(start + page, past.count)])
                demo.link(0, .answer(.events(after: after), .events(events)))
                after = events.map(\.sequence).max() ?? 0
            }
            #expect(crashes(demo) == ["web#3 exited, pid 30009, code 1, 9 times in a row"], "pages of \(page)")
        }
    }

    @Test func anAppWithACrashLoopIsCriticalAlsoBetweenTwoCrashes() {
        var demo = crashing(1...4)
        #expect(appState(demo.fleet.hosts[0], "web", [], now: demo.now) == .ok, "it is the agent that counts")
        demo.change = { host, _, snapshot in
            guard host == 0, let index = snapshot.groups.firstIndex(where: { $0.info.key == "web" }) else { return }
            snapshot.groups[index].row[.restarts] = Restarts(inHour: 5, inFiveMinutes: 4, slot: 3).packed
            snapshot.troubles = [HostTrouble(.restarts, .crit, value: 4, app: "web", slot: 3)]
        }
        demo.sample(0)
        #expect(appState(demo.fleet.hosts[0], "web", [], now: demo.now) == .crit)
        #expect(demo.fleet.hosts[0].grade.reasons.contains("app web: worker 3 ended 4 times in 5 min, last code 1"))
        open(&demo)
        for _ in 0..<50 {
            if case .host(_, let view, _) = demo.state.screen, view.cursor != .app("web") { demo.press(.down) }
        }
        demo.press(.enter)
        #expect(demo.frame().text.contains("worker 3 keeps ending: 4 times in 5 min, last code 1"))
    }

    // MARK: dead rows

    /// api's four workers and twelve more that ended one after the other, of which nobody took the slot.
    private func crowded(_ size: Size) -> DemoFleet {
        var demo = DemoFleet(size: size)
        demo.connect(0)
        demo.change = { _, second, snapshot in
            for slot in UInt32(11)...22 where second < Int(slot) {
                var info = DemoFleet.worker(0, slot: 1, at: second)
                info.id.pid = 40_000 + Int32(slot)
                info.slot = slot
                snapshot.workers.append(WorkerEntry(info: info, row: snapshot.workers[0].row))
            }
            snapshot.workers.sort { $0.info.id < $1.info.id }
        }
        demo.advance(500, sampling: [0])
        open(&demo)
        return demo
    }

    @Test func ofThoseThatEndedTheLastFewAreShownNewestFirst() {
        var demo = crowded(Size(rows: 24, columns: 80))
        func dead() -> [String] {
            (0..<24).map { demo.frame().text(row: $0) }.filter {
                $0.contains(" EXITED ") && !$0.contains("filter") || $0.contains("more ended")
            }
        }
        #expect(dead().count == 4)
        for (line, word) in zip(dead(), ["#22", "#21", "#20", "+9 more ended"]) { #expect(line.contains(word)) }
        #expect(dead()[0].hasSuffix("7m58s"), "its age is whole: \(dead()[0])")
        demo.type("/EXITED")
        demo.press(.enter)
        #expect(dead().count == 12, "who looks for them sees all")
        demo.press(.escape, .home, .enter)
        #expect(dead().count == 4)
        for (line, word) in zip(dead(), ["#22", "#21", "#20", "+9 more ended"]) { #expect(line.contains(word)) }
        #expect(dead()[0].hasSuffix("7m58s"), "its age is whole: \(dead()[0])")
    }

    @Test func theRowOfTheRestIsTheApps() {
        var demo = crowded(Size(rows: 40, columns: 120))
        for _ in 0..<50 {
            if case .host(_, let view, _) = demo.state.screen, view.cursor != .ended("api") { demo.press(.down) }
        }
        #expect(demo.frame().cursor.map { demo.frame().text(row: $0.row) }?.contains("+9 more ended") == true)
        demo.press(.enter)
        #expect(demo.frame().text.contains("Fleet > web-17 > api"))
    }
}
