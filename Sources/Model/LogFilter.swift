/// Which lines of a log are wanted: those that hold a text, or one of several with `|` between them.
///
/// No regular expression: in a time that grows with the line's length only, whatever somebody typed. Letters match in
/// either case, unless one of the filter is a capital (ASCII). `\|` and `\\` stand for themselves.
public struct LogFilter: Hashable, Sendable {
    /// Folded where case does not count; never empty texts.
    private let texts: [[UInt8]]
    private let foldsCase: Bool

    /// An empty text, or one of bars alone, wants every line.
    public init(_ text: String) {
        var texts: [[UInt8]] = [[]]
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                if byte != UInt8(ascii: "|"), byte != UInt8(ascii: "\\") { texts[texts.count - 1].append(0x5C) }
                texts[texts.count - 1].append(byte)
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "|") {
                texts.append([])
            } else {
                texts[texts.count - 1].append(byte)
            }
        }
        if isEscaped { texts[texts.count - 1].append(0x5C) }
        self.texts = texts.filter { !$0.isEmpty }
        foldsCase = !text.utf8.contains { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 }
    }

    /// It wants every line.
    public var isEmpty: Bool { texts.isEmpty }

    public func matches(_ line: ArraySlice<UInt8>) -> Bool {
        texts.isEmpty || texts.contains { first($0, in: line) != nil }
    }

    public func matches(_ line: String) -> Bool { matches(Array(line.utf8)[...]) }

    /// Where the texts stand in a line, as offsets of its UTF-8; ascending, apart from each other.
    public func places(in line: String) -> [Range<Int>] {
        let bytes = Array(line.utf8)
        var places: [Range<Int>] = []
        var from = 0
        while true {
            let next = texts.compactMap { text in first(text, in: bytes[from...]).map { $0..<$0 + text.count } }
                .min { ($0.lowerBound, -$0.count) < ($1.lowerBound, -$1.count) }
            guard let next else { return places }
            places.append(next)
            from = next.upperBound
        }
    }

    private func first(_ text: [UInt8], in line: ArraySlice<UInt8>) -> Int? {
        var index = line.startIndex
        let last = line.endIndex - text.count
        while index <= last {
            var step = 0
            while step < text.count, folded(line[index + step]) == text[step] { step += 1 }
            if step == text.count { return index }
            index += 1
        }
        return nil
    }

    private func folded(_ byte: UInt8) -> UInt8 {
        foldsCase && UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
    }
}
