import Control
import Model

/// Rules that act: each is a command like any other, of an issuer `rule/<app>`.
extension CommandDesk {
    /// After a sweep: what the rules of the configuration say of it.
    func judge(_ readings: [RuleReading]) {
        guard !isStopped else { return }
        let now = clock.now()
        let findings = rules.look(
            at: readings, rules: hooks.rules,
            isFree: { holder(of: $0, for: .restart) == nil && holds.hold(on: $0, now: now) == nil }, now: now)
        for finding in findings {
            hooks.onEvent(.rule(finding.place, rule: finding.rule.text, deed: finding.words))
            if finding.deed == .restart { restart(finding) }
        }
    }

    /// It has not seen the plan's warnings, so what an operator would be warned of is not done: that is told.
    private func restart(_ finding: RuleFinding) {
        let (place, rule) = (finding.place, finding.rule.text)
        let command = Command(
            id: .random(), action: .restart, target: .worker(place.worker),
            parameters: CommandParameters(reason: rule))
        let onEvent = hooks.onEvent
        submit(command, from: .rule(app: place.app), role: .admin) { reply in
            guard case .outcome(let outcome) = reply, let why = outcome.verdict.objection else { return }
            onEvent(.rule(place, rule: rule, deed: "it was not restarted: \(why)"))
        }
    }
}

extension Verdict {
    /// Why nothing was begun; `nil` where something was: then its end is told as of every command.
    fileprivate var objection: String? {
        switch self {
        case .targetChanged: "it had ended"
        case .refused(.unsuited(let why)): why
        case .refused(.warning(let why)): "an operator has to do it, knowing this: \(why)"
        case .refused(.readOnly): "this agent is read-only"
        case .refused(.protectedProcess): "it is protected"
        case .refused(.notPermitted): "the kernel does not let the agent signal it"
        case .refused(.auditUnavailable): "the audit log cannot be written"
        case .refused: "the desk refused it"
        default: nil
        }
    }
}
