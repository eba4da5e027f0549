import Model
import Testing

@testable import Trust

/// Who may read logs: operators, unless the host's policy says otherwise.
struct LogRightTests {
    private static let text = """
        {
          defaults: { logs: "admin" },
          apps: {
            web: { match: { unit: "web.service" }, logs: "viewer", restart: "operator" },
            mail: { match: { unit: "mail.service" }, logs: "nobody" },
            shop: { restart: "operator" },
            "*": { logs: "operator" },
          },
        }
        """

    private static func objection(
        _ app: String, _ role: Role, text: String = text, _ change: (inout PolicySubject) -> Void = { _ in }
    ) throws -> String? {
        try PolicyTests.policy(text).objection(
            toLogsOf: PolicyTests.subject(app, change), peer: PolicyTests.person(role), role: role)
    }

    @Test func operatorsReadWhereNothingIsSaid() throws {
        for text in ["{}", "{ apps: { web: {} } }"] {
            #expect(try Self.objection("web", .operator, text: text) == nil)
            #expect(try Self.objection("web", .admin, text: text) == nil)
        }
        #expect(
            Policy.readOnly.objection(
                toLogsOf: PolicyTests.subject(), peer: PolicyTests.person(.viewer), role: .viewer)
                == "logs of web need the role operator, you are viewer; to change that, write "
                + "apps: { \"web\": { logs: \"viewer\" } } into the host's policy")
    }

    @Test func theRuleOfTheAppCountsThenThatOfAllThenTheDefault() throws {
        #expect(try Self.objection("web", .viewer) == nil)
        // Without a word about logs, its rule leaves them to the defaults, not to the rule of all others.
        #expect(try Self.objection("shop", .operator)?.contains("need the role admin") == true)
        #expect(try Self.objection("shop", .admin) == nil)
        #expect(try Self.objection("other", .operator) == nil)
        #expect(
            try Self.objection("other", .viewer)
                == "logs of other need the role operator, you are viewer (policy.json5:7); instead, write "
                + "apps: { \"other\": { logs: \"viewer\" } } into the host's policy")
        #expect(
            try Self.objection("mail", .admin) { $0.unit = "mail.service" }
                == "logs of mail are for nobody: the host's policy says so (policy.json5:5)")
    }

    /// A name is what its worker says it is.
    @Test func aRuleWhoseMatchDoesNotHoldClosesAndDoesNotOpen() throws {
        #expect(try Self.objection("web", .operator) { $0.unit = nil }?.contains("need the role admin") == true)
        #expect(try Self.objection("mail", .admin)?.contains("for nobody") == true)
    }

    @Test func theSocketIsForTheAgentsUserAndRoot() throws {
        let policy = try PolicyTests.policy(Self.text)
        let subject = PolicyTests.subject("mail")
        #expect(policy.objection(toLogsOf: subject, peer: .local(uid: 0, pid: 1), role: .admin) == nil)
        #expect(
            policy.objection(toLogsOf: subject, peer: .local(uid: 9, pid: 1), role: .viewer)
                == "over the unix socket only the agent's own user and root may read logs")
        let host = HostID(high: 1, low: 2)
        for peer in [
            Peer.agent(host: host, certificate: PeerCertificate(serial: "1", issued: WallTime(nanoseconds: 0))),
            .rule(app: "mail"),
        ] {
            let objection = policy.objection(toLogsOf: PolicyTests.subject("web"), peer: peer, role: .admin)
            #expect(objection == "logs are for people only")
        }
        let strong = policy.objection(
            toLogsOf: PolicyTests.subject("other"), peer: PolicyTests.person(.viewer), role: .admin)
        #expect(strong != nil, "the role of the certificate is the most a person has")
    }

    @Test func theAnswerNamesTheLine() throws {
        let policy = try PolicyTests.policy(Self.text)
        func answer(_ app: String, _ role: Role) -> (isAllowed: Bool, reason: String) {
            policy.answer(toLogsOf: PolicyTests.subject(app), peer: PolicyTests.person(role), role: role)
        }
        #expect(answer("web", .viewer) == (true, "policy.json5:4: logs need role viewer"))
        #expect(answer("shop", .operator) == (false, "policy.json5:2: logs need role admin"))
        #expect(answer("mail", .admin) == (false, "policy.json5:5: logs are for nobody"))
        let usual = try PolicyTests.policy("{}").answer(
            toLogsOf: PolicyTests.subject(), peer: PolicyTests.person(.viewer), role: .viewer)
        #expect(usual == (false, "logs need role operator where nothing else is said"))
    }

    @Test(arguments: [
        "{ defaults: { logs: 'root' } }", "{ apps: { web: { logs: true } } }", "{ apps: { web: { log: 'admin' } } }",
    ])
    func whatIsNoRightIsRefused(_ text: String) {
        #expect(throws: TrustError.self) { try PolicyTests.policy(text) }
    }
}
