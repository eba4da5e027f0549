internal import Model

/// How one list becomes another: a walk over the earlier list, written as edits.
///
/// Each edit begins with a varint: its kind in the lowest three bits, above them how many entries to keep unchanged
/// before it. After the last edit stands a zero, and the rest of the list is kept. Unchanged entries cost nothing.
enum ListEdit {
    static let end: UInt64 = 0
    /// The next entry is gone.
    static let remove: UInt64 = 1
    /// An entry that follows whole comes in here.
    static let insert: UInt64 = 2
    /// The next entry's row changes, and columns become known or unknown: three sets follow.
    static let changeKnown: UInt64 = 3
    /// The next entry's row changes in the columns of the set that follows.
    static let change: UInt64 = 4
    /// 5, 6, 7: the next entry's row changes in the columns used last, next to last, or before that in this list.
    static let changeRecent: UInt64 = 5
}

extension Writer {
    /// Writes nothing when both lists are the same. Returns whether both were ascending; if not, the edits are void.
    mutating func edits<Entry: ListEntry>(
        from oldList: [Entry], to newList: [Entry], context: inout Entry.Context
    ) -> Bool {
        // Elements of a span are looked at where they are; those of an array would be copied, 300 bytes a worker.
        let old = oldList.span
        let new = newList.span
        let start = bytes.count
        let oldCount = min(old.count, Entry.limit)
        let newCount = min(new.count, Entry.limit)
        let columns = Entry.Field.columns
        var recent = RecentColumns()
        var kept = 0
        var next = 0  // in old
        var index = 0  // in new
        var oldKey = oldCount > 0 ? old[0].key : nil
        var newKey = newCount > 0 ? new[0].key : nil
        while oldKey != nil || newKey != nil {
            var passesOld = true
            var passesNew = true
            if let oldKey, newKey.map({ oldKey < $0 }) ?? true {
                head(ListEdit.remove, &kept)
                passesNew = false
            } else if let newKey, oldKey.map({ newKey < $0 }) ?? true {
                head(ListEdit.insert, &kept)
                new[index].write(to: &self, context: &context)
                passesOld = false
            } else if old[next].info != new[index].info {
                head(ListEdit.remove, &kept)
                head(ListEdit.insert, &kept)
                new[index].write(to: &self, context: &context)
            } else {
                change(from: old[next].row, to: new[index].row, columns: columns, &kept, &recent)
            }
            if passesOld {
                next += 1
                let following = next < oldCount ? old[next].key : nil
                if let oldKey, let following, oldKey >= following { return false }
                oldKey = following
            }
            if passesNew {
                index += 1
                let following = index < newCount ? new[index].key : nil
                if let newKey, let following, newKey >= following { return false }
                newKey = following
            }
        }
        if bytes.count > start { varint(ListEdit.end) }
        return true
    }

    private mutating func head(_ kind: UInt64, _ kept: inout Int) {
        varint(UInt64(kept) << 3 | kind)
        kept = 0
    }

    private mutating func change<Field>(
        from old: borrowing Row<Field>, to new: borrowing Row<Field>, columns: UInt32, _ kept: inout Int,
        _ recent: inout RecentColumns
    ) {
        let change = RowChange(from: old, to: new, columns: columns)
        if change.isNone {
            kept += 1
            return
        }
        if change.gained | change.lost != 0 {
            head(ListEdit.changeKnown, &kept)
            number(change.gained)
            number(change.lost)
            number(change.changed)
        } else if let position = recent.position(of: change.changed) {
            head(ListEdit.changeRecent + UInt64(position), &kept)
        } else {
            head(ListEdit.change, &kept)
            number(change.changed)
        }
        recent.use(change.changed)
        new.writeValues(of: change, since: old, to: &self)
    }
}

/// Applies edits to a list. Rows change in place; from the first removal or insertion on, the list is built anew.
struct ListEditor<Entry: ListEntry> {
    private var list: [Entry]
    /// In `list`: what comes before is settled.
    private var next = 0
    private var rebuilt: [Entry]?
    private var recent = RecentColumns()
    /// The last entry of `rebuilt` was inserted, so that its successor must be compared with it.
    private var mustCompare = false
    private let columns = Entry.Field.columns

    /// Entries over the limit were never sent.
    init(_ list: consuming [Entry]) {
        self.list = list
        if self.list.count > Entry.limit { self.list.removeLast(self.list.count - Entry.limit) }
    }

    mutating func edited(
        by reader: inout Reader, context: inout Entry.Context, in bytes: Span<UInt8>
    ) throws(WireError) -> [Entry] {
        while try edit(by: &reader, context: &context, in: bytes) {}
        try keep(list.count - next, reader)
        let result = rebuilt ?? list
        guard result.count <= Entry.limit else {
            throw .limit(message: reader.message, field: Entry.word, limit: Entry.limit)
        }
        return result
    }

    /// One edit; false at the end mark.
    private mutating func edit(
        by reader: inout Reader, context: inout Entry.Context, in bytes: Span<UInt8>
    ) throws(WireError) -> Bool {
        let head = try reader.varint("edit", in: bytes)
        guard head != ListEdit.end else { return false }
        let kept = head >> 3
        guard kept <= UInt64(list.count - next) else { throw reader.malformed("edit") }
        try keep(Int(kept), reader)
        let kind = head & 7
        switch kind {
        case ListEdit.changeRecent...:
            let changed = recent[Int(kind - ListEdit.changeRecent)]
            try change(RowChange(changed: changed), by: &reader, in: bytes)
        case ListEdit.change:
            try change(RowChange(changed: try reader.number("changed columns", in: bytes)), by: &reader, in: bytes)
        case ListEdit.changeKnown:
            let gained: UInt32 = try reader.number("gained columns", in: bytes)
            let lost: UInt32 = try reader.number("lost columns", in: bytes)
            let changed: UInt32 = try reader.number("changed columns", in: bytes)
            try change(RowChange(changed: changed, gained: gained, lost: lost), by: &reader, in: bytes)
        case ListEdit.remove:
            guard next < list.count else { throw reader.malformed("edit") }
            startRebuilding()
            next += 1
        case ListEdit.insert:
            startRebuilding()
            let entry = try Entry(from: &reader, context: &context, in: bytes)
            try append(entry, reader)
            mustCompare = true
        default: throw reader.malformed("edit")
        }
        return true
    }

    private mutating func change(
        _ change: RowChange, by reader: inout Reader, in bytes: Span<UInt8>
    ) throws(WireError) {
        guard next < list.count, !change.isNone else { throw reader.malformed("edit") }
        try list[next].row.apply(change, columns: columns, from: &reader, in: bytes)
        recent.use(change.changed)
        try keep(1, reader)
    }

    /// The next `count` entries, of which there are that many, stay.
    private mutating func keep(_ count: Int, _ reader: Reader) throws(WireError) {
        guard count > 0 else { return }
        if rebuilt != nil {
            if mustCompare, let last = rebuilt?.last, last.key >= list[next].key { throw reader.malformed(Entry.word) }
            mustCompare = false
            rebuilt?.append(contentsOf: list[next..<next + count])
        }
        next += count
    }

    private mutating func append(_ entry: Entry, _ reader: Reader) throws(WireError) {
        if let last = rebuilt?.last, last.key >= entry.key { throw reader.malformed(Entry.word) }
        guard (rebuilt?.count ?? 0) < Entry.limit else {
            throw .limit(message: reader.message, field: Entry.word, limit: Entry.limit)
        }
        rebuilt?.append(entry)
    }

    private mutating func startRebuilding() {
        guard rebuilt == nil else { return }
        var list: [Entry] = []
        list.reserveCapacity(self.list.count + 1)
        list.append(contentsOf: self.list[..<next])
        rebuilt = list
    }
}
