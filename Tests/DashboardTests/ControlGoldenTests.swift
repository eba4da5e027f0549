import Console
import Model
import Testing

@testable import Dashboard

/// Screens and dialogs of control as an operator sees them, in every size they are made for.
struct ControlGoldenTests {
    enum Picture: String, CaseIterable {
        case rolling, list, app, life, actions, restarting, warned, rolls, scaling, blocked, quitting, unknown

        func demo(_ size: Size) -> DemoFleet {
            var demo = DemoControl.troubled()
            demo.resize(size)
            demo.press(.enter, .home)
            demo.effects = []
            switch self {
            case .rolling: break
            case .list: demo.press(.character("5"))
            case .app:
                demo.press(.enter)
                DemoControl.answer(&demo)
            case .life:
                demo.press(.down, .enter, .character("t"))
                DemoControl.answer(&demo)
            case .actions:
                demo.press(.end, .character("a"))
                DemoControl.answer(&demo)
            case .restarting:
                demo.press(.down, .character("r"))
                demo.plan(host: 0, .planned(DemoFleet.restartPlan))
            case .warned:
                demo.press(.down, .character("r"))
                var plan = DemoFleet.restartPlan
                plan.warnings = DemoControl.rollPlan().warnings
                demo.plan(host: 0, .planned(plan))
                demo.press(.character("y"), millisecondsLater: 400)
            case .rolls:
                demo = DemoControl.troubled(nil)
                demo.resize(size)
                demo.press(.enter, .home, .character("R"))
                demo.plan(host: 0, .planned(DemoControl.rollPlan()))
                demo.press(.character("+"), .character("d"), millisecondsLater: 400)
                demo.plan(host: 0, .planned(DemoControl.rollPlan()))
            case .scaling:
                demo.press(.character("a"))
                demo.link(
                    0,
                    .answer(
                        demo.questions.last { if case .offers = $0 { true } else { false } } ?? .events(after: 0),
                        .offers([Offer(action: .scale, means: "SIGTTIN to the master")], Experience())))
                demo.press(.enter, .character("+"), .character("+"), millisecondsLater: 400)
                demo.press(.character("+"), millisecondsLater: 800)
                demo.plan(
                    host: 0,
                    .planned(
                        Plan(
                            steps: [
                                PlanStep(
                                    process: ProcessRef(pid: 20_001, startTicks: 1), role: "master", deed: .signal(21))
                            ], success: ["7 workers live then"])))
            case .blocked, .quitting, .unknown:
                demo.press(.down, .character("r"))
                demo.press(.character("y"), millisecondsLater: 400)
                demo.link(0, .accepted(demo.commands.last?.id ?? DemoControl.roll))
                demo.second(add: 2)
                demo.link(0, .lost(.silent, retryAt: DemoFleet.instant(100)))
                demo.tick()
                if self == .quitting { demo.press(.character("q")) }
                guard self == .blocked else { break }
                demo.connect(0)
                demo.advance(2, sampling: [0])
                demo.press(.character("r"))
                demo.plan(host: 0, .planned(DemoFleet.restartPlan))
            }
            return demo
        }
    }

    @Test(arguments: Picture.allCases, ScreenGoldenTests.sizes)
    func looksAsDrawn(_ picture: Picture, _ size: Size) throws {
        try Golden.check(picture.demo(size).frame(), "control-\(picture.rawValue)-\(size.columns)x\(size.rows)")
    }

    @Test(arguments: Picture.allCases)
    func looksAsDrawnWithoutUTF8(_ picture: Picture) throws {
        let frame = picture.demo(Size(rows: 24, columns: 80)).frame(.ascii)
        #expect(frame.text.utf8.allSatisfy { $0 < 128 })
        try Golden.check(frame, "control-\(picture.rawValue)-80x24-ascii")
    }

    @Test(arguments: [
        (RollSummary.State.paused, "paused by user/ada"), (.failed, "slot 2: crash loop"), (.finished, ""),
    ])
    func aRollThatRestsSaysWhy(_ state: RollSummary.State, _ reason: String) throws {
        var demo = DemoControl.troubled(DemoControl.rollSummary(state, reason: reason))
        demo.press(.enter, .home)
        try Golden.check(demo.frame(), "control-roll-\(state)-host-80x24")
        demo.press(.enter)
        DemoControl.answer(&demo)
        try Golden.check(demo.frame(), "control-roll-\(state)-app-80x24")
    }
}
