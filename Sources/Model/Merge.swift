/// How two numbers of one column, one after the other, become the number of both together.
public enum Merge: Hashable, Sendable {
    /// Counters, and what is simply so: the later one.
    case latest
    /// What is there for its peaks.
    case highest
    /// What describes the peak of another column: of the sample that has the higher one.
    case alongside(column: Int)
}

extension Row {
    /// This row, and an earlier one of the same: what was worse then still counts.
    public func merged(with earlier: Self) -> Self {
        var row = self
        for field in Field.allCases {
            switch field.merge {
            case .latest: break
            case .highest:
                guard let before = earlier[field] else { continue }
                row[field] = Swift.max(row[field] ?? before, before)
            case .alongside(let column):
                guard let before = earlier[column: column], before > self[column: column] ?? 0 else { continue }
                row[field] = earlier[field]
            }
        }
        return row
    }
}

extension Snapshot {
    /// This snapshot standing for an earlier one, too.
    public func merged(with earlier: Snapshot) -> Snapshot {
        var merged = self
        merged.host = host.merged(with: earlier.host)
        merge(&merged.groups, earlier.groups, by: \.info.key) { $0.row = $0.row.merged(with: $1.row) }
        merge(&merged.workers, earlier.workers, by: \.info.id) { $0.row = $0.row.merged(with: $1.row) }
        return merged
    }

    /// Both lists ascend.
    private func merge<Entry, Key: Comparable>(
        _ entries: inout [Entry], _ earlier: [Entry], by key: KeyPath<Entry, Key>,
        _ change: (inout Entry, Entry) -> Void
    ) {
        var place = 0
        for index in entries.indices {
            while place < earlier.count, earlier[place][keyPath: key] < entries[index][keyPath: key] { place += 1 }
            guard place < earlier.count, earlier[place][keyPath: key] == entries[index][keyPath: key] else { continue }
            change(&entries[index], earlier[place])
        }
    }
}
