import Trust

/// What ties the lines of an audit log together: each ends with the SHA-256 of the chain of the line before it (64 hex
/// digits, nothing for the very first) and of the line itself as it is without its chain.
///
/// A line that a crash cut short has no chain. It counts with its bytes as they are, so that it cannot be changed or
/// removed later either, and the next line says `"torn":true`.
///
/// It has no key: who may write the log and knows how can make a whole new one. Keep the newest chain elsewhere to
/// notice.
enum AuditChain {
    /// What the log itself adds to a line, in this order, before the chain.
    struct Marks: Equatable {
        /// In the first line of a file: the chain of the last line of the file before.
        var follows: String?
        /// The lines without a chain before this one were cut short by a crash.
        var torn = false
        /// When this was written, the line with this chain was missing already.
        var lostAfter: String?
    }

    static let length = 64

    static func link(after previous: String, _ line: some Collection<UInt8>) -> String {
        sha256Hex([Array(previous.utf8), Array(line)])
    }

    /// The line as it is written, and its chain.
    /// - Parameter line: `{…}` and the newline.
    static func seal(_ line: [UInt8], marks: Marks, after previous: String) -> (line: [UInt8], chain: String) {
        var sealed = Array(line.dropLast(2))
        if let chain = marks.follows { sealed += Array(",\"follows\":\"\(chain)\"".utf8) }
        if marks.torn { sealed += Array(",\"torn\":true".utf8) }
        if let chain = marks.lostAfter { sealed += Array(",\"lost_after\":\"\(chain)\"".utf8) }
        let chain = link(after: previous, sealed + [UInt8(ascii: "}")])
        return (sealed + Array(",\"chain\":\"\(chain)\"}\n".utf8), chain)
    }

    /// A line taken apart, newline excluded; `nil` where it has no chain. Text within a line cannot look like this: its
    /// quotes are escaped.
    static func open(_ line: ArraySlice<UInt8>) -> (body: [UInt8], marks: Marks, chain: String)? {
        var rest = line
        guard rest.popLast() == UInt8(ascii: "}"), let chain = takeHex("chain", from: &rest) else { return nil }
        let body = Array(rest) + [UInt8(ascii: "}")]
        var marks = Marks()
        marks.lostAfter = takeHex("lost_after", from: &rest)
        let torn = Array(",\"torn\":true".utf8)
        if rest.suffix(torn.count).elementsEqual(torn) {
            marks.torn = true
            rest.removeLast(torn.count)
        }
        marks.follows = takeHex("follows", from: &rest)
        return (body, marks, chain)
    }

    /// `,"KEY":"<64 hex digits>"` off the end.
    private static func takeHex(_ key: String, from rest: inout ArraySlice<UInt8>) -> String? {
        let opening = Array(",\"\(key)\":\"".utf8)
        let tail = rest.suffix(opening.count + length + 1)
        guard tail.starts(with: opening), tail.count == opening.count + length + 1, tail.last == UInt8(ascii: "\"")
        else {
            return nil
        }
        let digits = tail.dropFirst(opening.count).dropLast()
        guard digits.allSatisfy(isHex) else { return nil }
        rest.removeLast(tail.count)
        return String(decoding: digits, as: UTF8.self)
    }

    static func isHex(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte
    }
}
