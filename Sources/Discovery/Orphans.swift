internal import Model

/// Processes that hold a port of a group and do not belong to it: left over from an earlier master.
///
/// Many processes may rightly share a port: forks share one socket, managers and sockets units hold it for what they
/// start, SO_REUSEPORT gives each its own. So an orphan has to look like the group's own processes, and to have lost
/// its parent.
struct Orphans {
    private struct Door: Hashable {
        var namespace: UInt64?
        var port: UInt16
    }

    private let scene: Scene
    /// Whoever leads a group is none, though its own parent be gone.
    private let masters: Set<Int>
    private var holders: [Door: [Int]] = [:]

    init(_ scene: Scene, masters: Set<Int> = []) {
        self.scene = scene
        self.masters = masters
        for index in scene.entries.indices where !scene.entries[index].listening.isEmpty {
            let namespace = scene.entries[index].networkNamespace
            for port in scene.entries[index].listeningPorts {
                holders[Door(namespace: namespace, port: port), default: []].append(index)
            }
        }
    }

    /// What a group holds of a door.
    private struct Hold {
        var member: Int
        var inodes: Set<UInt64> = []
        var addresses: Set<String> = []
    }

    func orphan(of candidate: Candidate) -> PortOrphan? {
        let members = Set(candidate.members)
        for (door, hold) in holds(of: candidate).sorted(by: { $0.key.port < $1.key.port }) {
            for holder in holders[door] ?? []
            where !members.contains(holder) && isOrphan(holder, at: door, hold, members, candidate) {
                return PortOrphan(process: scene.reference(holder), port: door.port)
            }
        }
        return nil
    }

    private func holds(of candidate: Candidate) -> [Door: Hold] {
        var found: [Door: Hold] = [:]
        for member in candidate.members where !scene.entries[member].listening.isEmpty {
            for socket in scene.entries[member].listening {
                let door = Door(namespace: scene.entries[member].networkNamespace, port: socket.port)
                found[door, default: Hold(member: member)].addresses.insert(socket.address)
                if socket.inode != 0 { found[door]?.inodes.insert(socket.inode) }
            }
        }
        return found
    }

    private func isOrphan(
        _ holder: Int, at door: Door, _ hold: Hold, _ members: Set<Int>, _ candidate: Candidate
    ) -> Bool {
        let isAdopted = scene.parents[holder].map { isInit($0) } ?? (scene.entries[holder].parentPID <= 1)
        let sockets = scene.entries[holder].listening.filter { $0.port == door.port }
        guard isAdopted, !masters.contains(holder), scene.keeps(holder) == nil, !isInit(holder), overlap(sockets, hold)
        else { return false }
        // What belongs to another unit or container was started there, whoever handed it the socket.
        guard GroupKey.place(of: holder, in: scene) == GroupKey.place(of: hold.member, in: scene) else { return false }
        // Neither above nor below: who holds a socket for the group, and what a worker left it to.
        if !members.isDisjoint(with: scene.lineage(of: holder)) { return false }
        if members.contains(where: { scene.lineage(of: $0).contains(holder) }) { return false }
        return looksLike(holder, candidate, shares: sockets.contains { hold.inodes.contains($0.inode) })
    }

    /// One port at two addresses is two doors.
    private func overlap(_ sockets: [ProcessEntry.Listener], _ hold: Hold) -> Bool {
        let everywhere: Set<String> = ["", "0.0.0.0", "::"]
        return sockets.contains { socket in
            everywhere.contains(socket.address) || hold.addresses.contains(socket.address)
                || !everywhere.isDisjoint(with: hold.addresses)
        }
    }

    /// With the very socket of the group it came from the same master: the program is enough. With a socket of its own
    /// it may be any other app that agreed to share the port.
    private func looksLike(_ holder: Int, _ candidate: Candidate, shares: Bool) -> Bool {
        let tag = scene.tags[holder]
        let entry = scene.entries[holder]
        return candidate.members.contains { member in
            let other = scene.entries[member]
            // Forks of a master that is alive have it for a parent: who started the holder is as alive as the group.
            if tag?.role == .master { return false }
            if let tag, let mine = scene.tags[member], tag.kind == mine.kind {
                return shares || (entry.uid == other.uid && tag.name == mine.name && tag.identity == mine.identity)
            }
            guard entry.executable != nil, entry.executable == other.executable else { return false }
            return shares
                || (entry.uid == other.uid && Stable.arguments(entry.arguments) == Stable.arguments(other.arguments))
        }
    }

    /// Who takes over what lost its parent: the first process, a user's manager, the first of a container.
    private func isInit(_ index: Int) -> Bool {
        let entry = scene.entries[index]
        return entry.pid == 1 || ["systemd", "init"].contains(entry.name)
            || Wrappers.includes(index, in: scene) && scene.isTop(index)
    }
}
