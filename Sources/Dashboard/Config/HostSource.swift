import Transport

/// Where hosts come from, as one text says it: addresses themselves, or a place that knows some.
enum HostSource: Hashable, Sendable {
    /// Names of hosts that are known here, or `HOST[:PORT]`; ranges are taken apart.
    case addresses([String])
    /// The unix socket of an agent on this machine.
    case socket(String)
    /// `ssh:ALIAS`, hosts as ssh calls them; ranges are taken apart.
    case ssh([String])
    /// `enrolled:`, all hosts of the host book.
    case enrolled
    /// `local:`, the agent of this machine where its socket is found.
    case local
    /// `file:PATH`, a host a line; `-` is standard input.
    case file(String)
    /// `sd:PATH`, targets as Prometheus reads them (file_sd, JSON).
    case discovery(String)
    /// `srv:NAME`, DNS SRV records; RFC 2782.
    case service(String)
    /// `exec:COMMAND`, what a program prints; words are parted by blanks, and no shell reads them.
    case command([String])

    /// Why a text is none, or has none.
    struct Problem: Error, Hashable, Sendable {
        var sentence: String
    }

    init(parsing text: String) throws(Problem) {
        switch text {
        case "enrolled:": self = .enrolled
        case "local:": self = .local
        default:
            if let path = Self.rest(of: text, behind: "unix:"), path.hasPrefix("/") {
                self = .socket(path)
            } else if text.hasPrefix("/") {
                self = .socket(text)
            } else if let path = Self.rest(of: text, behind: "file:") {
                self = .file(path == "-" ? path : try Self.path(path, in: text))
            } else if let path = Self.rest(of: text, behind: "sd:") {
                self = .discovery(try Self.path(path, in: text))
            } else if let name = Self.rest(of: text, behind: "srv:") {
                self = .service(try Self.service(name, in: text))
            } else if let line = Self.rest(of: text, behind: "exec:") {
                self = .command(try Self.command(line, in: text))
            } else if let name = Self.rest(of: text, behind: "ssh:") {
                self = .ssh(try Self.aliases(name, in: text))
            } else {
                self = .addresses(try Self.addresses(text))
            }
        }
    }

    /// The same with a whole path where it begins with one that is not, for command lines.
    static func absolute(_ text: String) -> String {
        for start in ["file:", "sd:"] {
            guard let path = rest(of: text, behind: start), !path.isEmpty, path != "-" else { continue }
            return start + Places.absolute(path)
        }
        return text
    }

    private static func rest(of text: String, behind start: String) -> String? {
        text.hasPrefix(start) ? String(text.dropFirst(start.count)) : nil
    }

    private static func path(_ path: String, in text: String) throws(Problem) -> String {
        guard path.hasPrefix("/") else { throw Problem(sentence: "\"\(text)\": it must be an absolute path") }
        return path
    }

    private static func service(_ name: String, in text: String) throws(Problem) -> String {
        let isName = name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "-")
                        || byte == UInt8(ascii: "_")
                }
        }
        guard isName, name.utf8.count <= 250 else {
            throw Problem(sentence: "\"\(text)\" is no service: write srv:_looptop._tcp.example.com")
        }
        return name
    }

    private static func command(_ line: String, in text: String) throws(Problem) -> [String] {
        let words = line.split(separator: " ").map(String.init)
        guard let program = words.first, !line.utf8.contains(0) else {
            throw Problem(sentence: "\"\(text)\": a command is missing")
        }
        guard program.hasPrefix("/") || !program.contains("/") else {
            throw Problem(sentence: "\"\(text)\": it must be an absolute path, or a name without a slash")
        }
        return words
    }

    /// What goes to ssh as one word, and from there into the commands of its configuration (`ProxyCommand`): nothing that
    /// an option begins with, or that a shell knows.
    private static func aliases(_ name: String, in text: String) throws(Problem) -> [String] {
        let aliases = try HostRange.expand(name)
        for alias in aliases {
            let parts = alias.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
            let isAlias = parts.allSatisfy { part in
                (1...255).contains(part.utf8.count) && !part.hasPrefix("-")
                    && part.utf8.allSatisfy { byte in
                        (0x30...0x3A).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || ".-_".utf8.contains(byte)
                    }
            }
            let colons = alias.utf8.count { $0 == UInt8(ascii: ":") }
            guard isAlias, colons != 1 else {
                throw Problem(
                    sentence: "\"\(text)\": write ssh:ALIAS or ssh:USER@HOST; a port is for ssh's own configuration")
            }
        }
        return aliases
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
