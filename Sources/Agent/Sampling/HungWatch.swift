import Model

/// Since when loops hang, by evidence.
struct HungWatch: Sendable {
    private var since: [WorkerID: MonotonicInstant] = [:]

    enum News: Hashable, Sendable {
        case began
        case ended(after: Duration)
    }

    /// What a reading says. Silence changes nothing: a worker that hangs and is not probed for a moment still hangs.
    mutating func look(at worker: WorkerID, isHung: Bool, now: MonotonicInstant) -> News? {
        switch (isHung, since[worker]) {
        case (true, nil):
            since[worker] = now
            return .began
        case (false, let began?): return end(worker, began, now)
        default: return nil
        }
    }

    /// The worker ended, or is none any more.
    mutating func ended(_ worker: WorkerID, now: MonotonicInstant) -> News? {
        since[worker].map { end(worker, $0, now) }
    }

    private mutating func end(_ worker: WorkerID, _ began: MonotonicInstant, _ now: MonotonicInstant) -> News {
        since[worker] = nil
        return .ended(after: max(.zero, now - began))
    }
}
