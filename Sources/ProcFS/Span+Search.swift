/// Searching and comparing in the bytes of a kernel file, without copies.
extension Span where Element == UInt8 {
    /// Index of the first `byte` in `range`, or `nil`. `range` is cut to what exists.
    func index(of byte: UInt8, in range: Range<Int>) -> Int? {
        var index = range.lowerBound
        let end = Swift.min(range.upperBound, count)
        while index < end {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }

    func lastIndex(of byte: UInt8) -> Int? {
        var index = count - 1
        while index >= 0 {
            if self[index] == byte { return index }
            index -= 1
        }
        return nil
    }

    /// Whether the bytes from `start` begin with `literal`.
    func matches(_ literal: StaticString, at start: Int) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard start >= 0, length <= count - start else { return false }
        for step in 0..<length where self[start + step] != literal.utf8Start[step] { return false }
        return true
    }

    func contains(_ literal: StaticString) -> Bool {
        var start = 0
        while start + literal.utf8CodeUnitCount <= count {
            if matches(literal, at: start) { return true }
            start += 1
        }
        return false
    }
}
