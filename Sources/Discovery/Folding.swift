internal import Model

/// What is shown within a worker's row: the wrappers that wait for it, and what it started and what serves nobody
/// itself.
struct Folding {
    /// A worker that starts builds or browsers may have any number below it.
    static let maximum = 64

    let scene: Scene
    /// Workers and masters of all groups.
    private let claimed: Set<Int>

    init(_ candidates: [Candidate], in scene: Scene) {
        self.scene = scene
        claimed = Set(candidates.flatMap(\.members))
    }

    /// Ascending by process.
    func folded(_ worker: Int, of candidate: Candidate) -> [FoldedProcess] {
        var found: [FoldedProcess] = []
        if candidate.master == nil {
            let wrappers =
                candidate.wrappers[worker].flatMap { $0.isEmpty ? nil : $0 } ?? Wrappers.above(worker, in: scene)
            for wrapper in wrappers where !claimed.contains(wrapper) {
                found.append(
                    FoldedProcess(
                        process: scene.reference(wrapper), role: .wrapper, title: Wrappers.title(of: wrapper, in: scene)
                    ))
            }
        }
        var open = helpers(below: worker, of: worker)
        while let next = open.popLast(), found.count < Self.maximum {
            found.append(
                FoldedProcess(process: scene.reference(next), role: .helper, title: title(next, below: worker)))
            open += helpers(below: next, of: worker)
        }
        return found.sorted { $0.process < $1.process }
    }

    private func helpers(below index: Int, of worker: Int) -> [Int] {
        scene.children(of: index).filter { child in
            child != worker && child > 0 && !claimed.contains(child) && !scene.isGone(child)
                && scene.keeps(child) == nil
                && !isOwnServer(child, of: worker) && !isPersons(child)
        }.reversed()
    }

    /// Listens, and not only because it inherited the worker's sockets.
    private func isOwnServer(_ index: Int, of worker: Int) -> Bool {
        let inherited = Set(scene.entries[worker].listening.map(\.inode))
        return scene.entries[index].listening.contains { $0.inode == 0 || !inherited.contains($0.inode) }
    }

    /// A shell somebody types in, as an editor's server starts them.
    private func isPersons(_ index: Int) -> Bool {
        Launchers.isSession(index, in: scene)
            || (Launchers.shells.contains(scene.programs[index].command) && !Wrappers.includes(index, in: scene))
    }

    private func title(_ index: Int, below worker: Int) -> String {
        let entry = scene.entries[index]
        let program = scene.programs[index]
        if Wrappers.includes(index, in: scene) { return Wrappers.title(of: index, in: scene) }
        if entry.arguments.contains(where: { $0[...].hasStart("from multiprocessing.resource_tracker") }) {
            return "resource_tracker"
        }
        if entry.arguments.contains(where: { $0[...].hasStart("from multiprocessing.") }) { return "multiprocessing" }
        if entry.arguments == scene.entries[worker].arguments { return "fork of \(program.name)" }
        return program.name == program.command ? program.name : "\(program.command) \(program.name)"
    }
}
