internal import Model

/// A line of a snapshot's list of groups or workers. What only looks at entries takes them as if they could not be copied, for then
/// they are not: that costs more than all that a delta does with them.
protocol ListEntry: ~Copyable {
    associatedtype Field: RowField
    associatedtype Key: Comparable
    /// What entries of one message share.
    associatedtype Context

    /// How many a message may hold.
    static var limit: Int { get }
    /// The fewest bytes an entry takes.
    static var minimumByteCount: Int { get }
    /// The list, in errors.
    static var word: String { get }

    /// What the list is ascending by; no two of a list have the same.
    var key: Key { get }
    /// Whether all is the same that a row change cannot tell; if not, it makes another entry.
    func hasSameInfo(as other: borrowing Self) -> Bool
    var row: Row<Field> { get set }

    /// Stands among the changed columns for what an entry tells besides its row: `ListEdit.extra`, or 0 where that is
    /// nothing.
    static var extraBit: UInt32 { get }
    func extraDiffers(from earlier: borrowing Self) -> Bool
    func writeExtra(since earlier: borrowing Self, to writer: inout Writer)
    /// Makes the earlier entry's the later one's.
    mutating func applyExtra(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError)

    init(from reader: inout Reader, context: inout Context, in bytes: Span<UInt8>) throws(WireError)
    func write(to writer: inout Writer, context: inout Context)
}

/// A whole list: count, entries, ascending.
extension Reader {
    mutating func list<Entry: ListEntry>(
        context: inout Entry.Context, in bytes: Span<UInt8>
    ) throws(WireError) -> [Entry] {
        let count = try count(Entry.word, limit: Entry.limit, minimum: Entry.minimumByteCount, in: bytes)
        var list: [Entry] = []
        list.reserveCapacity(count)
        for _ in 0..<count {
            let entry = try Entry(from: &self, context: &context, in: bytes)
            if let last = list.last, last.key >= entry.key { throw malformed(Entry.word) }
            list.append(entry)
        }
        return list
    }
}

extension Writer {
    /// `list` must be ascending.
    mutating func list<Entry: ListEntry>(_ list: [Entry], context: inout Entry.Context) {
        count(min(list.count, Entry.limit))
        for entry in list.prefix(Entry.limit) { entry.write(to: &self, context: &context) }
    }
}
