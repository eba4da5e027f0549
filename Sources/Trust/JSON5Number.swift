/// Numbers as JSON5 writes them: signs, hexadecimal, a point at either end, `Infinity` and `NaN`.
enum JSON5Number {
    static func parse(_ word: String) -> Double? {
        var digits = Array(word.utf8)[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        guard let magnitude = magnitude(digits) else { return nil }
        return isNegative ? -magnitude : magnitude
    }

    private static func magnitude(_ digits: ArraySlice<UInt8>) -> Double? {
        if digits.elementsEqual("Infinity".utf8) { return .infinity }
        if digits.elementsEqual("NaN".utf8) { return .nan }
        if digits.starts(with: "0x".utf8) || digits.starts(with: "0X".utf8) { return hexadecimal(digits.dropFirst(2)) }
        return decimal(digits)
    }

    private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> Double? {
        guard (1...16).contains(digits.count) else { return nil }
        guard digits.allSatisfy({ isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0 | 0x20) }) else {
            return nil
        }
        return UInt64(string(digits), radix: 16).map { Double($0) }  // `Double.init` alone is the one of bit patterns
    }

    private static func decimal(_ text: ArraySlice<UInt8>) -> Double? {
        var rest = text
        let whole = take(&rest)
        // 010 would be eight to some and ten to others.
        guard whole.count <= 1 || whole.first != UInt8(ascii: "0") else { return nil }
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = take(&rest)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        var exponent: [UInt8] = []
        if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
            rest.removeFirst()
            if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
                exponent.append(sign)
                rest.removeFirst()
            }
            let digits = take(&rest)
            guard !digits.isEmpty else { return nil }
            exponent += digits
        }
        guard rest.isEmpty else { return nil }
        let parts = [whole.isEmpty ? "0" : string(whole), fraction.isEmpty ? "0" : string(fraction)]
        return Double(parts.joined(separator: ".") + (exponent.isEmpty ? "" : "e" + string(exponent[...])))
    }

    private static func take(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = rest.prefix(while: isDigit)
        rest = rest.dropFirst(digits.count)
        return digits
    }

    private static func string(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
