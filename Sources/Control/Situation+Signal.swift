internal import Model

/// One signal by hand.
extension Situation {
    /// Whether the target is the group's master, and not a worker.
    private var isToMaster: Bool { worker == nil }

    func signal() throws(Refusal) -> Course {
        guard let number = parameters.signal else { throw .unsuited("which signal? \(Self.allowedNames)") }
        let target = try signalTarget()
        try refuse(number)
        let role = worker.map { "worker \($0.slot)" } ?? "master"
        return Course(
            .act(
                GroupCourse(
                    action: .signal, groupKey: group.info.key, target: target, role: role, steps: [.signal(number)],
                    expectation: .nothing, limit: .zero, means: "\(SignalNumber.name(number)) to the \(role)")),
            warnings: warnings(of: number))
    }

    func signalTarget() throws(Refusal) -> ProcessRef {
        guard let worker else { return try signallableMaster() }
        guard worker.id.pid > 1 else { throw .protectedProcess }
        return ProcessRef(pid: worker.id.pid, startTicks: worker.id.startTicks)
    }

    static var allowedNames: String { SignalNumber.allowed.map { SignalNumber.name($0) }.joined(separator: ", ") }

    /// What must not be sent.
    func refuse(_ number: UInt8) throws(Refusal) {
        guard SignalNumber.allowed.contains(number) else {
            throw .unsuited(
                "\(SignalNumber.name(number)) is not sent by hand (\(Self.allowedNames) are); a restart ends a worker for certain"
            )
        }
        let word = SignalNumber.name(number)
        switch kind {
        case .uvicorn
        where isToMaster && !isNewUvicorn && [SignalNumber.hup, SignalNumber.ttin, SignalNumber.ttou].contains(number):
            throw .unsuited(
                number == SignalNumber.hup
                    ? "\(uvicornReason), and its parent dies of SIGHUP and leaves its workers on the port. Restart its unit"
                    : "\(uvicornReason), and \(word) would only stop its parent")
        case .postgres where isToMaster:
            guard [SignalNumber.hup, SignalNumber.term, SignalNumber.int].contains(number) else {
                throw .unsuited(
                    "\(word) to postgres is no orderly request: SIGHUP re-reads settings, SIGINT ends it fast")
            }
        case .postgres:
            guard [SignalNumber.hup, SignalNumber.term, SignalNumber.int].contains(number) else {
                throw .unsuited(
                    "\(word) to one backend can make the server end all of them: SIGINT cancels its query, SIGTERM ends it"
                )
            }
        default: break
        }
    }

    // MARK: warnings

    private func warnings(of number: UInt8) -> [String] {
        let word = SignalNumber.name(number)
        var warnings = isToMaster ? masterWarnings(of: number) : workerWarnings(of: number)
        guard SignalNumber.endsByDefault.contains(number), !isUnderstood(number) else { return warnings }
        let link = worker.map { $0.link } ?? group.link
        switch link?.manager.kind {
        case .systemd? where link?.isMain == true:
            warnings.append(
                [SignalNumber.term, SignalNumber.int, SignalNumber.hup].contains(number)
                    ? "a death by \(word) is a clean end to systemd: Restart=no and Restart=on-failure do not bring it back"
                    : "whether systemd starts it again depends on Restart= of its unit: restart does")
        case .docker?, .podman?, .containerd?:
            guard link?.isMain == true else { break }
            warnings.append(
                "the first process of a container ignores what it does not handle, and whether it is started again depends on "
                    + "the container's restart policy")
        case .supervisord?:
            warnings.append(
                "whether supervisord starts it again depends on autorestart and its exit code: restart does")
        case .pm2?: warnings.append("PM2 counts it as an unstable restart: restart asks PM2 instead")
        default: break
        }
        return warnings
    }

    private func masterWarnings(of number: UInt8) -> [String] {
        let word = SignalNumber.name(number)
        if [SignalNumber.term, SignalNumber.int, SignalNumber.quit, SignalNumber.abrt].contains(number) {
            return ["\(word) to the master ends all of \(app)"]
        }
        if number == SignalNumber.winch, [.gunicorn, .unicorn, .nginx].contains(kind) {
            return ["its workers end and no new ones are started (gunicorn and unicorn: only where they are daemons)"]
        }
        if kind == .puma, number == SignalNumber.hup {
            return ["puma takes SIGHUP for SIGINT, and ends, unless its log is redirected to a file"]
        }
        return isUnderstood(number) ? [] : unhandled(number)
    }

    private func workerWarnings(of number: UInt8) -> [String] {
        let word = SignalNumber.name(number)
        if kind == .postgres {
            return number == SignalNumber.term ? ["its client loses the connection and what it has not committed"] : []
        }
        if kind == .celery, number == SignalNumber.term { return ["the task it works on is lost"] }
        if number == SignalNumber.usr1, [.nodeCluster, .pm2, .strongSupervisor].contains(kind) {
            return ["SIGUSR1 makes Node listen for a debugger"]
        }
        if kind == .gunicorn, number == SignalNumber.hup {
            return ["SIGHUP ends a gunicorn worker at once: SIGTERM is graceful"]
        }
        if isUnderstood(number) { return [] }
        guard number == SignalNumber.term || number == SignalNumber.int || number == SignalNumber.quit else {
            return unhandled(number)
        }
        guard let worker, (try? restartRow(of: worker)) != nil else {  // why not is told by the offer of a restart
            return ["\(word) ends it, and nothing is known to start it again"]
        }
        return group.info.respawn == .parentMay && experience.replaced == 0
            ? ["\(word) ends it, and whether its parent starts a new one is not known"] : []
    }

    private func unhandled(_ number: UInt8) -> [String] {
        let word = SignalNumber.name(number)
        if SignalNumber.endsByDefault.contains(number) { return ["a process that does not handle \(word) ends"] }
        if SignalNumber.stopsByDefault.contains(number) {
            return ["a process that does not handle \(word) stops until SIGCONT"]
        }
        return []
    }

    /// Whether such a process is known to take that signal well.
    private func isUnderstood(_ number: UInt8) -> Bool {
        let hup = SignalNumber.hup
        let int = SignalNumber.int
        let quit = SignalNumber.quit
        let term = SignalNumber.term
        let abrt = SignalNumber.abrt
        let usr1 = SignalNumber.usr1
        let usr2 = SignalNumber.usr2
        let ttin = SignalNumber.ttin
        let ttou = SignalNumber.ttou
        let winch = SignalNumber.winch
        let known: [UInt8]
        switch (kind, isToMaster) {
        case (.gunicorn, true), (.unicorn, true): known = [hup, usr1, usr2, ttin, ttou, winch]
        case (.gunicorn, false): known = [term, quit, int, usr1, abrt]
        case (.unicorn, false): known = [quit, term, int, usr1]
        case (.uvicorn, true): known = isNewUvicorn ? [hup, ttin, ttou] : []
        case (.uvicorn, false): known = isNewUvicorn ? [term] : []
        case (.puma, true): known = [usr1, usr2, ttin, ttou]
        case (.puma, false): known = [term]
        case (.nginx, true): known = [hup, usr1, usr2]
        case (.nginx, false): known = [term, quit, int, usr1]
        case (.phpFPM, true): known = [usr1, usr2]
        case (.phpFPM, false): known = [term, quit]
        case (.uwsgi, true): known = [hup]
        case (.uwsgi, false): known = [hup, int]
        case (.sidekiq, _): known = [SignalNumber.tstp, ttin]
        case (.postgres, _): known = [hup]
        default: known = []
        }
        return known.contains(number)
    }
}
