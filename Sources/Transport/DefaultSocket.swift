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
