import Model
import Wire

/// Where a page ended, in each file and in the journal. It travels to whoever reads and back, so nothing in it is trusted:
/// a wrong one reads other lines of the same files, and never another file.
///
/// Layout: version (one byte), turn, count of files; for each eight bytes of identity, offset, four bytes of check, a byte
/// of flags, and where they say so a goal; then the time of the page in ms since 1970 and the journal's own cursor (which may be empty). Numbers are
/// LEB128 where nothing else is said.
struct LogCursor: Hashable, Sendable {
    struct Place: Hashable, Sendable {
        var offset: UInt64
        /// `OpenLog.check(before:)` of the offset.
        var check: UInt32
        /// The line that goes on here was told of already.
        var isInsideLine = false
        /// Up to here all was asked for at the beginning, however much it is.
        var goal: UInt64 = 0
    }

    private static let version: UInt8 = 1

    /// Counts pages, so that none of many sources always comes first.
    var turn: UInt64 = 0
    var files: [UInt64: Place] = [:]
    var time = WallTime(nanoseconds: 0)
    var journal = ""

    init() {}

    /// `nil` for what this agent did not make.
    init?(_ bytes: [UInt8]) {
        var reader = Bytes(bytes)
        guard reader.byte() == Self.version, let turn = reader.varint(), let count = reader.varint(),
            count <= UInt64(Limits.logSources)
        else { return nil }
        self.turn = turn
        for _ in 0..<count {
            guard let identity = reader.fixed(8), let offset = reader.varint(), let check = reader.fixed(4),
                let flags = reader.byte(), flags <= 3, let goal = flags & 2 == 0 ? 0 : reader.varint()
            else { return nil }
            files[identity] = Place(
                offset: offset, check: UInt32(truncatingIfNeeded: check), isInsideLine: flags & 1 != 0, goal: goal)
        }
        guard let milliseconds = reader.varint(), milliseconds <= UInt64(Int64.max / 1_000_000) else { return nil }
        time = WallTime(nanoseconds: Int64(milliseconds) * 1_000_000)
        let rest = reader.rest
        guard rest.isEmpty || JournalEntries.isCursor(rest) else { return nil }
        journal = String(decoding: rest, as: UTF8.self)
    }

    /// At most `Limits.logCursorBytes`: files that have no room are told of anew.
    var bytes: [UInt8] {
        var places: [UInt8] = []
        var count: UInt64 = 0
        for (identity, place) in files.sorted(by: { $0.key < $1.key }) {
            let entry = Self.entry(identity, place)
            // What else there is takes no more than the journal's cursor, and 32 bytes.
            guard places.count + entry.count + 256 + 32 <= Limits.logCursorBytes, count < UInt64(Limits.logSources)
            else { break }
            places += entry
            count += 1
        }
        var bytes = [Self.version]
        Self.put(turn, into: &bytes)
        Self.put(count, into: &bytes)
        bytes += places
        Self.put(UInt64(max(0, time.nanoseconds / 1_000_000)), into: &bytes)
        return bytes + Array(journal.utf8)
    }

    private static func entry(_ identity: UInt64, _ place: Place) -> [UInt8] {
        var bytes: [UInt8] = []
        for shift in stride(from: 0, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: identity >> UInt64(shift)))
        }
        put(place.offset, into: &bytes)
        for shift in stride(from: 0, to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: place.check >> UInt32(shift)))
        }
        let hasGoal = place.goal > place.offset
        bytes.append((place.isInsideLine ? 1 : 0) | (hasGoal ? 2 : 0))
        if hasGoal { put(place.goal, into: &bytes) }
        return bytes
    }

    private static func put(_ number: UInt64, into bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private struct Bytes {
        private(set) var rest: ArraySlice<UInt8>

        init(_ bytes: [UInt8]) { rest = bytes[...] }

        mutating func byte() -> UInt8? { rest.popFirst() }

        mutating func varint() -> UInt64? {
            var value: UInt64 = 0
            for shift in stride(from: UInt64(0), through: 63, by: 7) {
                guard let byte = rest.popFirst(), shift < 63 || byte <= 1 else { return nil }
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
            }
            return nil
        }

        /// The lowest byte first.
        mutating func fixed(_ count: Int) -> UInt64? {
            guard rest.count >= count else { return nil }
            var value: UInt64 = 0
            for shift in 0..<count { value |= UInt64(rest.removeFirst()) << UInt64(8 * shift) }
            return value
        }
    }
}
