internal import Model

/// Who keeps a process: the nearest manager above it.
struct Links {
    let scene: Scene
    /// By position; `nil` where no manager is known to have started it.
    let kept: [Kept?]

    init(_ scene: Scene) {
        self.scene = scene
        kept = scene.entries.indices.map { Kept($0, in: scene) }
    }

    func link(of index: Int) -> ManagerLink? {
        for (depth, above) in scene.lineage(of: index).enumerated() {
            if let kept = kept[above] { return kept.link(isMain: depth == 0) }
            // A keeper whose own child is not known: somebody below it does not say.
            if depth > 0, scene.keeps(above) != nil { return nil }
            if let parent = scene.parents[above], scene.sharesPlace(parent, with: index) { continue }
            break
        }
        return place(of: index)
    }

    private func place(of index: Int) -> ManagerLink? {
        let place = scene.place(of: index)
        let isMain = scene.isTop(index)
        if let pod = place.pod {
            let name = podName(of: index) ?? pod.uid
            return ManagerLink(manager: Manager(kind: .kubernetes, name: name), isMain: isMain)
        }
        if let container = place.container {
            return container.engine.map {
                ManagerLink(manager: Manager(kind: $0, name: container.id), isMain: isMain)
            }
        }
        guard let unit = place.unit, !Units.areFurniture(unit) else { return nil }
        // What a person started from a shell in a service is not kept by it.
        for above in scene.lineage(of: index).dropFirst() {
            guard scene.sharesPlace(above, with: index) else { break }
            if Launchers.isSession(above, in: scene) { return nil }
        }
        return ManagerLink(
            manager: Manager(kind: .systemd, name: unit), address: place.userManager.map { "\($0)" }, isMain: isMain)
    }

    /// A pod's containers are named after it; one in the network of its node has the name of the node.
    func podName(of index: Int) -> String? {
        let entry = scene.entries[index]
        guard scene.place(of: index).pod != nil, let name = entry.environment["HOSTNAME"], !name.isEmpty else {
            return nil
        }
        if let first = scene.table[1]?.networkNamespace, first == entry.networkNamespace { return nil }
        return name
    }
}
