import Transport

/// Where hosts come from, as one text says it: addresses themselves, or a place that knows some.
enum HostSource: Hashable, Sendable {
    /// Names of hosts that are known here, or `HOST[:PORT]`; ranges are taken apart.
    case addresses([String])
    /// The unix socket of an agent on this machine.
    case socket(String)
    /// `enrolled:`, all hosts of the host book.
    case enrolled
    /// `local:`, the agent of this machine where its socket is found.
    case local

    /// Why a text is none.
    struct Problem: Error, Hashable, Sendable {
        var sentence: String
    }

    init(parsing text: String) throws(Problem) {
        switch text {
        case "enrolled:": self = .enrolled
        case "local:": self = .local
        default:
            if text.hasPrefix("unix:/") {
                self = .socket(String(text.dropFirst("unix:".count)))
            } else if text.hasPrefix("/") {
                self = .socket(text)
            } else {
                self = .addresses(try Self.addresses(text))
            }
        }
    }

    private static func addresses(_ text: String) throws(Problem) -> [String] {
        let expanded = try HostRange.expand(text)
        for address in expanded {
            let host = (try? SocketName(parsing: address))?.host  // what is wrong with it is told below
            guard let host, !host.isEmpty, !host.contains(where: { $0 == "[" || $0 == "]" }) else {
                throw Problem(sentence: "\"\(address)\" is no host: write NAME, HOST:PORT or [IPV6]:PORT")
            }
        }
        return expanded
    }
}

/// `web-[01-16]`: numbers and ranges of numbers in brackets, any number of them, as pdsh has it.
enum HostRange {
    /// More hosts than anybody looks at; a slip of the finger must not fill the memory.
    static let most = 4096

    /// The text alone where there is no range in it. Digits keep the width that the first number is written with.
    static func expand(_ text: String) throws(HostSource.Problem) -> [String] {
        // Brackets around an IPv6 address hold a colon.
        guard let open = text.firstIndex(of: "["), let close = text[open...].firstIndex(of: "]"),
            !text[open..<close].contains(":")
        else { return [text] }
        let before = text[..<open]
        let rest = try expand(String(text[text.index(after: close)...]))
        let numbers = try numbers(text[text.index(after: open)..<close], in: text)
        guard numbers.count * rest.count <= most else { throw tooMany(text) }
        return numbers.flatMap { number in rest.map { before + number + $0 } }
    }

    private static func numbers(_ list: Substring, in text: String) throws(HostSource.Problem) -> [String] {
        var found: [String] = []
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            let isNumeric = ends.allSatisfy { end in
                (1...9).contains(end.utf8.count) && end.utf8.allSatisfy { (0x30...0x39).contains($0) }
            }
            guard isNumeric, let first = Int(ends[0]), let last = Int(ends[ends.count - 1]) else {
                throw HostSource.Problem(
                    sentence: "\"[\(list)]\" in \"\(text)\" is no range: write [01-16] or [1,3,5-7]")
            }
            guard first <= last else {
                throw HostSource.Problem(sentence: "the range \(part) in \"\(text)\" goes backwards")
            }
            guard last - first < most, found.count + last - first < most else { throw tooMany(text) }
            for number in first...last {
                let digits = String(number)
                found.append(String(repeating: "0", count: max(0, ends[0].count - digits.count)) + digits)
            }
        }
        return found
    }

    private static func tooMany(_ text: String) -> HostSource.Problem {
        HostSource.Problem(sentence: "\"\(text)\" is more than \(most) hosts")
    }
}
