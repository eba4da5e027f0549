/// Bytes to a value with places, as https://spec.json5.org has it. Takes any bytes and never traps.
///
/// Beside the decoder of FoundationEssentials, which tells no places, takes one of two equal keys without a word, and
/// says of a number that does not fit that the file is no JSON. A test holds both against each other.
struct JSON5Parser {
    /// Nothing that we read is nested deeper than six.
    static let deepest = 32

    private var scanner: JSON5Scanner
    private var depth = 0

    static func parse(_ bytes: [UInt8]) throws(JSON5Problem) -> JSON5 {
        var parser = JSON5Parser(scanner: JSON5Scanner(bytes))
        let value = try parser.value()
        try parser.scanner.skipBlank()
        guard parser.scanner.isAtEnd else { throw parser.scanner.problem("there is more after the end") }
        return value
    }

    private mutating func value() throws(JSON5Problem) -> JSON5 {
        try scanner.skipBlank()
        let place = scanner.place
        let content: JSON5.Content
        switch scanner.peek {
        case nil: throw scanner.problem("it ends too early")
        case UInt8(ascii: "{"): content = .object(try nested { (parser) throws(JSON5Problem) in try parser.members() })
        case UInt8(ascii: "["): content = .list(try nested { (parser) throws(JSON5Problem) in try parser.elements() })
        case UInt8(ascii: "\""), UInt8(ascii: "'"): content = .text(try scanner.quoted())
        case .some: content = try word(at: place)
        }
        return JSON5(content: content, place: place)
    }

    private mutating func nested<Parts>(
        _ parts: (inout JSON5Parser) throws(JSON5Problem) -> Parts
    ) throws(JSON5Problem) -> Parts {
        guard depth < Self.deepest else { throw scanner.problem("it is nested too deep") }
        depth += 1
        scanner.advance()  // the bracket
        let parts = try parts(&self)
        depth -= 1
        return parts
    }

    private mutating func members() throws(JSON5Problem) -> [JSON5.Member] {
        var members: [JSON5.Member] = []
        while true {
            try scanner.skipBlank()
            if scanner.take(UInt8(ascii: "}")) { return members }
            let place = scanner.place
            let key = try key()
            try scanner.skipBlank()
            guard scanner.take(UInt8(ascii: ":")) else { throw missing("a ':' is missing before this") }
            members.append(JSON5.Member(key: key, place: place, value: try value()))
            try scanner.skipBlank()
            if scanner.take(UInt8(ascii: ",")) { continue }
            guard scanner.peek == UInt8(ascii: "}") else {
                throw missing("a ',' is missing before this, or this does not belong here")
            }
        }
    }

    private mutating func elements() throws(JSON5Problem) -> [JSON5] {
        var elements: [JSON5] = []
        while true {
            try scanner.skipBlank()
            if scanner.take(UInt8(ascii: "]")) { return elements }
            elements.append(try value())
            try scanner.skipBlank()
            if scanner.take(UInt8(ascii: ",")) { continue }
            guard scanner.peek == UInt8(ascii: "]") else {
                throw missing("a ',' is missing before this, or this does not belong here")
            }
        }
    }

    private mutating func key() throws(JSON5Problem) -> String {
        switch scanner.peek {
        case nil: throw scanner.problem("it ends too early")
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return try scanner.quoted()
        case .some: return try scanner.identifier()
        }
    }

    /// Everything that is neither quoted nor bracketed.
    private mutating func word(at place: JSON5Place) throws(JSON5Problem) -> JSON5.Content {
        let word = scanner.word()
        switch word {
        case "null": return .null
        case "true": return .flag(true)
        case "false": return .flag(false)
        default:
            if let number = JSON5Number.parse(word) { return .number(number) }
            let reason =
                switch word.utf8.first {
                case nil: "this does not belong here"
                case .some(let byte) where "+-.0123456789".utf8.contains(byte): "this is no number"
                case .some: "a text needs quotes"
                }
            throw JSON5Problem(place: place, key: "", reason: reason)
        }
    }

    private func missing(_ reason: String) -> JSON5Problem {
        scanner.problem(scanner.isAtEnd ? "it ends too early" : reason)
    }
}
