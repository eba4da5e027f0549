import Control
import Model

/// A command with everything the agent knows of who asked and what it is aimed at.
struct CommandAttempt: Sendable {
    var request: CommandRequest
    var peer: Peer
    var role: Role
    /// The watched worker that has the target's pid now.
    var worker: LiveWorker?

    func outcome(_ verdict: Verdict) -> Outcome {
        Outcome(
            id: request.command.id, action: request.command.action, target: request.command.target,
            issuer: request.issuer, verdict: verdict)
    }
}

/// A command under way. Belongs to the desk, which alone touches it.
final class CommandJob {
    let attempt: CommandAttempt
    let handle: any ProcessHandle
    var machine: Restart
    var timers: [RestartTimer: CommandClock.Cancel] = [:]
    var poll: CommandClock.Cancel?
    private(set) var sinks: [CommandDesk.Sink]

    var id: CommandID { attempt.request.command.id }

    init(attempt: CommandAttempt, machine: Restart, handle: any ProcessHandle, sink: @escaping CommandDesk.Sink) {
        self.attempt = attempt
        self.machine = machine
        self.handle = handle
        sinks = [sink]
    }

    /// One more who wants the outcome; the oldest is given up beyond the limit.
    func add(_ sink: @escaping CommandDesk.Sink, limit: Int) {
        if sinks.count >= limit { sinks.removeFirst() }
        sinks.append(sink)
    }

    func cancelAll() {
        for cancel in timers.values { cancel() }
        timers = [:]
        poll?()
        poll = nil
    }
}
