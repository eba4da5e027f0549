import ArgumentParser
import Discovery
import Glibc
import Model
import Trust

/// `looptop-agent policy check`.
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Ask what the policy of this host allows.",
        subcommands: [PolicyCheckCommand.self])
}

/// `looptop-agent policy check`: whether somebody may do something to an app, and which line says so. Needs no running
/// agent, and asks nobody.
struct PolicyCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say whether somebody may do something to an app, and which line says so.",
        discussion: """
            Prints 'allowed' and ends with 0, or 'refused' and ends with 77. A person's role is in their certificate, which \
            this host does not keep: give it (user/ada/operator), or it is the one with which they asked for something here \
            last. An app that is found on this machine is judged as it is; of another one only the name is known.
            """)

    @Option(name: .customLong("as"), help: "user/NAME/ROLE, user/NAME, or uid/NUMBER for the unix socket.")
    var issuer: String
    @Option(name: .customLong("do"), help: "An action, as the policy spells it, 'read' or 'logs'.")
    var deed: String
    @Option(help: "Of 'signal': its name. Default: HUP.")
    var signal: String?
    @Option(help: "Of 'roll': workers down at a time. Default: 1.")
    var maxUnavailable: UInt32 = 1
    @Option(help: "Policy file. Default: as for 'run'.")
    var policy: String?
    @Option(help: "Configuration file: its names of apps, and 'readOnly'. Default: as for 'run'.")
    var config: String?
    @Option(help: "The agent's state directory. Default: as for 'run'.")
    var stateDir: String?
    @Argument(help: "The app's name, as on the screen. Not for 'read'.")
    var app: String?

    func run() throws {
        let directory = stateDir ?? Surroundings.current().stateDirectory
        let who = try PolicyIssuer(issuer, stateDirectory: directory)
        let file = policy ?? Surroundings.policyFile(stateDirectory: directory)
        let rules = try PolicyBox(file: file).current
        let configuration = try ConfigurationBox(named: config)
        let answer: (isAllowed: Bool, what: String, reason: String)
        if deed == "read" {
            guard app == nil else { throw Fatal(.usage, "--do read: it is of the whole host, not of one app") }
            let reading = rules.answer(toReadingBy: who.peer, role: who.role)
            answer = (reading.isAllowed, "look at this host", reading.reason)
        } else {
            answer = try judge(rules, who, configuration)
        }
        let notes =
            file == nil
            ? ["there is no policy file: over the network nobody can do more than look, and operators read logs"] : []
        let modal = answer.isAllowed ? "may" : "may not"
        let lines =
            ["\(answer.isAllowed ? "allowed" : "refused"): \(who.text) \(modal) \(answer.what): \(answer.reason)"]
            + who.notes + notes
        Self.print(lines)
        if !answer.isAllowed { Glibc.exit(ExitCode.noPermission.rawValue) }
    }

    private func judge(
        _ rules: Policy, _ who: PolicyIssuer, _ box: ConfigurationBox
    ) throws(Fatal) -> (isAllowed: Bool, what: String, reason: String) {
        let action = Action.allCases.first { $0.word == deed }
        guard action != nil || deed == Self.logs else {
            let words = (["read", Self.logs] + Action.allCases.map(\.word)).joined(separator: ", ")
            throw Fatal(.usage, "--do \(deed): there is no such action; there are \(words)")
        }
        guard let app else { throw Fatal(.usage, "--do \(deed): name the app, as it is on the screen") }
        let found = try subjects(of: app, box)
        let all = found.isEmpty ? [rules.subject(namedOnly: app)] : found
        guard let action else {
            let answers = all.map { rules.answer(toLogsOf: $0, peer: who.peer, role: who.role) }
            return strictest(answers, "read the logs of \(app)", app, isFound: !found.isEmpty, rules)
        }
        var parameters = CommandParameters(roll: RollOptions(maxUnavailable: maxUnavailable))
        if action == .signal {
            guard let number = SignalNumber.number(signal ?? "HUP") else {
                throw Fatal(.usage, "--signal \(signal ?? ""): there is no such signal")
            }
            parameters.signal = number
        }
        let target = GroupTarget(boot: BootID(high: 0, low: 0), key: "", master: nil)
        let command = Command(
            id: CommandID(high: 0, low: 0), action: action, target: .group(target), parameters: parameters)
        let what = "\(deed) \(app)"
        if box.current.readOnly == true {
            return (false, what, "\(box.file): readOnly: the agent refuses every command")
        }
        let answers = all.map { rules.answer(command, on: $0, peer: who.peer, role: who.role) }
        return strictest(
            answers.map { ($0.refusal == nil, $0.reason) }, what, app, isFound: !found.isEmpty, rules)
    }

    private static let logs = "logs"

    /// Of several groups with one name the agent asks for each by itself: the strictest answer is the honest one.
    private func strictest(
        _ answers: [(isAllowed: Bool, reason: String)], _ what: String, _ app: String, isFound: Bool, _ rules: Policy
    ) -> (isAllowed: Bool, what: String, reason: String) {
        guard let answer = answers.first(where: { !$0.isAllowed }) ?? answers.first else {
            return (false, what, "nothing was asked")
        }
        var reason = answer.reason
        if !isFound {
            reason += "; no app of this name is found here now"
            if let match = rules.match(of: app) { reason += ", so this is for one with \(match)" }
        }
        return (answer.isAllowed, what, reason)
    }

    /// The groups of that name on this machine, as far as this user may see.
    private func subjects(of app: String, _ box: ConfigurationBox) throws(Fatal) -> [PolicySubject] {
        let scope = try Scope(under: box.current.under, match: box.current.match)
        let report = try DiscoverCommand.look(scope: scope, overrides: box.overrides)
        return report.groups.filter { $0.info.app == app }.map { group in
            let leading = (group.info.master?.pid ?? group.workers.first?.process.pid).flatMap { report.table[$0] }
            return PolicySubject(
                info: group.info, executable: leading?.executable, uid: leading?.uid,
                workers: UInt32(clamping: group.workers.count))
        }
    }

    private static func print(_ lines: [String]) {
        let bytes = Array((lines.map(LogOutput.escaped).joined(separator: "\n") + "\n").utf8)
        _ = write(1, bytes, bytes.count)
    }
}

/// Who is meant by `--as`, with the role.
struct PolicyIssuer {
    let peer: Peer
    let role: Role
    let text: String
    /// Where the role comes from, if it was not given.
    var notes: [String] = []

    /// The policy does not look at it.
    private static let none = PeerCertificate(serial: "", issued: WallTime(nanoseconds: 0))

    init(_ text: String, stateDirectory: String) throws(Fatal) {
        let words = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch words.first {
        case "uid" where words.count == 2:
            guard let uid = UInt32(words[1]) else { throw Self.usage(text) }
            peer = .local(uid: uid, pid: 0)
            role = Policy.role(forLocalUID: uid, ownUID: getuid()) ?? .viewer
            self.text = text
        case "user" where words.count == 3 && !words[1].isEmpty:
            guard let given = Role(word: words[2]) else { throw Self.usage(text) }
            (peer, role) = (.person(name: words[1], role: given, certificate: Self.none), given)
            self.text = "user/\(words[1]) (\(given.word))"
        case "user" where words.count == 2 && !words[1].isEmpty:
            guard let (last, time) = Self.lastRole(of: text, in: stateDirectory) else {
                throw Fatal(
                    .usage,
                    "--as \(text): the role is in the certificate, and \(text) never asked for anything here: give it, "
                        + "as in --as \(text)/operator")
            }
            (peer, role) = (.person(name: words[1], role: last, certificate: Self.none), last)
            self.text = "\(text) (\(last.word))"
            notes = ["\(text) asked here last as \(last.word), at \(time.rfc3339) (audit log)"]
        default: throw Self.usage(text)
        }
    }

    private static func usage(_ text: String) -> Fatal {
        let roles = Role.allCases.map(\.word).joined(separator: ", ")
        return Fatal(.usage, "--as \(text): give user/NAME/ROLE, user/NAME or uid/NUMBER; roles are \(roles)")
    }

    /// As the audit log has it.
    private static func lastRole(of issuer: String, in directory: String) -> (Role, WallTime)? {
        let reading = AuditReader.read(directory: directory, since: WallTime(nanoseconds: 0))
        return reading.entries.last { $0.issuer == issuer && $0.role != nil }.flatMap { entry in
            entry.role.map { ($0, entry.time) }
        }
    }
}
