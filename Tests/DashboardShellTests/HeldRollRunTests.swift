import Model
import Synchronization
import Testing

@testable import Dashboard

@Suite struct HeldRollRunTests {
    private static let group = CommandTarget.group(
        GroupTarget(boot: LinkHarness.boot, key: "gunicorn/api/1", master: nil))

    private static func jobs(_ hosts: Int) -> [CommandRun.Job] {
        (0..<hosts).map { CommandRun.Job(host: $0, action: .roll, target: group, label: "web-\($0)/api") }
    }

    /// Ids in the order they were asked for.
    private final class Ids: Sendable {
        private let last = Atomic<UInt64>(0)
        func make() -> CommandID { CommandID(high: 1, low: last.add(1, ordering: .relaxed).newValue) }
    }

    private static func run(_ hosts: Int) -> HeldRollRun {
        let ids = Ids()
        return HeldRollRun(jobs(hosts), newID: { ids.make() })
    }

    private static func issued(_ effects: [CommandRun.Effect]) -> [(host: Int, command: Command)] {
        effects.compactMap { if case .issue(let host, let command) = $0 { (host, command) } else { nil } }
    }

    private static func status(_ effects: [CommandRun.Effect]) -> CommandStatus? {
        effects.compactMap { if case .finish(let status) = $0 { status } else { nil } }.first
    }

    private static func answer(_ command: Command, _ verdict: Verdict) -> LinkEvent {
        .outcome(
            Outcome(id: command.id, action: command.action, target: command.target, issuer: "uid/0", verdict: verdict))
    }

    private static let held = Verdict.done(GroupEvidence(detail: "held for 60 s"))

    private static func rolled(_ command: Command, _ state: RollSummary.State) -> Verdict {
        .rolled(
            RollSummary(
                id: command.id, state: state, issuer: "uid/0", total: 2, replaced: state == .finished ? 2 : 1,
                began: MonotonicInstant(nanoseconds: 1)))
    }

    /// Holds everywhere; returns the command that rolls the first host.
    private static func begin(_ run: inout HeldRollRun) throws -> (host: Int, command: Command) {
        let holds = issued(run.start())
        #expect(holds.allSatisfy { $0.command.action == .hold })
        var effects: [CommandRun.Effect] = []
        for hold in holds { effects = run.handle(answer(hold.command, held), from: hold.host) }
        return try #require(issued(effects).first)
    }

    @Test func everyHostIsHeldBeforeTheFirstIsRolled() throws {
        var run = Self.run(2)
        let holds = Self.issued(run.start())
        #expect(holds.map(\.host) == [0, 1])
        #expect(run.handle(Self.answer(holds[1].command, Self.held), from: 1).isEmpty)
        let first = Self.issued(run.handle(Self.answer(holds[0].command, Self.held), from: 0))
        #expect(first.map(\.host) == [0])
        #expect(first.first?.command.action == .roll)
        #expect(first.first?.command.parameters.roll.hold == holds[0].command.id)
    }

    @Test func whyNoHostWasRolledIsSaid() {
        func reports(_ effects: [CommandRun.Effect]) -> [String] {
            effects.compactMap { if case .report(let line) = $0 { line } else { nil } }
        }
        var late = Self.run(2)
        _ = late.start()
        #expect(reports(late.timedOut()) == ["not every host gave the hold in time; nothing was rolled"])
        var lost = Self.run(2)
        _ = lost.start()
        let effects = lost.handle(.lost(.silent, retryAt: MonotonicInstant(nanoseconds: 1)), from: 1)
        #expect(reports(effects) == ["web-1/api: connection silent for 15 s; no host was rolled"])
        var refused = Self.run(2)
        let holds = Self.issued(refused.start())
        #expect(
            reports(refused.handle(Self.answer(holds[0].command, .refused(.readOnly)), from: 0)) == [
                "web-0/api: \(verdictText(.refused(.readOnly), target: Self.group)); no host was rolled"
            ])
    }

    @Test func hostsAreRolledOneAfterTheOtherAndGivenBack() throws {
        var run = Self.run(2)
        let first = try Self.begin(&run)
        let second = try #require(
            Self.issued(run.handle(Self.answer(first.command, Self.rolled(first.command, .finished)), from: 0)).first)
        #expect(second.host == 1)
        let last = run.handle(Self.answer(second.command, Self.rolled(second.command, .finished)), from: 1)
        let releases = Self.issued(last)
        #expect(releases.map(\.command.action) == [.release, .release])
        #expect(Self.status(last) == nil, "not over before the hosts are free again")
        #expect(run.handle(Self.answer(releases[0].command, Self.held), from: 0).isEmpty)
        #expect(Self.status(run.handle(Self.answer(releases[1].command, Self.held), from: 1)) == .done)
    }

    @Test func theFirstFailureLeavesTheRestUntouched() throws {
        var run = Self.run(3)
        let first = try Self.begin(&run)
        let effects = run.handle(Self.answer(first.command, Self.rolled(first.command, .failed)), from: 0)
        #expect(Self.issued(effects).allSatisfy { $0.command.action == .release })
        #expect(effects.contains(.report("web-1/api: not tried")))
        #expect(effects.contains(.report("web-2/api: not tried")))
        #expect(Self.status(run.timedOut()) == .failed, "hosts that do not answer keep nobody waiting for ever")
    }

    @Test func aHoldThatIsRefusedRollsNobody() {
        var run = Self.run(2)
        let holds = Self.issued(run.start())
        _ = run.handle(Self.answer(holds[0].command, Self.held), from: 0)
        let refused = Verdict.refused(.held(by: "user/bob", left: .seconds(41)))
        let effects = run.handle(Self.answer(holds[1].command, refused), from: 1)
        let releases = Self.issued(effects)
        #expect(releases.map(\.host) == [0], "only what was held is given back")
        #expect(releases.first?.command.parameters.subject == holds[0].command.id)
        #expect(Self.status(run.handle(Self.answer(releases[0].command, Self.held), from: 0)) == .failed)
    }

    @Test func holdsOfHostsThatAreStillNeededAreRenewed() throws {
        var run = Self.run(2)
        let first = try Self.begin(&run)
        #expect(Self.issued(run.renew()).map(\.host) == [0, 1])
        _ = run.handle(Self.answer(first.command, Self.rolled(first.command, .finished)), from: 0)
        let renewed = Self.issued(run.renew())
        #expect(renewed.map(\.host) == [1])
        #expect(renewed.first?.command.action == .hold)
        #expect(renewed.first?.command.parameters.subject != nil, "the same hold, not another one")
    }

    @Test func aHostThatIsLostBeforeItIsHeldRollsNobody() {
        var run = Self.run(2)
        _ = run.start()
        let effects = run.handle(.lost(.unreachable(reason: "refused"), retryAt: nil), from: 1)
        #expect(Self.status(effects) == .unreachable)
    }
}

@Suite struct ReadyOptionTests {
    @Test(arguments: [
        ("tcp:8000", ReadyCheck.tcp(port: 8000)), ("http:8000/health?x=1", .http(port: 8000, path: "/health?x=1")),
        ("http:80", .http(port: 80, path: "/")), ("configured", .configured),
    ])
    func isReadAsWritten(_ text: String, _ check: ReadyCheck) {
        #expect(ReadyOption(argument: text)?.check == check)
    }

    @Test(arguments: ["", "tcp", "tcp:0", "tcp:70000", "http:x/y", "udp:53", "configured "])
    func nonsenseIsRefused(_ text: String) { #expect(ReadyOption(argument: text) == nil) }
}
