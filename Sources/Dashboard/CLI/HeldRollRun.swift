import Model

/// A roll of one app over several hosts, host by host, as a value. This process leads it: it holds the app on every host
/// first, so that nobody else rolls it meanwhile, and renews the holds. When it dies they end, and the host under way pauses.
///
/// - holding: a hold was asked for everywhere. All held → rolling. One refused → releasing.
/// - rolling: one host rolls under its hold. Finished → the next, or releasing. Anything else → releasing; the rest is
///   untouched.
/// - releasing: the holds are given back; answered by all, or the time is over → over.
struct HeldRollRun: Sendable {
    typealias Effect = CommandRun.Effect

    static let renewal = Duration.seconds(20)

    private enum Phase: Sendable { case holding, rolling, releasing, over }

    private struct Lease: Sendable {
        var id: CommandID
        var isHeld = false
    }

    private let jobs: [CommandRun.Job]
    private let newID: @Sendable () -> CommandID
    private var phase = Phase.holding
    private var leases: [Lease] = []
    /// The roll of the host under way.
    private var run: CommandRun?
    private var current = 0
    private var releases: Set<CommandID> = []
    private var status = CommandStatus.done

    /// - Parameter jobs: rolls of groups, one a host.
    init(_ jobs: [CommandRun.Job], newID: @escaping @Sendable () -> CommandID = { .random() }) {
        self.jobs = jobs
        self.newID = newID
    }

    mutating func start() -> [Effect] {
        leases = jobs.map { _ in Lease(id: newID()) }
        return jobs.indices.map { .issue(host: jobs[$0].host, hold($0, id: leases[$0].id, subject: nil)) }
    }

    mutating func handle(_ event: LinkEvent, from host: Int) -> [Effect] {
        switch phase {
        case .holding:
            guard case .outcome(let outcome) = event,
                let index = leases.firstIndex(where: { $0.id == outcome.id }), jobs[index].host == host
            else { return lost(event, host) }
            return held(index, outcome.verdict)
        case .rolling: return forward { $0.handle(event, from: host) }
        case .releasing:
            guard case .outcome(let outcome) = event, releases.remove(outcome.id) != nil, releases.isEmpty else {
                return []
            }
            return over()
        case .over: return []
        }
    }

    /// Call it every `renewal`.
    mutating func renew() -> [Effect] {
        guard phase == .rolling || phase == .holding else { return [] }
        return jobs.indices.filter { $0 >= current && leases[$0].isHeld }.map {
            .issue(host: jobs[$0].host, hold($0, id: newID(), subject: leases[$0].id))
        }
    }

    mutating func timedOut() -> [Effect] {
        switch phase {
        case .holding: return [.report("not every host gave the hold in time; nothing was rolled")] + release(.timedOut)
        case .rolling: return forward { $0.timedOut() }
        case .releasing: return over()
        case .over: return []
        }
    }

    private mutating func held(_ index: Int, _ verdict: Verdict) -> [Effect] {
        guard case .done = verdict else {
            let label = jobs[index].label
            return [.report("\(label): \(verdictText(verdict, target: jobs[index].target)); no host was rolled")]
                + release(CommandStatus(verdict, of: .hold))
        }
        leases[index].isHeld = true
        return leases.allSatisfy(\.isHeld) ? roll() : []
    }

    private mutating func lost(_ event: LinkEvent, _ host: Int) -> [Effect] {
        guard case .lost(let failure, _) = event, let job = jobs.first(where: { $0.host == host }) else { return [] }
        return [.report("\(job.label): \(failureText(failure)); no host was rolled")] + release(.unreachable)
    }

    private mutating func roll() -> [Effect] {
        phase = .rolling
        var job = jobs[current]
        job.parameters.roll.hold = leases[current].id
        run = CommandRun([job], waits: true, newID: newID)
        return forward { $0.start() }
    }

    /// What the run of the host under way says, but for its end, which is this one's to judge.
    private mutating func forward(_ step: (inout CommandRun) -> [Effect]) -> [Effect] {
        guard var run else { return [] }
        let effects = step(&run)
        self.run = run
        return effects.flatMap { effect -> [Effect] in
            guard case .finish(let status) = effect else { return [effect] }
            guard status == .done, current + 1 < jobs.count else {
                let untried = jobs.dropFirst(current + 1).map { Effect.report("\($0.label): not tried") }
                return untried + release(status)
            }
            current += 1
            return roll()
        }
    }

    private mutating func release(_ status: CommandStatus) -> [Effect] {
        phase = .releasing
        self.status = status
        var effects: [Effect] = []
        for index in jobs.indices where leases[index].isHeld {
            let id = newID()
            releases.insert(id)
            var parameters = CommandParameters()
            parameters.subject = leases[index].id
            effects.append(
                .issue(
                    host: jobs[index].host,
                    Command(id: id, action: .release, target: jobs[index].target, parameters: parameters)))
        }
        return releases.isEmpty ? effects + over() : effects
    }

    private mutating func over() -> [Effect] {
        phase = .over
        return [.finish(status)]
    }

    private func hold(_ index: Int, id: CommandID, subject: CommandID?) -> Command {
        var parameters = CommandParameters()
        parameters.subject = subject
        return Command(id: id, action: .hold, target: jobs[index].target, parameters: parameters)
    }
}
