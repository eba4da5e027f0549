import Glibc
import Model
import Testing

@testable import Trust

struct PolicyTests {
    private static let text = """
        // who may restart what
        {
          apps: {
            web: { restart: "operator" },
            'cron jobs': { restart: "viewer", },
            frozen: {},  /* nobody */
            "*": { restart: "admin" },
          },
        }
        """

    private static func policy(_ text: String = text) throws -> Policy {
        try Policy(json5: Array(text.utf8), file: "policy.json5")
    }

    private static func person(_ role: Role) -> Peer { .person(name: "ada", role: role, serial: "01") }

    @Test(
        arguments: [
            ("web", Role.viewer, Refusal.role(app: "web", needed: .operator, has: .viewer)),
            ("web", .operator, nil), ("web", .admin, nil), ("cron jobs", .viewer, nil),
            ("frozen", .admin, .policy(app: "frozen")),
            ("other", .operator, .role(app: "other", needed: .admin, has: .operator)), ("other", .admin, nil),
            ("Web", .operator, .role(app: "Web", needed: .admin, has: .operator)),
        ] as [(String, Role, Refusal?)])
    func decidesForAPerson(app: String, role: Role, refusal: Refusal?) throws {
        let policy = try Self.policy()
        #expect(policy.decide(.restart, app: app, peer: Self.person(role), role: role) == refusal)
    }

    @Test func refusesWhatNoRuleAllows() throws {
        let policy = try Self.policy("{apps: {web: {restart: 'viewer'}}}")
        #expect(policy.decide(.restart, app: "db", peer: Self.person(.admin), role: .admin) == .policy(app: "db"))
        for text in ["{}", "{apps: {}}"] { #expect(try Self.policy(text) == .readOnly) }
        #expect(
            Policy.readOnly.decide(.restart, app: "web", peer: Self.person(.admin), role: .admin)
                == .policy(app: "web"))
    }

    @Test func countsTheWeakerOfCertificateAndSession() throws {
        let policy = try Self.policy()
        let refusal = Refusal.role(app: "web", needed: .operator, has: .viewer)
        #expect(policy.decide(.restart, app: "web", peer: Self.person(.viewer), role: .admin) == refusal)
        #expect(policy.decide(.restart, app: "web", peer: Self.person(.admin), role: .viewer) == refusal)
    }

    @Test func letsTheOwnUserAndRootDoEverythingOverTheUnixSocket() {
        for uid in [0, 1000] as [UInt32] {
            let role = Policy.role(forLocalUID: uid, ownUID: 1000)
            #expect(role == .admin)
            let peer = Peer.local(uid: uid, pid: 7)
            #expect(Policy.readOnly.decide(.restart, app: "web", peer: peer, role: role ?? .viewer) == nil)
        }
        #expect(Policy.role(forLocalUID: 1001, ownUID: 1000) == nil)
        #expect(Policy.role(forLocalUID: 1000, ownUID: 0) == nil)
        #expect(
            Policy.readOnly.decide(.restart, app: "web", peer: .local(uid: 1001, pid: 7), role: .viewer)
                == .role(app: "web", needed: .admin, has: .viewer))
    }

    @Test func givesAnAgentNoRightsAtAnother() throws {
        let peer = Peer.agent(host: host, serial: "01")
        #expect(try Self.policy().decide(.restart, app: "web", peer: peer, role: .admin) == .policy(app: "web"))
    }

    @Test func tellsWhetherAnythingIsAllowed() throws {
        let policy = try Self.policy("{apps: {web: {restart: 'operator'}}}")
        #expect(!policy.allowsSomething(peer: Self.person(.viewer), role: .viewer))
        #expect(policy.allowsSomething(peer: Self.person(.operator), role: .operator))
        #expect(!policy.allowsSomething(peer: .agent(host: host, serial: ""), role: .admin))
        #expect(!Policy.readOnly.allowsSomething(peer: Self.person(.admin), role: .admin))
        #expect(Policy.readOnly.allowsSomething(peer: .local(uid: 0, pid: 1), role: .admin))
    }

    @Test(arguments: [
        ("{\n  app: {}\n}", "app", 2, 3),
        ("{apps: {web: {restart: 'admin', stop: 'admin'}}}", "apps.web.stop", 1, 33),
        ("{ // apps.web.kill: x\n apps: { /* kill: */ db: {},\n web: {\n  'kill' : 'admin'}}}", "apps.web.kill", 4, 3),
        ("{apps: {a: {restart: 'admin'}}, \"b\": 1}", "b", 1, 33),
    ])
    func refusesAKeyItDoesNotKnowAndSaysWhere(text: String, key: String, line: Int, column: Int) throws {
        let error = #expect(throws: TrustError.self) { try Self.policy(text) }
        #expect(error == .policyUnknownKey(file: "policy.json5", key: key, line: line, column: column))
        #expect(error?.sentence.hasPrefix("policy.json5:\(line):\(column): unknown key '\(key)'") == true)
    }

    @Test func refusesTwoRulesOfOneName() throws {
        let text = "{apps: {\n  web: {restart: 'viewer'},\n  'web': {restart: 'admin'},\n}}"
        #expect(throws: TrustError.policyRepeatedKey(file: "policy.json5", key: "apps.web", line: 3, column: 3)) {
            try Self.policy(text)
        }
        #expect(try Self.policy("{apps: {a: {restart: 'admin'}, b: {restart: 'admin'}}}") != .readOnly)
    }

    @Test func namesTheKeyWhoseValueIsNoRole() throws {
        let error = #expect(throws: TrustError.self) { try Self.policy("{apps: {web: {restart: 'root'}}}") }
        #expect(
            error
                == .policyValue(
                    file: "policy.json5", key: "apps.web.restart",
                    reason: "it must be one of \"viewer\", \"operator\", \"admin\""))
    }

    @Test(arguments: [
        "", "{", "[]", "7", "{apps: 1}", "{apps: {web: 'operator'}}", "{apps: {web: {restart: 7}}}",
        "{apps: {web: {restart: null}}}", "{apps: {'': {restart: 'admin'}}}", "{apps: {web: {restart: ['admin']}}}",
        "{apps: {web: {restart: 'admin'}} trailing",
    ])
    func refusesAnythingElse(text: String) {
        let error = #expect(throws: TrustError.self) { try Self.policy(text) }
        #expect(error?.sentence.hasPrefix("policy.json5") == true)
    }

    @Test(arguments: [
        ("{\n apps: {\n  web: restart\n }\n}", "3:8: not a policy in JSON5: a text needs quotes"),
        ("{\n apps: {\n  web: {restart: 'admin'}\n", "4:1: not a policy in JSON5: it ends too early"),
        ("{\n apps: {}\n}\n}", "4:1: not a policy in JSON5: there is more after the end"),
        ("{\n apps {}}", "2:7: not a policy in JSON5: a ':' is missing"),
        ("{apps: {a: {} b: {}}}", "1:15: not a policy in JSON5: a ',' is missing"),
        ("{apps: {\n 'a: {}}}", "2:2: not a policy in JSON5: what begins here does not end"),
        ("{apps: {\n a: 7}}", "2:2: not a policy in JSON5: 'apps.a' has the wrong type"),
    ])
    func saysWhereTheTextIsWrong(text: String, wanted: String) throws {
        let error = #expect(throws: TrustError.self) { try Self.policy(text) }
        #expect(error?.sentence.hasPrefix("policy.json5:" + wanted) == true, "\(error?.sentence ?? "")")
    }

    @Test func neverTrapsOnATextCutAnywhere() {
        let bytes = Array(Self.text.utf8)
        for count in bytes.indices {
            _ = PolicyKeys(Array(bytes.prefix(count))).firstRepeated()
            _ = PolicyKeys(Array(bytes.suffix(count))).place(of: ["apps", "web"])
            #expect(PolicyKeys(Array(bytes.prefix(count))).firstFault() != nil || count == bytes.count - 1)
        }
        for text in ["}}}", "{\"", "{'a\\", "/", "/*", "/**", "{a:{", "}a:1", "{\\"] {
            #expect(PolicyKeys(Array(text.utf8)).place(of: ["x"]) == nil)
            #expect(PolicyKeys(Array(text.utf8)).firstFault() != nil)
        }
    }

    @Test func loadsOnlyAFileThatNobodyElseCanChange() throws {
        let temporary = try TemporaryDirectory()
        let path = temporary.path + "/policy.json5"
        #expect(try Policy.load(path: path) == nil)
        temporary.write(Self.text, to: path, mode: 0o644)
        #expect(try Policy.load(path: path) == Self.policy())
        chmod(path, 0o664)
        let error = #expect(throws: TrustError.self) { try Policy.load(path: path) }
        #expect(error?.sentence.contains("chmod 644 '\(path)'") == true)
        chmod(path, 0o600)
        chmod(temporary.path, 0o777)
        #expect(throws: TrustError.insecureParent(path: temporary.path)) { try Policy.load(path: path) }
    }
}
