/// A PEM block, with line ends or with the blanks a shell made of them.
enum PEM {
    private static let begin = Array("-----BEGIN".utf8)
    private static let end = Array("-----END".utf8)
    private static let dashes = Array("-----".utf8)

    /// Hides from `-----BEGIN` to the end of the `-----END …-----` line, or of the text.
    static func redact(_ text: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var index = 0
        while let start = first(begin, in: text[index...]) {
            out.append(contentsOf: text[index..<start])
            out.append(contentsOf: Redactor.markerBytes)
            guard let end = foot(of: text[start...]) else { return out }
            index = end
        }
        return out + text[index...]
    }

    /// Where a reader of arguments stands whose blocks blanks may have cut: `-----BEGIN`, `PRIVATE`, `KEY-----`, …
    enum Place { case outside, body, foot }

    /// The place behind `argument`, which began at `place`.
    static func place(after argument: [UInt8], from place: Place) -> Place {
        var place = place
        var index = 0
        while true {
            switch place {
            case .outside:
                guard let start = first(begin, in: argument[index...]) else { return .outside }
                index = start + begin.count
                place = .body
            case .body:
                guard let label = first(end, in: argument[index...]) else { return .body }
                index = label + end.count
                place = .foot
            case .foot:
                guard let tail = first(dashes, in: argument[index...]) else { return .foot }
                index = tail + dashes.count
                place = .outside
            }
        }
    }

    /// Where the dashes behind `-----END` end.
    private static func foot(of block: ArraySlice<UInt8>) -> Int? {
        guard let label = first(end, in: block), let tail = first(dashes, in: block[(label + end.count)...]) else {
            return nil
        }
        return tail + dashes.count
    }

    private static func first(_ pattern: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
        var index = text.startIndex
        while index + pattern.count <= text.endIndex {
            if text[index] == pattern[0], text[index...].starts(with: pattern) { return index }
            index += 1
        }
        return nil
    }
}
