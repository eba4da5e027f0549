import Model
import Transport
import Trust

/// A host that was enrolled: a line of the host book.
struct KnownHost: Hashable, Sendable {
    var name: String
    /// `host:port`
    var address: String
    var id: HostID

    init(name: String, address: String, id: HostID) {
        self.name = name
        self.address = address
        self.id = id
    }

    init(_ entry: HostBook.Entry) { self.init(name: entry.name, address: entry.address, id: entry.host) }
}

/// Which hosts to show, from what was written and what is known of them: the host book says who must answer where, the
/// configuration what a host is called, which labels it has and whose context it is in.
struct TargetList: Sendable {
    /// Sockets of agents on this machine.
    private let local: [String]
    /// The host book, in its order; its names, and its addresses.
    private var book: [Target] = []
    private var booked: [String: Int] = [:]
    private var ids: [SocketName: HostID] = [:]
    /// What contexts and `hosts` say of single hosts; the first that says something counts.
    private var known: [Endpoint: Target] = [:]
    private var named: [String: Endpoint] = [:]

    /// - Parameter chosen: the context that comes first where several say something of a host.
    init(
        _ configuration: Configuration = Configuration(), chosen: HostContext? = nil, book: [KnownHost], local: [String]
    ) throws(HostSource.Problem) {
        self.local = local
        for known in book {
            let address = try Self.address(known.address)
            if booked[known.name] == nil { booked[known.name] = self.book.count }
            ids[address] = known.id
            self.book.append(Target(label: known.name, endpoint: .tls(address, host: known.id), isNamed: true))
        }
        if let chosen { try learn(chosen.hosts, of: chosen) }
        try learn(configuration.hosts ?? [], of: nil)
        for context in configuration.contexts where context.name != chosen?.name {
            try learn(context.hosts, of: context)
        }
    }

    /// Only what stands there itself: sources that have to be asked are asked when they are shown.
    private mutating func learn(_ entries: [HostEntry], of context: HostContext?) throws(HostSource.Problem) {
        for entry in entries {
            let found: [Target]
            switch try HostSource(parsing: entry.source) {
            case .addresses(let addresses): found = try plain(addresses)
            case .socket(let path): found = [Self.target(socket: path)]
            case .ssh(let aliases): found = aliases.map(Self.target(ssh:))
            case .enrolled, .local, .file, .discovery, .service, .command: continue
            }
            for var target in found {
                target.take(entry, context)
                if let old = known[target.endpoint] { target = old.merged(with: target) }
                known[target.endpoint] = target
                if let name = entry.name, named[name] == nil { named[name] = target.endpoint }
            }
        }
    }

    /// What the entries lead to, each place once, in their order.
    func targets(of entries: [HostEntry], in context: HostContext? = nil) throws(HostSource.Problem) -> [Target] {
        var targets: [Target] = []
        var places: [Endpoint: Int] = [:]
        for entry in entries {
            for var target in try found(at: try HostSource(parsing: entry.source)) {
                target.take(entry, context)
                if let place = places[target.endpoint] {
                    targets[place] = targets[place].merged(with: target)
                } else {
                    places[target.endpoint] = targets.count
                    targets.append(target)
                }
            }
        }
        return targets
    }

    private func found(at source: HostSource) throws(HostSource.Problem) -> [Target] {
        let found: [Target]
        switch source {
        case .addresses(let addresses):
            var targets: [Target] = []
            for address in addresses {
                if let endpoint = named[address], let target = known[endpoint] {
                    targets.append(target)
                } else {
                    targets += try plain([address])
                }
            }
            found = targets
        case .socket(let path): found = [Self.target(socket: path)]
        case .ssh(let aliases): found = aliases.map(Self.target(ssh:))
        case .enrolled: found = book
        case .local: found = local.map(Self.target(socket:))
        case .file, .discovery, .service, .command: found = []  // `HostFinder` put what they know in their place
        }
        return found.map { target in known[target.endpoint].map { target.merged(with: $0) } ?? target }
    }

    /// A name or address of the book says which host must answer; any other address is taken as it is, and then the
    /// fleet's certificates alone decide.
    private func plain(_ addresses: [String]) throws(HostSource.Problem) -> [Target] {
        var targets: [Target] = []
        for written in addresses {
            if let place = booked[written] {
                targets.append(book[place])
            } else {
                let address = try Self.address(written)
                let host = ids[address]
                targets.append(
                    Target(
                        label: written, endpoint: .tls(address, host: host),
                        isNamed: host != nil && written != address.description))
            }
        }
        return targets
    }

    private static func address(_ text: String) throws(HostSource.Problem) -> SocketName {
        do throws(TransportError) { return try SocketName(parsing: text) } catch {
            throw HostSource.Problem(sentence: error.text)
        }
    }

    private static func target(socket path: String) -> Target {
        Target(label: "unix:\(path)", endpoint: .unix(path: Places.resolved(path)))
    }

    private static func target(ssh alias: String) -> Target {
        Target(label: "ssh:\(alias)", endpoint: .ssh(alias: alias))
    }
}

extension Target {
    /// What an entry says of it.
    fileprivate mutating func take(_ entry: HostEntry, _ context: HostContext?) {
        if let name = entry.name {
            label = name
            isNamed = true
        }
        labels.merge(entry.labels) { _, said in said }
        guard let context else { return }
        self.context = context.name
        if context.isProtected { protectedBy = context.name }
    }

    /// This one, and what another one for the same place says of which this one says nothing.
    fileprivate func merged(with other: Target) -> Target {
        var result = self
        if !isNamed, other.isNamed {
            result.label = other.label
            result.isNamed = true
        }
        result.labels.merge(other.labels) { mine, _ in mine }
        result.context = context ?? other.context
        result.protectedBy = protectedBy ?? other.protectedBy
        return result
    }
}
