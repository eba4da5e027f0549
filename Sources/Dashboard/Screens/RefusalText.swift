import Console
import Model

/// Which rule forbade a command, and what would lift it.
func refusalText(_ refusal: Refusal) -> String {
    switch refusal {
    case .role(let app, let needed, let has):
        "role \(has.word) may not do this to \(app); it needs role \(needed.word)"
    case .policy(let app): "no rule of the host's policy allows this for \(app)"
    case .readOnly: "the agent runs with --read-only"
    case .protectedProcess: "a protected process (pid 1, a kernel thread, or the agent or its ancestor)"
    case .notAWorker: "not a worker that this agent watches"
    case .busy(let holder, ""): "another command (\(holder.hex.prefix(8))) is under way on this app; try again after it"
    case .busy(_, let what): "busy: \(what)"
    case .expired: "the command was too old when it could have begun"
    case .idReused: "a different command with this id came before"
    case .notPermitted: "the kernel forbids it: the worker belongs to another user and the agent lacks CAP_KILL"
    case .unsupportedKernel: "the host's kernel has no pidfds (before 5.3)"
    case .auditUnavailable(let errno): "the audit line could not be written (errno \(errno))"
    case .tooManyCommands: "the agent runs as many commands at once as it may; try again"
    case .notAGroup: "no such app on this host any more"
    case .unsuited(let reason): reason
    case .warning(let warning): "the agent warns: \(warning)"
    case .held(let issuer, let left): "\(issuer) holds this app, for \(Format.age(left)) more unless renewed"
    case .limit(let app, let rule): "a limit of the host's policy for \(app): \(rule)"
    case .noSuchRoll: "there is no such roll, or it cannot do that as it stands"
    }
}
