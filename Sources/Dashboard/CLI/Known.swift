import FoundationEssentials

/// A value that is written as `null` when it is not known, instead of being left out.
@propertyWrapper
struct Known<Value: Encodable & Sendable>: Encodable, Sendable {
    var wrappedValue: Value?

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue {
            try container.encode(wrappedValue)
        } else {
            try container.encodeNil()
        }
    }
}

/// JSON as `looptop` prints it: keys in order, snake case, nothing in it that a terminal would obey.
enum JSONText {
    static func encode(_ value: some Encodable, pretty: Bool) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return harmless(String(decoding: try encoder.encode(value), as: UTF8.self)) + "\n"
    }

    /// JSON escapes the C0 controls; here DEL, the C1 controls and what hides or reorders text follow, which can only
    /// stand inside strings. The value stays the same for whoever parses it.
    private static func harmless(_ json: String) -> String {
        guard json.unicodeScalars.contains(where: isTreacherous) else { return json }
        var result = ""
        for scalar in json.unicodeScalars {
            if isTreacherous(scalar) {
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// All of these lie in the basic plane, so four digits hold them.
    private static func isTreacherous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x7F...0x9F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF: true
        default: false
        }
    }
}
