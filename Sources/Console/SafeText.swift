/// Text that is safe to draw: the only text a `Frame` takes.
///
/// Names, arguments and error texts come from other machines, and `ESC ] 52` in a process name would write to the
/// clipboard of whoever looks. So every initialiser replaces what a terminal might obey, hide or reorder by a visible
/// escape such as `\x1b` or `\u{202e}`, and keeps at most four combining marks per character.
public struct SafeText: Hashable, Sendable {
    /// One line; holds no control characters.
    public let string: String
    /// Width on the screen: wide (CJK, emoji) characters count two, combining marks none.
    public let columns: Int

    /// Longer hostile text is cut and ends in `...`; a name of megabytes costs no more than this.
    public static let maximumColumns = 4096

    /// Makes any text safe; also the way back from `string`.
    public init(_ hostile: some StringProtocol) {
        let count = hostile.utf8.count
        // Nearly all text there is, and a thousand hosts have names in each frame.
        let isPlain = count <= Self.maximumColumns && hostile.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        self =
            isPlain
            ? SafeText(trusted: String(hostile), columns: count) : Sanitiser.sanitised(hostile.unicodeScalars)
    }

    /// Bytes that should be UTF-8; those that are not become U+FFFD.
    public init(bytes: some Collection<UInt8>) {
        self.init(String(decoding: bytes.prefix(Self.maximumColumns * 8), as: UTF8.self))
    }

    /// For text that this module made itself, or cut out of safe text.
    init(trusted string: String, columns: Int) {
        self.string = string
        self.columns = columns
    }

    public static let empty = SafeText(trusted: "", columns: 0)

    public var isEmpty: Bool { string.isEmpty }

    /// Every base beyond ASCII has more UTF-8 bytes than columns.
    var isASCII: Bool { string.utf8.count == columns }

    /// `count` blanks; none when negative.
    public static func spaces(_ count: Int) -> SafeText { SafeText(repeating: " ", count: count) }

    public init(repeating text: SafeText, count: Int) {
        let count = max(0, count)
        self.init(trusted: String(repeating: text.string, count: count), columns: text.columns * count)
    }

    public static func + (left: SafeText, right: SafeText) -> SafeText {
        // Safe text never starts with a combining mark, so joining cannot exceed the cap or change a width.
        SafeText(trusted: left.string + right.string, columns: left.columns + right.columns)
    }

    public static func += (left: inout SafeText, right: SafeText) { left = left + right }
}

extension SafeText: CustomStringConvertible {
    public var description: String { string }
}

extension SafeText: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self.init(value) }

    public init(stringInterpolation: StringInterpolation) { self = stringInterpolation.text }

    /// Sanitises what is interpolated piece by piece. Optionals do not compile: unknown needs a decision.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = SafeText.empty

        public init(literalCapacity: Int, interpolationCount: Int) {}

        public mutating func appendLiteral(_ literal: String) { text += SafeText(literal) }

        public mutating func appendInterpolation(_ value: SafeText) { text += value }

        public mutating func appendInterpolation(_ value: some StringProtocol) { text += SafeText(value) }

        public mutating func appendInterpolation(_ value: some CustomStringConvertible) {
            text += SafeText(value.description)
        }
    }
}

extension Sequence<SafeText> {
    public func joined(separator: SafeText = .empty) -> SafeText {
        var result = SafeText.empty
        var isFirst = true
        for text in self {
            if !isFirst { result += separator }
            result += text
            isFirst = false
        }
        return result
    }
}
