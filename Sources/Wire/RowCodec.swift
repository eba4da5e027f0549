internal import Model

extension RowField {
    /// One bit for each column this version names. Others are not sent, and skipped where a newer peer sends them.
    static var columns: UInt32 { allCases.reduce(0) { $0 | 1 << UInt32($1.rawValue) } }
}

extension RowField {
    /// A column whose change is told beyond the change of another one, of a lower number, because they mostly move
    /// together: the main thread's run time and the whole process's CPU time. Part of the format, never changed.
    static var follower: (column: Int, leader: Int)? {
        guard Self.self == WorkerField.self else { return nil }
        return (WorkerField.loopRunNanoseconds.rawValue, WorkerField.cpuNanoseconds.rawValue)
    }
}

extension RowField {
    /// Columns whose differences are told in hundreds where they are some: lengths in µs that are rounded to 100 of them.
    /// Part of the format, never changed: a column that comes later is told as it is, so that it can be skipped.
    static var hundreds: UInt32 {
        if Self.self == WorkerField.self {
            let fields: [WorkerField] = [
                .lagMaxMicroseconds, .lagP99Microseconds, .lagP50Microseconds, .openStallMicroseconds,
                .probeGapMicroseconds, .probePeriodMicroseconds,
            ]
            return fields.reduce(0) { $0 | 1 << UInt32($1.rawValue) }
        }
        if Self.self == GroupField.self {
            return [GroupField.worstLagMicroseconds, .lagP99Microseconds].reduce(0) { $0 | 1 << UInt32($1.rawValue) }
        }
        return [HostField.worstLagMicroseconds, .lagP99Microseconds].reduce(0) { $0 | 1 << UInt32($1.rawValue) }
    }
}

/// The columns of a bit set, ascending.
struct ColumnSet: Sequence, IteratorProtocol {
    private var rest: UInt32

    init(_ bits: UInt32) { rest = bits }

    mutating func next() -> Int? {
        guard rest != 0 else { return nil }
        defer { rest &= rest &- 1 }  // clears the lowest bit; rest is not zero
        return rest.trailingZeroBitCount
    }
}

/// A whole row: the known columns as a bit set, then the value of each, ascending.
extension Row {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init()
        let columns = Field.columns
        let known: UInt32 = try reader.number("known columns", in: bytes)
        for column in ColumnSet(known) {
            let value = try reader.varint("column", in: bytes)
            if columns & 1 << UInt32(column) != 0 { self[column: column] = value }
        }
    }

    func write(to writer: inout Writer) {
        let known = known & Field.columns
        writer.number(known)
        for column in ColumnSet(known) { writer.varint(self[column: column] ?? 0) }
    }
}

/// How a row differs from an earlier one, as sets of columns.
struct RowChange {
    /// Known in both, with another value.
    var changed: UInt32
    /// Known in the later row only.
    var gained: UInt32 = 0
    /// Known in the earlier row only.
    var lost: UInt32 = 0

    var isNone: Bool { changed | gained | lost == 0 }

    init(changed: UInt32, gained: UInt32 = 0, lost: UInt32 = 0) {
        self.changed = changed
        self.gained = gained
        self.lost = lost
    }

    /// Looks at `columns` only.
    init<Field>(from old: borrowing Row<Field>, to new: borrowing Row<Field>, columns: UInt32) {
        changed = new.columnsChanged(since: old) & columns
        gained = new.known & ~old.known & columns
        lost = old.known & ~new.known & columns
    }
}

/// The three sets of changed columns that were used last in a list, the newest first. Most rows repeat one of them.
struct RecentColumns {
    private var sets: (UInt32, UInt32, UInt32) = (0, 0, 0)

    subscript(position: Int) -> UInt32 {
        switch position {
        case 0: sets.0
        case 1: sets.1
        default: sets.2
        }
    }

    /// Where a set stands that holds all of `set`, no other column but of `spare`, and fewer of those than `limit`: each
    /// of them costs a byte, for a difference of 0. The one with the fewest.
    func position(holding set: UInt32, spare: UInt32, below limit: Int) -> Int? {
        var best: (position: Int, cost: Int)?
        for position in 0..<3 {
            let candidate = self[position]
            guard set & ~candidate == 0, candidate & ~(set | spare) == 0 else { continue }
            let cost = (candidate & ~set).nonzeroBitCount
            if cost < best?.cost ?? limit { best = (position, cost) }
        }
        return best?.position
    }

    /// Moves `set` to the front; the last one falls out for a new one.
    mutating func use(_ set: UInt32) {
        if set == sets.0 { return }
        sets = set == sets.1 ? (set, sets.0, sets.2) : (set, sets.0, sets.1)
    }
}

/// The values of a change, ascending by column: a changed one as zigzag difference, a gained one whole.
///
/// Differences wrap around on purpose: any two values have one, and a counter that began anew costs ten bytes.
extension Row {
    func writeValues(of change: RowChange, since old: borrowing Row<Field>, to writer: inout Writer) {
        let follower = Field.follower
        let hundreds = Field.hundreds
        var lead: UInt64 = 0
        for column in ColumnSet(change.changed | change.gained) {
            let bit: UInt32 = 1 << UInt32(column)
            let value = self[column: column] ?? 0
            if change.changed & bit != 0 {
                let difference = value &- (old[column: column] ?? 0)
                if column == follower?.leader { lead = difference }
                let told = Int64(bitPattern: column == follower?.column ? difference &- lead : difference)
                if hundreds & bit != 0 { writer.hundreds(told) } else { writer.signed(told) }
            } else {
                writer.varint(value)
            }
        }
    }

    /// Makes the earlier row the later one. Columns outside `columns` are read and dropped.
    mutating func apply(
        _ change: RowChange, columns: UInt32, from reader: inout Reader, in bytes: Span<UInt8>
    ) throws(WireError) {
        guard (change.changed | change.lost) & columns & ~known == 0, change.gained & known == 0,
            change.changed & change.lost == 0
        else { throw reader.malformed("changed columns") }
        let follower = Field.follower
        let hundreds = Field.hundreds
        var lead: UInt64 = 0
        for column in ColumnSet(change.changed | change.gained) {
            let bit: UInt32 = 1 << UInt32(column)
            if change.changed & bit != 0 {
                var difference = UInt64(
                    bitPattern: hundreds & bit != 0
                        ? try reader.hundreds("column", in: bytes) : try reader.signed("column", in: bytes))
                if columns & bit == 0 { continue }
                if column == follower?.leader { lead = difference }
                if column == follower?.column { difference &+= lead }
                self[column: column] = (self[column: column] ?? 0) &+ difference
            } else {
                let value = try reader.varint("column", in: bytes)
                if columns & bit != 0 { self[column: column] = value }
            }
        }
        for column in ColumnSet(change.lost & columns) { self[column: column] = nil }
    }
}
