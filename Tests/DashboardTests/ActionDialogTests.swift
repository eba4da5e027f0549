import Console
import Model
import Testing

@testable import Dashboard

/// Nothing is restarted that the dialog did not name, and nothing by accident.
struct ActionDialogTests {
    private func asking() -> DemoFleet {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.enter, .down, .character("r"))
        return demo
    }

    private func restarts(_ demo: DemoFleet) -> [Command] { demo.commands }

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
        #expect(demo.state.dialog?.action?.focus == .cancel)
        #expect(restarts(demo).isEmpty)
        demo.press(.control("c"))
        #expect(demo.deeds.last == .quit)
    }

    @Test func yConfirmsAndNamesTheWorkerThatWasShown() throws {
        var demo = asking()
        demo.press(.character("y"), millisecondsLater: 300)
        let command = try #require(restarts(demo).first)
        #expect(command.target == .worker(DemoFleet.worker(0, slot: 3, at: 90).id))
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
        let target = demo.state.dialog?.action?.subject.target
        demo.exit(0, slot: 1, .code(0))
        demo.advance(3)
        #expect(demo.state.dialog?.action?.subject.target == target)
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
        #expect(host.commands.last?.isUnknown == true)
        #expect(host.commands.last.map { host.text(of: $0, now: demo.now) }?.hasPrefix("UNKNOWN restart") == true)
    }

    @Test func onTheFleetScreenAndOnAnAppItExplains() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.character("r"))
        #expect(
            demo.state.message?.text == "restart: open a host with Enter and choose a worker or app first")
        demo.press(.enter, .home, .character("r"))
        #expect(
            demo.state.message?.text
                == "restart is of one worker: choose one; R rolls the whole app, one worker after the other")
        #expect(demo.state.dialog == nil)
    }

    // MARK: The plan

    @Test func theAgentIsAskedWhatItWouldDoAndItsPlanIsShown() throws {
        var demo = asking()
        guard case .issue(0, let command)? = demo.effects.last(where: { if case .issue = $0 { true } else { false } })
        else {
            Issue.record("no dry run")
            return
        }
        #expect(command.parameters.dryRun)
        #expect(demo.frame().text.contains("asking the agent"))
        demo.plan(host: 0, .planned(DemoFleet.restartPlan))
        #expect(demo.frame().text.contains("1. SIGTERM to worker 3, pid 20113"))
        demo.press(.character("y"), millisecondsLater: 400)
        let sent = try #require(restarts(demo).first)
        #expect(sent.id != command.id)
        #expect(!sent.parameters.dryRun && !sent.parameters.warned)
    }

    @Test func aPlanForAnotherDialogIsNotShown() {
        var demo = asking()
        demo.press(.escape, millisecondsLater: 400)
        let late = demo
        demo.press(.down, .character("r"))
        demo.link(0, .rehearsed(CommandID(high: 7, low: 1), .planned(DemoFleet.restartPlan)))
        #expect(late.state.dialog == nil)
        #expect(demo.frame().text.contains("asking the agent"))
    }

    @Test func whatTheAgentWouldRefuseCannotBeConfirmedUntilAskedAgain() {
        var demo = asking()
        demo.plan(host: 0, .refused(.policy(app: "api")))
        #expect(demo.frame().text.contains("no rule of the host's policy"))
        demo.press(.character("y"), .tab, .enter, millisecondsLater: 400)
        #expect(restarts(demo).isEmpty)
        demo = asking()
        demo.plan(host: 0, .refused(.busy(holder: CommandID(high: 1, low: 2), what: "a roll by user/bob")))
        demo.press(.character("d"), millisecondsLater: 400)
        demo.plan(host: 0, .planned(DemoFleet.restartPlan))
        demo.press(.character("y"), millisecondsLater: 400)
        #expect(restarts(demo).count == 1)
    }

    private func warned() -> DemoFleet {
        var demo = asking()
        var plan = DemoFleet.restartPlan
        plan.warnings = ["nothing is known to start it again"]
        demo.plan(host: 0, .planned(plan))
        demo.press(.character("y"), millisecondsLater: 400)
        return demo
    }

    @Test func whatThePlanWarnsOfIsAskedOnceMore() {
        var demo = warned()
        #expect(restarts(demo).isEmpty)
        #expect(demo.state.dialog?.action?.warnings == ["nothing is known to start it again"])
        demo.press(.character("y"), millisecondsLater: 699)
        #expect(restarts(demo).isEmpty, "typed ahead of the second question")
        demo.press(.enter, millisecondsLater: 700)
        #expect(restarts(demo).isEmpty, "Cancel has the focus again")
        demo = warned()
        demo.press(.character("y"), millisecondsLater: 700)
        #expect(restarts(demo).map(\.parameters.warned) == [true])
    }

    @Test func aWarningThatCameTooLateForTheDialogIsAskedAboutAllTheSame() throws {
        var demo = asking()
        demo.press(.character("y"), millisecondsLater: 400)
        let first = try #require(restarts(demo).first)
        #expect(!first.parameters.warned)
        demo.second(add: 1)
        demo.link(
            0,
            .outcome(
                Outcome(
                    id: first.id, action: .restart, target: first.target, issuer: "user/ada",
                    verdict: .refused(.warning("nothing is known to start it again")))))
        #expect(demo.state.dialog?.action?.warnings == ["nothing is known to start it again"])
        demo.press(.character("y"), millisecondsLater: 299)
        #expect(restarts(demo).count == 1)
        demo.press(.character("y"), millisecondsLater: 300)
        #expect(restarts(demo).map(\.parameters.warned) == [false, true])
        #expect(restarts(demo).last?.id != first.id)
    }

    // MARK: Apps

    private func rolling() -> DemoFleet {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.enter, .home, .down, .down, .character("R"))
        return demo
    }

    @Test func aRollIsOfTheWholeAppWithTheMasterThatWasShown() throws {
        var demo = rolling()
        demo.press(.character("+"), .character("+"), .character("-"), .character("y"), millisecondsLater: 400)
        let command = try #require(restarts(demo).first)
        #expect(command.action == .roll)
        #expect(command.target.group?.key == "api")
        #expect(command.target.group?.master == ProcessRef(pid: 20_001, startTicks: 1))
        #expect(command.parameters.roll.maxUnavailable == 2)
        let rehearsals = demo.effects.filter {
            if case .issue(_, let command) = $0 { command.parameters.dryRun } else { false }
        }
        #expect(rehearsals.count == 4, "each value has its own plan")
    }

    @Test func anotherMasterTakesTheButtonAway() {
        var demo = rolling()
        demo.change = { _, _, snapshot in
            for index in snapshot.groups.indices { snapshot.groups[index].info.master?.pid += 1 }
        }
        demo.advance(1)
        #expect(demo.frame().text.contains("the app has another master now (pid 20002)"))
        demo.press(.character("y"), millisecondsLater: 1400)
        #expect(restarts(demo).isEmpty)
    }

    @Test(arguments: [
        (RollSummary.State.running, Action.pause), (.paused, .resume), (.failed, .resume),
    ])
    func pIsForTheRollAsItStands(_ state: RollSummary.State, _ action: Action) {
        var demo = DemoControl.troubled(DemoControl.rollSummary(state))
        demo.press(.enter, .home, .character("p"))
        demo.press(.character("y"), millisecondsLater: 400)
        #expect(demo.commands.map(\.action) == [action])
        #expect(demo.commands.first?.parameters.subject == DemoControl.roll)
        demo.press(.character("X"))
        demo.press(.character("y"), millisecondsLater: 400)
        #expect(demo.commands.map(\.action) == [action, .abort])
    }

    @Test func aRollThatEndedMeanwhileCannotBePaused() {
        var demo = DemoControl.troubled()
        demo.press(.enter, .home, .character("p"))
        let usual = demo.change
        demo.change = { host, second, snapshot in
            usual(host, second, &snapshot)
            for index in snapshot.groups.indices where snapshot.groups[index].info.key == "api" {
                snapshot.groups[index].info.roll = DemoControl.rollSummary(.finished)
            }
        }
        demo.advance(1)
        #expect(demo.frame().text.contains("the roll is FINISHED now"))
        demo.press(.character("y"), millisecondsLater: 1400)
        #expect(demo.commands.isEmpty)
    }

    @Test func whereARollIsOpenAnotherIsNotBegun() {
        var demo = DemoControl.troubled()
        demo.press(.enter, .home, .character("R"))
        #expect(demo.state.dialog == nil)
        #expect(demo.state.message?.text.contains("p pauses or resumes it") == true)
    }

    // MARK: The menu

    private func choosing(_ keys: Key...) -> DemoFleet {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.enter, .home, .down, .character("a"))
        DemoControl.answer(&demo)
        for key in keys { demo.press(key, millisecondsLater: 400) }
        return demo
    }

    @Test func theMenuOffersWhatTheHostSaysOfTheWorkerAndItsApp() {
        let demo = choosing()
        #expect(demo.frame().text.contains("> restart"))
        #expect(demo.frame().text.contains("the whole app"))
        #expect(demo.frame().text.contains("not to be had: the app decides how many workers it forks"))
        #expect(!demo.frame().text.contains("it is done to the whole app"), "that stands below")
        #expect(!demo.frame().text.contains("hold"), "leases are for programs")
    }

    @Test func choosingAsksAndNeverDoes() {
        var demo = choosing(.enter)
        #expect(demo.state.dialog?.action?.action == .restart)
        demo.press(.enter, millisecondsLater: 500)
        #expect(demo.commands.isEmpty)
        demo.press(.enter, millisecondsLater: 800)
        #expect(demo.commands.isEmpty)
    }

    @Test func whatIsDoneToTheAppIsAskedAboutTheApp() {
        var demo = choosing(.down, .down, .enter)
        #expect(demo.state.dialog?.action?.action == .roll)
        demo.press(.character("y"), millisecondsLater: 800)
        #expect(demo.commands.map(\.target.group?.key) == ["api"])
    }

    @Test func whatIsNotToBeHadSaysWhyAndStays() {
        let demo = choosing(.end, .enter)
        #expect(demo.state.dialog?.menu != nil)
        #expect(demo.state.message?.text == "scale: the app decides how many workers it forks")
        #expect(!demo.frame().text.contains("pause   not to be had"), "without a roll nobody asks")
    }

    @Test func aSignalIsChosenByItsName() {
        var demo = choosing(.down, .enter)
        demo.press(.character("-"), .character("+"), .character("+"), .character("y"), millisecondsLater: 800)
        #expect(demo.commands.map(\.parameters.signal) == [2])
    }

    @Test func aViewerMayLookAtTheMenu() {
        var demo = DemoFleet(size: Size(rows: 24, columns: 80))
        demo.connect(0, role: .viewer)
        demo.advance(3, sampling: [0])
        demo.press(.end, .enter, .down, .character("a"))
        DemoControl.answer(&demo)
        demo.press(.enter, millisecondsLater: 400)
        #expect(demo.frame().text.contains("your role here is viewer"))
        demo.press(.character("y"), millisecondsLater: 800)
        #expect(demo.commands.isEmpty)
    }
}
