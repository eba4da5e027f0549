public import Model

/// What each action is for each kind of worker, master and manager, and where it must not be.
///
/// Order: what the configuration says of the app; who keeps this very process; the row of the group's kind; who keeps its
/// master. What nobody is known to bring back is not restarted.
public enum Playbook {
    /// The course of a command, or why there is none. One that warns of something comes only to a dry run, or to somebody who
    /// was warned.
    /// - Parameters:
    ///   - worker: the command's target, where that is a worker.
    ///   - workers: all living workers of the group.
    public static func plan(
        _ command: Command, group: LiveGroup, worker: LiveWorker?, workers: [LiveWorker], experience: Experience
    ) -> Result<Course, Refusal> {
        let situation = Situation(
            group: group, worker: worker, workers: workers, experience: experience, parameters: command.parameters,
            grace: command.grace)
        do throws(Refusal) {
            let course = try situation.course(of: command.action)
            guard course.warnings.isEmpty || command.parameters.dryRun || command.parameters.warned else {
                throw .warning(course.warnings.joined(separator: "; "))
            }
            return .success(course)
        } catch {
            return .failure(error)
        }
    }

    /// The courses of a roll that goes on: for the workers that live now.
    /// - Parameter command: the roll's own.
    public static func courses(
        _ command: Command, group: LiveGroup, workers: [LiveWorker], experience: Experience
    ) -> Result<[RestartCourse], Refusal> {
        let situation = Situation(
            group: group, worker: nil, workers: workers, experience: experience, parameters: command.parameters,
            grace: command.grace)
        if situation.workers.isEmpty {
            guard group.info.master == nil, group.link == nil else { return .success([]) }
            return .failure(
                .unsuited(
                    "no worker of \(situation.app) lives and nothing is known to start one: start it the way it was started, "
                        + "then resume, or abort the roll"))
        }
        do throws(Refusal) {
            return .success(try situation.rollRows().map(\.course))
        } catch {
            return .failure(error)
        }
    }

    /// Every action, in the order of their numbers: how it would be done, or why it is not to be had.
    /// - Parameter worker: `nil` for the offers of the group.
    public static func offers(
        group: LiveGroup, worker: LiveWorker?, workers: [LiveWorker], experience: Experience
    ) -> [Offer] {
        var situation = Situation(group: group, worker: worker, workers: workers, experience: experience)
        situation.parameters.size = .by(1)
        return Action.allCases.sorted { $0.rawValue < $1.rawValue }.map { situation.offer(of: $0) }
    }
}

extension Situation {
    func course(of action: Action) throws(Refusal) -> Course {
        switch action {
        case .restart:
            guard let worker else { throw .notAWorker }
            let row = try restartRow(of: worker)
            return Course(.restart(row.course), warnings: row.warnings + lessons)
        case .roll: return try roll()
        case .reload: return try reload()
        case .signal: return try signal()
        case .scale: return try scale()
        case .stop: return try stop()
        case .start: return try start()
        case .pause: return try steer(action) { $0 == .running }
        case .resume: return try steer(action) { $0 == .paused || $0 == .failed }
        case .abort: return try steer(action) { !$0.isOver }
        case .hold, .release: return Course(.none(action))
        }
    }

    private func steer(_ action: Action, where fits: (RollSummary.State) -> Bool) throws(Refusal) -> Course {
        guard let roll = group.info.roll, parameters.subject == nil || parameters.subject == roll.id, fits(roll.state)
        else { throw .noSuchRoll }
        return Course(.none(action))
    }
}
