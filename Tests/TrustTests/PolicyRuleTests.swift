import Model
import Testing

@testable import Trust

/// What a rule can say beyond who may restart.
struct PolicyRuleTests {
    private static func decide(
        _ rule: String, _ command: Command, _ role: Role = .admin,
        on subject: PolicySubject = PolicyTests.subject()
    ) throws -> Refusal? {
        try PolicyTests.policy("{apps: {web: \(rule)}}")
            .decide(command, on: subject, peer: PolicyTests.person(role), role: role)
    }

    private static func signal(_ number: UInt8?) -> Command {
        PolicyTests.command(.signal, CommandParameters(signal: number))
    }

    private static func roll(_ atOnce: UInt32) -> Command {
        PolicyTests.command(.roll, CommandParameters(roll: RollOptions(maxUnavailable: atOnce)))
    }

    @Test(arguments: Action.allCases) func eachActionIsAllowedByItsWord(_ action: Action) throws {
        let rule = "{\(action.word): 'operator'}"
        let command = action == .signal ? Self.signal(1) : PolicyTests.command(action)
        #expect(try Self.decide(rule, command, .operator) == nil)
        #expect(try Self.decide(rule, command, .viewer) == .role(app: "web", needed: .operator, has: .viewer))
    }

    @Test(arguments: [Action.pause, .resume, .abort, .hold, .release])
    func whatSteersARollGoesByTheRuleOfRolls(_ action: Action) throws {
        let command = PolicyTests.command(action)
        #expect(try Self.decide("{roll: 'operator'}", command, .operator) == nil)
        #expect(try Self.decide("{restart: 'operator'}", command) == .policy(app: "web"))
        let own = "{roll: 'operator', \(action.word): 'admin'}"
        #expect(try Self.decide(own, command, .operator) == .role(app: "web", needed: .admin, has: .operator))
    }

    @Test func aRoleAloneAllowsTheUsualSignals() throws {
        for number in [1, 10, 12, 21, 22, 28] as [UInt8] {
            #expect(try Self.decide("{signal: 'operator'}", Self.signal(number), .operator) == nil)
        }
        let refusal = Refusal.limit(app: "web", rule: "signal: HUP, USR1, USR2, TTIN, TTOU, WINCH; not TERM")
        #expect(try Self.decide("{signal: 'operator'}", Self.signal(15)) == refusal)
        #expect(try Self.decide("{signal: 'operator'}", Self.signal(nil)) != nil)
        #expect(try Self.decide("{signal: 'operator'}", Self.signal(64)) != nil)
    }

    @Test func signalsAreNamedByRole() throws {
        let rule = "{signal: {operator: ['HUP', 'SIGUSR1'], admin: ['TERM', 'HUP']}}"
        #expect(try Self.decide(rule, Self.signal(1), .operator) == nil)
        #expect(try Self.decide(rule, Self.signal(10), .admin) == nil, "a stronger role may what a weaker one may")
        #expect(try Self.decide(rule, Self.signal(15), .admin) == nil)
        let refusal = Refusal.role(app: "web", needed: .admin, has: .operator)
        #expect(try Self.decide(rule, Self.signal(15), .operator) == refusal)
        let limit = Refusal.limit(app: "web", rule: "signal: HUP, USR1, TERM; not USR2")
        #expect(try Self.decide(rule, Self.signal(12), .admin) == limit)
        #expect(try Self.decide("{signal: {}}", Self.signal(1)) == .policy(app: "web"))
    }

    @Test func aNameIsNotEnoughWhereMoreIsAskedFor() throws {
        let full = """
            {match: {unit: 'web.service', executable: '/usr/bin/python3', user: 33, kind: 'gunicorn'},
             restart: 'viewer'}
            """
        let command = PolicyTests.command()
        #expect(try Self.decide(full, command) == nil)
        let changes: [(inout PolicySubject) -> Void] = [
            { $0.unit = "other.service" }, { $0.unit = nil }, { $0.executable = nil },
            { $0.executable = "/tmp/python3" }, { $0.uid = 1000 }, { $0.uid = nil }, { $0.kind = .nginx },
        ]
        for change in changes {
            #expect(try Self.decide(full, command, on: PolicyTests.subject("web", change)) == .policy(app: "web"))
        }
        #expect(try Self.decide("{match: {user: 'root'}, restart: 'viewer'}", command) == .policy(app: "web"))
    }

    /// Who takes the name of an app with a rule does not get the rule of all others instead.
    @Test func anImpostorHasNoRule() throws {
        let policy = try PolicyTests.policy(
            "{apps: {web: {match: {unit: 'web.service'}, restart: 'admin'}, '*': {restart: 'viewer'}}}")
        let impostor = PolicyTests.subject { $0.unit = "user@1000.service" }
        let peer = PolicyTests.person(.admin)
        #expect(policy.decide(PolicyTests.command(), on: impostor, peer: peer, role: .admin) == .policy(app: "web"))
        let other = PolicyTests.subject("db") { $0.unit = nil }
        #expect(policy.decide(PolicyTests.command(), on: other, peer: peer, role: .admin) == nil)
    }

    @Test(arguments: [("2", 2, 3), ("'25%'", 1, 2), ("'50%'", 2, 3), ("'1%'", 1, 2), ("'100%'", 4, 5)])
    func aRollMayTakeDownSoManyAtOnce(bound: String, most: UInt32, tooMany: UInt32) throws {
        let rule = "{roll: 'operator', limits: {maxUnavailable: \(bound)}}"
        #expect(try Self.decide(rule, Self.roll(most)) == nil)
        let words = bound.filter { $0 != "'" }
        let refusal = Refusal.limit(app: "web", rule: "maxUnavailable: \(words) of 4; not \(tooMany)")
        #expect(try Self.decide(rule, Self.roll(tooMany)) == refusal)
    }

    @Test func aGroupThatLacksWorkersIsMeasuredByWhatItShouldHave() {
        let info = GroupInfo(key: "k", app: "web", kind: .gunicorn, expected: 8)
        #expect(PolicySubject(info: info, executable: nil, uid: nil, workers: 3).workers == 8)
        #expect(MaxUnavailable.percent(100).limit(of: .max) == .max && MaxUnavailable.percent(10).limit(of: 0) == 1)
    }

    @Test func restartsPerMinuteAreForTheNetwork() throws {
        let policy = try PolicyTests.policy("{apps: {web: {restart: 'viewer', limits: {restartsPerMinute: 6}}}}")
        #expect(policy.restartsPerMinute(PolicyTests.subject(), peer: PolicyTests.person(.viewer)) == 6)
        #expect(policy.restartsPerMinute(PolicyTests.subject("db"), peer: PolicyTests.person(.viewer)) == nil)
        #expect(policy.restartsPerMinute(PolicyTests.subject(), peer: .local(uid: 0, pid: 1)) == nil)
        let local = Peer.local(uid: 0, pid: 1)
        #expect(policy.decide(Self.roll(1000), on: PolicyTests.subject(), peer: local, role: .admin) == nil)
    }
}
