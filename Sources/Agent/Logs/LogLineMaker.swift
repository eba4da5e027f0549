import Model
import ProcFS
import Wire

/// Makes lines for people of bytes that a worker wrote: without colours, without secrets, and only those that are wanted.
///
/// A secret can be split by a colour and by the end of a cut line, so colours go first, and more of a line is looked at
/// than is shown. Only then the filter counts: it must not be a way to guess what was hidden.
struct LogLineMaker: Sendable {
    /// What is looked at of a line, for secrets and for the filter.
    static let lookedAt = 8 << 10
    /// A PEM block that never ends does not hide the rest of the log.
    private static let longestBlock = 200
    private static let blockBegin = LogFilter("-----BEGIN ")
    private static let blockEnd = LogFilter("-----END ")

    private let filter: LogFilter
    /// How many lines of a PEM block may still follow.
    private var hidden = 0

    init(filter: LogFilter) { self.filter = filter }

    /// - Parameters:
    ///   - bytes: the first `lookedAt` bytes of the line, or all, without its newline.
    ///   - length: of the whole line.
    /// - Returns: `nil` where the line is not wanted.
    mutating func line(_ bytes: ArraySlice<UInt8>, length: UInt64) -> (text: String, cutBytes: UInt64)? {
        let plain = Self.plain(bytes)
        if hides(plain) { return filter.matches(Redactor.marker) ? (Redactor.marker, 0) : nil }
        // What does not match with its secrets does not match without them, but for the marker itself.
        guard filter.matches(plain[...]) else { return nil }
        let original = String(decoding: plain, as: UTF8.self)
        let text = Self.isKeyMaterial(plain) ? Redactor.marker : Redactor.redact(line: original)
        guard filter.isEmpty || text == original || filter.matches(text) else { return nil }
        let shown = text.prefix(bytes: Limits.logLineBytes)
        let isCut = shown.utf8.count < text.utf8.count || length > UInt64(bytes.count)
        return (shown, isCut ? max(1, length - min(length, UInt64(Limits.logLineBytes))) : 0)
    }

    /// Whether the line is inside of a block that began above it.
    private mutating func hides(_ line: [UInt8]) -> Bool {
        let isEnd = Self.blockEnd.matches(line[...])
        if hidden > 0 {
            hidden = isEnd ? 0 : hidden - 1
            return true
        }
        if !isEnd, Self.blockBegin.matches(line[...]) { hidden = Self.longestBlock }
        return false  // the line itself is redacted from the mark on
    }

    /// A line of a PEM block whose beginning is not known: 60 to 76 characters of base64 and nothing else, with both cases
    /// and a digit, which no hash in hexadecimal has.
    static func isKeyMaterial(_ line: [UInt8]) -> Bool {
        guard 60...76 ~= line.count else { return false }
        var (upper, lower, digit) = (false, false, false)
        for byte in line {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): upper = true
            case UInt8(ascii: "a")...UInt8(ascii: "z"): lower = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = true
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): break
            default: return false
            }
        }
        return upper && lower && digit
    }

    /// Without colours (`ESC [ … m`, and `ESC [ K` that goes with them), a carriage return at the end, and zeros before the
    /// first byte, which is what stands where a file was cut off.
    static func plain(_ line: ArraySlice<UInt8>) -> [UInt8] {
        var rest = line.drop { $0 == 0 }
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        guard rest.contains(0x1B) else { return Array(rest) }
        var plain: [UInt8] = []
        var index = rest.startIndex
        while index < rest.endIndex {
            if let end = colourEnd(rest[index...]) {
                index = end
            } else {
                plain.append(rest[index])
                index += 1
            }
        }
        return plain
    }

    private static func colourEnd(_ text: ArraySlice<UInt8>) -> Int? {
        guard text.count >= 3, text.first == 0x1B, text[text.startIndex + 1] == UInt8(ascii: "[") else { return nil }
        let parameters = text.dropFirst(2).prefix(32)
        let end = parameters.firstIndex { !(0x30...0x3B ~= $0) }  // digits, `:`, `;`
        guard let end, text[end] == UInt8(ascii: "m") || text[end] == UInt8(ascii: "K") else { return nil }
        return end + 1
    }
}

extension String {
    /// The longest start of at most `limit` bytes of UTF-8.
    fileprivate func prefix(bytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: limit)
        while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }  // at most three steps
        return String(unicodeScalars[..<end])
    }
}
