import Model
import Synchronization

/// The ledger between threads: the sampler writes lives, the command desk notes who asked for an end, sessions read.
final class LedgerBox: Sendable {
    private let ledger = Mutex(Ledger())

    func began(_ info: WorkerInfo) {
        ledger.withLock { $0.began(info.id, in: info.place, started: info.started) }
    }

    func moved(_ info: WorkerInfo) { ledger.withLock { $0.moved(info.id, to: info.place) } }

    func left(_ worker: WorkerID) { ledger.withLock { $0.left(worker) } }

    /// - Returns: whether somebody asked for it.
    func ended(
        _ worker: WorkerID, at moment: Moment, status: ExitStatus?, oomKilled: Bool, last: Ledger.LastRow
    ) -> Bool {
        ledger.withLock { $0.ended(worker, at: moment, status: status, oomKilled: oomKilled, last: last) }
    }

    /// Comes before the first signal or call that is meant to end the worker.
    func note(worker: WorkerID, issuer: String, command: CommandID, now: MonotonicInstant) {
        ledger.withLock { $0.note(worker, issuer: issuer, command: command, now: now) }
    }

    func kept(of groupKey: String, slots: Set<UInt32>) -> [KeptGroup.KeptLife] {
        ledger.withLock { $0.kept(of: groupKey, slots: slots) }
    }

    func restore(_ lives: [KeptGroup.KeptLife], of groupKey: String, boot: BootID) {
        ledger.withLock { $0.restore(lives, of: groupKey, boot: boot) }
    }

    /// Newest first.
    func lives(groupKey: String, slot: UInt32) -> [Life] {
        ledger.withLock { $0.lives(in: Ledger.Place(groupKey: groupKey, slot: slot)) }
    }
}

extension WorkerInfo {
    var place: Ledger.Place { Ledger.Place(groupKey: groupKey, slot: slot) }
}
