/// Reads the beginning of a JSON text that may be cut off.
struct JSONScan {
    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func take(_ literal: StaticString) -> Bool {
        skipBlanks()
        let count = literal.utf8CodeUnitCount
        guard bytes.count - at >= count,
            literal.withUTF8Buffer({ bytes[at..<(at + count)].elementsEqual($0) })
        else { return false }
        at += count
        return true
    }

    /// A string, or as much of it as is there; escapes other than the common ones stay as they are.
    mutating func string() -> String? {
        guard take("\"") else { return nil }
        var text: [UInt8] = []
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
            if bytes[at] == UInt8(ascii: "\\"), at + 1 < bytes.count {
                at += 1
                switch bytes[at] {
                case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"): text.append(0x20)
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(bytes[at])
                default: text += [UInt8(ascii: "\\"), bytes[at]]
                }
            } else {
                text.append(bytes[at])
            }
            at += 1
        }
        at = min(at + 1, bytes.count)
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func skipBlanks() {
        while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
    }
}
