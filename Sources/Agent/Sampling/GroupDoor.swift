import Discovery
import Model

/// What a group listened on when it was seen last, to tell who holds it after the group is gone.
struct GroupDoor: Equatable, Sendable {
    fileprivate struct Socket: Hashable, Sendable {
        var namespace: UInt64?
        var listener: ProcessEntry.Listener
    }

    private var sockets: Set<Socket> = []
    /// Program files and users of those who held them, and the unit or container they were in.
    private var programs: Set<String> = []
    private var uids: Set<UInt32> = []
    private var cgroup: String?

    init() {}

    init(of group: DiscoveredGroup, in table: ProcessTable) {
        let members = group.workers.map(\.process.pid) + (group.info.master.map { [$0.pid] } ?? [])
        for entry in members.compactMap({ table[$0] }) {
            for listener in entry.listening {
                sockets.insert(Socket(namespace: entry.networkNamespace, listener: listener))
            }
            if let program = entry.executable { programs.insert(program) }
            uids.insert(entry.uid)
            cgroup = cgroup ?? entry.cgroup
        }
    }

    /// Some port at some address is of both.
    func isShared(with other: GroupDoor) -> Bool {
        sockets.contains { mine in other.sockets.contains { $0.meets(mine) } }
    }

    /// The very socket: it was handed on, and not opened anew.
    func isHeldByInheritance(_ other: GroupDoor) -> Bool {
        sockets.contains { mine in mine.listener.inode != 0 && other.sockets.contains(mine) }
    }

    /// A process that lost its parent, looks like the group or has its very socket, and still holds a port of it.
    func orphan(among holders: [ProcessEntry]) -> PortOrphan? {
        guard !sockets.isEmpty else { return nil }
        for entry in holders {
            for listener in entry.listening {
                let socket = Socket(namespace: entry.networkNamespace, listener: listener)
                let isInherited = listener.inode != 0 && sockets.contains(socket)
                guard isInherited || looksAlike(entry), sockets.contains(where: { $0.meets(socket) }) else { continue }
                return PortOrphan(
                    process: ProcessRef(pid: entry.pid, startTicks: entry.startTicks), port: listener.port)
            }
        }
        return nil
    }

    private func looksAlike(_ entry: ProcessEntry) -> Bool {
        guard let program = entry.executable else { return false }
        return programs.contains(program) && uids.contains(entry.uid) && entry.cgroup == cgroup
    }
}

extension GroupDoor.Socket {
    fileprivate func meets(_ other: Self) -> Bool {
        guard namespace == other.namespace, listener.port == other.listener.port else { return false }
        let addresses = [listener.address, other.listener.address]
        return addresses[0] == addresses[1] || addresses.contains { ["", "0.0.0.0", "::"].contains($0) }
    }
}
