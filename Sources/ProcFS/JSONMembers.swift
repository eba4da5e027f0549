/// Some members of a JSON object, cut out of its text without taking in the rest: it may be large, and full of secrets.
///
/// Strings and numbers only. What is no JSON ends the search: what was found before stays. RFC 8259.
struct JSONMembers: Equatable {
    struct Wanted: Sendable {
        fileprivate let names: [[UInt8]]

        init(_ names: Set<String>) { self.names = names.map { Array($0.utf8) } }
    }

    /// Of a name that comes twice the last counts, as for `JSON.parse`.
    private(set) var values: [String: String] = [:]
    private var offset: Int
    private let end: Int

    /// `limit` is how many bytes of a value are kept.
    init(parsing text: Span<UInt8>, range: Range<Int>, wanted: Wanted, limit: Int) {
        end = min(range.upperBound, text.count)
        offset = min(range.lowerBound, end)
        guard pass("{", in: text), !pass("}", in: text) else { return }
        repeat {
            skipBlanks(in: text)
            guard let name = string(in: text, limit: 64), pass(":", in: text) else { return }
            skipBlanks(in: text)
            if wanted.names.contains(name) {
                if let value = value(in: text, limit: limit) {
                    values[String(decoding: name, as: UTF8.self)] = String(decoding: value, as: UTF8.self)
                }
            } else {
                guard skipValue(in: text) else { return }
            }
        } while pass(",", in: text)
    }

    private mutating func skipBlanks(in text: Span<UInt8>) {
        while offset < end, ASCII.isBlank(text[offset]) { offset += 1 }
    }

    /// Steps over blanks and one byte where that is next.
    private mutating func pass(_ character: Unicode.Scalar, in text: Span<UInt8>) -> Bool {
        skipBlanks(in: text)
        guard offset < end, text[offset] == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    /// A string or number; `nil` for anything else, which is passed over.
    private mutating func value(in text: Span<UInt8>, limit: Int) -> [UInt8]? {
        guard offset < end else { return nil }
        if text[offset] == UInt8(ascii: "\"") { return string(in: text, limit: limit) }
        let start = offset
        guard skipValue(in: text) else { return nil }
        guard ASCII.isDigit(text[start]) || text[start] == UInt8(ascii: "-") else { return nil }
        return (start..<min(offset, start + 32)).map { text[$0] }.filter { !ASCII.isBlank($0) }
    }

    /// Any value, however deep: brackets are counted, and strings looked over.
    private mutating func skipValue(in text: Span<UInt8>) -> Bool {
        var depth = 0
        while offset < end {
            switch text[offset] {
            case UInt8(ascii: "\""):
                guard string(in: text, limit: 0) != nil else { return false }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return true }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0: return true
            default: break
            }
            offset += 1
        }
        return false
    }

    /// The bytes of the string that begins here, its escapes undone; `nil` without both quotes.
    private mutating func string(in text: Span<UInt8>, limit: Int) -> [UInt8]? {
        guard offset < end, text[offset] == UInt8(ascii: "\"") else { return nil }
        offset += 1
        var bytes: [UInt8] = []
        var room = limit
        while offset < end {
            let byte = text[offset]
            offset += 1
            if byte == UInt8(ascii: "\"") { return bytes }
            if byte != UInt8(ascii: "\\") {
                if room > 0 { bytes.append(byte) }
                room -= 1
                continue
            }
            guard offset < end else { return nil }
            let escaped = unescaped(in: text)
            room -= escaped.count
            if room >= 0 { bytes.append(contentsOf: escaped) }
        }
        return nil
    }

    /// What the escape stands for whose letter is next.
    private mutating func unescaped(in text: Span<UInt8>) -> [UInt8] {
        let letter = text[offset]
        offset += 1
        switch letter {
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "u"):
            guard let high = unit(in: text) else { return [] }
            var units = [high]
            if UTF16.isLeadSurrogate(high), offset + 1 < end, text[offset] == UInt8(ascii: "\\"),
                text[offset + 1] == UInt8(ascii: "u")
            {
                offset += 2
                if let low = unit(in: text) { units.append(low) }
            }
            return Array(String(decoding: units, as: UTF16.self).utf8)
        default: return [letter]
        }
    }

    /// Four hex digits.
    private mutating func unit(in text: Span<UInt8>) -> UInt16? {
        guard offset + 4 <= end else { return nil }
        var fields = Fields(offset..<offset + 4, in: text, file: "json")
        // Anything but digits: the text is no JSON, and the escape stands for nothing.
        guard let value = try? fields.digits("unit", radix: 16, in: text), fields.offset == offset + 4 else {
            return nil
        }
        offset += 4
        return UInt16(exactly: value)
    }
}
