internal import Model

/// Two or more children of one parent with the same program, arguments, user and place, that serve: one can accept
/// connections; or their parent can, and they are forks of it that have run nothing else; or half of them have an event
/// loop, and their parent has none: what a build tool or a browser starts side by side has a parent that waits for
/// events.
enum Prefork {
    static func groups(_ claims: Claims, _ links: Links) -> [Candidate] {
        let scene = claims.scene
        var found: [(members: [Int], parent: Int?, depth: Int)] = []
        for (parentPID, siblings) in siblings(claims, links) {
            let parent = scene.table.index(of: parentPID)
            for members in Dictionary(grouping: siblings, by: { Likeness($0, in: scene) }).values
            where members.count >= 2 && serves(members, parent, in: scene) {
                found.append((members, parent, scene.lineage(of: members[0]).count))
            }
        }
        // Deepest first: of two like masters with like children the children are the workers.
        found.sort { ($1.depth, $0.members[0]) < ($0.depth, $1.members[0]) }
        var masters: Set<Int> = []
        return found.compactMap { members, parent, _ in
            let members = members.filter { !masters.contains($0) }
            guard members.count >= 2, serves(members, parent, in: scene) else { return nil }
            let master = parent.flatMap { isMaster($0, of: members, in: scene) ? $0 : nil }
            if let master { masters.insert(master) }
            return candidate(members, master: master, in: scene)
        }
    }

    /// Free children that could be workers, by parent. Cheap conditions come first: this looks at everything that runs.
    /// One without a loop or socket may be a worker that is busy before it has made its loop, or one that blocks in
    /// accept: its parent or its siblings have to be servers then.
    private static func siblings(_ claims: Claims, _ links: Links) -> [(Int32, [Int])] {
        let scene = claims.scene
        var serving: Set<Int32> = []
        for index in scene.entries.indices {
            if !scene.entries[index].listening.isEmpty { serving.insert(scene.entries[index].pid) }
            if scene.serves(index) { serving.insert(scene.entries[index].parentPID) }
        }
        var found: [Int32: [Int]] = [:]
        for index in scene.entries.indices
        where serving.contains(scene.entries[index].parentPID) && claims.isFree(index) && links.kept[index] == nil {
            found[scene.entries[index].parentPID, default: []].append(index)
        }
        return found.filter { $0.value.count >= 2 }.sorted { $0.key < $1.key }
            .map { ($0.key, $0.value.filter { isOrdinary($0, in: scene) }) }
    }

    private static func isOrdinary(_ index: Int, in scene: Scene) -> Bool {
        !Launchers.includes(index, in: scene) && !Furniture.includes(index, in: scene)
            && !Wrappers.includes(index, in: scene)
            && scene.tags[index] == nil
    }

    /// What like siblings have in common.
    private struct Likeness: Hashable {
        var uid: UInt32
        var executable: String?
        var arguments: [String]
        var place: String?
        var directory: String

        init(_ index: Int, in scene: Scene) {
            let entry = scene.entries[index]
            uid = entry.uid
            executable = entry.executable
            // Python's spawned workers (multiprocessing, uvicorn) differ in the numbers of their pipes only.
            let isSpawned = entry.arguments.last == "--multiprocessing-fork"
            arguments = isSpawned ? [entry.arguments[0], "--multiprocessing-fork"] : entry.arguments
            let place = scene.place(of: index)
            self.place = place.container?.id ?? place.unit
            directory = entry.workingDirectory ?? ""
        }
    }

    private static func serves(_ members: [Int], _ parent: Int?, in scene: Scene) -> Bool {
        if members.contains(where: { !scene.entries[$0].listening.isEmpty }) { return true }
        guard let parent, !Launchers.includes(parent, in: scene) else {
            if let parent, Launchers.runsJobs(parent, in: scene) { return false }
            return members.count(where: { scene.entries[$0].waitsInEpoll }) * 2 >= members.count
        }
        let (above, first) = (scene.entries[parent], scene.entries[members[0]])
        if !above.waitsInEpoll, members.count(where: { scene.entries[$0].waitsInEpoll }) * 2 >= members.count {
            return true
        }
        return !above.listening.isEmpty && above.executable != nil && above.executable == first.executable
            && above.arguments == first.arguments
    }

    /// The first process of a machine or container is a master only of what it forked itself.
    private static func isMaster(_ parent: Int, of members: [Int], in scene: Scene) -> Bool {
        if Launchers.includes(parent, in: scene) { return false }
        let entry = scene.entries[parent]
        return entry.pid != 1 || (entry.executable != nil && entry.executable == scene.entries[members[0]].executable)
    }

    private static func candidate(_ members: [Int], master: Int?, in scene: Scene) -> Candidate {
        let worker = scene.entries[members[0]]
        var identity =
            GroupKey.place(of: members[0], in: scene) + GroupKey.start(of: members[0], in: scene)
            + Stable.arguments(worker.arguments)
        if let master { identity += ["below"] + Stable.arguments(scene.entries[master].arguments) }
        let above = master.map { "children of process \(scene.entries[$0].pid)" } ?? "children of one parent"
        return Candidate(
            kind: .prefork, app: AppName.of(members[0], master: master, in: scene), master: master, workers: members,
            rule: "prefork: like children",
            why: "\(members.count) \(above) with one program, its arguments and user, that listen or wait for events",
            identity: identity)
    }
}
