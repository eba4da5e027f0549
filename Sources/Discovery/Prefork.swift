internal import Model

/// Two or more children of one parent with the same program, arguments and user, that serve: half of them have an event
/// loop, or one can accept connections, or their parent can and they are forks of it.
///
/// The last part alone would also take every CGI program and session of a listening parent for a worker.
enum Prefork {
    static func groups(_ claims: Claims) -> [Candidate] {
        let groups = Dictionary(grouping: claims.free.filter { !Launchers.includes($0) }, by: Likeness.init)
            .filter { $0.value.count >= 2 }
            .map { likeness, members in (likeness, members, claims.table.depth(of: members[0])) }
            // Deepest first: of two like masters with like children the children are the workers.
            .sorted { ($1.2, $0.1[0].pid) < ($0.2, $1.1[0].pid) }
        var masters: Set<Int32> = []
        return groups.compactMap { likeness, members, _ in
            let members = members.filter { !masters.contains($0.pid) }
            let parent = claims.table[likeness.parentPID]
            guard members.count >= 2, serves(members, parent) else { return nil }
            let master = parent.flatMap { isMaster($0, of: members) ? $0 : nil }
            if let master { masters.insert(master.pid) }
            return Candidate(
                kind: .prefork, app: AppName.of(members[0], master: master), master: master, workers: members)
        }
    }

    /// What like siblings have in common.
    private struct Likeness: Hashable {
        var parentPID: Int32
        var uid: UInt32
        var executable: String?
        var arguments: [String]

        init(_ entry: ProcessEntry) {
            parentPID = entry.parentPID
            uid = entry.uid
            executable = entry.executable
            // Python's spawned workers (multiprocessing, uvicorn) differ in the numbers of their pipes only.
            let isSpawned = entry.arguments.last == "--multiprocessing-fork"
            arguments = isSpawned ? [entry.arguments[0], "--multiprocessing-fork"] : entry.arguments
        }
    }

    private static func serves(_ members: [ProcessEntry], _ parent: ProcessEntry?) -> Bool {
        if members.contains(where: { !$0.listeningPorts.isEmpty }) { return true }
        if members.count(where: \.waitsInEpoll) * 2 >= members.count { return true }
        guard let parent, !parent.listeningPorts.isEmpty, !Launchers.includes(parent) else { return false }
        return parent.executable != nil && parent.executable == members[0].executable
    }

    /// The first process of a machine or container is a master only of what it forked itself.
    private static func isMaster(_ parent: ProcessEntry, of members: [ProcessEntry]) -> Bool {
        if Launchers.includes(parent) { return false }
        return parent.pid != 1 || (parent.executable != nil && parent.executable == members[0].executable)
    }
}
