internal import Model

/// How a master renews its workers by itself.
extension Situation {
    private struct Renewal {
        var signal: UInt8
        /// Fewer than before are enough (php-fpm starts as many as its pool wants).
        var atLeast: UInt32?
        var mayLinger = false
        var renews = true
        var veto: GroupCourse.Veto?
        var means: String
        var warnings: [String] = []
    }

    func reload() throws(Refusal) -> Course {
        guard !isDown else { throw .unsuited(notRunning) }
        if let course = try configuredReload() { return course }
        if let renewal = try renewal() {
            let master = try signallableMaster()
            return Course(.act(course(of: renewal, master)), warnings: renewal.warnings + shortness)
        }
        guard let link = group.link else { throw .unsuited(noReload) }
        switch link.manager.kind {
        case .systemd where !restartsInstead:
            // Without ExecReload= systemd refuses, and its answer becomes the verdict.
            let call = try call(link, .reload, owner: group.uid)
            return Course(.act(course(of: call, renews: false, means: "systemd reloads \(link.manager.name)")))
        default:
            guard restartsInstead else { throw .unsuited(noReload) }
            let call = try call(link, .restart, owner: group.uid)
            let whole = Self.called(link.manager)
            let means = "\(link.manager.kind.word) restarts \(whole): \(app) has no reload of its own"
            return Course(
                .act(course(of: call, renews: true, means: means)),
                warnings: ["it takes all \(workers.count) workers of \(app) at once"])
        }
    }

    private func configuredReload() throws(Refusal) -> Course? {
        let before = UInt32(clamping: workers.count)
        if let words = rule?.reloadCommand {
            let template = Template(words: words, app: app, master: group.info.master)
            let call = ManagerCall.program(try template.filled(), runAs: rule?.runAs)
            return Course(.act(course(of: call, renews: false, means: "by the configured command")))
        }
        guard let signal = rule?.reloadSignal else { return nil }
        guard SignalNumber.allowed.contains(signal) else {
            throw .unsuited("the configured \(SignalNumber.name(signal)) is none of the signals that may be sent")
        }
        let only = workers.count == 1 ? workers.first : nil
        let target: ProcessRef
        if group.info.master == nil, let only {
            guard only.id.pid > 1 else { throw .protectedProcess }
            target = ProcessRef(pid: only.id.pid, startTicks: only.id.startTicks)
        } else {
            target = try signallableMaster()
        }
        return Course(
            .act(
                GroupCourse(
                    action: .reload, groupKey: group.info.key, target: target,
                    role: master == nil ? "worker" : "master", steps: [.signal(signal)],
                    expectation: .present(atLeast: max(1, before)), limit: reloadLimit, stable: proof.stable,
                    ready: ready, means: "as the configuration has it")))
    }

    private func renewal() throws(Refusal) -> Renewal? {
        guard group.info.master != nil else { return nil }
        switch kind {
        case .gunicorn:
            let preload = "with preload_app it keeps the old code; only USR2 (a new master beside the old) loads new"
            return Renewal(
                signal: SignalNumber.hup, means: "gunicorn starts new workers, then ends the old ones",
                warnings: [
                    "old and new workers are in memory together, the number goes back to the configured one, and code that "
                        + "does not load takes the whole server down",
                    isPreloading ? "it runs with --preload: " + preload : preload,
                ])
        case .uvicorn:
            return isNewUvicorn
                ? Renewal(signal: SignalNumber.hup, means: "uvicorn stops and starts one worker after the other") : nil
        case .puma:
            return isPreloading
                ? Renewal(
                    signal: SignalNumber.usr2,
                    means: "puma executes itself anew: it preloads, so it cannot go one by one")
                : Renewal(signal: SignalNumber.usr1, means: "puma stops and starts one worker after the other")
        case .unicorn:
            return Renewal(
                signal: SignalNumber.hup, means: "unicorn renews its workers",
                warnings: ["with preload_app it keeps the old code; only USR2 (a new master beside the old) loads new"])
        case .nginx:
            return Renewal(
                signal: SignalNumber.hup, mayLinger: true, veto: Self.nginxVeto,
                means: "nginx starts new workers; old ones serve their last clients",
                warnings: ["looptop does not run `nginx -t`: with a broken configuration nginx keeps the old workers"])
        case .prefork where isApache:
            return Renewal(
                signal: SignalNumber.usr1, atLeast: 1, mayLinger: true,
                means: "Apache starts new workers; old ones serve their last clients",
                warnings: ["looptop does not run `apachectl configtest`: with a broken configuration Apache ends"])
        case .phpFPM:
            return Renewal(
                signal: SignalNumber.usr2, atLeast: 1, means: "php-fpm executes itself anew; its children finish first")
        case .uwsgi: return Renewal(signal: SignalNumber.hup, means: "uWSGI renews its workers")
        case .postgres:
            return Renewal(
                signal: SignalNumber.hup, renews: false, means: "postgres reads its settings again; no backend ends")
        default: return nil
        }
    }

    /// A good configuration has its new workers within a second; one of thousands of names takes a few. One that is broken
    /// changes nothing at all. Source: `ngx_master_process_cycle` goes on with the old cycle when `ngx_init_cycle` fails.
    private static let nginxVeto = GroupCourse.Veto(
        after: .seconds(5),
        words: "not reloaded: no new worker came within 5 s and the old ones are all there, so nginx kept the old "
            + "configuration; its error log says why, and so does nginx -t")

    private func course(of renewal: Renewal, _ master: ProcessRef) -> GroupCourse {
        let before = UInt32(clamping: max(1, workers.count))
        return GroupCourse(
            action: .reload, groupKey: group.info.key, target: master, role: "master",
            steps: [.signal(renewal.signal)],
            expectation: renewal.renews
                ? .renewed(atLeast: renewal.atLeast ?? before, mayLinger: renewal.mayLinger)
                : .present(atLeast: 1),
            limit: reloadLimit, stable: proof.stable, ready: ready, veto: renewal.veto, means: renewal.means)
    }

    private func course(of call: ManagerCall, renews: Bool, means: String) -> GroupCourse {
        let before = UInt32(clamping: max(1, workers.count))
        return GroupCourse(
            action: .reload, groupKey: group.info.key, target: nil, role: "app", steps: [.call(call, for: subject)],
            expectation: renews ? .renewed(atLeast: before, mayLinger: false) : .present(atLeast: before),
            limit: reloadLimit, callLimit: grace + .seconds(60), stable: proof.stable, ready: ready, means: means)
    }

    /// Masters go one by one and let each finish: half a minute, and the usual time for each.
    private var reloadLimit: Duration {
        min(.seconds(600), .seconds(30) + proof.replacementLimit * min(workers.count, 40))
    }

    /// No reload of their own, and ending them all through their manager is what people mean.
    private var restartsInstead: Bool {
        switch kind {
        case .uvicorn: !isNewUvicorn
        case .celery, .sidekiq: true
        default: false
        }
    }

    private var canRoll: Bool {
        do throws(Refusal) {
            _ = try rollRows()
            return true
        } catch {
            return false
        }
    }

    private var noReload: String {
        switch kind {
        case .uvicorn: "\(uvicornReason), and its parent dies of SIGHUP. Restart the server the way it was started"
        case .pm2: "PM2 reloads one worker at a time: \(canRoll ? "roll it" : "pm2 reload \(app)")"
        case .celery: "celery's parent ends after its tasks on SIGTERM, and nothing is known to start it again"
        case .sidekiq: "sidekiq is renewed by ending it, and nothing is known to start it again"
        case .strongSupervisor:
            "looptop does not speak to strong-supervisor: slc ctl restart" + (canRoll ? ", or roll it" : "")
        case .passenger:
            "looptop does not speak to Passenger: passenger-config restart-app \(group.info.manager?.name ?? "PATH")"
        case .redis: "redis has no reload: CONFIG SET, or a restart"
        default:
            if group.link?.manager.kind == .kubernetes {
                "kubernetes keeps it: kubectl rollout restart"
            } else {
                "no reload is known for it: \(canRoll ? "roll it, or " : "")name a `reload` in the configuration"
            }
        }
    }
}
