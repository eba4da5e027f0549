import Console
import Model
import Testing

@testable import Dashboard

/// What nobody can tell is said to be so, everywhere and for as long as it is.
struct UnknownOutcomeTests {
    /// A restart of api#3 was sent, and the link broke 1.6 s after.
    private func lost(accepted: Bool = true) -> DemoFleet {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.enter, .down, .character("r"))
        demo.press(.character("y"), millisecondsLater: 400)
        if accepted, let id = demo.commands.last?.id { demo.link(0, .accepted(id)) }
        demo.second(add: 2)
        demo.link(0, .lost(.silent, retryAt: DemoFleet.instant(100)))
        return demo
    }

    private func settle(_ demo: inout DemoFleet, _ verdict: Verdict) {
        guard let command = demo.commands.first else { return }
        demo.link(
            0,
            .outcome(
                Outcome(
                    id: command.id, action: .restart, target: command.target, issuer: "user/ada", verdict: verdict)))
    }

    private func isPinned(_ demo: DemoFleet) -> Bool { demo.frame().text.contains("? UNKNOWN restart api#3 on web-17") }

    @Test(arguments: [(true, "accepted", "yes"), (false, "not known if accepted", "not known")])
    func isSaidWithWhatIsKnown(_ accepted: Bool, _ short: String, _ long: String) {
        var demo = lost(accepted: accepted)
        #expect(demo.frame().text.contains("? UNKNOWN restart api#3 on web-17 - \(short), link lost 1.6s aft"))
        demo.resize(Size(rows: 40, columns: 120))
        #expect(demo.frame().text.contains("link lost 1.6s after send; agent had accepted: \(long)"))
    }

    @Test func staysOnEveryScreenUntilTheHostAnswers() {
        var demo = lost()
        demo.press(.escape)
        #expect(isPinned(demo))
        for _ in 0..<30 { demo.advance(10, sampling: []) }
        #expect(isPinned(demo), "for as long as it takes")
        demo.press(.end, .enter)
        #expect(isPinned(demo), "on another host's screen, too")
        #expect(demo.frame().text(row: 0).contains("?1 unknown"))
        settle(&demo, .interrupted(Interruption(targetLives: false, replacement: nil, workers: 5)))
        #expect(!isPinned(demo))
        #expect(!demo.frame().text(row: 0).contains("unknown"))
        #expect(demo.state.message?.text.contains("pid 20113 is gone, nothing came in its place") == true)
    }

    /// The agent could not record its answer, was killed, and tells only what it finds.
    @Test func whatIsKnownIsNotUnlearned() {
        var demo = lost()
        settle(&demo, .targetChanged)
        settle(&demo, .interrupted(Interruption(targetLives: false, replacement: nil, workers: 5)))
        #expect(demo.fleet.hosts[0].commands.last?.outcome?.verdict == .targetChanged)
    }

    @Test func onTheSmallestScreenTheFirstLineHasIt() {
        var demo = lost()
        demo.resize(Size(rows: 10, columns: 40))
        #expect(demo.frame().text(row: 0).contains("?1 unknown"))
    }

    @Test func anAgentThatStillWorksOnItEndsTheDoubt() {
        var demo = lost()
        demo.connect(0)
        guard let id = demo.commands.first?.id else { return }
        demo.link(0, .accepted(id))
        #expect(!isPinned(demo))
        #expect(demo.fleet.hosts[0].commands.last?.isUnknown == false)
        settle(&demo, .replaced(RestartEvidence()))
        #expect(demo.state.message?.text.contains("replaced") == true)
    }

    @Test func whatAnAgentForgotIsNotWaitedForAndStaysOnTheWorkersScreen() throws {
        var demo = lost()
        demo.connect(0)
        demo.link(0, .forgotten(try #require(demo.commands.first?.id)))
        #expect(demo.state.message?.text.contains("the agent does not know it") == true)
        #expect(demo.fleet.hosts[0].unknownCommand(onGroup: "api") == nil)
        let record = try #require(demo.fleet.hosts[0].commands.last)
        #expect(demo.fleet.hosts[0].text(of: record, now: demo.now).contains("see its audit.jsonl"))
    }

    @Test func anotherCommandOnTheAppIsHeldBackUntilOverridden() {
        var demo = lost()
        demo.connect(0)
        demo.advance(1, sampling: [0])
        demo.press(.home, .down, .character("r"))
        demo.plan(host: 0, .planned(DemoFleet.restartPlan))
        #expect(demo.frame().text.contains("blocked  ? UNKNOWN restart api#3"))
        demo.press(.character("y"), .tab, .enter, millisecondsLater: 400)
        #expect(demo.commands.count == 1)
        demo.press(.character("r"))
        demo.plan(host: 0, .planned(DemoFleet.restartPlan))
        demo.press(.character("o"), .character("y"), millisecondsLater: 400)
        #expect(demo.commands.count == 2)
        #expect(demo.commands.last?.id != demo.commands.first?.id)
    }

    @Test func anotherAppIsNotHeldBack() {
        var demo = lost()
        demo.connect(0)
        demo.advance(1, sampling: [0])
        demo.press(.end, .character("r"))
        demo.press(.character("y"), millisecondsLater: 400)
        #expect(demo.commands.last?.target.worker == DemoFleet.worker(0, slot: 6, at: 90).id)
    }

    @Test func quittingAsks() {
        var demo = lost()
        demo.press(.character("q"))
        #expect(!demo.effects.contains(.quit))
        #expect(demo.frame().text.contains("It is not known yet what became of"))
        demo.press(.character("y"), millisecondsLater: 299)
        #expect(!demo.effects.contains(.quit))
        demo.press(.enter, millisecondsLater: 400)
        #expect(demo.state.dialog == nil, "Enter stays")
        demo.press(.character("q"))
        demo.press(.character("y"), millisecondsLater: 400)
        #expect(demo.effects.last == .quit)
    }

    @Test func controlCAsksOnceAndThenQuits() {
        var demo = lost()
        demo.press(.control("c"))
        #expect(!demo.effects.contains(.quit))
        demo.press(.control("c"))
        #expect(demo.effects.last == .quit)
    }

    @Test func severalAreCounted() {
        var demo = lost()
        demo.connect(0)
        demo.advance(1, sampling: [0])
        demo.press(.end, .character("r"))
        demo.press(.character("y"), millisecondsLater: 400)
        demo.link(0, .lost(.silent, retryAt: nil))
        #expect(demo.frame().text(row: 0).contains("?2 unknown"))
        #expect(demo.frame().text.contains("? (1 of 2) UNKNOWN restart api#3"))
    }

    @Test func whatIsUnknownIsNeverPushedOut() {
        var demo = lost()
        let target = CommandTarget.worker(DemoFleet.worker(0, slot: 1, at: 90).id)
        for number in 0..<300 {
            demo.link(
                0,
                .outcome(
                    Outcome(
                        id: CommandID(high: 5, low: UInt64(number)), action: .restart, target: target, issuer: "x",
                        verdict: .targetChanged)))
        }
        #expect(demo.fleet.hosts[0].commands.count == 100)
        #expect(demo.fleet.hosts[0].unknownCommand(onGroup: "api") != nil)
    }
}
