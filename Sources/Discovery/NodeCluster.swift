internal import Model

/// Workers of node:cluster: children of a node process that carry `NODE_UNIQUE_ID`, or, where the environment may not be
/// read, that run the same script with the same arguments as their parent (node writes out the paths of both in a child).
enum NodeCluster {
    static func groups(_ claims: Claims) -> [Candidate] {
        let workers = claims.free.filter { entry in
            guard runsNode(entry) else { return false }
            guard let parent = claims.table.parent(of: entry), !Launchers.includes(parent) else {
                return entry.nodeUniqueID  // its master ended
            }
            guard runsNode(parent) else { return false }
            if entry.nodeUniqueID { return true }
            let (mine, above) = (Program(entry), Program(parent))
            return mine.target != nil && mine.name == above.name && mine.rest == above.rest
                && entry.executable == parent.executable
        }
        // One master can run several apps: a cluster each.
        return byParent(workers).flatMap { parentPID, workers in
            let parent = claims.table[parentPID].flatMap { runsNode($0) ? $0 : nil }
            return Dictionary(grouping: workers) { AppName.of($0, master: parent) }
                .sorted { $0.key < $1.key }
                .map { Candidate(kind: .nodeCluster, app: $0.key, master: parent, workers: $0.value) }
        }
    }

    private static func runsNode(_ entry: ProcessEntry) -> Bool {
        if let executable = entry.executable {
            return ["node", "nodejs"].contains(Program.withoutVersion(Program.lastComponent(executable)))
        }
        return Program(entry).runtime == "node"
    }
}
