import Glibc
import Model

/// Reads a log from a place on: whole lines, until there are enough of them, or it was enough to read, or the end.
struct LogReach {
    static let block = 64 << 10
    /// What a reader may be behind before lines are left out for it.
    static let backlog: UInt64 = 2 << 20
    static let filteredBacklog: UInt64 = 64 << 20
    /// What a line takes in a message besides its text.
    static let lineOverhead = 32

    struct Line: Hashable {
        var text: String
        var cutBytes: UInt64
        /// As the line itself says.
        var time: WallTime?
    }

    struct Result {
        var lines: [Line] = []
        var offset: UInt64
        var isInsideLine: Bool
        /// There is more of it now.
        var hasMore = false
    }

    let log: OpenLog
    let filter: LogFilter
    let zone: Int64
    /// What is read of it for one page.
    let limit: UInt64
    let deadline: Deadline

    /// - Parameters:
    ///   - bytes: of lines that there is room for; at least one line is taken.
    ///   - isSettled: nothing was written for a while: a last line without a newline is taken as it is.
    func read(
        from place: LogCursor.Place, size: UInt64, lines: Int, bytes room: Int, isSettled: Bool,
        maker: inout LogLineMaker
    ) -> Result {
        var result = Result(offset: place.offset, isInsideLine: place.isInsideLine)
        var left = room
        /// The beginning of the line that is being read, and how long it is so far.
        var line: [UInt8] = []
        var length: UInt64 = 0
        var position = place.offset
        let end = min(size, position + limit)

        /// Takes the line that is complete up to `position`; false where there is no room for it.
        func take() -> Bool {
            defer {
                line.removeAll(keepingCapacity: true)
                length = 0
            }
            guard let (text, cutBytes) = maker.line(line[...], length: length) else { return true }
            if text.utf8.count + Self.lineOverhead > left, !result.lines.isEmpty { return false }
            left -= text.utf8.count + Self.lineOverhead
            let time = LogTime.find(in: Array(text.utf8.prefix(LogTime.lookedAt))[...], zone: zone)
            result.lines.append(Line(text: text, cutBytes: cutBytes, time: time))
            return true
        }

        while position < end, !deadline.isOver {
            let block = log.bytes(at: position, Int(min(UInt64(Self.block), end - position)))
            guard !block.isEmpty else { break }
            var index = 0
            while index < block.count {
                let newline = block[index...].firstIndex(of: UInt8(ascii: "\n"))
                let stop = newline ?? block.count
                if !result.isInsideLine {
                    let wanted = min(stop - index, max(0, LogLineMaker.lookedAt - line.count))
                    line += block[index..<index + wanted]
                    length += UInt64(stop - index)
                }
                guard newline != nil else { break }
                index = stop + 1
                if result.isInsideLine {
                    result.isInsideLine = false
                } else if !take() {
                    result.hasMore = true
                    return result
                }
                result.offset = position + UInt64(index)
                if result.lines.count >= lines {
                    result.hasMore = result.offset < size
                    return result
                }
            }
            position += UInt64(block.count)
        }
        result.hasMore = position < size
        if result.isInsideLine { result.offset = position }
        // A line without its end: what there is of it is told where nothing more comes, or where it is long; then the rest
        // of it is passed over.
        let isLong = length > UInt64(LogLineMaker.lookedAt)
        if isLong || length > 0 && isSettled && !result.hasMore, take() {
            result.offset = position
            result.isInsideLine = isLong
        }
        return result
    }

    /// How many lines end between two places; `nil` where that takes too long to find out.
    func lines(in range: Range<UInt64>) -> UInt64? {
        guard range.upperBound - range.lowerBound <= Self.filteredBacklog else { return nil }
        var count: UInt64 = 0
        var position = range.lowerBound
        while position < range.upperBound, !deadline.isOver {
            let block = log.bytes(at: position, Int(min(UInt64(Self.block), range.upperBound - position)))
            guard !block.isEmpty else { break }
            for byte in block where byte == UInt8(ascii: "\n") { count += 1 }
            position += UInt64(block.count)
        }
        return count
    }
}
