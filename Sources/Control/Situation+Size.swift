internal import Model

/// More or fewer workers, none, and some again.
extension Situation {
    /// Signals of one change of size; each is awaited before the next.
    static let stepLimit = 64

    // MARK: scale

    func scale() throws(Refusal) -> Course {
        guard let size = parameters.size else {
            throw .unsuited("scale needs to know how many workers there are to be")
        }
        guard !isDown else { throw .unsuited(notRunning) }
        let means = try scalingMeans()
        let master = try signallableMaster()
        let count = workers.count
        let wanted = Self.wanted(size, of: count)
        guard wanted >= 1 else { throw .unsuited("\(app) would have no worker left: stop it instead") }
        guard wanted != count else { throw .unsuited("\(app) has \(count) workers already") }
        let steps = abs(wanted - count)
        guard steps <= Self.stepLimit else {
            throw .unsuited("that is \(steps) workers at once: at most \(Self.stepLimit) in one command")
        }
        let signal = wanted > count ? SignalNumber.ttin : SignalNumber.ttou
        // One that goes may finish what it has; one that comes has to load the app.
        let limit = wanted > count ? proof.replacementLimit : proof.replacementLimit + grace + .seconds(30)
        return Course(
            .act(
                GroupCourse(
                    action: .scale, groupKey: group.info.key, target: master, role: "master",
                    steps: Array(repeating: .signal(signal), count: steps),
                    expectation: .size(UInt32(clamping: wanted)), limit: limit, stable: proof.stable, ready: ready,
                    means: means)),
            warnings: shortness)
    }

    private static func wanted(_ size: Scale, of count: Int) -> Int {
        switch size {
        case .to(let wanted): Int(clamping: wanted)
        case .by(let change): count + Int(change)
        }
    }

    private func scalingMeans() throws(Refusal) -> String {
        let one = "SIGTTIN and SIGTTOU to the master: one worker more, one less"
        switch kind {
        case .gunicorn: return one + "; a reload goes back to the configured number"
        case .puma, .unicorn: return one
        case .uvicorn:
            guard isNewUvicorn else {
                throw .unsuited("\(uvicornReason), and so did scaling it. Restart it with --workers N")
            }
            return one + "; the newest goes first"
        case .pm2: throw .unsuited("looptop does not scale PM2: pm2 scale \(app) N")
        case .nginx:
            throw .unsuited("nginx has as many as worker_processes of its configuration says, and then a reload")
        case .phpFPM: throw .unsuited("php-fpm's pool sizes itself: pm.max_children and the like, and then a reload")
        case .uwsgi: throw .unsuited("uWSGI is scaled by + and - on its master FIFO, or by `cheaper`")
        case .celery: throw .unsuited("celery control pool_grow N, or --concurrency")
        case .strongSupervisor: throw .unsuited("looptop does not speak to strong-supervisor: slc ctl set-size N")
        case .passenger: throw .unsuited("Passenger's pool sizes itself: passenger_max_pool_size")
        case .postgres: throw .unsuited("a backend is a client's session: clients make them")
        default: throw .unsuited(managedSize ?? "no way to give \(app) more or fewer workers is known")
        }
    }

    private var managedSize: String? {
        let link = group.link ?? workers.first?.link
        return switch link?.manager.kind {
        case .systemd?: "start another instance of the unit: systemctl start NAME@N.service"
        case .supervisord?: "supervisord has as many as `numprocs` says: supervisorctl update"
        case .circus?: "circusctl incr \(link?.manager.name ?? app)"
        case .processCompose?: "process-compose process scale \(link?.manager.name ?? app) N"
        case .kubernetes?: "kubectl scale"
        case .docker?, .podman?, .containerd?: "run another container"
        default: nil
        }
    }

    // MARK: stop and start

    func stop() throws(Refusal) -> Course {
        guard !workers.isEmpty || group.info.master != nil else { throw .unsuited(notRunning) }
        return Course(
            .act(course(.stop, steps: try managed(.stop, rule?.stopCommand), expectation: .gone)),
            warnings: group.link.map { link in
                link.isMain || workers.contains { $0.link != nil }
                    ? [] : ["it stops the whole of \(Self.called(link.manager)), and what else runs in it"]
            } ?? [])
    }

    func start() throws(Refusal) -> Course {
        let wanted = max(1, group.info.expected ?? 1)
        guard workers.count < wanted else { throw .unsuited("\(app) runs: \(workers.count) workers live") }
        // To its manager it runs, and a start would change nothing.
        guard group.info.master == nil || rule?.startCommand != nil else {
            throw .unsuited("\(app) runs: its master lives, with \(workers.count) of \(wanted) workers")
        }
        return Course(
            .act(
                course(
                    .start, steps: try managed(.start, rule?.startCommand), expectation: .present(atLeast: wanted))))
    }

    private func course(
        _ action: Action, steps: [GroupCourse.Deed], expectation: GroupCourse.Expectation
    ) -> GroupCourse {
        let who = rule?.stopCommand != nil && action == .stop || rule?.startCommand != nil && action == .start
        let manager = (group.link ?? workers.first?.link)?.manager.kind.word ?? "its manager"
        return GroupCourse(
            action: action, groupKey: group.info.key, target: nil, role: "app", steps: steps, expectation: expectation,
            limit: proof.replacementLimit + .seconds(15), callLimit: grace + .seconds(60), stable: proof.stable,
            ready: action == .start ? ready : nil,
            means: who ? "by the configured command" : "\(manager) \(action.word)s it")
    }

    /// One call for the group where its workers have one keeper, else one for each of them.
    private func managed(_ verb: ManagerCall.Verb, _ command: [String]?) throws(Refusal) -> [GroupCourse.Deed] {
        if let command {
            let template = Template(words: command, app: app, master: group.info.master)
            return [.call(.program(try template.filled(), runAs: rule?.runAs), for: subject)]
        }
        var links: [(link: ManagerLink, subject: CallSubject)] = []
        if verb == .stop, !workers.isEmpty, workers.allSatisfy({ $0.link != nil }) {
            for worker in workers {
                guard let link = worker.link, !links.contains(where: { $0.link.manager == link.manager }) else {
                    continue
                }
                links.append((link, CallSubject(of: worker)))
            }
        } else if let link = group.link {
            links = [(link, subject)]
        }
        guard !links.isEmpty else { throw .unsuited(nobody(to: verb)) }
        guard links.count <= Self.stepLimit else { throw .unsuited("\(links.count) calls at once are too many") }
        var steps: [GroupCourse.Deed] = []
        for (link, subject) in links {
            steps.append(.call(try call(link, verb, owner: subject.uid), for: subject))
        }
        return steps
    }

    private func nobody(to verb: ManagerCall.Verb) -> String {
        let manager = group.info.manager
        switch manager?.kind {
        case .supervisord? where verb == .start:
            return "what supervisord calls its processes is not known when none lives: supervisorctl start"
        case .systemd? where verb == .start:
            let unit = manager?.name.split(separator: "@.").joined(separator: "@N.") ?? "UNIT"
            return "which instances ran is not known when none lives: systemctl start \(unit)"
        case .pm2? where verb == .start:
            return "its ids are not known when none lives: pm2 start \(manager?.name ?? app)"
        default:
            return "nothing is known that could \(verb.rawValue) \(app): name a `\(verb.rawValue)` in the configuration"
                + (verb == .stop ? ", or send SIGTERM to its master" : "")
        }
    }
}
