/// The words and signs of a JSON5 text. Takes any bytes and never traps; what it cannot tell apart is a word.
struct PolicyTokens {
    enum Token: Equatable {
        /// One of `{ } [ ] : ,`.
        case sign(UInt8)
        case quoted(String)
        /// A key without quotes, a number, `true`, or whatever else stands there.
        case word(String)
        /// A string or a comment that does not end.
        case unterminated
    }

    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next token and where it begins.
    mutating func next() -> (token: Token, offset: Int)? {
        while at < bytes.count {
            let start = at
            let byte = bytes[at]
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                at += 1
            case UInt8(ascii: "/") where follows(UInt8(ascii: "/")) || follows(UInt8(ascii: "*")):
                guard skipComment() else { return (.unterminated, start) }
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                return (quoted(byte), start)
            case _ where Self.isSign(byte):
                at += 1
                return (.sign(byte), start)
            default:
                repeat { at += 1 } while at < bytes.count && Self.isWord(bytes[at])
                return (.word(String(decoding: bytes[start..<at], as: UTF8.self)), start)
            }
        }
        return nil
    }

    private func follows(_ byte: UInt8) -> Bool { at + 1 < bytes.count && bytes[at + 1] == byte }

    /// Whether the comment ends.
    private mutating func skipComment() -> Bool {
        if follows(UInt8(ascii: "/")) {
            while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { at += 1 }
            return true
        }
        at += 2
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "*"), follows(UInt8(ascii: "/")) {
                at += 2
                return true
            }
            at += 1
        }
        return false
    }

    private mutating func quoted(_ quote: UInt8) -> Token {
        let start = at + 1
        at = start
        while at < bytes.count, bytes[at] != quote { at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1 }
        guard at < bytes.count else { return .unterminated }
        defer { at += 1 }
        return .quoted(String(decoding: bytes[start..<at], as: UTF8.self))
    }

    private static func isSign(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ":"),
            UInt8(ascii: ","):
            true
        default: false
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte > UInt8(ascii: " ") && !isSign(byte) && byte != UInt8(ascii: "/") && byte != UInt8(ascii: "\"")
            && byte != UInt8(ascii: "'")
    }
}
