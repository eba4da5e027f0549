/// What a number is of, and how people write it.
enum Quantity: Hashable, Sendable {
    /// 1 is all of it; written in per cent, with or without the sign.
    case share
    /// Seconds; written with a unit: `250ms`, `1.5s`, `2h30m`.
    case seconds
    /// Bytes; written with a unit: `512M`, `1.5G`; K is 1024.
    case bytes
    /// A plain number.
    case count

    /// - Returns: the number in the base unit; `nil` when it is not written like one of these.
    func parse(_ text: Substring) -> Double? {
        switch self {
        case .share: Self.number(text.hasSuffix("%") ? text.dropLast() : text).map { $0 / 100 }
        case .seconds: Self.seconds(text)
        case .bytes: Self.bytes(text)
        case .count: Self.number(text)
        }
    }

    /// How it is written, for an error.
    var example: String {
        switch self {
        case .share: "80%"
        case .seconds: "100ms, 1.5s or 2h"
        case .bytes: "512M or 1.5G"
        case .count: "12"
        }
    }

    /// Digits, with at most one point among them.
    private static func number(_ text: Substring) -> Double? {
        guard !text.isEmpty, text.utf8.count <= 20, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 || $0 == 0x2E }),
            let value = Double(text)
        else { return nil }
        return value
    }

    private static let secondUnits: [String: Double] = [
        "us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86_400,
    ]

    /// One or several numbers, each with its unit. A bare 0 needs none.
    private static func seconds(_ text: Substring) -> Double? {
        if text == "0" { return 0 }
        var rest = text
        var sum = 0.0
        var isEmpty = true
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let value = number(digits), let factor = secondUnits[String(unit)] else { return nil }
            sum += value * factor
            isEmpty = false
        }
        return isEmpty ? nil : sum
    }

    private static let byteUnits: [String: Double] = [
        "b": 1, "k": 1024, "m": 1_048_576, "g": 1_073_741_824, "t": 1_099_511_627_776,
    ]

    /// `K`, `KB` and `KiB` are the same here, as in htop.
    private static func bytes(_ text: Substring) -> Double? {
        if text == "0" { return 0 }
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        var unit = text.dropFirst(digits.count).lowercased()
        if unit.hasSuffix("ib") {
            unit.removeLast(2)
        } else if unit.count == 2, unit.hasSuffix("b") {
            unit.removeLast()
        }
        guard let value = number(digits), let factor = byteUnits[unit] else { return nil }
        return value * factor
    }
}
