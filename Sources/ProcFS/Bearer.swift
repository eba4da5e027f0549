/// What follows the word `Bearer`.
enum Bearer {
    private static let word = Array("bearer".utf8)

    /// Whether a text ends with the word.
    static func ends(_ text: ArraySlice<UInt8>) -> Bool {
        text.suffix(word.count).map(ASCII.lowered) == word
            && !(text.dropLast(word.count).last.map(ASCII.isWord) ?? false)
    }

    static func redact(_ text: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var index = 0
        while index < text.count {
            let isStart = index == 0 || !ASCII.isWord(text[index - 1])
            guard isStart, text[index...].prefix(word.count).map(ASCII.lowered) == word else {
                out.append(text[index])
                index += 1
                continue
            }
            var start = index + word.count
            while start < text.count, ASCII.isBlank(text[start]) { start += 1 }
            var end = start
            while end < text.count, !ASCII.isBlank(text[end]), !ASCII.isQuote(text[end]) { end += 1 }
            if SecretName.announces(text[start..<end]) { end = SecretName.end(of: start, in: text) }
            out.append(contentsOf: text[index..<start])
            if start > index + word.count, end > start {
                out.append(contentsOf: Redactor.markerBytes)
                index = end
            } else {
                index = start
            }
        }
        return out
    }
}
