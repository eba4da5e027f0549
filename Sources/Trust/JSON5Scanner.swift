/// The characters of a JSON5 text: blanks, comments, quoted texts, words, and the place of each.
struct JSON5Scanner {
    private let bytes: [UInt8]
    private var at = 0
    private var line = 1
    /// Where the line begins that `at` is on.
    private var lineStart = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { at >= bytes.count }
    var peek: UInt8? { at < bytes.count ? bytes[at] : nil }
    var place: JSON5Place { JSON5Place(line: line, column: at - lineStart + 1) }

    func problem(_ reason: String) -> JSON5Problem { JSON5Problem(place: place, key: "", reason: reason) }

    /// One byte on.
    mutating func advance() {
        guard at < bytes.count else { return }
        let byte = bytes[at]
        at += 1
        if byte == UInt8(ascii: "\n") {
            line += 1
            lineStart = at
        }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        advance()
        return true
    }

    private func peek(_ distance: Int) -> UInt8? { at + distance < bytes.count ? bytes[at + distance] : nil }

    // MARK: blanks

    mutating func skipBlank() throws(JSON5Problem) {
        while let byte = peek {
            let width = blankWidth
            if width > 0 {
                for _ in 0..<width { advance() }
            } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "/") {
                while let next = peek, next != UInt8(ascii: "\n") { advance() }
            } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                try skipLongComment()
            } else {
                return
            }
        }
    }

    private mutating func skipLongComment() throws(JSON5Problem) {
        let start = place
        advance()
        advance()
        while let byte = peek {
            let isEnd = byte == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")
            advance()
            if isEnd { return advance() }
        }
        throw JSON5Problem(place: start, key: "", reason: "what begins here does not end")
    }

    /// Bytes of the blank that stands here, 0 for none.
    private var blankWidth: Int {
        switch (peek ?? 0, peek(1) ?? 0, peek(2) ?? 0) {
        case (0x20, _, _), (0x09...0x0D, _, _): 1
        case (0xC2, 0xA0, _): 2  // no-break space
        case (0xEF, 0xBB, 0xBF), (0xE1, 0x9A, 0x80), (0xE3, 0x80, 0x80), (0xE2, 0x81, 0x9F): 3
        case (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8...0xA9), (0xE2, 0x80, 0xAF): 3
        default: 0
        }
    }

    // MARK: words

    /// A number, a literal, or what somebody took for a text; may be empty.
    mutating func word() -> String {
        let start = at
        while let byte = peek, isWord(byte) { advance() }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    /// A key without quotes.
    mutating func identifier() throws(JSON5Problem) -> String {
        let start = at
        guard let first = peek, isWord(first), !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= first) else {
            throw problem("this does not belong here")
        }
        while let byte = peek, isWord(byte) {
            guard Self.isInIdentifier(byte) else { throw problem("a key with this character needs quotes") }
            advance()
        }
        guard let text = String(validating: bytes[start..<at], as: UTF8.self) else {
            throw problem("the key before this is not UTF-8")
        }
        return text
    }

    private func isWord(_ byte: UInt8) -> Bool {
        byte > 0x20 && !Self.isSign(byte) && blankWidth == 0
    }

    private static func isSign(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ":"),
            UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    private static func isInIdentifier(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
            true
        default: false
        }
    }

    // MARK: texts

    mutating func quoted() throws(JSON5Problem) -> String {
        let start = place
        guard let quote = peek else { throw problem("it ends too early") }
        advance()
        var text: [UInt8] = []
        while let byte = peek {
            switch byte {
            case quote:
                advance()
                guard let valid = String(validating: text, as: UTF8.self) else {
                    throw JSON5Problem(place: start, key: "", reason: "this text is not UTF-8")
                }
                return valid
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                throw JSON5Problem(place: start, key: "", reason: "this text does not end on its line")
            case UInt8(ascii: "\\"):
                advance()
                try escape(into: &text)
            default:
                let run = at
                while let next = peek, next != quote, Self.isPlain(next) { at += 1 }
                text += bytes[run..<at]
            }
        }
        throw JSON5Problem(place: start, key: "", reason: "what begins here does not end")
    }

    /// Neither the end of a line nor the begin of an escape.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte != UInt8(ascii: "\\") && byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\r")
    }

    /// What follows a backslash.
    private mutating func escape(into text: inout [UInt8]) throws(JSON5Problem) {
        guard let byte = peek else { return }
        switch byte {
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "v"): text.append(0x0B)
        case UInt8(ascii: "x"):
            advance()
            return append(UInt32(try hexadecimal(2)), to: &text)
        case UInt8(ascii: "u"):
            advance()
            return append(try unit(), to: &text)
        case UInt8(ascii: "\r"):
            advance()
            _ = take(UInt8(ascii: "\n"))
            return  // the text goes on on the next line
        case UInt8(ascii: "\n"): break
        case UInt8(ascii: "0") where !(peek(1).map { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ?? false):
            text.append(0)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): throw problem("there is no escape with this digit")
        default: text.append(byte)
        }
        advance()
    }

    /// A code point of one or, as a pair of surrogates, two `\u` escapes.
    private mutating func unit() throws(JSON5Problem) -> UInt32 {
        let first = UInt32(try hexadecimal(4))
        guard 0xD800..<0xDC00 ~= first, peek == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "u") else { return first }
        advance()
        advance()
        let second = UInt32(try hexadecimal(4))
        guard 0xDC00..<0xE000 ~= second else { throw problem("half a character: a surrogate stands alone") }
        return 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
    }

    private mutating func hexadecimal(_ count: Int) throws(JSON5Problem) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<count {
            guard let digit = peek.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
                throw problem("a hexadecimal digit is missing")
            }
            value = value << 4 | UInt16(digit)
            advance()
        }
        return value
    }

    private func append(_ scalar: UInt32, to text: inout [UInt8]) {
        // A lone surrogate is no character: it becomes the sign for that.
        text.append(contentsOf: String(Character(Unicode.Scalar(scalar) ?? "\u{FFFD}")).utf8)
    }
}
