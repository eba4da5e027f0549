internal import Model

/// Known servers that serve without workers: redis, sidekiq, uvicorn, puma, uwsgi, and celery where its pool is no
/// processes.
enum Alone {
    static func groups(_ claims: Claims) -> [Candidate] {
        let scene = claims.scene
        return scene.entries.indices.compactMap { index in
            guard claims.isFree(index), let tag = scene.tags[index], serves(index, tag, in: scene) else { return nil }
            var candidate = Candidate(
                kind: tag.kind, app: AppName.ofServer(index, tag: tag, in: scene), workers: [index], rule: tag.rule,
                why: "process \(scene.entries[index].pid) is \(tag.kind.word) by its \(means(tag)), and serves alone",
                identity: tag.identity + GroupKey.place(of: index, in: scene) + GroupKey.start(of: index, in: scene))
            candidate.isAlone = true
            return candidate
        }
    }

    private static func means(_ tag: Tag) -> String { tag.rule[...].hasEnding("title") ? "title" : "command line" }

    private static func serves(_ index: Int, _ tag: Tag, in scene: Scene) -> Bool {
        let entry = scene.entries[index]
        let rest = scene.programs[index].rest
        switch tag.kind {
        case .redis, .sidekiq: return tag.role == .alone
        // The master of a cluster whose workers are gone has no loop.
        case .puma: return tag.role == .either && entry.waitsInEpoll
        case .uvicorn:
            return tag.role == .either && entry.waitsInEpoll && !hasChildren(rest)
        case .uwsgi:
            let isForked = scene.parents[index].map { scene.tags[$0]?.kind == .uwsgi } ?? false
            return tag.role == .either && entry.waitsInEpoll && !isForked && !rest.contains("--master")
                && !rest.contains("-M")
        case .celery:
            return tag.role == .either && isWithoutProcesses(rest)
        default: return false
        }
    }

    /// uvicorn with a reloader, or more workers than the one that it is itself.
    private static func hasChildren(_ arguments: [String]) -> Bool {
        arguments.indices.contains { index in
            let argument = arguments[index][...]
            if argument == "--workers" { return index + 1 < arguments.count && arguments[index + 1] != "1" }
            return argument.hasStart("--reload") || argument.after("--workers=").map { $0 != "1" } ?? false
        }
    }

    /// A pool of threads or coroutines, or none.
    private static func isWithoutProcesses(_ arguments: [String]) -> Bool {
        let pools: Set<String> = ["solo", "threads", "gevent", "eventlet"]
        return arguments.indices.contains { index in
            if arguments[index] == "-P" || arguments[index] == "--pool" {
                return index + 1 < arguments.count && pools.contains(arguments[index + 1])
            }
            return arguments[index][...].after("--pool=").map { pools.contains(String($0)) } ?? false
        }
    }
}
