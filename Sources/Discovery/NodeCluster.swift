internal import Model

/// Workers of node:cluster: children of a node process that carry `NODE_UNIQUE_ID`, or, where the environment may not
/// be read, that run the same script with the same arguments as their parent (node writes out the paths of both in a
/// child). The number counts respawns, so it is no slot.
enum NodeCluster {
    static func groups(_ claims: Claims) -> [Candidate] {
        let scene = claims.scene
        var families: [Int32: [Int]] = [:]
        for index in scene.entries.indices where claims.isFree(index) && isWorker(index, in: scene) {
            families[scene.entries[index].parentPID, default: []].append(index)
        }
        // One master can run several apps: a cluster each.
        return families.sorted { $0.key < $1.key }.flatMap { parentPID, workers in
            let master = scene.table.index(of: parentPID).flatMap { runsNode($0, in: scene) ? $0 : nil }
            let apps = Dictionary(grouping: workers) { AppName.of($0, master: master, in: scene) }
            return apps.sorted { $0.key < $1.key }.map { app, workers in
                var candidate = Candidate(
                    kind: .nodeCluster, app: app, master: master, workers: workers, rule: rule(workers[0], in: scene),
                    why: why(workers, master: master, in: scene),
                    identity: identity(master ?? workers[0], in: scene) + (apps.count > 1 ? [app] : []))
                if apps.count > 1, let master { candidate.ports = ports(workers, master, in: scene) }
                return candidate
            }
        }
    }

    private static func isWorker(_ index: Int, in scene: Scene) -> Bool {
        // Field by field: this is asked of all processes, and to copy an entry costs more than the answer.
        let isNumbered = scene.entries[index].environment["NODE_UNIQUE_ID"] != nil
        guard isNumbered || scene.entries[index].environment.isEmpty, runsNode(index, in: scene) else { return false }
        guard let parent = scene.parents[index], !Launchers.includes(parent, in: scene) else {
            return isNumbered  // its master ended
        }
        guard runsNode(parent, in: scene), scene.keeps(parent) == nil else { return false }
        if isNumbered { return true }
        let (mine, above) = (scene.programs[index], scene.programs[parent])
        return mine.target != nil && mine.name == above.name && mine.rest == above.rest
            && scene.entries[index].executable == scene.entries[parent].executable
    }

    private static func runsNode(_ index: Int, in scene: Scene) -> Bool {
        if let executable = scene.entries[index].executable {
            guard executable[...].contains(ascii: "node") else { return false }
            return ["node", "nodejs"].contains(Program.withoutVersion(Program.lastComponent(executable)))
        }
        return scene.programs[index].runtime == "node"
    }

    private static func identity(_ index: Int, in scene: Scene) -> [String] {
        GroupKey.place(of: index, in: scene) + GroupKey.start(of: index, in: scene)
            + Stable.arguments(scene.entries[index].arguments) + [scene.entries[index].environment["PORT"] ?? ""]
    }

    /// The master's ports are of all its apps: each gets the one it was told to listen on.
    private static func ports(_ workers: [Int], _ master: Int, in scene: Scene) -> [UInt16] {
        let own = workers.flatMap { scene.entries[$0].listeningPorts }
        let told = workers.compactMap { scene.entries[$0].environment["PORT"].flatMap(UInt16.init) }
        let held = told.filter(scene.entries[master].listeningPorts.contains)
        return Set(own + held).sorted()
    }

    private static func rule(_ worker: Int, in scene: Scene) -> String {
        scene.entries[worker].environment["NODE_UNIQUE_ID"] == nil
            ? "node cluster: command line" : "node cluster: environment"
    }

    private static func why(_ workers: [Int], master: Int?, in scene: Scene) -> String {
        let how =
            scene.entries[workers[0]].environment["NODE_UNIQUE_ID"] == nil
            ? "with the script and arguments of its parent" : "with a NODE_UNIQUE_ID"
        let above = master.map { ", forked by process \(scene.entries[$0].pid)" } ?? ", whose master is gone"
        return "\(scene.count(workers)) node \(how)\(above)"
    }
}
