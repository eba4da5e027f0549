/// The password in `scheme://user:password@host`.
enum URLPassword {
    private static let separator = Array("://".utf8)
    /// No password is longer; it bounds what a hostile argument can cost.
    private static let reach = 2048

    static func redact(_ text: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            guard text[index...].starts(with: separator), let secret = password(from: index + 3, in: text) else {
                out.append(text[index])
                index += 1
                continue
            }
            out.append(contentsOf: text[index..<secret.lowerBound])
            out.append(contentsOf: Redactor.markerBytes)
            index = secret.upperBound
        }
        return out
    }

    /// From the first `:` to the last `@` of the authority. A password that holds `/` unescaped, which is wrong but
    /// common, ends at the last `@` of all, unless what follows the `:` is a port.
    private static func password(from start: Int, in text: [UInt8]) -> Range<Int>? {
        let window = text[start..<min(text.count, start + reach)]
        let url = window.prefix { !ASCII.isBlank($0) && !ASCII.isQuote($0) }
        let authority = url.prefix {
            $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
        }
        guard let colon = authority.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let behind = authority[(colon + 1)...]
        if let at = behind.lastIndex(of: UInt8(ascii: "@")) { return nonEmpty(colon + 1, at) }
        if behind.allSatisfy(ASCII.isDigit) { return nil }
        return url[colon...].lastIndex(of: UInt8(ascii: "@")).flatMap { nonEmpty(colon + 1, $0) }
    }

    private static func nonEmpty(_ start: Int, _ end: Int) -> Range<Int>? { start < end ? start..<end : nil }
}
