internal import Model

/// Servers with a master and workers that their titles or command lines name: the workers of each master, and those
/// whose master ended.
struct Masters {
    private static let kinds: Set<GroupKind> = [
        .strongSupervisor, .nginx, .gunicorn, .uvicorn, .puma, .unicorn, .phpFPM, .uwsgi, .celery, .postgres,
    ]

    private let scene: Scene
    /// What the tree made of each process.
    private var roles: [Int: Tag.Role] = [:]
    /// By parent: children of a uwsgi that are no workers.
    private var routers: [Int: Set<Int>] = [:]

    static func groups(_ claims: Claims) -> [Candidate] {
        var masters = Masters(scene: claims.scene)
        return masters.find(claims)
    }

    private init(scene: Scene) { self.scene = scene }

    /// Of one master, or of one parent where there is none, one part.
    private struct Family: Hashable {
        var kind: GroupKind
        var master: Int?
        var orphansOf: Int32?
        var part: String?
    }

    private mutating func find(_ claims: Claims) -> [Candidate] {
        var families: [Family: [Int]] = [:]
        for index in scene.entries.indices where claims.isFree(index) {
            guard let kind = workerKind(index) else { continue }
            let master = master(of: index, kind)
            // Of unknown masters those that are called the same belong together.
            let part = scene.tags[index].flatMap { master == nil ? $0.part ?? $0.name : $0.part }
            let family = Family(
                kind: kind, master: master, orphansOf: master == nil ? scene.entries[index].parentPID : nil, part: part)
            families[family, default: []].append(index)
        }
        return families.sorted { $0.value[0] < $1.value[0] }.map { candidate($0.key, workers: $0.value) }
    }

    // MARK: roles

    private mutating func workerKind(_ index: Int) -> GroupKind? {
        guard let tag = scene.tags[index] else {
            // uvicorn's workers are spawned by Python, and say so only.
            guard scene.entries[index].arguments.last == "--multiprocessing-fork", let parent = scene.parents[index],
                scene.tags[parent]?.kind == .uvicorn
            else { return nil }
            return .uvicorn
        }
        guard Self.kinds.contains(tag.kind), role(of: index, depth: 0) == .worker else { return nil }
        return tag.kind
    }

    private mutating func role(of index: Int, depth: Int) -> Tag.Role {
        guard let tag = scene.tags[index] else { return .helper }
        guard tag.role == .either else { return tag.role }
        if let known = roles[index] { return known }
        guard depth < 16 else { return .alone }
        roles[index] = .alone  // while it is being worked out: a circle ends here
        let role = resolve(index, tag, depth)
        roles[index] = role
        return role
    }

    private mutating func resolve(_ index: Int, _ tag: Tag, _ depth: Int) -> Tag.Role {
        let entry = scene.entries[index]
        if tag.kind == .puma {
            return scene.children(of: index).contains { scene.isTagged($0, .puma, .worker) } ? .master : .alone
        }
        let hasLike = scene.children(of: index).contains { isLike($0, index) }
        guard let parent = scene.parents[index], scene.tags[parent]?.kind == tag.kind, isMasterly(parent, of: index)
        else {
            return hasLike ? .master : .alone
        }
        if hasLike, replaced(entry, by: parent) { return .master }
        switch role(of: parent, depth: depth + 1) {
        // What a worker forked has its arguments too.
        case .worker, .helper: return .helper
        default: break
        }
        return tag.kind == .uwsgi && isRouter(index, of: parent) ? .helper : .worker
    }

    /// Same kind and arguments: they were forked and have run nothing else since, or run the same again.
    private func isLike(_ child: Int, _ index: Int) -> Bool {
        guard scene.tags[child]?.kind == scene.tags[index]?.kind, !scene.isGone(child) else { return false }
        // Node writes out the path of the script in a child.
        let (one, other) = (scene.programs[child], scene.programs[index])
        return one.name == other.name && one.rest == other.rest
    }

    private func isMasterly(_ parent: Int, of index: Int) -> Bool {
        scene.tags[parent]?.role == .master || isLike(index, parent)
    }

    /// Whether a process with workers of its own took over from its parent (USR2), and is no worker that forked.
    /// gunicorn tells the new master who the old one is; where the environment may not be read, the tree has to do.
    private func replaced(_ entry: ProcessEntry, by parent: Int) -> Bool {
        if entry.environment["GUNICORN_PID"] == "\(scene.entries[parent].pid)" { return true }
        return entry.environment.isEmpty
    }

    /// uwsgi's own HTTP router is a child like its workers; only the sockets differ. The workers have theirs in common,
    /// and are started first.
    private mutating func isRouter(_ index: Int, of parent: Int) -> Bool {
        if let known = routers[parent] { return known.contains(index) }
        let siblings = scene.children(of: parent).filter { isLike($0, parent) }
        let kinds = Dictionary(grouping: siblings, by: sockets)
        let workers = kinds.values.max { ($0.count, $1[0]) < ($1.count, $0[0]) } ?? []
        let found = Set(siblings).subtracting(workers)
        routers[parent] = found
        return found.contains(index)
    }

    private func sockets(_ index: Int) -> Set<UInt64> { Set(scene.entries[index].listening.map(\.inode)) }

    /// The nearest above it, past workers that forked workers (puma's `fork_worker`).
    private mutating func master(of index: Int, _ kind: GroupKind) -> Int? {
        for above in scene.lineage(of: index).dropFirst() {
            guard scene.tags[above]?.kind == kind else { return nil }
            if kind == .uvicorn { return above }
            let role = role(of: above, depth: 0)
            if role == .master { return above }
            guard role == .worker else { return nil }
        }
        return nil
    }

    // MARK: groups

    private func candidate(_ family: Family, workers: [Int]) -> Candidate {
        let first = workers[0]
        let tag = scene.tags[family.master ?? first] ?? scene.tags[first]
        let told = scene.tags[first] ?? tag
        let master = family.master
        // A replaced gunicorn calls itself `app.2` until the old one has gone.
        let name = tag?.name.map { renamed($0, master: master) }
        var named = family.part == nil ? tag : told
        if family.part == nil { named?.name = name }
        var identity =
            (tag?.identity ?? []).map { $0 == tag?.name ? name ?? $0 : $0 } + (family.part.map { [$0] } ?? [])
        if master == nil { identity.append("without a master") }
        let app =
            family.kind == .nginx || family.kind == .postgres
            ? family.kind.word : AppName.ofServer(master ?? first, tag: named, in: scene)
        var candidate = Candidate(
            kind: family.kind, app: app, master: master, workers: workers,
            rule: told?.rule ?? "\(family.kind.word): parent",
            why: why(family, workers: workers),
            identity: identity + GroupKey.place(of: master ?? first, in: scene)
                + GroupKey.start(of: master ?? first, in: scene))
        if let master, let above = scene.parents[master], scene.tags[above]?.kind == family.kind {
            candidate.variant = "new"
        }
        for worker in workers { candidate.slots[worker] = scene.tags[worker]?.slot }
        if family.part != nil {
            // A master of several pools listens for all of them.
            let own = Set(workers.flatMap { scene.entries[$0].listeningPorts })
            if !own.isEmpty { candidate.ports = own.sorted() }
        }
        return candidate
    }

    private func renamed(_ name: String, master: Int?) -> String {
        guard let short = name[...].before(".2"), let master, scene.tags[master]?.kind == .gunicorn,
            let above = scene.parents[master], scene.tags[above]?.name == String(short)
        else { return name }
        return String(short)
    }

    private func why(_ family: Family, workers: [Int]) -> String {
        let isTitled = scene.tags[workers[0]]?.rule[...].hasEnding("title") ?? false
        let word = family.kind.word
        let said =
            isTitled
            ? "\(scene.count(workers)) by title a worker of \(word)"
            : "\(scene.count(workers)) below \(word) with its command line"
        guard let master = family.master else { return "\(said), whose master is gone or not to be seen" }
        return "\(said), and process \(scene.entries[master].pid) is the master"
    }
}
