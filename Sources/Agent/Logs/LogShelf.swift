import Model
import Synchronization

/// Files that somebody follows, held open for a while: what was written to one that was rotated away is read to its end.
///
/// Bounded in number and in time, since a held file keeps its room on the disk.
final class LogShelf: Sendable {
    static let capacity = 128
    static let patience = Duration.seconds(30)

    /// A stream of a slot of an app.
    struct Place: Hashable, Sendable {
        var groupKey: String
        var slot: UInt32
        var stream: LogRequest.Stream
    }

    struct Kept: Sendable {
        var log: OpenLog
        var places: Set<Place>
        var used: MonotonicInstant
    }

    private let kept = Mutex<[UInt64: Kept]>([:])

    var count: Int { kept.withLock { $0.count } }

    /// Somebody reads it now.
    func keep(_ log: OpenLog, for places: Set<Place>, now: MonotonicInstant) {
        kept.withLock { kept in
            var entry = kept[log.identity] ?? Kept(log: log, places: [], used: now)
            entry.log = log
            entry.places.formUnion(places)
            entry.used = now
            kept[log.identity] = entry
            if kept.count > Self.capacity, let oldest = kept.min(by: { $0.value.used < $1.value.used }) {
                kept[oldest.key] = nil
            }
        }
    }

    /// The file of that identity, where it is a log that was read of late.
    func find(_ identity: UInt64) -> Kept? { kept.withLock { $0[identity] } }

    /// Closes what nobody has read for a while; whether anything is left.
    func prune(now: MonotonicInstant) -> Bool {
        kept.withLock { kept in
            kept = kept.filter { now - $0.value.used < Self.patience }
            return !kept.isEmpty
        }
    }
}
