import Model
import Testing

@testable import Dashboard

@Suite struct CommandRunTests {
    private static let worker = WorkerID(boot: LinkHarness.boot, pid: 41, startTicks: 7)

    private static func job(_ slot: Int, host: Int = 0) -> CommandRun.Job {
        let worker = WorkerID(boot: LinkHarness.boot, pid: Int32(40 + slot), startTicks: 7)
        return CommandRun.Job(host: host, action: .restart, target: .worker(worker), label: "web-1/api#\(slot)")
    }

    /// Ids count up, so that tests can name them.
    private static func run(_ jobs: [CommandRun.Job], waits: Bool) -> CommandRun {
        CommandRun(jobs, waits: waits, newID: { CommandID(high: 0, low: 1) })
    }

    private static let id = CommandID(high: 0, low: 1)

    private static func outcome(_ verdict: Verdict) -> LinkEvent {
        .outcome(Outcome(id: id, action: .restart, target: .worker(worker), issuer: "uid/0", verdict: verdict))
    }

    private static let replaced = Verdict.replaced(
        RestartEvidence(
            signals: [SentSignal(number: 15, after: .zero)], exited: .milliseconds(80), exitStatus: .code(0),
            replacement: WorkerID(boot: LinkHarness.boot, pid: 99, startTicks: 9), replaced: .seconds(1)))

    private static func finish(_ effects: [CommandRun.Effect]) -> CommandStatus? {
        effects.compactMap { if case .finish(let status) = $0 { status } else { nil } }.first
    }

    private static func reports(_ effects: [CommandRun.Effect]) -> [String] {
        effects.compactMap { if case .report(let line) = $0 { line } else { nil } }
    }

    @Test func aNewLivingWorkerIsSuccess() {
        var run = Self.run([Self.job(1)], waits: true)
        #expect(run.start() == [.issue(host: 0, Command(id: Self.id, action: .restart, target: .worker(Self.worker)))])
        #expect(run.handle(.accepted(Self.id), from: 0).isEmpty)
        let effects = run.handle(Self.outcome(Self.replaced), from: 0)
        #expect(Self.finish(effects) == .done)
        #expect(Self.reports(effects).first?.hasPrefix("web-1/api#1: replaced: pid 41 -> 99") == true)
        #expect(run.isOver)
    }

    @Test func withoutWaitingAcceptedIsTheEnd() {
        var run = Self.run([Self.job(1)], waits: false)
        _ = run.start()
        #expect(Self.finish(run.handle(.accepted(Self.id), from: 0)) == .done)
        #expect(run.handle(Self.outcome(.targetChanged), from: 0).isEmpty, "what comes later is not ours")
    }

    @Test(arguments: [
        (Verdict.notReplaced(RestartEvidence()), CommandStatus.failed), (.targetChanged, .failed),
        (.timedOut(RestartEvidence()), .failed), (.refused(.policy(app: "api")), .notAllowed),
        (.refused(.role(app: "api", needed: .operator, has: .viewer)), .notAllowed), (.refused(.readOnly), .notAllowed),
        (.refused(.notPermitted), .notAllowed), (.refused(.protectedProcess), .notAllowed),
        (.refused(.busy(holder: CommandID(high: 0, low: 2), what: "a roll")), .failed),
        (.refused(.expired), .failed),
        (.refused(.notAWorker), .failed), (.refused(.tooManyCommands), .failed),
    ])
    func everyOtherVerdictIsAFailureOfItsKind(_ verdict: Verdict, _ status: CommandStatus) {
        var run = Self.run([Self.job(1)], waits: true)
        _ = run.start()
        #expect(Self.finish(run.handle(Self.outcome(verdict), from: 0)) == status)
    }

    @Test func severalAreRestartedOneAfterTheOther() {
        var run = Self.run([Self.job(1), Self.job(2, host: 1)], waits: false)
        _ = run.start()
        #expect(run.handle(.accepted(Self.id), from: 0).isEmpty, "several are always awaited")
        let effects = run.handle(Self.outcome(Self.replaced), from: 0)
        #expect(Self.finish(effects) == nil)
        guard case .issue(let host, let command)? = effects.last else {
            Issue.record("the second was not issued: \(effects)")
            return
        }
        #expect(host == 1)
        #expect(command.target.worker?.pid == 42)
        #expect(run.handle(Self.outcome(Self.replaced), from: 0).isEmpty, "of another host")
        #expect(Self.finish(run.handle(Self.outcome(Self.replaced), from: 1)) == .done)
    }

    @Test func theFirstFailureIsTheLastTry() {
        var run = Self.run([Self.job(1), Self.job(2), Self.job(3)], waits: true)
        _ = run.start()
        let effects = run.handle(Self.outcome(.notReplaced(RestartEvidence())), from: 0)
        #expect(Self.finish(effects) == .failed)
        #expect(Self.reports(effects).suffix(2) == ["web-1/api#2: not tried", "web-1/api#3: not tried"])
    }

    @Test func theEventOfTheOutcomeCountsAsWell() {
        var run = Self.run([Self.job(1)], waits: true)
        _ = run.start()
        guard case .outcome(let outcome) = Self.outcome(Self.replaced) else { return }
        let event = Event(
            sequence: 1, monotonic: MonotonicInstant(nanoseconds: 0), wall: WallTime(nanoseconds: 0),
            body: .commandEnded(outcome))
        #expect(Self.finish(run.handle(.event(event), from: 0)) == .done)
    }

    @Test func aLostLinkLeavesTheOutcomeUnknownUntilItAnswersAgain() {
        var lost = Self.run([Self.job(1)], waits: true)
        _ = lost.start()
        _ = lost.handle(.accepted(Self.id), from: 0)
        #expect(lost.handle(.lost(.silent, retryAt: MonotonicInstant(nanoseconds: 1)), from: 0).isEmpty)
        #expect(Self.finish(lost.timedOut()) == .unknownOutcome)

        var back = Self.run([Self.job(1)], waits: true)
        _ = back.start()
        _ = back.handle(.lost(.silent, retryAt: MonotonicInstant(nanoseconds: 1)), from: 0)
        _ = back.handle(.accepted(Self.id), from: 0)
        #expect(Self.finish(back.timedOut()) == .timedOut)
    }

    @Test func aLinkThatNobodyWillRetryIsNotWaitedFor() {
        var run = Self.run([Self.job(1)], waits: true)
        _ = run.start()
        #expect(Self.finish(run.handle(.lost(.untrusted(reason: "expired"), retryAt: nil), from: 0)) == .unknownOutcome)
    }

    @Test func whatIsNotKnownIsSaid() {
        let lost = LinkEvent.lost(.silent, retryAt: MonotonicInstant(nanoseconds: 1))
        for (isAccepted, event, sentence) in [
            (false, nil, "no answer in time"), (true, nil, "accepted, but not finished in time; it goes on"),
            (
                false, lost,
                "outcome unknown: the link was lost; whether the agent accepted it is not known"
            ),
            (true, lost, "outcome unknown: the link was lost; the agent had accepted it"),
            (
                true, .forgotten(Self.id),
                "outcome unknown: asked again, the agent does not know it; the agent had accepted it"
            ),
        ] as [(Bool, LinkEvent?, String)] {
            var run = Self.run([Self.job(1)], waits: true)
            _ = run.start()
            if isAccepted { _ = run.handle(.accepted(Self.id), from: 0) }
            let effects = event.map { run.handle($0, from: 0) } ?? []
            #expect(Self.reports(effects + run.timedOut()) == ["web-1/api#1: \(sentence)"])
        }
    }

    @Test func nothingToDoIsNothingMatched() {
        var run = Self.run([], waits: true)
        #expect(Self.finish(run.start()) == .nothingMatched)
    }

    @Test func exitCodesAreThoseOfTheDocumentation() {
        let codes: [(CommandStatus, Int32)] = [
            (.done, 0), (.failed, 1), (.unreachable, 3), (.nothingMatched, 4), (.usage, 64), (.unavailable, 69),
            (.unknownOutcome, 75), (.notAllowed, 77), (.configuration, 78), (.timedOut, 124),
        ]
        for (status, code) in codes { #expect(status.rawValue == code) }
    }

    @Test func aDryRunPrintsThePlanOfEach() {
        var run = Self.run([Self.job(1)], waits: true)
        _ = run.start()
        let plan = Plan(
            steps: [
                PlanStep(process: ProcessRef(pid: 41, startTicks: 7), role: "worker 1", deed: .signal(15)),
                PlanStep(process: nil, role: "", deed: .call("systemctl restart web.service"), condition: "then"),
            ], success: ["a new worker lives"], warnings: ["it may take long"])
        let effects = run.handle(.rehearsed(Self.id, .planned(plan)), from: 0)
        #expect(
            Self.reports(effects) == [
                "web-1/api#1: restart would do", "  1. SIGTERM to worker 1, pid 41",
                "  2. systemctl restart web.service, then", "  success: a new worker lives",
                "  warning: it may take long",
            ])
        #expect(Self.finish(effects) == .done)
    }

    @Test func aWarningSaysHowToGoOn() {
        var run = Self.run([Self.job(1)], waits: true)
        _ = run.start()
        let effects = run.handle(Self.outcome(.refused(.warning("it drops requests"))), from: 0)
        #expect(effects.contains(.note("--accept-warnings does it all the same")))
        #expect(Self.finish(effects) == .failed)
    }

    @Test func anAgentThatForgotLeavesTheOutcomeUnknown() {
        var run = Self.run([Self.job(1)], waits: true)
        _ = run.start()
        _ = run.handle(.accepted(Self.id), from: 0)
        #expect(Self.finish(run.handle(.forgotten(Self.id), from: 0)) == .unknownOutcome)
    }
}
