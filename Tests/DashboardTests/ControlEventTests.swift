import Console
import Model
import Testing

@testable import Dashboard

/// Events of control: said in words, with the level they deserve, and each once.
struct ControlEventTests {
    private static let place = WorkerPlace(
        worker: WorkerID(boot: DemoFleet.boot, pid: 20_113, startTicks: 5), app: "api", groupKey: "api", slot: 3)
    private static let orphan = PortOrphan(process: ProcessRef(pid: 812, startTicks: 9), port: 8000)

    private func logged(_ bodies: [Event.Body]) -> [(String, Level)] {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        let before = demo.fleet.hosts[0].log.count
        for (index, body) in bodies.enumerated() {
            demo.link(
                0,
                .event(
                    Event(
                        sequence: 1000 + UInt64(index), monotonic: DemoFleet.agentInstant(91), wall: DemoFleet.wall(91),
                        body: body)))
        }
        let host = demo.fleet.hosts[0]
        return host.log.dropFirst(before).map { (host.text(of: $0), $0.level) }
    }

    @Test(arguments: [
        (Event.Body.hung(place), "api#3 HUNG, pid 20113: its loop does not turn", Level.crit),
        (.hungEnded(place, after: .seconds(72)), "api#3 no longer hung, pid 20113, after 1m12s", .ok),
        (
            .orphanFound(app: "web", groupKey: "web", orphan, name: "python3"),
            "web: pid 812 (python3) holds port 8000 and is not of this app", .warn
        ), (.orphanGone(app: "web", groupKey: "web", orphan), "web: pid 812 no longer holds port 8000", .ok),
        (
            .rule(place, rule: "memory > 1GiB for 2m", deed: "restart asked for"),
            "api#3 rule \"memory > 1GiB for 2m\" holds: restart asked for", .warn
        ), (.configuration("policy.json5 was read again"), "policy.json5 was read again", .ok),
        (.audit("the audit log is not as this agent wrote it"), "the audit log is not as this agent wrote it", .crit),
        (
            .workerExited(place, status: .signal(9), oomKilled: true),
            "api#3 exited, pid 20113, signal 9 SIGKILL, killed for memory (oom)", .crit
        ), (.workerExited(place, status: .code(0), oomKilled: false), "api#3 exited, pid 20113, code 0", .ok),
        (
            .roll(DemoControl.rollSummary(.failed, reason: "slot 2: crash loop"), app: "api", groupKey: "api"),
            "api roll 1/4 FAILED by user/ada: slot 2: crash loop", .crit
        ),
        (
            .commandAccepted(
                id: DemoControl.roll, action: .roll,
                target: .group(GroupTarget(boot: DemoFleet.boot, key: "api", master: nil)), issuer: "user/eve"),
            "api roll accepted, asked by user/eve", .ok
        ),
    ])
    func isSaidInWords(_ body: Event.Body, _ text: String, _ level: Level) {
        let lines = logged([body])
        #expect(lines.map(\.0) == [text])
        #expect(lines.map(\.1) == [level])
    }

    /// Eight workers make dozens of steps, and two lines are all there is.
    @Test func theStepsOfARollAreOneLine() {
        var steps: [Event.Body] = []
        for replaced in 0..<4 {
            var roll = DemoControl.rollSummary(.running)
            roll.replaced = UInt32(replaced)
            steps.append(.roll(roll, app: "api", groupKey: "api"))
        }
        steps.append(.roll(DemoControl.rollSummary(.paused, reason: "paused by user/ada"), app: "api", groupKey: "api"))
        steps.append(steps[3])
        #expect(
            logged(steps).map(\.0) == [
                "api roll 1/4 PAUSED by user/ada: paused by user/ada",
                "api roll 3/4 RUNNING by user/ada, slot #2 under way",
            ])
    }

    @Test func aRollOfSomebodyElseIsSeenByEveryDashboard() {
        var demo = DemoControl.troubled()
        demo.press(.enter, .home)
        #expect(demo.frame().text.contains("roll 1/4 RUNNING by user/ada, slot #2 under way"))
        #expect(demo.frame().text(row: 23).contains("p pause"))
        demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.enter, .home)
        #expect(!demo.frame().text(row: 23).contains("p pause"), "without one the key says nothing")
    }

    /// The roll's own command is answered when it fails, and again when it was resumed and ended.
    @Test func aRollThatWasResumedHasALaterOutcome() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        let target = CommandTarget.group(GroupTarget(boot: DemoFleet.boot, key: "api", master: nil))
        for state in [RollSummary.State.failed, .failed, .finished] {
            demo.link(
                0,
                .outcome(
                    Outcome(
                        id: DemoControl.roll, action: .roll, target: target, issuer: "user/ada",
                        verdict: .rolled(DemoControl.rollSummary(state)))))
        }
        let host = demo.fleet.hosts[0]
        #expect(host.commands.filter { $0.command == DemoControl.roll }.count == 1)
        #expect(host.commands.last?.outcome?.verdict == .rolled(DemoControl.rollSummary(.finished)))
        #expect(host.log.suffix(2).map(\.level) == [.crit, .ok])
    }

    @Test(arguments: [
        (UInt64(4), UInt32?.some(4), RollSummary?.none, String?.none, Level.ok), (3, 4, nil, "3 of 4", .warn),
        (0, 4, nil, "0 of 4", .crit), (5, 4, nil, nil, .ok), (3, nil, nil, nil, .ok),
        (3, 4, DemoControl.rollSummary(.running), "3 of 4", .ok),
        (2, 4, DemoControl.rollSummary(.running), "2 of 4", .warn),
        (3, 4, DemoControl.rollSummary(.failed), "3 of 4", .warn),
    ])
    func anAppKnowsHowManyItShouldHave(
        _ count: UInt64, _ expected: UInt32?, _ roll: RollSummary?, _ text: String?, _ level: Level
    ) {
        var row = GroupRow()
        row[.workers] = count
        let group = GroupTrack(
            info: GroupInfo(key: "api", app: "api", kind: .gunicorn, expected: expected, roll: roll), row: row)
        #expect(group.missingText == text)
        #expect(group.level == level)
    }

    /// A slot that crashes again and again would push everything else off the screen.
    @Test func ofASlotThatCrashesOnlyTheLastEndIsListed() {
        var demo = DemoFleet(size: Size(rows: 40, columns: 120))
        demo.connect(0)
        demo.change = { _, second, snapshot in
            // Slot 6 is another process each second, and ended by the next.
            for index in snapshot.workers.indices where snapshot.workers[index].info.id.pid == 20_116 {
                snapshot.workers[index].info.id.pid = 30_000 + Int32(second)
                snapshot.workers[index].info.id.startTicks = 359_000_000 + UInt64(second) * 100
            }
            snapshot.workers.sort { $0.info.id < $1.info.id }
        }
        demo.advance(8, sampling: [0])
        let host = demo.fleet.hosts[0]
        let ended = host.workers.values.filter { $0.end != nil }
        #expect(ended.count == 7)
        let listed = ended.filter { host.isListed($0, now: demo.now) }
        #expect(listed.map(\.info.id.pid) == [30_007])
        #expect(host.exits(inSlot: 2, of: "web").count == 7, "the worker's screen has them all")
    }

    @Test func theKeyOfARollSaysWhatItDoes() {
        for (state, word) in [(RollSummary.State.running, "p pause"), (.paused, "p resume"), (.failed, "p resume")] {
            var demo = DemoControl.troubled(DemoControl.rollSummary(state))
            demo.press(.enter, .home)
            #expect(demo.frame().text(row: 23).contains(word))
        }
    }
}
