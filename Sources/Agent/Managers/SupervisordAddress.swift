import Glibc

/// Where a supervisord listens, from the `SUPERVISOR_SERVER_URL` that it gives its children. An app can change that, so
/// nothing is contacted but this machine: no name is looked up, and no address of another machine is taken.
enum SupervisordAddress: Hashable, Sendable {
    case unix(path: String)
    /// In the order in which they are tried.
    case tcp([HostAddress], port: UInt16)

    /// - Throws: a sentence, when it is not understood or leads elsewhere.
    init(_ url: String) throws(CallTrouble) {
        let strange = CallTrouble.failed("\(excerpt(url, limit: 120)) is no address of a supervisord")
        guard url.utf8.count <= 512, url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw strange }
        if url.hasPrefix("unix://") {
            let path = String(url.dropFirst("unix://".count))
            guard path.hasPrefix("/") else { throw strange }
            self = .unix(path: path)
            return
        }
        guard url.hasPrefix("http://") else { throw strange }
        var place = url.dropFirst("http://".count)
        if place.hasSuffix("/RPC2") { place = place.dropLast("/RPC2".count) }
        if place.hasSuffix("/") { place = place.dropLast() }
        guard let colon = place.lastIndex(of: ":"), let port = UInt16(place[place.index(after: colon)...]), port > 0
        else { throw strange }
        var host = String(place[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        self = .tcp(try Self.addresses(of: host, otherwise: strange), port: port)
    }

    private static func addresses(
        of host: String, otherwise strange: CallTrouble
    ) throws(CallTrouble) -> [HostAddress] {
        if host.lowercased() == "localhost" { return [.loopback4, .loopback6] }
        guard let address = HostAddress(host) else {
            guard host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") }) else {
                throw strange
            }
            throw .failed("supervisord is said to be on \(host): only addresses of this machine are contacted")
        }
        if address.isAny { return [.loopback4, .loopback6] }
        guard address.isLoopback else {
            throw .failed("supervisord is said to be on \(host): only loopback addresses are contacted")
        }
        return [address]
    }

    var text: String {
        switch self {
        case .unix(let path): path
        case .tcp(let addresses, let port): addresses.first == .loopback6 ? "[::1]:\(port)" : "127.0.0.1:\(port)"
        }
    }
}
