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

    static func policy(_ text: String = text) throws -> Policy {
        try Policy(json5: Array(text.utf8), file: "policy.json5")
    }

    static func person(_ role: Role) -> Peer {
        .person(name: "ada", role: role, certificate: PeerCertificate(serial: "01", issued: WallTime(nanoseconds: 0)))
    }

    static func command(
        _ action: Action = .restart, _ parameters: CommandParameters = CommandParameters()
    ) -> Command {
        let target = GroupTarget(boot: BootID(high: 1, low: 1), key: "k", master: nil)
        return Command(
            id: CommandID(high: 1, low: 2), action: action, target: .group(target), parameters: parameters)
    }

    static func subject(_ app: String = "web", _ change: (inout PolicySubject) -> Void = { _ in }) -> PolicySubject {
        let info = GroupInfo(key: "k", app: app, kind: .gunicorn, manager: Manager(kind: .systemd, name: "web.service"))
        var subject = PolicySubject(info: info, executable: "/usr/bin/python3", uid: 33, workers: 4)
        change(&subject)
        return subject
    }

    private static func decide(
        _ policy: Policy, app: String, peer: Peer, role: Role, _ action: Action = .restart
    ) -> Refusal? {
        policy.decide(command(action), on: subject(app), peer: peer, role: role)
    }

    @Test(
        arguments: [
            ("web", Role.viewer, Refusal.role(app: "web", needed: .operator, has: .viewer)),
            ("web", .operator, nil), ("web", .admin, nil), ("cron jobs", .viewer, nil),
            ("frozen", .admin, .policy(app: "frozen")),
            ("other", .operator, .role(app: "other", needed: .admin, has: .operator)), ("other", .admin, nil),
            ("Web", .operator, .role(app: "Web", needed: .admin, has: .operator)),
        ] as [(String, Role, Refusal?)])
    func decidesForAPerson(app: String, role: Role, refusal: Refusal?) throws {
        #expect(Self.decide(try Self.policy(), app: app, peer: Self.person(role), role: role) == refusal)
    }

    @Test func refusesWhatNoRuleAllows() throws {
        let policy = try Self.policy("{apps: {web: {restart: 'viewer'}}}")
        #expect(Self.decide(policy, app: "db", peer: Self.person(.admin), role: .admin) == .policy(app: "db"))
        for text in ["{}", "{apps: {}}"] { #expect(try Self.policy(text) == .readOnly) }
        for action in Action.allCases {
            let peer = Self.person(.admin)
            #expect(Self.decide(.readOnly, app: "web", peer: peer, role: .admin, action) == .policy(app: "web"))
            let refusal = Self.decide(policy, app: "web", peer: peer, role: .admin, action)
            #expect(refusal == (action == .restart ? nil : .policy(app: "web")), "\(action)")
        }
    }

    @Test func countsTheWeakerOfCertificateAndSession() throws {
        let policy = try Self.policy()
        let refusal = Refusal.role(app: "web", needed: .operator, has: .viewer)
        #expect(Self.decide(policy, app: "web", peer: Self.person(.viewer), role: .admin) == refusal)
        #expect(Self.decide(policy, app: "web", peer: Self.person(.admin), role: .viewer) == refusal)
    }

    @Test func letsTheOwnUserAndRootDoEverythingOverTheUnixSocket() {
        for uid in [0, 1000] as [UInt32] {
            let role = Policy.role(forLocalUID: uid, ownUID: 1000)
            #expect(role == .admin)
            let peer = Peer.local(uid: uid, pid: 7)
            for action in Action.allCases {
                #expect(Self.decide(.readOnly, app: "web", peer: peer, role: role ?? .viewer, action) == nil)
            }
        }
        #expect(Policy.role(forLocalUID: 1001, ownUID: 1000) == nil)
        #expect(Policy.role(forLocalUID: 1000, ownUID: 0) == nil)
        #expect(
            Self.decide(.readOnly, app: "web", peer: .local(uid: 1001, pid: 7), role: .viewer)
                == .role(app: "web", needed: .admin, has: .viewer))
    }

    @Test func givesAnAgentNoRightsAtAnother() throws {
        let peer = Peer.agent(host: host, certificate: PeerCertificate(serial: "01", issued: WallTime(nanoseconds: 0)))
        #expect(Self.decide(try Self.policy(), app: "web", peer: peer, role: .admin) == .policy(app: "web"))
    }

    @Test func tellsWhetherAnythingIsAllowed() throws {
        let policy = try Self.policy("{apps: {web: {restart: 'operator'}}}")
        #expect(!policy.allowsSomething(peer: Self.person(.viewer), role: .viewer))
        #expect(policy.allowsSomething(peer: Self.person(.operator), role: .operator))
        #expect(
            !policy.allowsSomething(
                peer: .agent(host: host, certificate: PeerCertificate(serial: "", issued: WallTime(nanoseconds: 0))),
                role: .admin))
        #expect(!Policy.readOnly.allowsSomething(peer: Self.person(.admin), role: .admin))
        #expect(Policy.readOnly.allowsSomething(peer: .local(uid: 0, pid: 1), role: .admin))
    }

    @Test func tellsWhichAppsItNames() throws {
        let summary = try Self.policy().summary
        #expect(summary.apps == ["cron jobs", "frozen", "web"] && summary.others)
        #expect(Policy.readOnly.summary.apps.isEmpty && !Policy.readOnly.summary.others)
    }
}
