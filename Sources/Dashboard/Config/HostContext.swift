/// A named group of hosts.
struct HostContext: Hashable, Sendable {
    var name: String
    var hosts: [HostEntry]
    /// Whether changes there need more words: said in the file, else by the name.
    var isProtected: Bool
    /// `FILE:LINE` where it begins.
    var place: String

    /// Production is protected unless somebody says otherwise.
    static func isProtected(named name: String) -> Bool { name.lowercased().hasPrefix("prod") }

    /// What its name may be: it is written in filters, in file names and on command lines.
    static func isName(_ text: some StringProtocol) -> Bool {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte)
            }
        }
        return (1...64).contains(text.utf8.count) && isPlain && text.first != "." && text.first != "-"
    }
}

/// One line of a host list: an address or a source of them, with what is said of the hosts.
struct HostEntry: Hashable, Sendable {
    /// As written: `web-[01-16]`, `10.0.0.7:7433`, `sd:FILE`.
    var source: String
    /// What the host is called here; only where the source is one address.
    var name: String?
    /// `site=eu-1`
    var labels: [String: String] = [:]

    init(_ source: String, name: String? = nil, labels: [String: String] = [:]) {
        self.source = source
        self.name = name
        self.labels = labels
    }

    /// What a label's key may be, so that a filter can name it.
    static func isLabel(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 64 else { return false }
        func isLetter(_ byte: UInt8) -> Bool {
            (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || byte == UInt8(ascii: "_")
        }
        return isLetter(first)
            && text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
    }
}
