import CLinux
import Model

/// What goes to ssh, and what its words and its end mean.
enum SSHWords {
    /// Of what it says, the last that is kept.
    static let kept = 4096
    /// Of a line.
    private static let longest = 300

    /// ssh alone decides who ALIAS is, which key is shown there and whose key is known: its configuration, its agent, its
    /// known_hosts. It is told what would not fit a program that nobody sits at: it asks nothing, lends the user's agent and
    /// screen to nobody, forwards no ports, and no other ssh hangs on its connection.
    static func arguments(to alias: String, limit: Duration) -> [String] {
        let seconds = max(1, (limit.nanoseconds + 999_999_999) / 1_000_000_000)
        let options = [
            "BatchMode=yes", "ConnectTimeout=\(seconds)", "ControlMaster=no", "ClearAllForwardings=yes",
            "RemoteCommand=none",
        ]
        return ["ssh", "-T", "-a", "-x"] + options.flatMap { ["-o", $0] } + ["--", alias, "looptop-agent", "stdio"]
    }

    /// The line that says most: the last, unless that one only says that the connection which a jump host or a
    /// `ProxyCommand` should have made has ended. `nil` where it said nothing.
    static func lastLine(_ said: [UInt8]) -> String? {
        let lines = said.split { $0 == 0x0A || $0 == 0x0D }.map { line in
            String(String(decoding: line, as: UTF8.self).prefix(longest))
        }
        let meant = lines.filter { $0.contains { !$0.isWhitespace } }
        guard
            var line = meant.last(where: { !$0.hasPrefix("Connection closed by UNKNOWN") && !$0.hasPrefix("kex_") })
                ?? meant.last
        else { return nil }
        if line.hasPrefix("ssh: ") { line.removeFirst(5) }
        if line.hasSuffix(".") { line.removeLast() }
        return line
    }

    /// Why ssh ended.
    static func reason(_ alias: String, said: [UInt8], _ kind: looptop_exit_kind, _ value: CInt) -> String {
        // Whoever was ended so had no time to say why.
        guard kind == LOOPTOP_EXIT_CODE else { return "ssh \(alias): it was ended by signal \(value)" }
        return "ssh \(alias): \(lastLine(said) ?? "it ended with code \(value)")"
    }

    /// Whether only a person can help: a key that is not taken, or not known. Who tries again and again is locked out by
    /// programs that watch for that.
    static func isRefusal(_ reason: String) -> Bool {
        ["Permission denied (", "Host key verification failed", "Too many authentication failures"].contains {
            reason.contains($0)
        }
    }
}
