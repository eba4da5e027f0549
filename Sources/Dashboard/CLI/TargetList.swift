import Model
import Transport

/// A host that was enrolled: a line of the host book.
struct KnownHost: Hashable, Sendable {
    var name: String
    /// `host:port`
    var address: String
    var id: HostID
}

/// Which hosts to show, from what was written and what is known.
enum TargetList {
    /// With nothing named: every host of the book, and the agent of this machine where its socket exists.
    static func resolve(
        hosts: [String], sockets: [String], book: [KnownHost], local: [String]
    ) throws(TransportError) -> [Target] {
        var targets: [Target] = []
        if hosts.isEmpty, sockets.isEmpty {
            for known in book { targets.append(try target(known, label: known.name)) }
            targets += local.map(target(socket:))
        } else {
            for host in hosts { targets.append(try target(written: host, book: book)) }
            targets += sockets.map(target(socket:))
        }
        var seen: Set<Endpoint> = []
        return targets.filter { seen.insert($0.endpoint).inserted }
    }

    /// A name or address of the book says which host must answer; any other address is taken as it is, and then the
    /// fleet's certificates alone decide.
    private static func target(written: String, book: [KnownHost]) throws(TransportError) -> Target {
        if written.hasPrefix("/") { return target(socket: written) }
        if let known = book.first(where: { $0.name == written }) { return try target(known, label: written) }
        let address = try SocketName(parsing: written)
        for known in book where try SocketName(parsing: known.address) == address {
            return try target(known, label: written)
        }
        return Target(label: written, endpoint: .tls(address, host: nil))
    }

    private static func target(_ known: KnownHost, label: String) throws(TransportError) -> Target {
        Target(label: label, endpoint: .tls(try SocketName(parsing: known.address), host: known.id))
    }

    private static func target(socket path: String) -> Target {
        Target(label: "unix:\(path)", endpoint: .unix(path: path))
    }
}
