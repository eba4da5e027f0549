internal import Model

/// The groups of workers in a process table that `scope` asks for, ascending by key. Pure: the same table, the same
/// groups.
///
/// Each process is a worker of one group at most, and a master is no worker of a kind recognised later. The order:
/// servers with workers that titles, command lines and the tree name; Node clusters; like children of one parent; what
/// managers keep; known servers alone; what listens and has an event loop; what the configuration names.
public func discover(_ table: ProcessTable, scope: Scope = Scope(), overrides: [AppOverride] = []) -> Findings {
    let scene = Scene(table)
    let links = Links(scene)
    let said = Overrides(overrides, in: scene)
    var claims = Claims(scene)
    var found: [Candidate] = []
    let rules: [(Claims) -> [Candidate]] = [
        Masters.groups, NodeCluster.groups, { Prefork.groups($0, links) }, { Managed.groups($0, links) }, Alone.groups,
        { Single.groups($0, links) }, said.named,
    ]
    for rule in rules {
        let candidates = rule(claims)
        for candidate in candidates { claims.take(candidate) }
        found += candidates
    }
    let keys = GroupKey.keys(for: found, in: scene)
    said.apply(to: &found)
    let folding = Folding(found, in: scene)
    let orphans = Orphans(scene, masters: Set(found.compactMap(\.master)))
    let groups = zip(found, keys).compactMap { candidate, key -> DiscoveredGroup? in
        guard !candidate.isHidden else { return nil }
        var narrowed = candidate
        narrowed.workers.removeAll { !scope.admits($0, master: candidate.master, in: scene) }
        guard !narrowed.workers.isEmpty else { return nil }
        return Report(candidate, links: links, folding: folding, orphans: orphans).group(of: narrowed.workers, key: key)
    }
    return Findings(groups: groups.sorted { $0.info.key < $1.info.key })
}

/// A candidate as it is handed out.
private struct Report {
    private let candidate: Candidate
    private let links: Links
    private let folding: Folding
    private let orphans: Orphans

    init(_ candidate: Candidate, links: Links, folding: Folding, orphans: Orphans) {
        self.candidate = candidate
        self.links = links
        self.folding = folding
        self.orphans = orphans
    }

    private var scene: Scene { links.scene }

    func group(of workers: [Int], key: String) -> DiscoveredGroup {
        let own = candidate.master == nil ? candidate.workers.map(links.link(of:)) : []
        let link = candidate.master.map(links.link(of:)) ?? Self.common(own)
        let slots = uniqueSlots()
        let info = GroupInfo(
            key: key, app: candidate.rename ?? candidate.app, kind: candidate.kind,
            master: candidate.master.map(scene.reference), manager: link?.manager ?? manager(of: own),
            ports: candidate.listeningPorts(in: scene),
            respawn: candidate.respawn(link: link ?? own.first.flatMap { $0 }), expected: candidate.expected,
            orphan: orphans.orphan(of: candidate))
        let found = workers.map { worker in
            DiscoveredWorker(
                process: scene.reference(worker), slot: slots[worker],
                link: candidate.master == nil ? links.link(of: worker) : nil,
                folded: folding.folded(worker, of: candidate), instance: candidate.instances[worker])
        }
        return DiscoveredGroup(
            info: info, workers: found.sorted { $0.process < $1.process }, link: link, rule: candidate.rule,
            why: candidate.why)
    }

    /// One for all workers, or none.
    private static func common(_ links: [ManagerLink?]) -> ManagerLink? {
        guard let first = links.first.flatMap({ $0 }), links.allSatisfy({ $0?.manager == first.manager }) else {
            return nil
        }
        return first
    }

    /// Where each worker has a name of its own at one manager, the group has the app's.
    private func manager(of links: [ManagerLink?]) -> Manager? {
        guard let kind = links.first.flatMap({ $0 })?.manager.kind, links.allSatisfy({ $0?.manager.kind == kind })
        else {
            return nil
        }
        return Manager(kind: kind, name: candidate.managerName ?? candidate.app)
    }

    /// Of two that publish one number the later started has it: it replaces the other.
    private func uniqueSlots() -> [Int: UInt32] {
        var owners: [UInt32: Int] = [:]
        for (worker, slot) in candidate.slots.sorted(by: { $0.key < $1.key }) {
            if let other = owners[slot], scene.reference(other).startTicks > scene.reference(worker).startTicks {
                continue
            }
            owners[slot] = worker
        }
        return Dictionary(owners.map { ($0.value, $0.key) }, uniquingKeysWith: min)
    }
}
