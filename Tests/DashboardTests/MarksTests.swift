import Console
import Model
import Testing

@testable import Dashboard

/// Marked rows, and what is done to all of them.
struct MarksTests {
    private static let size = Size(rows: 24, columns: 80)

    /// On the list of all workers, with the first two of web-17 marked.
    private func marked(protectedBy context: String? = nil) -> DemoFleet {
        var demo = DemoFleet(size: Self.size, protectedBy: context)
        demo.connect(0)
        demo.advance(5, sampling: [0])
        demo.press(.character("3"))
        demo.advance(1, sampling: [0])
        demo.press(.character("N"), .home, .character(" "), .character(" "))
        return demo
    }

    private func workers(_ demo: DemoFleet) -> [WorkerID] {
        demo.state.marks.all.compactMap { if case .worker(_, let worker) = $0 { worker } else { nil } }
    }

    /// Answers each rehearsal that was asked for.
    private func planned(_ demo: inout DemoFleet, _ verdict: Verdict = .planned(DemoFleet.restartPlan)) {
        var answered: Set<CommandID> = []
        while let (host, command) = dryRuns(demo).first(where: { !answered.contains($0.1.id) }) {
            answered.insert(command.id)
            demo.link(host, .rehearsed(command.id, verdict))
        }
    }

    private func dryRuns(_ demo: DemoFleet) -> [(Int, Command)] {
        demo.effects.compactMap { effect in
            if case .issue(let host, let command) = effect, command.parameters.dryRun { (host, command) } else { nil }
        }
    }

    private func end(_ demo: inout DemoFleet, _ command: Command, _ verdict: Verdict) {
        demo.link(
            0,
            .outcome(
                Outcome(id: command.id, action: command.action, target: command.target, issuer: "me", verdict: verdict))
        )
    }

    @Test func spaceMarksTheRowAndGoesOn() {
        var demo = marked()
        #expect(demo.state.marks.all.count == 2)
        #expect(demo.frame().text.contains("marked 2"))
        #expect(demo.frame().text(row: 4).dropFirst(2).hasPrefix("*"))
        demo.press(.home, .character(" "))
        #expect(demo.state.marks.all.count == 1)
        demo.press(.character("U"))
        #expect(demo.state.marks.isEmpty)
    }

    @Test func hostsAreNotMarked() {
        var demo = marked()
        demo.press(.character("U"), .character("1"), .character(" "))
        #expect(demo.state.marks.isEmpty)
    }

    @Test func tooManyAreRefusedAsAWhole() {
        var marks = Marks()
        let many = (0..<Int32(Marks.most + 1)).map {
            Marks.Mark.worker(host: 0, WorkerID(boot: DemoFleet.boot, pid: $0, startTicks: 1))
        }
        let added = marks.add(many)
        #expect(!added)
        #expect(marks.isEmpty)
        let all = marks.add(Array(many.dropLast()))
        let more = marks.toggle([many[Marks.most]])
        #expect(all && !more)
        #expect(marks.all.count == Marks.most)
    }

    @Test func theyAreRestartedOneAfterTheOther() throws {
        var demo = marked()
        let wanted = workers(demo)
        demo.press(.character("r"))
        #expect(dryRuns(demo).count == 1, "a host is asked one thing at a time")
        demo.press(.character("y"), millisecondsLater: 400)
        #expect(demo.commands.isEmpty, "not before every host said what it would do")
        planned(&demo)
        demo.press(.enter, millisecondsLater: 400)
        #expect(demo.commands.isEmpty && demo.state.dialog == nil, "Enter alone never confirms")
        demo.press(.character("r"))
        planned(&demo)
        demo.press(.character("y"), millisecondsLater: 400)
        #expect(demo.commands.map(\.target) == [.worker(wanted[0])])
        #expect(demo.state.marks.isEmpty)
        end(&demo, demo.commands[0], .replaced(RestartEvidence()))
        #expect(demo.commands.map(\.target) == wanted.map { .worker($0) })
        #expect(demo.state.bulk?.line.hasPrefix("restart 2 of 2, web-17/") == true)
        end(&demo, demo.commands[1], .replaced(RestartEvidence()))
        #expect(demo.state.bulk?.line == "restart of 2: all done")
    }

    @Test func theFirstThatGoesWrongIsTheLast() throws {
        var demo = marked()
        demo.press(.character("r"))
        planned(&demo)
        demo.press(.character("y"), millisecondsLater: 400)
        end(&demo, try #require(demo.commands.first), .notReplaced(RestartEvidence()))
        #expect(demo.commands.count == 1)
        let run = try #require(demo.state.bulk)
        #expect(run.isOver && run.level == .crit)
        #expect(run.line.hasPrefix("restart of 2: stopped: web-17/"))
        #expect(run.reports.last?.hasSuffix("not tried") == true)
    }

    @Test func xStopsItAfterTheOneUnderWay() throws {
        var demo = marked()
        demo.press(.character("r"))
        planned(&demo)
        demo.press(.character("y"), millisecondsLater: 400)
        demo.press(.character("X"), millisecondsLater: 800)
        end(&demo, try #require(demo.commands.first), .replaced(RestartEvidence()))
        #expect(demo.commands.count == 1)
        #expect(demo.state.bulk?.line == "restart of 2: stopped after 1")
    }

    @Test func oneThatEndedMeanwhileIsLeftOut() throws {
        var demo = marked()
        let gone = try #require(workers(demo).first)
        demo.press(.character("r"))
        planned(&demo)
        let slot = try #require(demo.fleet.hosts[0].workers[gone]?.info.slot)
        demo.exit(0, slot: slot, .code(0))
        #expect(demo.frame().text.contains("left out, pid \(gone.pid) exited meanwhile"))
        demo.press(.character("y"), millisecondsLater: 400)
        #expect(demo.commands.count == 1)
        #expect(demo.commands.first?.target != .worker(gone))
    }

    @Test func refusedOnesAreLeftOut() {
        var demo = marked()
        demo.press(.character("r"))
        planned(&demo, .refused(.policy(app: "api")))
        #expect(demo.frame().text.contains("left out, "))
        demo.press(.character("y"), millisecondsLater: 400)
        #expect(demo.commands.isEmpty)
    }

    @Test func marksOfWorkersAreRolledByTheirApp() throws {
        var demo = marked()
        demo.press(.character("U"), .character(":"))
        demo.type("mark host=web-17 app=api")
        demo.press(.enter, .character("R"))
        guard case .bulk(let dialog)? = demo.state.dialog else { throw DemoFailure() }
        #expect(dialog.action == .roll)
        #expect(dialog.parts.map(\.subject.label) == ["api"])
    }

    private struct DemoFailure: Error {}

    @Test func inAProtectedContextItsNameIsTyped() throws {
        var demo = marked(protectedBy: "prod")
        demo.press(.character("r"))
        planned(&demo)
        demo.press(.character("y"), millisecondsLater: 400)
        #expect(demo.commands.isEmpty)
        demo.type("pro")
        demo.press(.enter)
        #expect(demo.commands.isEmpty)
        demo.type("d leak, INC-4411")
        #expect(demo.frame().text.contains("> prod leak, INC-4411"))
        demo.press(.enter)
        #expect(demo.commands.count == 1)
        #expect(demo.commands.first?.parameters.reason == "leak, INC-4411")
    }

    @Test func thereASingleRestartAsksForItToo() throws {
        var demo = marked(protectedBy: "prod")
        demo.press(.character("U"), .character("r"))
        let (host, command) = try #require(dryRuns(demo).last)
        demo.link(host, .rehearsed(command.id, .planned(DemoFleet.restartPlan)))
        demo.press(.character("y"), millisecondsLater: 400)
        demo.type("prodx")
        demo.press(.enter)
        #expect(demo.commands.isEmpty)
        demo.press(.backspace, .enter)
        #expect(demo.commands.count == 1)
        #expect(demo.commands.first?.parameters.reason.isEmpty == true)
    }

    @Test func quittingInTheMiddleAsks() {
        var demo = marked()
        demo.press(.character("r"))
        planned(&demo)
        demo.press(.character("y"), millisecondsLater: 400)
        demo.press(.escape, millisecondsLater: 800)
        demo.press(.character("q"))
        #expect(demo.effects.last != .quit)
        #expect(demo.frame().text.contains("would be left"))
    }

    @Test func theyAreMarkedByAFilter() {
        var demo = marked()
        demo.press(.character("U"), .character(":"))
        demo.type("mark host=web-17 app=api")
        demo.press(.enter)
        #expect(demo.state.marks.all.count == 4)
    }
}
