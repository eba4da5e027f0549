internal import Glibc

/// Under which addresses others can reach a listener of this machine.
public enum ReachableAddresses {
    /// A token holds eight at most; the first that answers is taken.
    private static let maximum = 6

    /// What was named, or for a listener on every address those of the machine's interfaces that are up: loopback only
    /// where there is nothing else. getifaddrs(3).
    public static func of(_ name: SocketName) -> [String] {
        guard name.host.isEmpty || name.host == "0.0.0.0" || name.host == "::" else { return [name.description] }
        var found: [String] = []
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [SocketName(host: "127.0.0.1", port: name.port).description] }
        defer { freeifaddrs(first) }
        var next = first
        while let interface = next {
            let flags = CInt(bitPattern: interface.pointee.ifa_flags)
            let isUsable = flags & CInt(IFF_UP) != 0 && flags & CInt(IFF_LOOPBACK) == 0
            if isUsable, let text = text(of: interface.pointee.ifa_addr) {
                found.append(SocketName(host: text, port: name.port).description)
            }
            next = interface.pointee.ifa_next
        }
        return found.isEmpty
            ? [SocketName(host: "127.0.0.1", port: name.port).description] : Array(found.prefix(maximum))
    }

    /// An IPv4 or global IPv6 address as text; link-local ones mean something on this machine only.
    private static func text(of address: UnsafeMutablePointer<sockaddr>?) -> String? {
        guard let address else { return nil }
        let length: socklen_t
        switch CInt(address.pointee.sa_family) {
        case AF_INET: length = socklen_t(MemoryLayout<sockaddr_in>.size)
        case AF_INET6: length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        default: return nil
        }
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let failure = getnameinfo(address, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST)
        guard failure == 0 else { return nil }
        let text = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.hasPrefix("fe80:") ? nil : text
    }
}
