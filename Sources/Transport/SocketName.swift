/// A host and a TCP port as people write them: `db-1`, `db-1:7433`, `10.0.0.7:7433`, `[fe80::1]:7433`, `::1`, `:7433`.
public struct SocketName: Hashable, Sendable, CustomStringConvertible {
    /// Where an agent listens when nobody says otherwise.
    public static let defaultPort: UInt16 = 7433

    /// Name or address literal, without brackets; empty means every address of the machine (only for listening).
    public var host: String
    /// 0 lets the kernel choose (only for listening).
    public var port: UInt16

    public init(host: String, port: UInt16 = Self.defaultPort) {
        self.host = host
        self.port = port
    }

    /// From text; more than one colon outside brackets is an IPv6 address without a port.
    public init(parsing text: String, defaultPort: UInt16 = Self.defaultPort) throws(TransportError) {
        let host: Substring
        let port: Substring?
        if text.first == "[" {
            guard let close = text.firstIndex(of: "]") else { throw .notAnAddress(text) }
            host = text[text.index(after: text.startIndex)..<close]
            let rest = text[text.index(after: close)...]
            guard !host.isEmpty, rest.isEmpty || rest.first == ":" else { throw .notAnAddress(text) }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let first = text.firstIndex(of: ":"), first == text.lastIndex(of: ":") {
            host = text[..<first]
            port = text[text.index(after: first)...]
        } else {
            host = text[...]
            port = nil
            guard !host.isEmpty else { throw .notAnAddress(text) }
        }
        let isWritable = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
        guard isWritable, host.utf8.count <= 253 else { throw .notAnAddress(text) }
        if let port {
            // UInt16("+7") is 7, which nobody means.
            guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port) else {
                throw .notAnAddress(text)
            }
            self.init(host: String(host), port: number)
        } else {
            self.init(host: String(host), port: defaultPort)
        }
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
