/// What became of the rows of a listing since they were looked at last.
struct RowChanges: Sendable {
    enum Kind: String, Sendable {
        /// There now: new, or it matches the filter by now.
        case added
        /// Another text in one of the columns that are looked at.
        case changed
        /// Not there any more, or it does not match any more.
        case removed
    }

    struct Change: Sendable {
        let kind: Kind
        let path: String
        /// Of the columns that are looked at; as they were last where it was removed.
        let values: [String: FilterValue]
        let text: String
        /// Where it changed.
        var was: String?
    }

    private struct Known: Sendable {
        let path: String
        let host: Int
        let values: [String: FilterValue]
        let text: String
    }

    /// Of columns.
    private let keys: Set<String>
    /// By `JudgedRow.id`.
    private var known: [String: Known] = [:]

    init(of keys: [String]) { self.keys = Set(keys) }

    /// - Parameter silent: hosts of which nothing is known now: their rows are neither there nor gone.
    /// - Returns: changes in the order of the rows, then what was removed by its path.
    mutating func take(_ rows: [JudgedRow], silent: Set<Int>) -> [Change] {
        var changes: [Change] = []
        var now: [String: Known] = [:]
        for row in rows {
            let values = Dictionary(keys.map { ($0, row.value($0)) }) { first, _ in first }
            let next = Known(path: row.path, host: row.host, values: values, text: row.text(of: keys))
            now[row.id] = next
            let before = known.removeValue(forKey: row.id)
            guard before?.text != next.text else { continue }
            changes.append(
                Change(
                    kind: before == nil ? .added : .changed, path: next.path, values: values, text: next.text,
                    was: before?.text))
        }
        for (id, gone) in known.sorted(by: { ($0.value.path, $0.key) < ($1.value.path, $1.key) }) {
            if silent.contains(gone.host) {
                now[id] = gone
            } else {
                changes.append(Change(kind: .removed, path: gone.path, values: gone.values, text: gone.text))
            }
        }
        known = now
        return changes
    }
}
