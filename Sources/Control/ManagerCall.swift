public import Model

/// Something asked of a manager, or a program run, in place of a signal. Closed: no method names or command lines come from
/// the wire.
public enum ManagerCall: Hashable, Sendable {
    public enum Verb: String, Sendable, CaseIterable {
        case restart, reload, stop, start
    }

    /// XML-RPC at `SUPERVISOR_SERVER_URL`; `restart` is stopProcess and startProcess.
    case supervisord(url: String, process: String, Verb)
    /// `systemctl VERB UNIT` as argv; `user` for a unit of that user's manager.
    case systemd(unit: String, user: UInt32?, Verb)
    /// The RPC socket below that home, as its owner; where it cannot be reached, `pm2 VERB ID` as argv.
    case pm2(home: String, owner: UInt32, id: String, Verb)
    /// The engine's socket: `POST /containers/ID/VERB`.
    case docker(container: String, Verb)
    /// The same at podman's socket.
    case podman(container: String, Verb)
    /// From the configuration; runs as that user.
    case program([String], runAs: UInt32?)

    /// In words, with everything it is called with; for plans and audit lines.
    public var text: String {
        switch self {
        case .supervisord(let url, let process, .restart): "supervisord \(url): stopProcess and startProcess \(process)"
        case .supervisord(let url, let process, let verb): "supervisord \(url): \(verb.rawValue)Process \(process)"
        case .systemd(let unit, let user, let verb):
            "systemctl \(user.map { "--user --machine=\($0)@ " } ?? "")\(verb.rawValue) \(unit)"
        case .pm2(let home, _, let id, let verb): "pm2 (\(home)): \(verb.rawValue) \(id)"
        case .docker(let container, let verb): "docker: \(verb.rawValue) \(container.prefix(12))"
        case .podman(let container, let verb): "podman: \(verb.rawValue) \(container.prefix(12))"
        case .program(let words, let user): words.joined(separator: " ") + (user.map { " as uid \($0)" } ?? "")
        }
    }
}

/// What came of a call.
public enum ManagerAnswer: Hashable, Sendable {
    case done
    /// What the manager said, or why it could not be asked.
    case failed(String)
    case timedOut
}

/// For whose sake a manager is called. Where the manager is, and what it calls the worker, was read from the worker's own
/// environment or cgroup, which an app may forge: with the worker at hand the manager is looked for in the worker's own root
/// directory and network, and nothing is asked of one that does not keep that very worker.
public struct CallSubject: Hashable, Sendable {
    /// A living worker of the group, or its master; `nil` where none lives (`start`).
    public var process: ProcessRef?
    /// Its user: a manager has to belong to that one or to root.
    public var uid: UInt32

    public init(process: ProcessRef?, uid: UInt32) {
        self.process = process
        self.uid = uid
    }
}

/// The seam to managers; `SystemManagers` behind it in the agent.
public protocol Managers: Sendable {
    /// Performs the call, within `limit`. Never throws: whatever goes wrong is an answer.
    func perform(_ call: ManagerCall, limit: Duration) async -> ManagerAnswer
    /// The same, for a worker that is known.
    func perform(_ call: ManagerCall, for subject: CallSubject, limit: Duration) async -> ManagerAnswer
    /// Asks once whether the group serves; `pid` is a worker in whose network namespace to ask where that may be entered.
    func check(_ check: ReadyCheck, strategy: AppStrategy?, pid: Int32, limit: Duration) async -> ManagerAnswer
}

extension Managers {
    public func perform(_ call: ManagerCall, for subject: CallSubject, limit: Duration) async -> ManagerAnswer {
        await perform(call, limit: limit)
    }
}

/// How a worker is made to end, or be replaced.
public enum Departure: Hashable, Sendable {
    /// The first signal, and after the grace the last; without a last one it is waited for only.
    case signals(polite: UInt8, final: UInt8?)
    /// A manager does it; the old worker's end and the new one's life are watched all the same.
    case call(ManagerCall)
}
