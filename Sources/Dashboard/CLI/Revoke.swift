import ArgumentParser
import Console
import Model
import Transport
import Trust

/// `looptop revoke user/ada`: certificates of a person or a host count no more.
struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Have the fleet refuse the certificates of a person or a host.",
        discussion: """
            Needs the fleet's CA key, which is where looptop init was run. All certificates issued to the name until \
            now are refused: at once by every host that answers, which also closes open connections, and by any \
            other as soon as somebody who was told connects to it. A certificate that the name is given later \
            (looptop grant, looptop enroll) counts. Whoever revokes their own name gets a new certificate on the spot.

            Exit codes: 0 every enrolled host refuses it by now; 3 some do not answer; 78 the CA key is not here.
            """)

    @Argument(
        help: ArgumentHelp("user/NAME, agent/ID or the name of an enrolled host (repeatable).", valueName: "name"))
    var names: [String] = []

    @Flag(help: "Only print who is revoked.")
    var list = false

    @Option(help: ArgumentHelp("How long to wait for hosts.", valueName: "time"))
    var timeout = TimeLimit(seconds: 10)

    @OptionGroup var state: StateOptions

    /// Somebody else may be adding to the list at the same time; they win, and it is added to theirs.
    private static let maximumTries = 3

    func validate() throws {
        guard list == names.isEmpty else {
            throw ValidationError(list ? "--list prints all of them: leave out NAME" : "who is to be revoked?")
        }
    }

    mutating func run() throws {
        let store = try state.store()
        do {
            guard let member = try Membership(of: store) else {
                throw Output.failure(.configuration, store.noFleet)
            }
            if list { return Self.print(member.denyList, book: try store.loadHosts()) }
            let authorities = try store.loadAuthorities()
            guard !authorities.isEmpty else {
                throw Output.failure(.configuration, store.noAuthorityKey)
            }
            let book = try store.loadHosts()
            let holders = try names.map { try Self.holder($0, in: book) }
            try revoke(holders, as: member, authorities, book: book)
        } catch let error as TrustError {
            throw Output.failure(error)
        }
    }

    private static func holder(_ name: String, in book: HostBook) throws -> CertificateHolder {
        if let holder = CertificateHolder(label: name) { return holder }
        let hosts = book.entries.filter { $0.name == name }
        guard hosts.count == 1 else {
            throw Output.failure(
                .nothingMatched,
                hosts.isEmpty
                    ? "\(name) is no enrolled host; a person is user/NAME"
                    : "\(name) is \(hosts.count) hosts: use agent/ID")
        }
        return .agent(hosts[0].host)
    }

    private func revoke(
        _ holders: [CertificateHolder], as member: Membership, _ authorities: [CertificateAuthority], book: HostBook
    ) throws {
        var list = try member.revoke(holders, by: authorities, now: Clocks.wall())
        for holder in holders { Output.data("\(Self.text(holder, book)) is revoked (deny-list \(list.version))\n") }
        if holders.contains(where: { if case .person = $0 { true } else { false } }) {
            Output.note("no list of persons is kept: a name that nobody has is taken, too")
        }
        if case .person(let name, _) = member.identity.name, holders.contains(.person(name)) {
            _ = try member.renewOwn(asked: true, now: Clocks.wall())
            Output.data("you are \(member.identity.name), with a new certificate\n")
        }
        // Who is revoked need not be told, and is not spoken to any more.
        let others = book.entries.filter { !holders.contains(.agent($0.host)) }
        let targets = try others.map { try $0.target() }
        guard !targets.isEmpty else { return }
        let session = try FleetSession(targets, membership: member)
        var spread = DenyListSpread(version: list.version, hosts: targets.count)
        session.links.start()
        let deadline = Clocks.monotonic() + timeout.duration
        for _ in 0..<Self.maximumTries {
            session.run(until: deadline) { items, _, _ in
                for item in items { spread.handle(item.event, from: item.host) }
                return !spread.isComplete
            }
            guard let known = member.denyList, holders.contains(where: { known.entries[$0] != list.entries[$0] }) else {
                break
            }
            // A host had a newer list, of somebody else who holds the CA key: ours is added to that.
            list = try member.revoke(holders, by: authorities, now: Clocks.wall())
            spread = DenyListSpread(version: list.version, hosts: targets.count)
            session.links.keepOut(whoIsOn: list)
        }
        try Self.report(spread, targets)
    }

    private static func report(_ spread: DenyListSpread, _ targets: [Target]) throws {
        var table = TextTable([.left("HOST"), .left("RESULT")])
        for (target, outcome) in zip(targets, spread.outcomes) {
            table.add([SafeText(target.label), SafeText(outcome.text)])
        }
        Output.data(table.text)
        let late = spread.outcomes.count { $0 != .told }
        guard late == 0 else {
            throw Output.failure(
                .unreachable,
                "\(late) of \(targets.count) hosts do not know yet: each does as soon as a dashboard that knows connects"
            )
        }
    }

    private static func print(_ list: DenyList?, book: HostBook) {
        guard let list, !list.entries.isEmpty else { return Output.note("nobody is revoked") }
        var table = TextTable([.left("NAME"), .left("CERTIFICATES UNTIL")])
        for (holder, until) in list.entries.sorted(by: { ($0.value, $0.key.label) < ($1.value, $1.key.label) }) {
            table.add([SafeText(text(holder, book)), Format.dateAndClock(until)])
        }
        Output.data(table.text)
    }

    private static func text(_ holder: CertificateHolder, _ book: HostBook) -> String {
        guard case .agent(let host) = holder, let name = book[host]?.name else { return holder.label }
        return SafeText("\(holder.label) (\(name))").string
    }
}

extension HostBook.Entry {
    func target() throws(TransportError) -> Target {
        Target(label: name, endpoint: .tls(try SocketName(parsing: address), host: host))
    }
}

/// Which hosts have a deny-list by now. A value: whoever runs it hands in what the links tell.
struct DenyListSpread: Sendable {
    enum Outcome: Hashable, Sendable {
        case waiting
        case told
        case failed(String)

        var text: String {
            switch self {
            case .waiting: "no answer in time"
            case .told: "refuses it from now on"
            case .failed(let reason): reason
            }
        }
    }

    private let version: UInt64
    private(set) var outcomes: [Outcome]

    init(version: UInt64, hosts: Int) {
        self.version = version
        outcomes = Array(repeating: .waiting, count: hosts)
    }

    var isComplete: Bool { !outcomes.contains(.waiting) }

    mutating func handle(_ event: LinkEvent, from host: Int) {
        guard outcomes.indices.contains(host), outcomes[host] != .told else { return }
        switch event {
        case .denyListVersion(let theirs, _) where theirs >= version: outcomes[host] = .told
        case .connected: outcomes[host] = .waiting
        case .lost(let failure, _): outcomes[host] = .failed(failureText(failure))
        default: break
        }
    }
}
