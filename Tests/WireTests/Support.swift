import Model
import TestSupport
import Wire

extension SeededGenerator {
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// Decodes header and body, as a connection does.
func decode(_ bytes: [UInt8]) throws(WireError) -> Message? {
    try Message.decode(whole: bytes.span)
}

/// Decodes the body only, under a header of the right length.
func decode(_ type: MessageType, _ body: [UInt8]) throws(WireError) -> Message? {
    try Message.decode(type: type.rawValue, flags: MessageHeader.criticalFlag, body: body.span)
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// From hex digits; white space counts for nothing, and from `#` on a line is a remark.
func bytes(hex: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var high: Int?
    for line in hex.split(separator: "\n") {
        for digit in line.prefix(while: { $0 != "#" }).compactMap(\.hexDigitValue) {
            if let first = high {
                bytes.append(UInt8(first * 16 + digit))
                high = nil
            } else {
                high = digit
            }
        }
    }
    return bytes
}
