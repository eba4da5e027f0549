import Model

/// Writes one JSON object as one line. Text comes from other processes and peers: whatever could end the line, the
/// string or a reader's screen is written as `\u` escapes.
struct AuditLine {
    /// Longer text is cut; nothing legitimate comes near it.
    static let textLimit = 1024
    private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

    /// Begins with what every record begins with.
    init(record: String, wall: WallTime, monotonic: MonotonicInstant, boot: BootID) {
        text("time", wall.rfc3339)
        number("monotonic_ns", monotonic.nanoseconds)
        text("boot", boot.hex)
        text("record", record)
    }

    init() {}

    /// What a line says it is. Before that are a time, a number and the boot: no text of others.
    static func record(of line: ArraySlice<UInt8>) -> String? {
        let start = line.prefix(160)
        guard let begin = start.end(of: "\"record\":\"") else { return nil }
        return String(decoding: start[begin...].prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
    }

    mutating func text(_ key: String, _ value: String?) {
        guard let value else { return }
        name(key)
        quote(value)
    }

    mutating func number(_ key: String, _ value: (some BinaryInteger)?) {
        guard let value else { return }
        name(key)
        bytes += Array(String(value).utf8)
    }

    mutating func null(_ key: String) {
        name(key)
        bytes += Array("null".utf8)
    }

    mutating func numbers(_ key: String, _ values: [some BinaryInteger]) {
        name(key)
        bytes += Array(("[" + values.map { String($0) }.joined(separator: ",") + "]").utf8)
    }

    mutating func texts(_ key: String, _ values: [String]) {
        name(key)
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            quote(value)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    mutating func flag(_ key: String, _ value: Bool) {
        name(key)
        bytes += Array((value ? "true" : "false").utf8)
    }

    /// Bytes in full, two digits each.
    mutating func hex(_ key: String, _ value: [UInt8]?) {
        guard let value else { return }
        name(key)
        bytes.append(UInt8(ascii: "\""))
        let digits = Array("0123456789abcdef".utf8)
        for byte in value { bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func object(_ key: String, _ fill: (inout AuditLine) -> Void) {
        name(key)
        bytes += Self.object(fill)
    }

    mutating func list<Element>(_ key: String, _ elements: [Element], _ fill: (inout AuditLine, Element) -> Void) {
        name(key)
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += Self.object { fill(&$0, element) }
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// The finished line, newline included.
    func ended() -> [UInt8] { bytes + [UInt8(ascii: "}"), UInt8(ascii: "\n")] }

    private static func object(_ fill: (inout AuditLine) -> Void) -> [UInt8] {
        var inner = AuditLine()
        fill(&inner)
        return inner.bytes + [UInt8(ascii: "}")]
    }

    private mutating func name(_ key: String) {
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        quote(key)
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func quote(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        let start = bytes.count
        for scalar in value.unicodeScalars {
            if bytes.count - start >= Self.textLimit {
                bytes += Array("…".utf8)
                break
            }
            switch scalar.value {
            case 0x22, 0x5C: bytes += [UInt8(ascii: "\\"), UInt8(scalar.value)]
            case 0..<0x20, 0x7F..<0xA0,  // C0, DEL, C1
                0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF:  // lines, bidi, zero width
                bytes += Array("\\u".utf8)
                let digits = String(scalar.value, radix: 16)
                bytes += Array((String(repeating: "0", count: 4 - digits.count) + digits).utf8)
            default: bytes += scalar.utf8
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
