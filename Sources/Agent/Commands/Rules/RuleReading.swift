import Model

/// A worker as rules look at it, from one sweep.
struct RuleReading: Sendable {
    var place: WorkerPlace
    var residentBytes: UInt64?
    /// Longest stretch of the last window, an open stall included; `nil` where it is not known, or only "at most".
    var lag: Duration?
    /// By evidence.
    var isHung: Bool

    init(place: WorkerPlace, residentBytes: UInt64? = nil, lag: Duration? = nil, isHung: Bool = false) {
        self.place = place
        self.residentBytes = residentBytes
        self.lag = lag
        self.isHung = isHung
    }

    init(_ entry: WorkerEntry, app: String) {
        let (info, row) = (entry.info, entry.row)
        let method = row[.lagMethod].flatMap(LagMethod.init(packed:))
        self.init(
            place: WorkerPlace(worker: info.id, app: app, groupKey: info.groupKey, slot: info.slot),
            residentBytes: row[.residentBytes], isHung: method?.isHung ?? false)
        if method?.quality == .exact, let longest = row[.lagMaxMicroseconds] {
            lag = .microseconds(Int64(clamping: max(longest, row[.openStallMicroseconds] ?? 0)))
        }
    }

    /// Unknown is not above anything.
    func meets(_ condition: ActionRule.Condition) -> Bool {
        switch condition {
        case .memory(let bytes): residentBytes.map { $0 > bytes } ?? false
        case .lag(let bound): lag.map { $0 > bound } ?? false
        case .silent: isHung
        }
    }
}
