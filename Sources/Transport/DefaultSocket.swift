/// Where an agent serves its own machine, and where a dashboard looks for it.
public enum DefaultSocket {
    /// `$RUNTIME_DIRECTORY/agent.sock` under systemd, `/run/looptop-agent/agent.sock` for root, else the user's
    /// `$XDG_RUNTIME_DIR/looptop-agent/agent.sock`, else `/tmp/looptop-agent-<uid>/agent.sock`.
    public static func path(environment: [String: String], uid: UInt32) -> String {
        if let given = environment["RUNTIME_DIRECTORY"], given.hasPrefix("/") {
            return String(given.prefix { $0 != ":" }) + "/agent.sock"
        }
        if uid == 0 { return "/run/looptop-agent/agent.sock" }
        if let runtime = environment["XDG_RUNTIME_DIR"], runtime.hasPrefix("/") {
            return runtime + "/looptop-agent/agent.sock"
        }
        return "/tmp/looptop-agent-\(uid)/agent.sock"
    }

    /// Where an agent may serve this user, most likely first: the user's own, then the system's. `runtime` is
    /// `$XDG_RUNTIME_DIR`.
    public static func paths(runtime: String?, uid: UInt32) -> [String] {
        var paths = [path(environment: [:], uid: uid), path(environment: [:], uid: 0)]
        if let runtime { paths.insert(path(environment: ["XDG_RUNTIME_DIR": runtime], uid: uid), at: 0) }
        var seen: Set<String> = []
        return paths.filter { seen.insert($0).inserted }
    }

    /// A connection to the agent there, without NIO; never blocks. Whoever gets it closes it.
    ///
    /// - Throws: `.io` with ENOENT or ECONNREFUSED where nobody serves.
    public static func connect(_ path: String) throws(TransportError) -> CInt {
        _ = try UnixSocketPath(path)
        switch UnixSocketPath.dial(path) {
        case .success(let descriptor): return descriptor
        case .failure(let error): throw UnixSocketPath.failure(path, error.number)
        }
    }

    /// Where runtimes tell the agent about themselves, and whether its directory is for that alone and open to all users.
    ///
    /// Beside the agent's socket, whose directory only its user may enter; but an agent that watches workers of other
    /// users has a directory for it: `looptop-runtime` of `$RUNTIME_DIRECTORY`, or `/run/looptop-runtime` for root.
    public static func runtimePath(
        environment: [String: String], uid: UInt32, socket: String?
    ) -> (path: String, isForAll: Bool) {
        let name = "/runtime.sock"
        if let socket {
            let directory = socket.lastIndex(of: "/").map { socket[..<$0] } ?? "."
            return (directory + name, false)
        }
        if let given = environment["RUNTIME_DIRECTORY"], given.hasPrefix("/") {
            let ours = given.split(separator: ":").first { $0.hasSuffix("/looptop-runtime") }
            if let ours { return (ours + name, true) }
        } else if uid == 0 {
            return ("/run/looptop-runtime" + name, true)
        }
        let beside = path(environment: environment, uid: uid)
        return runtimePath(environment: [:], uid: uid, socket: beside)
    }
}
