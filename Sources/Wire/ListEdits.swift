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
    /// A column of the next entry's row becomes known or unknown: twice its number, plus one and its value if known. The
    /// entry stays the next one.
    static let know: UInt64 = 3
    /// The next entry's row changes in the columns of the set that follows.
    static let change: UInt64 = 4
    /// 5, 6, 7: the next entry's row changes in the columns used last, next to last, or before that in this list.
    static let changeRecent: UInt64 = 5

    /// What an entry has besides its row, among the changed columns; no column has this number.
    static let extra: UInt32 = 1 << 31

    /// On the wire the extra comes first, column n is bit n + 1: high bits cost more, and what is new has high numbers.
    static func told(_ columns: UInt32) -> UInt32 { columns << 1 | columns >> 31 }
    static func columns(told: UInt32) -> UInt32 { told >> 1 | told << 31 }
}

extension Writer {
    /// Writes nothing when both lists are the same. Returns whether both were ascending; if not, the edits are void.
    mutating func edits<Entry: ListEntry & ~Copyable>(
        from old: Span<Entry>, to new: Span<Entry>, context: inout Entry.Context
    ) -> Bool {
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
            } else if !new[index].hasSameInfo(as: old[next]) {
                head(ListEdit.remove, &kept)
                head(ListEdit.insert, &kept)
                new[index].write(to: &self, context: &context)
            } else {
                change(from: old[next], to: new[index], columns: columns, &kept, &recent)
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

    private mutating func change<Entry: ListEntry & ~Copyable>(
        from old: borrowing Entry, to new: borrowing Entry, columns: UInt32, _ kept: inout Int,
        _ recent: inout RecentColumns
    ) {
        var change = RowChange(from: old.row, to: new.row, columns: columns)
        if Entry.extraBit != 0, new.extraDiffers(from: old) { change.changed |= Entry.extraBit }
        for column in ColumnSet(change.gained | change.lost) {
            head(ListEdit.know, &kept)
            let value = new.row[column: column]
            varint(UInt64(column) << 1 | (value == nil ? 0 : 1))
            if let value { varint(value) }
        }
        guard change.changed != 0 else {
            kept += 1
            return
        }
        // A follower that did not move would be told as far from its leader.
        let follower: UInt32 = Entry.Field.follower.map { 1 << UInt32($0.column) } ?? 0
        let spare = (old.row.known & new.row.known & columns | Entry.extraBit) & ~follower
        let told = ListEdit.told(change.changed)
        let cost = (38 - told.leadingZeroBitCount) / 7
        // Where it saves a single byte, the narrower set is the better one to remember.
        if let position = recent.position(holding: change.changed, spare: spare, below: max(1, cost - 1)) {
            head(ListEdit.changeRecent + UInt64(position), &kept)
            change.changed = recent[position]
        } else {
            head(ListEdit.change, &kept)
            number(told)
        }
        recent.use(change.changed)
        let rowChange = RowChange(changed: change.changed & ~Entry.extraBit)
        new.row.writeValues(of: rowChange, since: old.row, to: &self)
        if change.changed & Entry.extraBit != 0 { new.writeExtra(since: old, to: &self) }
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
            try change(recent[Int(kind - ListEdit.changeRecent)], by: &reader, in: bytes)
        case ListEdit.change:
            let changed = ListEdit.columns(told: try reader.number("changed columns", in: bytes))
            guard changed & ListEdit.extra & ~Entry.extraBit == 0 else { throw reader.malformed("changed columns") }
            try change(changed, by: &reader, in: bytes)
        case ListEdit.know: try know(by: &reader, in: bytes)
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
        _ changed: UInt32, by reader: inout Reader, in bytes: Span<UInt8>
    ) throws(WireError) {
        guard next < list.count, changed != 0 else { throw reader.malformed("edit") }
        let rowChange = RowChange(changed: changed & ~Entry.extraBit)
        try list[next].row.apply(rowChange, columns: columns, from: &reader, in: bytes)
        if changed & Entry.extraBit != 0 { try list[next].applyExtra(from: &reader, in: bytes) }
        recent.use(changed)
        try keep(1, reader)
    }

    /// Columns that this version does not name are read and dropped, as everywhere.
    private mutating func know(by reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        guard next < list.count else { throw reader.malformed("edit") }
        let code = try reader.varint("column", in: bytes)
        guard code < 2 * 31 else { throw reader.malformed("column") }
        let value: UInt64? = code & 1 != 0 ? try reader.varint("column", in: bytes) : nil
        let column = Int(code >> 1)
        guard columns & 1 << UInt32(column) != 0 else { return }
        guard (list[next].row[column: column] == nil) == (value != nil) else { throw reader.malformed("column") }
        list[next].row[column: column] = value
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
