/// Walks the lines of a file; a last line without a newline counts.
struct Lines {
    private var offset = 0

    mutating func next(in text: Span<UInt8>) -> Range<Int>? {
        guard offset < text.count else { return nil }
        let start = offset
        let end = text.index(of: UInt8(ascii: "\n"), in: start..<text.count) ?? text.count
        offset = end + 1
        return start..<end
    }
}
