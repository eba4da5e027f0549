import Model
import Synchronization

/// What is known of connections. Written by the thread that looks; read by the sampler, when it makes rows, and by whoever
/// answers questions. Two locks, so that the sampler never waits for an answer that is being made.
final class ConnectionBoard: Sendable {
    private let table = Mutex(ConnectionTable())
    private let numbers = Mutex(ConnectionNumbers())

    /// New looks; what they say of rows counts until an instant.
    func post(_ looks: [ConnectionLook], until: MonotonicInstant) {
        numbers.withLock { numbers in for look in looks { numbers.take(look, until: until) } }
        for look in looks { table.withLock { $0.take(look) } }
    }

    /// Nobody else is there any more.
    func keep(only keys: Set<String>, _ workers: Set<WorkerID>) {
        numbers.withLock { $0.keep(only: keys, workers) }
        table.withLock { $0.keep(only: keys) }
    }

    /// Sets the column of connections; absent where unknown.
    func fill(_ row: inout WorkerRow, worker: WorkerID, now: MonotonicInstant) {
        row[.connections] = numbers.withLock { $0.connections(of: worker, now: now) }
    }

    /// Sets the columns of connections and of the accept queue; absent where unknown.
    func fill(_ row: inout GroupRow, key: String, now: MonotonicInstant) {
        let group = numbers.withLock { $0.numbers(of: key, now: now) }
        row[.connections] = group.connections
        row[.worstCloseWait] = group.closeWait
        row[.acceptQueue] = group.acceptQueue
        row[.acceptQueueLimit] = group.acceptQueueLimit
    }

    /// As of the last look; `nil` before the first, and where it may not be looked at.
    func report(for target: CommandTarget) -> ConnectionReport? { table.withLock { $0.report(for: target) } }
}
