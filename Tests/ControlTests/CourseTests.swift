import Control
import Model
import Testing

/// The plan is the course: what an operator reads is what the machines do.
@Suite struct CourseTests {
    @Test func aPlanNamesEachSignalAndItsTime() throws {
        let plan = try #require(App(.sidekiq).plan(.restart, worker: 1).course).plan
        let process = ProcessRef(pid: 11, startTicks: 290)
        #expect(
            plan.steps == [
                PlanStep(process: process, role: "worker 2", deed: .signal(20)),
                PlanStep(
                    process: process, role: "worker 2", deed: .signal(15), condition: "after 10 s, if it still lives"),
                PlanStep(
                    process: process, role: "worker 2", deed: .signal(9),
                    condition: "after another 30 s, if it still lives"),
            ])
        #expect(
            plan.success.first == "a new worker of the app takes its place within 15 s (its parent starts a new one)")
    }

    @Test func aPlanNamesAllThatIsAskedOfAReplacement() throws {
        let options = RollOptions(
            maxUnavailable: 2, stable: .milliseconds(2500), lagBelow: .milliseconds(50),
            ready: .http(port: 80, path: "/up"))
        let plan = try #require(App(.gunicorn).plan(.roll) { $0.roll = options }.course).plan
        #expect(plan.steps.count == 6)
        #expect(
            plan.success == [
                "at most 2 workers at a time, in this order: the next begins when one is replaced",
                "it stops at the first worker that is not replaced; who has not had his turn is not signalled",
                "a new worker of the app takes its place within 15 s (gunicorn starts a new one)",
                "it lives for 2500 ms",
                "its longest stretch stays below 50 ms meanwhile", "GET /up on port 80 answers with 2xx or 3xx",
                "the new one loads the app: one that does not ends gunicorn itself",
            ])
    }

    @Test func aPlanOfASizeWaitsForEachStep() throws {
        let plan = try #require(App(.puma).plan(.scale) { $0.size = .to(5) }.course).plan
        let master = ProcessRef(pid: 100, startTicks: 50)
        #expect(
            plan.steps == [
                PlanStep(process: master, role: "master", deed: .signal(21)),
                PlanStep(
                    process: master, role: "master", deed: .signal(21), condition: "when the one before has shown"),
            ])
        #expect(
            plan.success == [
                "each signal changes the number of workers by one within 15 s", "5 live then", "it stays so for 2 s",
            ])
    }

    @Test func nothingIsClaimedOfASignal() throws {
        let plan = try #require(App(.nginx).plan(.signal) { $0.signal = 10 }.course).plan
        #expect(plan.success == ["it is sent; what the process makes of it is not claimed"])
    }

    @Test func aCallTakesWhoItTakes() throws {
        let unit = try #require(App(.alike, master: nil, link: systemd()).plan(.restart, worker: 0).course).plan
        #expect(unit.steps.first?.role == "all workers of the app, worker 1 among them")
        #expect(unit.warnings == ["it takes all 3 workers of shop at once"])
    }

    /// Every signal and call that the machine asks for, in a world where nobody ever ends, is a step of the plan, in order.
    @Test(arguments: GroupKind.allCases) func theMachineDoesThePlan(kind: GroupKind) {
        for link in OffersTests.links {
            let app = App(kind, link: link, version: "0.31")
            guard let course = app.plan(.restart, worker: 0).course, case .restart(let restart) = course.what else {
                continue
            }
            var machine = Restart(restart, group: app.workers.map(\.id))
            var done: [String] = []
            var now = at(0)
            var events: [RestartEvent] = [.begin]
            while let event = events.first {
                events.removeFirst()
                for effect in machine.handle(event, now: now) {
                    switch effect {
                    case .verify: events.append(.verified(.held))
                    case .signal(let number):
                        done.append("\(SignalNumber.name(UInt8(clamping: number))) 10")
                        events.append(.signalled(.sent))
                    case .call(let call, let subject, _):
                        done.append(call.text)
                        #expect(subject.process?.pid == 10)
                        events.append(.called(.done))
                    case .arm(let timer, let deadline) where timer != .call:
                        now = max(now, deadline)
                        events.append(.timerFired(timer))
                    default: break
                    }
                }
            }
            #expect(done == course.plan.steps.map(\.line), "\(kind) \(link as Any)")
            #expect(machine.state == .done)
        }
    }
}
