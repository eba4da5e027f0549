internal import Model

/// What the configuration says of apps, put over what was found.
struct Overrides {
    private let scene: Scene
    private let overrides: [AppOverride]

    init(_ overrides: [AppOverride], in scene: Scene) {
        self.scene = scene
        self.overrides = overrides
    }

    /// The first that matches wins. Keys stay those of what was found: a new name is not a new group.
    func apply(to candidates: inout [Candidate]) {
        for index in candidates.indices {
            guard let override = overrides.first(where: { matches($0, candidates[index]) }) else { continue }
            candidates[index].rename = override.rename ?? (override.match == nil ? nil : override.name)
            candidates[index].expected = override.expected
            candidates[index].isHidden = override.hide
        }
    }

    private func matches(_ override: AppOverride, _ candidate: Candidate) -> Bool {
        guard let match = override.match else { return override.name == candidate.app }
        return candidate.members.contains { match(scene.entries[$0]) }
    }

    /// Processes of no group that the configuration names all the same: what a person says is a worker is one, whether
    /// it listens or not. One that has matching children is their master.
    func named(_ claims: Claims) -> [Candidate] {
        var claims = claims
        return overrides.compactMap { override in
            guard let match = override.match else { return nil }
            let found = scene.entries.indices.filter { index in
                claims.isFree(index) && !Wrappers.includes(index, in: scene) && match(scene.entries[index])
            }
            let masters = Set(found.compactMap { scene.parents[$0] }).intersection(found)
            let workers = found.filter { !masters.contains($0) }
            guard let first = workers.first else { return nil }
            let master =
                masters.count == 1 && workers.allSatisfy { scene.parents[$0] == masters.first } ? masters.first : nil
            var candidate = Candidate(
                kind: master != nil ? .prefork : workers.count > 1 ? .alike : .single, app: override.name,
                master: master,
                workers: workers, rule: "configuration",
                why: "\(scene.count(workers)) matched by \(override.name) in the configuration",
                identity: ["configuration", override.name, "\(scene.entries[first].uid)"])
            candidate.isAlone = true
            claims.take(candidate)
            return candidate
        }
    }
}
