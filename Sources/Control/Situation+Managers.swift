internal import Model

/// Calls of managers. Their names and places come from what processes say of themselves: what is not plainly a name of that
/// manager is not asked for.
extension Situation {
    /// - Parameter owner: whose manager it is, for those that belong to a user.
    func call(_ link: ManagerLink, _ verb: ManagerCall.Verb, owner: UInt32) throws(Refusal) -> ManagerCall {
        let name = link.manager.name
        switch link.manager.kind {
        case .systemd:
            guard name.hasSuffix(".service"), Self.isPlain(name) else {
                throw .unsuited("\(name) is no service that systemd could \(verb.rawValue)")
            }
            guard let address = link.address else { return .systemd(unit: name, user: nil, verb) }
            guard let user = UInt32(address) else { throw .unsuited("the user manager of \(name) is not known") }
            return .systemd(unit: name, user: user, verb)
        case .supervisord:
            guard let url = link.address, Self.isLocal(url) else {
                throw .unsuited(
                    "supervisord's address is not known, or not on this host: supervisorctl \(verb.rawValue) \(name)")
            }
            guard verb != .reload else { throw .unsuited("supervisord has no reload of a process: roll it") }
            guard Self.isPlain(name) else { throw .unsuited("supervisord's name of the process is not a plain one") }
            return .supervisord(url: url, process: name, verb)
        case .pm2:
            guard let home = link.address, home.hasPrefix("/"), Self.isPlain(home), UInt32(name) != nil else {
                throw .unsuited("PM2's home or the worker's id is not known: pm2 \(verb.rawValue) \(name)")
            }
            return .pm2(home: home, owner: owner, id: name, verb)
        case .docker, .podman:
            let word = link.manager.kind.word
            guard name.utf8.count == 64, name.utf8.allSatisfy(Self.isHex) else {
                throw .unsuited("the container's id is not known: \(word) \(verb.rawValue) CONTAINER")
            }
            guard verb != .reload else { throw .unsuited("\(word) has no reload: restart it") }
            return link.manager.kind == .docker ? .docker(container: name, verb) : .podman(container: name, verb)
        case .containerd:
            throw .unsuited("looptop does not speak to containerd: \(verb.rawValue) the container with what started it")
        case .kubernetes:
            throw .unsuited(
                "kubernetes keeps \(name), and an agent must not work against it: kubectl delete pod \(name), or "
                    + "kubectl rollout restart")
        case .circus:
            throw .unsuited(
                "looptop does not speak to circus: circusctl \(verb.rawValue) \(name.isEmpty ? "WATCHER" : name)")
        case .processCompose:
            throw .unsuited(
                "looptop does not speak to process-compose: process-compose process \(verb.rawValue) \(name)")
        case .strongSupervisor: throw .unsuited("looptop does not speak to strong-supervisor: slc ctl \(verb.rawValue)")
        case .passenger:
            throw .unsuited(
                verb == .restart || verb == .reload
                    ? "Passenger drains a process before it ends it: passenger-config restart-app \(name)"
                    : "looptop does not speak to Passenger")
        }
    }

    /// A unit or container as people know it.
    static func called(_ manager: Manager) -> String {
        let isHash = manager.name.utf8.count == 64 && manager.name.utf8.allSatisfy(isHex)
        return isHash ? "container \(manager.name.prefix(12))" : manager.name
    }

    /// What a manager does with a worker that it is asked to restart, in words.
    static func comeback(by manager: Manager) -> String { "\(manager.kind.word) starts it again" }

    /// A name that no program can take for an option or for more than one word.
    static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 255 && !name.hasPrefix("-")
            && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }

    /// `SUPERVISOR_SERVER_URL` is what a worker's environment says: only a socket file or this very host is asked.
    static func isLocal(_ url: String) -> Bool {
        guard isPlain(url) else { return false }
        if url.hasPrefix("unix:///") { return true }
        guard url.hasPrefix("http://") else { return false }
        let place = url.dropFirst("http://".count).prefix { $0 != "/" }
        let port = place.reversed().prefix { $0.isASCII && $0.isNumber }.count
        var host = place.dropLast(port)
        guard port > 0, host.last == ":" else { return false }
        host.removeLast()
        if ["localhost", "0.0.0.0", "[::1]", "[::]"].contains(host.lowercased()) { return true }
        return host.hasPrefix("127.") && host.allSatisfy { $0 == "." || $0.isASCII && $0.isNumber }
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
