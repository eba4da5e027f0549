import Control
import Model

/// Whose logs are wanted, and what is known of them; made by the command desk, carried out elsewhere.
struct LogOrder: Sendable {
    /// More are not read at a time; who wants others names a slot.
    static let maximumWorkers = 64
    /// What is too long ago to say why a worker ended.
    static let lastWords = Duration.seconds(3600)

    var group: LiveGroup
    /// Of the slot, or of the app: ascending by slot.
    var workers: [LiveWorker]
    /// Of the same app, where a slot is asked for: they may write to its file.
    var others: [LiveWorker] = []
    /// The newest life that ended in each slot. Its last words are in the journal still.
    var ended: [Ended]
    /// Workers of the app that were left out.
    var omitted = 0

    /// systemd gives what it starts to the journal, unless it is told otherwise.
    var isKeptBySystemd: Bool { (group.info.manager ?? group.link?.manager)?.kind == .systemd }

    struct Ended: Hashable, Sendable {
        var slot: UInt32
        var worker: WorkerID
        var started: WallTime
    }
}

extension CommandDesk {
    enum LogAdmission: Sendable {
        case order(LogOrder)
        case answer(Answer.Body)
    }

    /// Whether the peer may read them, and whose they are. Nothing is read here.
    func admit(_ request: LogRequest, from peer: Peer, role: Role) -> LogAdmission {
        guard let group = group(of: request.groupKey) else { return .answer(.unknown("no such app is known")) }
        if let objection = hooks.logs(subject(group), peer, role) { return .answer(.denied(objection)) }
        let all = workers(of: request.groupKey).sorted { ($0.slot, $0.id) < ($1.slot, $1.id) }
        let living = all.filter { request.slot == nil || $0.slot == request.slot }
        let others = request.slot == nil ? [] : all.filter { $0.slot != request.slot }
        let slots: [UInt32]
        if let slot = request.slot {
            slots = [slot]
        } else {
            let expected = min(group.info.expected ?? 0, UInt32(LogOrder.maximumWorkers))
            slots = Set(living.map(\.slot) + Array(0..<expected).map { $0 + 1 }).sorted()
        }
        let now = clock.wall()
        let ended = slots.prefix(LogOrder.maximumWorkers).compactMap { slot -> LogOrder.Ended? in
            let last = hooks.lives(request.groupKey, slot).first { $0.ended != nil && $0.worker.boot == settings.boot }
            guard let last, let end = last.ended,
                now.nanoseconds.subtractingReportingOverflow(end.nanoseconds).partialValue
                    < LogOrder.lastWords.nanoseconds
            else { return nil }
            return LogOrder.Ended(slot: slot, worker: last.worker, started: last.started)
        }
        return .order(
            LogOrder(
                group: group, workers: Array(living.prefix(LogOrder.maximumWorkers)),
                others: Array(others.prefix(LogOrder.maximumWorkers)), ended: ended,
                omitted: max(0, living.count - LogOrder.maximumWorkers)))
    }
}
