internal import Model

/// What the playbook looks at to decide about one group and, where one is meant, one of its workers.
struct Situation {
    var group: LiveGroup
    var worker: LiveWorker?
    /// All living workers of the group, oldest first.
    var workers: [LiveWorker]
    var experience: Experience
    var parameters: CommandParameters
    var grace: Duration

    init(
        group: LiveGroup, worker: LiveWorker?, workers: [LiveWorker], experience: Experience,
        parameters: CommandParameters = CommandParameters(), grace: Duration = .seconds(10)
    ) {
        self.group = group
        self.worker = worker
        self.workers = workers.filter { $0.groupKey == group.info.key }
            .sorted { ($0.id.startTicks, $0.id.pid) < ($1.id.startTicks, $1.id.pid) }
        self.experience = experience
        self.parameters = parameters
        self.grace = group.rule?.grace ?? grace
    }

    var kind: GroupKind { group.info.kind }
    var app: String { group.info.app }
    var rule: AppStrategy? { group.rule }

    /// What has to start the workers, where there is such a process and it is none of them.
    var master: ProcessRef? {
        guard let master = group.info.master,
            !workers.contains(where: { $0.id.pid == master.pid && $0.id.startTicks == master.startTicks })
        else { return nil }
        return master
    }

    var proof: Proof {
        Proof(
            stable: parameters.roll.stable, lagBelow: parameters.roll.lagBelow, ready: ready,
            replacementLimit: rule?.replacementLimit ?? learnedLimit)
    }

    /// Twice what the slowest took so far, where that is more than the usual time: up to a minute.
    private var learnedLimit: Duration {
        max(Proof().replacementLimit, min((experience.slowest ?? .zero) * 2, .seconds(60)))
    }

    /// What was asked for, or else what the configuration has.
    var ready: ReadyCheck? { parameters.roll.ready ?? (rule?.readyCommand == nil ? nil : .configured) }

    /// Who keeps this worker.
    func link(of worker: LiveWorker) -> ManagerLink? { worker.link ?? group.link }

    /// A uvicorn that replaces its workers and takes HUP and TTIN; one whose version is not known is taken to be older.
    var isNewUvicorn: Bool {
        let numbers = (group.serverVersion ?? "").split(separator: ".").prefix(2).compactMap { UInt32($0) }
        return numbers.count == 2 && (numbers[0], numbers[1]) >= (0, 30)
    }

    var uvicornReason: String {
        let version = group.serverVersion.map { "uvicorn \($0)" } ?? "uvicorn of unknown version (taken to be old)"
        return "\(version) does not replace a worker that ends: that began with 0.30"
    }

    /// The master loads the app before it forks, as far as its command line still tells.
    var isPreloading: Bool {
        group.masterArguments.contains { $0 == "--preload" || $0 == "--preload-app" }
    }

    /// Apache's server: of its MPMs nothing is said in its command line.
    var isApache: Bool {
        guard kind == .prefork, let program = group.masterArguments.first?.split(separator: "/").last else {
            return false
        }
        return ["apache2", "httpd"].contains(program)
    }

    /// The master, where it may get a signal.
    func signallableMaster() throws(Refusal) -> ProcessRef {
        guard let master = group.info.master else { throw .unsuited(masterless) }
        guard master.pid > 1 else { throw .protectedProcess }
        return master
    }

    /// Why there is nothing to signal but a worker.
    private var masterless: String {
        if workers.isEmpty { return notRunning }
        return GroupKind.withMaster.contains(kind)
            ? "the master of \(app) is gone" : "\(app) has no master: choose one of its workers"
    }

    /// For an app of which nothing is left.
    var notRunning: String { "\(app) does not run: no worker of it lives, and no master" }

    /// Neither a worker nor a master.
    var isDown: Bool { workers.isEmpty && group.info.master == nil }

    /// For whose sake the group's manager is called.
    var subject: CallSubject {
        if let master { return CallSubject(process: master, uid: group.uid) }
        return workers.first.map { CallSubject(of: $0) } ?? CallSubject(process: nil, uid: group.uid)
    }

    /// What earlier restarts taught.
    var lessons: [String] {
        let tried = UInt64(experience.replaced) + UInt64(experience.notReplaced)
        guard experience.notReplaced > 0 else { return [] }
        return [
            "\(experience.notReplaced) of \(tried) restarts that looptop made here brought no new worker that stayed"
        ]
    }

    /// The number of workers is not what it should be.
    var shortness: [String] {
        guard let expected = group.info.expected, expected != workers.count else { return [] }
        return [
            workers.count < expected
                ? "\(workers.count) of \(expected) workers live now"
                : "\(workers.count) workers live now, more than its \(expected)"
        ]
    }
}

extension GroupKind {
    /// Never without a master while they are whole.
    static let withMaster: [GroupKind] = [.gunicorn, .uvicorn, .puma, .unicorn, .nginx, .phpFPM, .uwsgi]
}

extension CallSubject {
    init(of worker: LiveWorker) {
        self.init(process: ProcessRef(pid: worker.id.pid, startTicks: worker.id.startTicks), uid: worker.uid)
    }
}

extension Refusal {
    /// As the reason why something is not to be had.
    var sentence: String {
        switch self {
        case .unsuited(let why), .warning(let why): why
        case .protectedProcess: "pid 1, a kernel thread, the agent or one of its ancestors: never signalled"
        case .notAWorker: "not a living worker"
        case .notAGroup: "not a group that is known"
        case .noSuchRoll: "no roll is in a state for that"
        default: "refused"
        }
    }
}
