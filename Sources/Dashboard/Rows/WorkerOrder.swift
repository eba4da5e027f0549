import Model

/// Workers of a whole fleet in the order in which `sorted` puts their rows; of each is kept what it is sorted by, and no row.
struct WorkerOrder {
    /// Workers that have the texts of `RowTie` in common.
    private struct Group: Hashable {
        let host: Int
        let key: String
    }

    private let column: RowColumn<WorkerSubject>?
    private var ids: [FleetRowID] = []
    private var keys: [RowKey] = []
    /// A group's number, and what its workers are ordered by.
    private var ties: [(group: Int, numbers: (UInt64, UInt64, UInt64, UInt64))] = []
    private var groups: [Group: Int] = [:]
    private var texts: [[String]] = []

    init(by column: String) { self.column = WorkerSubject.byKey[column] }

    mutating func add(_ worker: WorkerSubject) {
        ids.append(.worker(host: worker.number, worker.info.id))
        keys.append(column?.rowKey(worker) ?? .unknown)
        let group = Group(host: worker.number, key: worker.info.groupKey)
        if groups[group] == nil {
            groups[group] = texts.count
            texts.append(worker.tieTexts)
        }
        ties.append((groups[group] ?? 0, worker.tieNumbers))
    }

    func rows(inverted: Bool) -> [FleetRowID] {
        let ranks = ranks
        let places = ids.indices.sorted { left, right in
            if let precedes = keys[left].precedes(keys[right], inverted: inverted) { return precedes }
            let (one, other) = (ranks[ties[left].group], ranks[ties[right].group])
            return one == other ? ties[left].numbers < ties[right].numbers : one < other
        }
        return places.map { ids[$0] }
    }

    /// The place of each group among all; that of groups of equal texts is the same.
    private var ranks: [Int] {
        var ranks = Array(repeating: 0, count: texts.count)
        var last: (group: Int, rank: Int)?
        for group in texts.indices.sorted(by: { texts[$0].lexicographicallyPrecedes(texts[$1]) }) {
            let rank = last.map { texts[$0.group] == texts[group] ? $0.rank : $0.rank + 1 } ?? 0
            ranks[group] = rank
            last = (group, rank)
        }
        return ranks
    }
}
