import Model
import Testing

@testable import Trust

struct PolicyAnswerTests {
    private static let text = """
        {
          defaults: { read: "operator" },
          apps: {
            web: {
              match: { unit: "web.service" },
              restart: "operator",
              signal: { operator: ["USR1"], admin: ["HUP"] },
              roll: "operator", limits: { maxUnavailable: 1 },
            },
            "*": { stop: "admin" },
          },
        }
        """

    private static func answer(
        _ action: Action, _ role: Role, _ app: String = "web", _ parameters: CommandParameters = CommandParameters(),
        _ change: (inout PolicySubject) -> Void = { _ in }
    ) throws -> (isAllowed: Bool, reason: String) {
        let answer = try PolicyTests.policy(text).answer(
            PolicyTests.command(action, parameters), on: PolicyTests.subject(app, change),
            peer: PolicyTests.person(role), role: role)
        return (answer.refusal == nil, answer.reason)
    }

    @Test func namesTheLineThatDecides() throws {
        #expect(try Self.answer(.restart, .operator) == (true, "policy.json5:6: restart needs role operator"))
        #expect(try Self.answer(.restart, .viewer) == (false, "policy.json5:6: restart needs role operator"))
        #expect(try Self.answer(.pause, .operator) == (true, "policy.json5:8: pause needs role operator"))
        for (number, needed) in [(SignalNumber.hup, Role.admin), (SignalNumber.usr1, .operator)] {
            let answer = try Self.answer(.signal, .admin, "web", CommandParameters(signal: number))
            #expect(answer == (true, "policy.json5:7: signal needs role \(needed.word)"))
        }
        #expect(
            try Self.answer(.reload, .admin)
                == (false, "policy.json5:4: the rule of \"web\" does not name reload"))
        #expect(
            try Self.answer(.restart, .admin, "mail")
                == (false, "policy.json5:10: the rule of \"*\" does not name restart"))
        #expect(try Self.answer(.stop, .admin, "mail") == (true, "policy.json5:10: stop needs role admin"))
        let signal = CommandParameters(signal: SignalNumber.term)
        #expect(
            try Self.answer(.signal, .admin, "web", signal) == (false, "policy.json5:7: signal: HUP, USR1; not TERM"))
        let roll = CommandParameters(roll: RollOptions(maxUnavailable: 2))
        #expect(
            try Self.answer(.roll, .admin, "web", roll)
                == (false, "policy.json5:8: maxUnavailable: 1 of 4; not 2"))
        #expect(
            try Self.answer(.restart, .admin, "web") { $0.unit = nil }
                == (false, "policy.json5:4: the rule of \"web\" counts only for unit web.service"))
        #expect(
            try PolicyTests.policy("{apps: {}}").answer(
                PolicyTests.command(), on: PolicyTests.subject(), peer: PolicyTests.person(.admin), role: .admin
            ).reason == "no rule for \"web\", and none for \"*\"")
    }

    /// Of an app that is not here only the name is known: its rule is looked at as if it counted.
    @Test func anAppThatIsOnlyANameIsJudgedAsIfItsMatchHeld() throws {
        let policy = try PolicyTests.policy(Self.text)
        let subject = policy.subject(namedOnly: "web")
        let answer = policy.answer(
            PolicyTests.command(), on: subject, peer: PolicyTests.person(.operator), role: .operator)
        #expect(answer.refusal == nil && policy.match(of: "web") == "unit web.service")
        #expect(policy.match(of: "mail") == nil)
    }

    @Test func readingHasItsOwnRule() throws {
        let policy = try PolicyTests.policy(Self.text)
        #expect(policy.read == .operator)
        let viewer = policy.answer(toReadingBy: PolicyTests.person(.viewer), role: .viewer)
        #expect(viewer == (false, "policy.json5:2: read: operator"))
        #expect(policy.answer(toReadingBy: PolicyTests.person(.operator), role: .operator).isAllowed)
        // The role of the certificate is the most that counts.
        #expect(
            policy.objection(toReadingBy: PolicyTests.person(.viewer), role: .admin)
                == "this host lets nobody below role operator look at it; you are viewer")
        #expect(policy.objection(toReadingBy: .local(uid: 7, pid: 1), role: .viewer) == nil)
        #expect(Policy.readOnly.objection(toReadingBy: PolicyTests.person(.viewer), role: .viewer) == nil)
        let silent = Policy.readOnly.answer(toReadingBy: PolicyTests.person(.viewer), role: .viewer)
        #expect(silent == (true, "no \"defaults: { read }\" says otherwise"))
    }
}
