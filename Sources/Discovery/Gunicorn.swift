internal import Model

/// gunicorn. With setproctitle it writes `gunicorn: master [app]` and `gunicorn: worker [app]` (`arbiter.py`); without,
/// master and workers have the same arguments and only the place in the tree tells them apart.
enum Gunicorn {
    static func groups(_ claims: Claims) -> [Candidate] {
        titled(claims) + untitled(claims)
    }

    private static func titled(_ claims: Claims) -> [Candidate] {
        let workers = claims.free.filter { app(titled: "worker", $0) != nil }
        return byParent(workers).compactMap { parentPID, workers in
            guard let app = workers.first.flatMap({ app(titled: "worker", $0) }) else { return nil }
            let parent = claims.table[parentPID].flatMap { isMaster($0) ? $0 : nil }
            return Candidate(kind: .gunicorn, app: app, master: parent, workers: workers)
        }
    }

    private static func untitled(_ claims: Claims) -> [Candidate] {
        let workers = claims.free.filter { entry in
            guard !isTitled(entry), Program(entry).runs("gunicorn"), let parent = claims.table.parent(of: entry),
                parent.arguments == entry.arguments
            else { return false }
            // A master that replaced itself (USR2) is a child of the old one, with its arguments and with children like it.
            return !claims.table.children(of: entry.pid).contains { $0.arguments == entry.arguments }
        }
        return byParent(workers).compactMap { parentPID, workers in
            workers.first.map { first in
                Candidate(kind: .gunicorn, app: AppName.of(first), master: claims.table[parentPID], workers: workers)
            }
        }
    }

    private static func isMaster(_ entry: ProcessEntry) -> Bool {
        app(titled: "master", entry) != nil || Program(entry).runs("gunicorn")
    }

    private static func isTitled(_ entry: ProcessEntry) -> Bool {
        entry.arguments.first?.hasPrefix("gunicorn: ") ?? false
    }

    /// The text in `gunicorn: <role> [text]`.
    private static func app(titled role: String, _ entry: ProcessEntry) -> String? {
        let title = entry.joinedArguments
        let head = "gunicorn: \(role) ["
        guard title.hasPrefix(head), title.hasSuffix("]"), title.count > head.count + 1 else { return nil }
        return String(title.dropFirst(head.count).dropLast())
    }
}
