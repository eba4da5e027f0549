/// Snapshots of a host, one after the other, as one: the last of them, in which what was worse before still counts.
///
/// All workers go through here each second. So it keeps rows only, and takes the rest from the last snapshot when it is asked.
public struct MergedSnapshot: Sendable {
    private var last: Snapshot?
    private var host = HostRow()
    /// Of the last one's groups and workers.
    private var groups: [GroupRow] = []
    private var workers: [WorkerRow] = []

    public init() {}

    /// Takes a later one. Who is not in it is forgotten.
    public mutating func take(_ later: Snapshot) {
        host.extend(to: later.host, MergePlan())
        Self.extend(&groups, of: last?.groups ?? [], to: later.groups)
        Self.extend(&workers, of: last?.workers ?? [], to: later.workers)
        last = later
    }

    private static func extend<Entry: MergedEntry>(
        _ rows: inout [Row<Entry.Field>], of last: [Entry], to later: [Entry]
    ) {
        if !areSame(last, later) { rows = aligned(rows, of: last, with: later) }
        let plan = MergePlan<Entry.Field>()
        let later = later.span
        var changed = rows.mutableSpan
        for index in later.indices { changed[index].extend(to: later[index].row, plan) }
    }

    /// Whether both lists are of the same ones, as they mostly are.
    private static func areSame<Entry: MergedEntry>(_ last: [Entry], _ later: [Entry]) -> Bool {
        guard last.count == later.count else { return false }
        let (last, later) = (last.span, later.span)
        for index in last.indices where last[index].key != later[index].key { return false }
        return true
    }

    /// The rows for the entries of `later`; who is new comes with its own. Both lists ascend.
    private static func aligned<Entry: MergedEntry>(
        _ rows: [Row<Entry.Field>], of last: [Entry], with later: [Entry]
    ) -> [Row<Entry.Field>] {
        var place = 0
        return later.map { entry in
            while place < last.count, last[place].key < entry.key { place += 1 }
            return place < last.count && last[place].key == entry.key ? rows[place] : entry.row
        }
    }

    /// All of them as one; `nil` before the first.
    public var snapshot: Snapshot? {
        guard var snapshot = last else { return nil }
        snapshot.host = host
        for index in groups.indices { snapshot.groups[index].row = groups[index] }
        for index in workers.indices { snapshot.workers[index].row = workers[index] }
        return snapshot
    }
}

/// A line of a snapshot's list of groups or workers.
private protocol MergedEntry {
    associatedtype Field: RowField
    associatedtype Key: Comparable
    var key: Key { get }
    var row: Row<Field> { get }
}

extension GroupEntry: MergedEntry {
    fileprivate var key: String { info.key }
}

extension WorkerEntry: MergedEntry {
    fileprivate var key: WorkerID { info.id }
}

/// Which columns merge how, looked up once for all rows of a list.
private struct MergePlan<Field: RowField> {
    /// Bit n for column n.
    var highest: UInt32 = 0
    var alongside: [(column: Int, peak: Int)] = []

    init() {
        for field in Field.allCases {
            switch field.merge {
            case .latest: break
            case .highest: highest |= 1 << UInt32(field.rawValue)
            case .alongside(let peak): alongside.append((field.rawValue, peak))
            }
        }
    }
}

extension Row {
    /// Becomes a later row of the same, in which what was worse before still counts.
    fileprivate mutating func extend(to later: borrowing Self, _ plan: borrowing MergePlan<Field>) {
        // An unknown column holds 0, which is no peak.
        let new = later.values.span
        var own = values.mutableSpan
        var kept: UInt32 = 0
        for (column, peak) in plan.alongside where own[peak] > new[peak] { kept |= 1 << UInt32(column) }
        for column in 0..<32 where kept & 1 << UInt32(column) == 0 {
            let isPeak = plan.highest & 1 << UInt32(column) != 0
            own[column] = isPeak ? Swift.max(own[column], new[column]) : new[column]
        }
        mask = later.mask & ~kept | mask & (kept | plan.highest)
    }
}
