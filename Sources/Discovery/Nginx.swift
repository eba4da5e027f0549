internal import Model

/// nginx, by the titles it writes (`ngx_process_cycle.c`): `nginx: master process …`, `nginx: worker process`, the latter
/// also while it shuts down. Cache managers and loaders serve nobody.
enum Nginx {
    static func groups(_ claims: Claims) -> [Candidate] {
        let workers = claims.free.filter { $0.arguments[0].hasPrefix("nginx: worker process") }
        return byParent(workers).map { parentPID, workers in
            let parent = claims.table[parentPID].flatMap {
                $0.joinedArguments.hasPrefix("nginx: master process") ? $0 : nil
            }
            return Candidate(kind: .nginx, app: "nginx", master: parent, workers: workers)
        }
    }
}
