import Model

/// What the sampler's rows say of connections: small enough to be looked up for each row of each snapshot.
struct ConnectionNumbers: Sendable {
    struct Group: Hashable, Sendable {
        var connections: UInt64?
        /// Of the worker that has most.
        var closeWait: UInt64?
        var acceptQueue: UInt64?
        var acceptQueueLimit: UInt64?
    }

    private var workers: [WorkerID: (established: UInt64, until: MonotonicInstant)] = [:]
    private var groups: [String: (numbers: Group, until: MonotonicInstant)] = [:]

    /// `until`: when nothing newer came by then, it is not told any more.
    mutating func take(_ look: ConnectionLook, until: MonotonicInstant) {
        for worker in look.workers {
            workers[worker.id] = worker.standing == .known ? (UInt64(worker.established), until) : nil
        }
        var group = Group(connections: look.isKnown ? UInt64(look.established) : nil)
        group.closeWait = look.isKnown ? look.workers.map { UInt64($0.closeWait) }.max() : nil
        if look.areListenersKnown, !look.listeners.isEmpty {
            group.acceptQueue = look.listeners.reduce(0) { $0 + UInt64($1.queue) }
            group.acceptQueueLimit = look.listeners.reduce(0) { $0 + UInt64($1.limit) }
        }
        groups[look.key] = (group, until)
    }

    mutating func keep(only keys: Set<String>, _ ids: Set<WorkerID>) {
        workers = workers.filter { ids.contains($0.key) }
        groups = groups.filter { keys.contains($0.key) }
    }

    func connections(of worker: WorkerID, now: MonotonicInstant) -> UInt64? {
        workers[worker].flatMap { now <= $0.until ? $0.established : nil }
    }

    func numbers(of key: String, now: MonotonicInstant) -> Group {
        groups[key].flatMap { now <= $0.until ? $0.numbers : nil } ?? Group()
    }
}
