import Model

/// Finds where the newest lines of a file begin, by reading it backwards.
struct LogTail {
    /// What is read at a time.
    static let block = 64 << 10
    struct Start: Hashable {
        var offset: UInt64
        /// There may be wanted lines before it that were not looked for.
        var isCut: Bool
    }

    let log: OpenLog
    let filter: LogFilter
    /// Lines whose own time is earlier are too old, and so is all before them.
    let oldest: WallTime?
    let zone: Int64
    /// How far it goes back.
    let reach: UInt64
    let deadline: Deadline

    /// Where the newest `count` wanted lines begin: at the first of them, or where looking ended.
    func start(of count: Int, size: UInt64) -> Start {
        guard count > 0 else { return Start(offset: size, isCut: false) }
        let floor = size - min(size, reach)
        var found = 0
        var first = size
        /// Where the line ends that is looked for: behind its last byte.
        var lineEnd = size
        var high = size
        while high > floor, !deadline.isOver {
            let low = max(floor, high - min(high, UInt64(Self.block)))
            let bytes = log.bytes(at: low, Int(high - low))
            guard bytes.count == Int(high - low) else { break }  // it was cut off meanwhile
            for index in bytes.indices.reversed() where bytes[index] == UInt8(ascii: "\n") {
                let start = low + UInt64(index) + 1
                if start < size {
                    switch judge(start..<lineEnd, bytes, at: low) {
                    case .tooOld: return Start(offset: first, isCut: false)
                    case .unwanted: break
                    case .wanted:
                        found += 1
                        first = start
                    }
                    if found == count { return Start(offset: first, isCut: false) }
                }
                lineEnd = low + UInt64(index)
            }
            high = low
        }
        guard high == 0 else { return Start(offset: found > 0 ? first : size, isCut: true) }
        if case .wanted = judge(0..<lineEnd, [], at: 0) { first = 0 }
        return Start(offset: first, isCut: false)
    }

    private enum Judgement { case wanted, unwanted, tooOld }

    /// - Parameter bytes: of the file from `low` on, as far as they are at hand.
    private func judge(_ line: Range<UInt64>, _ bytes: [UInt8], at low: UInt64) -> Judgement {
        guard !filter.isEmpty || oldest != nil else { return .wanted }
        let length = Int(min(line.upperBound - line.lowerBound, UInt64(LogLineMaker.lookedAt)))
        let offset = Int(clamping: line.lowerBound - min(line.lowerBound, low))
        let isHere = line.lowerBound >= low && offset + length <= bytes.count
        let text = isHere ? bytes[offset..<offset + length] : log.bytes(at: line.lowerBound, length)[...]
        let plain = LogLineMaker.plain(text)
        if let oldest, let time = LogTime.find(in: plain[...], zone: zone), time < oldest { return .tooOld }
        return filter.matches(plain[...]) ? .wanted : .unwanted
    }
}
