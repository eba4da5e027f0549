internal import Model

/// Processes alone that listen and have an event loop; those that are alike are one group, also where they have no
/// common parent: the same place, directory, program, arguments but for digits, and user. In pods, whatever one
/// controller made.
enum Single {
    static func groups(_ claims: Claims, _ links: Links) -> [Candidate] {
        let scene = claims.scene
        let servers = scene.entries.indices.filter { index in
            scene.entries[index].waitsInEpoll && !scene.entries[index].listening.isEmpty && claims.isFree(index)
                && scene.tags[index] == nil
                && !Launchers.includes(index, in: scene) && !Furniture.includes(index, in: scene)
                && !Wrappers.includes(index, in: scene)
        }
        let families = Dictionary(grouping: servers) { identity(of: $0, links, in: scene) }
        return families.sorted { $0.value[0] < $1.value[0] }.map { identity, members in
            candidate(identity, members, links, in: scene)
        }
    }

    private static func candidate(_ identity: [String], _ members: [Int], _ links: Links, in scene: Scene) -> Candidate
    {
        if let name = links.podName(of: members[0]).map(PodName.init) {
            var candidate = Candidate(
                kind: .managed, app: name.app, workers: members, rule: "kubernetes: pod",
                why: "\(scene.count(members)) in a pod of \(name.app), listens and waits for events", identity: identity
            )
            for member in members {
                guard let pod = links.podName(of: member) else { continue }
                candidate.instances[member] = pod
                candidate.slots[member] = PodName(pod).number.flatMap { $0 == .max ? nil : $0 + 1 }
            }
            return candidate
        }
        return Candidate(
            kind: members.count > 1 ? .alike : .single, app: AppName.of(members[0], in: scene), workers: members,
            rule: members.count > 1 ? "alike" : "single",
            why: members.count > 1
                ? "\(members.count) processes in one place with one program and arguments but for digits, that listen"
                    + " and wait for events"
                : "process \(scene.entries[members[0]].pid) listens and waits for events, and is of no other group",
            identity: identity)
    }

    /// The same for one alone as for several alike: their number changes nothing about what they are.
    private static func identity(of index: Int, _ links: Links, in scene: Scene) -> [String] {
        let entry = scene.entries[index]
        let place = links.podName(of: index).map { ["pod", PodName($0).app] } ?? GroupKey.place(of: index, in: scene)
        return place + GroupKey.start(of: index, in: scene) + Stable.withoutDigits(entry.arguments)
    }
}
