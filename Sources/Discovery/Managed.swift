internal import Model

/// What a manager keeps under one name: PM2, supervisord, circus, process-compose, Passenger, numbered instances of a
/// systemd template. A process that is a master, or leads to workers, is no worker here: its group says who keeps it.
enum Managed {
    static func groups(_ claims: Claims, _ links: Links) -> [Candidate] {
        let scene = claims.scene
        var families: [[String]: [(kept: Kept, worker: Int, wrappers: [Int])]] = [:]
        for index in scene.entries.indices {
            guard let kept = links.kept[index], !claims.taken[index] else { continue }
            let (worker, wrappers) = Wrappers.unwrap(index, in: scene)
            // One that leads to workers is more than that only where it serves itself.
            if claims.leadsToTaken[worker], scene.entries[worker].listening.isEmpty { continue }
            guard claims.isFree(worker), !Launchers.includes(worker, in: scene) || kept.app != nil else { continue }
            // Two containers may each have a manager with the same names; instances of a template have a place each.
            let place = kept.manager == .systemd ? [] : GroupKey.place(of: index, in: scene)
            families[kept.identity + place, default: []].append((kept, worker, wrappers))
        }
        return families.sorted { $0.value[0].worker < $1.value[0].worker }.compactMap { identity, members in
            if members[0].kept.manager == .systemd, !serves(members.map(\.worker), in: scene) { return nil }
            return candidate(identity, members, in: scene)
        }
    }

    /// systemd runs what it is told to: one instance alone that does not serve is a job rather.
    private static func serves(_ workers: [Int], in scene: Scene) -> Bool {
        let count = workers.count {
            scene.tags[$0] != nil || scene.serves($0)
        }
        return count > 0 || workers.count > 1
    }

    private static func candidate(
        _ identity: [String], _ members: [(kept: Kept, worker: Int, wrappers: [Int])], in scene: Scene
    ) -> Candidate {
        let kept = members[0].kept
        let first = members[0].worker
        let kind: GroupKind =
            switch kept.manager {
            case .pm2: .pm2
            case .passenger: .passenger
            default: .managed
            }
        let app = kept.app ?? name(first, in: scene)
        var candidate = Candidate(
            kind: kind, app: app, workers: members.map(\.worker), rule: kept.rule,
            why:
                "\(scene.count(members.map(\.worker))) kept by \(kept.manager.word)"
                + (kept.app.map { " as \($0)" } ?? ""),
            identity: identity)
        for member in members {
            candidate.slots[member.worker] = member.kept.slot
            candidate.instances[member.worker] = member.kept.instance
            candidate.wrappers[member.worker] = member.wrappers
        }
        if kept.manager == .systemd { candidate.managerName = scene.place(of: first).template }
        if kept.manager == .pm2 { candidate.ports = ports(members.map(\.worker), in: scene) }
        return candidate
    }

    private static func name(_ worker: Int, in scene: Scene) -> String {
        scene.tags[worker].map { AppName.ofServer(worker, tag: $0, in: scene) } ?? AppName.of(worker, in: scene)
    }

    /// In cluster mode PM2 itself holds the sockets of all apps: each app gets the one it was told to listen on, or,
    /// alone in that, all of them.
    private static func ports(_ workers: [Int], in scene: Scene) -> [UInt16]? {
        let own = Set(workers.flatMap { scene.entries[$0].listeningPorts })
        guard own.isEmpty, let daemon = scene.parents[workers[0]], scene.keeps(daemon) == .pm2 else { return nil }
        let held = scene.entries[daemon].listeningPorts
        let told = workers.compactMap { worker -> UInt16? in
            let environment = scene.entries[worker].environment
            return (environment["pm2_env.PORT"] ?? environment["PORT"]).flatMap(UInt16.init)
        }
        let ours = Set(told).intersection(held)
        if !ours.isEmpty { return ours.sorted() }
        let isCluster = { (index: Int) in
            let environment = scene.entries[index].environment
            return environment["NODE_UNIQUE_ID"] != nil || environment["pm2_env.pm_id"] != nil
        }
        guard workers.contains(where: isCluster) else { return [] }
        let names = Set(
            scene.children(of: daemon).filter(isCluster).map { scene.entries[$0].environment["pm2_env.name"] })
        return names.count == 1 ? held : []
    }
}
