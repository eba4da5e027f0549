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
}
