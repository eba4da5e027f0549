/// Takes an XML document apart into tags and text: no attributes, no DTD, no entities but the five and numbers.
struct XMLReader {
    enum Token: Hashable {
        case open(String)
        case close(String)
        case text([UInt8])
    }

    struct Malformed: Error {}

    static let maximumName = 64

    private let bytes: [UInt8]
    private var at = 0
    /// Of `<a/>`, which is `<a>` and `</a>`.
    private var pending: String?

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// `nil` at the end.
    mutating func next() throws(Malformed) -> Token? {
        if let name = pending {
            pending = nil
            return .close(name)
        }
        while at < bytes.count {
            guard bytes[at] == UInt8(ascii: "<") else { return .text(try text()) }
            if starts(with: "<?") {
                try skip(past: "?>")
            } else if starts(with: "<!--") {
                try skip(past: "-->")
            } else if starts(with: "<![CDATA[") {
                let start = at + 9
                try skip(past: "]]>")
                return .text(Array(bytes[start..<(at - 3)]))
            } else {
                return try tag()
            }
        }
        return nil
    }

    private func starts(with mark: StaticString) -> Bool {
        bytes.count - at >= mark.utf8CodeUnitCount
            && mark.withUTF8Buffer { bytes[at..<(at + mark.utf8CodeUnitCount)].elementsEqual($0) }
    }

    /// Behind the next `mark` that begins behind the two bytes at hand.
    private mutating func skip(past mark: StaticString) throws(Malformed) {
        at += 2
        while at < bytes.count {
            if starts(with: mark) {
                at += mark.utf8CodeUnitCount
                return
            }
            at += 1
        }
        throw Malformed()
    }

    private mutating func tag() throws(Malformed) -> Token {
        guard let end = bytes[at...].firstIndex(of: UInt8(ascii: ">")) else { throw Malformed() }
        var inside = bytes[(at + 1)..<end]
        at = end + 1
        let isClosing = inside.first == UInt8(ascii: "/")
        if isClosing { inside = inside.dropFirst() }
        let isEmpty = !isClosing && inside.last == UInt8(ascii: "/")
        if isEmpty { inside = inside.dropLast() }
        let name = inside.prefix { Self.isNamePart($0) }
        let rest = inside[name.endIndex...]
        // A closing tag has nothing but its name; what an opening one has besides are attributes.
        guard !name.isEmpty, name.count <= Self.maximumName, isClosing ? rest.allSatisfy(Self.isBlank) : true,
            rest.first.map(Self.isBlank) ?? true
        else { throw Malformed() }
        let text = String(decoding: name, as: UTF8.self)
        if isEmpty { pending = text }
        return isClosing ? .close(text) : .open(text)
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private mutating func text() throws(Malformed) -> [UInt8] {
        var text: [UInt8] = []
        while at < bytes.count, bytes[at] != UInt8(ascii: "<") {
            if bytes[at] == UInt8(ascii: "&") {
                text += try entity()
            } else {
                text.append(bytes[at])
                at += 1
            }
        }
        return text
    }

    private mutating func entity() throws(Malformed) -> [UInt8] {
        let room = bytes[at..<min(bytes.count, at + 12)]
        guard let end = room.firstIndex(of: UInt8(ascii: ";")) else { throw Malformed() }
        let name = String(decoding: bytes[(at + 1)..<end], as: UTF8.self)
        at = end + 1
        switch name {
        case "lt": return [UInt8(ascii: "<")]
        case "gt": return [UInt8(ascii: ">")]
        case "amp": return [UInt8(ascii: "&")]
        case "quot": return [UInt8(ascii: "\"")]
        case "apos": return [UInt8(ascii: "'")]
        default:
            let number =
                name.hasPrefix("#x")
                ? UInt32(name.dropFirst(2), radix: 16)
                : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
            guard let number, let scalar = Unicode.Scalar(number) else { throw Malformed() }
            return Array(String(Character(scalar)).utf8)
        }
    }
}
