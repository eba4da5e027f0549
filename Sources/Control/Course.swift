public import Model

/// What an action comes to for one worker or group: what the machines carry out, and, made from the same values, the plan
/// that an operator reads.
public struct Course: Hashable, Sendable {
    public enum What: Hashable, Sendable {
        case restart(RestartCourse)
        case roll([RestartCourse], RollOptions)
        case act(GroupCourse)
        /// Changes a roll or a hold; nothing on the host is touched.
        case none(Action)
    }

    public var what: What
    /// What the operator should know first.
    public var warnings: [String]

    public init(_ what: What, warnings: [String] = []) {
        self.what = what
        self.warnings = warnings
    }

    /// Exactly what the machines do with it, in order.
    public var plan: Plan {
        switch what {
        case .restart(let course): Plan(steps: course.planSteps, success: course.success, warnings: warnings)
        case .roll(let courses, let options):
            Plan(
                steps: courses.flatMap(\.planSteps), success: Self.success(of: courses, options), warnings: warnings)
        case .act(let course): Plan(steps: course.planSteps, success: course.success, warnings: warnings)
        case .none(let action): Plan(steps: [], success: [Self.success(of: action)], warnings: warnings)
        }
    }

    /// What a resume does is made by its roll: `Roll.resumption`.
    private static func success(of action: Action) -> String {
        switch action {
        case .pause: "no further worker is begun; the one under way ends, nothing else is signalled"
        case .abort: "the roll ends where it is; the one under way ends, nothing else is signalled"
        default: "nothing on the host is touched"
        }
    }

    /// The plan of a roll that goes on.
    public static func plan(of resumption: Resumption, _ options: RollOptions, warnings: [String]) -> Plan {
        let courses = resumption.restarts
        return Plan(
            steps: courses.flatMap(\.planSteps),
            success: resumption.notes
                + (courses.isEmpty ? ["nobody is signalled"] : success(of: courses, options)), warnings: warnings)
    }

    private static func success(of courses: [RestartCourse], _ options: RollOptions) -> [String] {
        let width = max(1, options.maxUnavailable)
        let order =
            width == 1
            ? "one worker at a time, in this order: the next begins when the one before is replaced"
            : "at most \(width) workers at a time, in this order: the next begins when one is replaced"
        return [order, "it stops at the first worker that is not replaced; who has not had his turn is not signalled"]
            + (courses.first?.success ?? [])
    }
}

extension RestartCourse {
    private var process: ProcessRef { ProcessRef(pid: target.pid, startTicks: target.startTicks) }

    var planSteps: [PlanStep] {
        let role = "worker \(slot)"
        var steps: [PlanStep] = []
        if let prelude {
            steps.append(PlanStep(process: process, role: role, deed: .signal(prelude.signal)))
        }
        let first = prelude.map { "after \($0.wait.words), if it still lives" } ?? ""
        switch departure {
        case .signals(let polite, let final):
            steps.append(PlanStep(process: process, role: role, deed: .signal(polite), condition: first))
            guard let final else { break }
            steps.append(
                PlanStep(
                    process: process, role: role, deed: .signal(final),
                    condition: "after \(prelude == nil ? "" : "another ")\(grace.words), if it still lives"))
        case .call(let call):
            let whom = reach == .worker ? role : "all workers of the app, \(role) among them"
            steps.append(PlanStep(process: process, role: whom, deed: .call(call.text), condition: first))
        }
        return steps
    }

    var success: [String] {
        var sentences = [
            "a new worker of the app takes its place within \(proof.replacementLimit.words)"
                + (comeback.isEmpty ? "" : " (\(comeback))"),
            "it lives for \(proof.stable.words)",
        ]
        if let bound = proof.lagBelow { sentences.append("its longest stretch stays below \(bound.words) meanwhile") }
        if let ready = proof.ready { sentences.append(ready.sentence) }
        if !demand.isEmpty { sentences.append(demand) }
        return sentences
    }
}

extension GroupCourse {
    var planSteps: [PlanStep] {
        steps.enumerated().map { index, step in
            let condition = index == 0 ? "" : isSize ? "when the one before has shown" : "after the one before"
            return switch step {
            case .signal(let number):
                PlanStep(process: target, role: role, deed: .signal(number), condition: condition)
            case .call(let call, _): PlanStep(process: target, role: role, deed: .call(call.text), condition: condition)
            }
        }
    }

    private var isSize: Bool {
        if case .size = expectation { true } else { false }
    }

    var success: [String] {
        var sentences: [String]
        switch expectation {
        case .nothing: return ["it is sent; what the process makes of it is not claimed"]
        case .renewed(let count, let mayLinger):
            sentences = [
                mayLinger
                    ? "\(count) new workers live; the old ones may serve their last clients"
                    : "all workers of before are gone and at least \(count) new ones live"
            ]
        case .size(let size):
            sentences = ["each signal changes the number of workers by one within \(limit.words)", "\(size) live then"]
        case .gone: sentences = ["no worker lives"]
        case .present(let count): sentences = ["at least \(count) workers live"]
        }
        if !isSize { sentences[0] += " within \(limit.words)" }
        sentences.append("it stays so for \(stable.words)")
        if let ready { sentences.append(ready.sentence) }
        return sentences
    }
}

extension ReadyCheck {
    /// What it asks, for plans.
    var sentence: String {
        switch self {
        case .tcp(let port): "port \(port) accepts a connection"
        case .http(let port, let path): "GET \(path) on port \(port) answers with 2xx or 3xx"
        case .configured: "the app's ready command ends with 0"
        }
    }
}
