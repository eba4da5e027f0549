/// Cutting hostile text by bytes: a title may end anywhere, hold anything, and is compared as it is and not as a person
/// would read it. All marks are ASCII, so no cut falls into a character.
extension Substring {
    func hasStart(_ mark: String) -> Bool { utf8.starts(with: mark.utf8) }

    func hasEnding(_ mark: String) -> Bool {
        utf8.count >= mark.utf8.count && utf8.suffix(mark.utf8.count).elementsEqual(mark.utf8)
    }

    /// What follows `mark`; `nil` where it does not begin with it.
    func after(_ mark: String) -> Substring? {
        hasStart(mark) ? self[utf8.index(startIndex, offsetBy: mark.utf8.count)...] : nil
    }

    /// What stands before `mark` at the end; `nil` where it does not end with it.
    func before(_ mark: String) -> Substring? {
        hasEnding(mark) ? self[..<utf8.index(endIndex, offsetBy: -mark.utf8.count)] : nil
    }

    /// Where `mark` first begins.
    func firstIndex(of mark: String) -> Index? {
        guard let first = mark.utf8.first else { return startIndex }
        var rest = self
        while let start = rest.utf8.firstIndex(of: first) {
            if self[start...].utf8.starts(with: mark.utf8) { return start }
            rest = rest[utf8.index(after: start)...]
        }
        return nil
    }

    func contains(ascii mark: String) -> Bool { firstIndex(of: mark) != nil }

    /// What stands between the marks, without empty parts.
    func parts(at mark: UnicodeScalar) -> [Substring] {
        let byte = UInt8(ascii: mark)
        return utf8.split(separator: byte).map(Substring.init)
    }

    /// What stands before and behind the first `mark`.
    func split(at mark: String) -> (Substring, Substring)? {
        firstIndex(of: mark).map { (self[..<$0], self[utf8.index($0, offsetBy: mark.utf8.count)...]) }
    }

    /// What follows the last `mark`.
    func lastPart(_ mark: String) -> Substring? { splitAtLast(mark)?.1 }

    /// What stands before and behind the last `mark`.
    func splitAtLast(_ mark: String) -> (Substring, Substring)? {
        var found: (Substring, Substring)?
        var rest = self
        while let start = rest.firstIndex(of: mark) {
            let behind = self[utf8.index(start, offsetBy: mark.utf8.count)...]
            found = (self[..<start], behind)
            rest = behind
        }
        return found
    }

    /// Without blanks at both ends.
    var trimmed: Substring {
        var text = self
        while text.utf8.first == UInt8(ascii: " ") { text = text[text.utf8.index(after: text.startIndex)...] }
        while text.utf8.last == UInt8(ascii: " ") { text = text[..<text.utf8.index(before: text.endIndex)] }
        return text
    }

    /// Up to the first blank.
    var firstWord: Substring { utf8.firstIndex(of: UInt8(ascii: " ")).map { self[..<$0] } ?? self }
}

extension UInt32 {
    /// ASCII digits and nothing else; `nil` also for a number that does not fit.
    init?(digits text: Substring) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        self.init(text)
    }
}
