import Console
import Model
import Testing

@testable import Dashboard

/// Nothing is restarted that the dialog did not name, and nothing by accident.
struct RestartDialogTests {
    private func asking() -> DemoFleet {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.enter, .down, .character("r"))
        return demo
    }

    private func restarts(_ demo: DemoFleet) -> [Command] {
        demo.effects.compactMap { if case .restart(_, let command) = $0 { command } else { nil } }
    }

    @Test func enterAloneNeverConfirms() {
        var demo = asking()
        for _ in 0..<5 { demo.press(.enter, millisecondsLater: 400) }
        #expect(restarts(demo).isEmpty)
    }

    @Test func theKeyThatOpenedItDoesNotConfirm() {
        var demo = asking()
        demo.press(.character("r"), .character("r"), millisecondsLater: 400)
        #expect(demo.state.dialog != nil)
        #expect(restarts(demo).isEmpty)
    }

    @Test func whatWasTypedAheadIsDropped() {
        var demo = asking()
        demo.press(.character("y"), .tab, .enter, .escape, millisecondsLater: 299)
        #expect(demo.state.dialog?.focus == .cancel)
        #expect(restarts(demo).isEmpty)
        demo.press(.control("c"))
        #expect(demo.effects.last == .quit)
    }

    @Test func yConfirmsAndNamesTheWorkerThatWasShown() throws {
        var demo = asking()
        demo.press(.character("y"), millisecondsLater: 300)
        let command = try #require(restarts(demo).first)
        #expect(command.target == DemoFleet.worker(0, slot: 3, at: 90).id)
        #expect(command.grace == .seconds(10))
        #expect(demo.state.dialog == nil)
        #expect(demo.fleet.hosts[0].commands.last?.command == command.id)
        #expect(demo.fleet.hosts[0].commands.last?.ours == true)
    }

    @Test func movingToTheButtonAndEnterConfirms() {
        var demo = asking()
        demo.press(.tab, .enter, millisecondsLater: 400)
        #expect(restarts(demo).count == 1)
    }

    @Test func staysOnItsWorkerWhenRowsMove() throws {
        var demo = asking()
        let target = demo.state.dialog?.target
        demo.exit(0, slot: 1, .code(0))
        demo.advance(3)
        #expect(demo.state.dialog?.target == target)
        demo.press(.character("y"), millisecondsLater: 400)
        #expect(restarts(demo).first?.target == target)
    }

    @Test func withoutItsWorkerItSaysSoAndCannotBeConfirmed() {
        var demo = asking()
        demo.exit(0, slot: 3, .signal(11))
        #expect(demo.frame().text.contains("pid 20113 exited meanwhile (signal 11 SIGSEGV)"))
        #expect(!demo.frame().text.contains("y Restart"))
        demo.press(.character("y"), .tab, .character("y"), millisecondsLater: 400)
        #expect(restarts(demo).isEmpty)
        demo.press(.enter, millisecondsLater: 400)
        #expect(demo.state.dialog == nil)
    }

    @Test func aLostConnectionTakesTheButtonAway() {
        var demo = asking()
        demo.link(0, .lost(.silent, retryAt: nil))
        demo.press(.character("y"), millisecondsLater: 400)
        #expect(restarts(demo).isEmpty)
        #expect(demo.frame().text.contains("host not reachable"))
    }

    @Test func aViewerCannotConfirm() {
        var demo = DemoFleet(size: Size(rows: 24, columns: 80))
        demo.connect(0, role: .viewer)
        demo.advance(3, sampling: [0])
        demo.press(.end, .enter, .down, .character("r"))
        #expect(demo.frame().text.contains("your role here is viewer"))
        demo.press(.character("y"), .tab, .enter, millisecondsLater: 400)
        #expect(restarts(demo).isEmpty)
    }

    @Test func theVerdictIsSaidWithItsEvidence() {
        var demo = asking()
        demo.press(.character("y"), millisecondsLater: 400)
        demo.answer(host: 0)
        #expect(
            demo.state.message?.text == "api#3 replaced: pid 20113 -> 20311, exited after 800ms (code 0), "
                + "new worker live after 1.3s")
    }

    @Test func aBrokenLinkLeavesTheOutcomeUnknown() {
        var demo = asking()
        demo.press(.character("y"), millisecondsLater: 400)
        demo.link(0, .lost(.silent, retryAt: nil))
        let host = demo.fleet.hosts[0]
        #expect(host.commands.last.map { host.text(of: $0, now: demo.now) }?.contains("not known") == true)
    }

    @Test func onTheFleetScreenAndOnAnAppItExplains() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.character("r"))
        #expect(demo.state.message?.text.contains("choose a worker") == true)
        demo.press(.enter, .home, .character("r"))
        #expect(demo.state.message?.text.contains("choose one worker") == true)
        #expect(demo.state.dialog == nil)
    }
}
